"""A folder for a function's path, with the one module that some systems lack."""

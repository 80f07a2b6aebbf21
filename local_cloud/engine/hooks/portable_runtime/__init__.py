"""A folder for a function's path, with a module that exists only for Linux."""

"""What more than one function needs; copied into every function's zip."""

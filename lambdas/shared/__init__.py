"""What several functions need; copied into every function's zip."""

"""What looks for weaknesses: `make scan` runs it, docs/security.md describes it."""

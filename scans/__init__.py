"""Scans for weaknesses: `make scan` runs them, docs/security.md describes them."""

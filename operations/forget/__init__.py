"""Deleting one person everywhere."""

"""A run through a deployment that proves that it works: `make smoke`."""

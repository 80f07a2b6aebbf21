"""Measures packages, cold starts and thumbnails beside their peers: `make bench`."""

"""Measures builds, cold starts and thumbnails beside their peers: `make bench`."""

"""Tools for development, shared by scans, operations and local_cloud."""

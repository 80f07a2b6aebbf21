"""What developing needs: shared by scans, operations and local_cloud."""

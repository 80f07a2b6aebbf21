"""Makes the deployment packages; docs/packaging.md describes it. The command line is build.py."""

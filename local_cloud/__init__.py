"""The whole system on this machine: no AWS account, no Docker.

`python -m local_cloud demo|up|down` starts the embedded AWS engine, applies the Terraform of this
repository to it and runs both pipelines from the packages that build.py made.
"""

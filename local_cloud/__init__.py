"""The whole product on this machine, without an AWS account and without Docker.

`python -m local_cloud demo|up|down` starts the embedded AWS engine, applies this repository's
Terraform to it, and runs both pipelines from the packages that build.py made.
"""

"""Commands for people who operate a deployment, on AWS or on the local cloud."""

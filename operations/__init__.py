"""Commands for whoever operates a deployment, on AWS or on the local cloud."""

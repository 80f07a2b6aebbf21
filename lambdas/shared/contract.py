"""What the contract fixes, without imports: `make bench` runs the Pillow engine without boto3."""

# The longest side of the contract's thumbnail in pixels. Those of other sizes lie beside it.
CONTRACT_SIZE = 150

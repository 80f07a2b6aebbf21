"""What people and applications do at the local cloud, for the demo and the tests."""

"""What people and applications do at the local cloud: the demo and the tests tell it."""

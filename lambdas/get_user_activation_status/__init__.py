"""First task of the activation state machine: read the user's activation status."""

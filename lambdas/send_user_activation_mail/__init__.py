"""Second task of the activation state machine: send the activation mail, once."""

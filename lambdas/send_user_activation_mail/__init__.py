"""Second task of the activation state machine: send the mail with the activation link, once."""

"""One user's account: disabling, enabling, ending sessions."""

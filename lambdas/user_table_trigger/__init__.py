"""Stream of the User table → one execution of the activation state machine for each new user."""

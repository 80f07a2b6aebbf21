"""Stream of the user-profile table → the picture that a profile has left is removed."""

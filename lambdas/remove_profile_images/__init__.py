"""Stream of the user-profile table → the pictures of replaced images are removed."""

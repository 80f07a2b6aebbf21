"""Upload under original/ → the profile's `image` in the user-profile table."""

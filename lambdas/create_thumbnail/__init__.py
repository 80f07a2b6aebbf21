"""Stream of the user-profile table → the thumbnail of a new image under thumbnails/."""

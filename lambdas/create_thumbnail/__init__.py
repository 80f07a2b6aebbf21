"""Stream of the user-profile table → a thumbnail of the profile's image under thumbnails/."""

"""The application in front: sign-up, activation, sign-in and pictures, as HTTP API and page."""

"""SES's events on mails that came back or were complained about → a note on the user's item."""

"""SES's events about bounces and complaints → feedback on the user's item."""

"""The web-state table: counts of attempts, and sessions that were signed out."""

from shared.dynamodb import Table


class WebStateTable(Table):
    """The web-state table; the prefix of an item's id says what the item is."""

    label = "table web-state"
    key_name = "id"
    key_type = "S"

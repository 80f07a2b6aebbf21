"""What a message says, made fit for a terminal: a stranger may have written it."""

MOST_CHARACTERS = 300


def shown(text: str) -> str:
    """A text on one line, with nothing in it that a terminal would obey, and not too long."""
    line = "".join(
        character if character.isprintable() else ascii(character)[1:-1]
        for character in text[: MOST_CHARACTERS + 1]
    )
    return line if len(text) <= MOST_CHARACTERS else f"{line[:MOST_CHARACTERS]}…"

"""Text as it can be kept."""


def plain(text: str) -> str:
    """The text without what neither PostgreSQL nor JSON can hold: NUL, and halves of characters (surrogates)."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()

"""Text as it can be kept, and words that agree with a number."""


def plain(text: str) -> str:
    """The text without what neither PostgreSQL nor JSON can hold: NUL, and halves of characters (surrogates)."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def noun(count: int, one: str, many: str | None = None) -> str:
    """The word after a number: customer, customers; breach, breaches."""
    return one if count == 1 else many or one + "s"


def counted(count: int, one: str, many: str | None = None) -> str:
    """The number with its word: 1 customer, 2,000 customers."""
    return f"{count:,} {noun(count, one, many)}"

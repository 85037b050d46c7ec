"""Text for places of a fixed width, as SVG has no wrapping of its own."""

_WIDE, _NARROW = "MWmw@%", "ijl.,:;|!' "


def clipped(text: str, width: float, size: float = 13) -> str:
    """The text, cut with … where it would be wider than `width` pixels at this size (estimated)."""
    room, used = width / size, 0.0
    for place, letter in enumerate(text):
        used += 0.86 if letter in _WIDE else 0.3 if letter in _NARROW else 0.56
        if used > room:
            return text[: max(0, place - 1)].rstrip() + "…"
    return text

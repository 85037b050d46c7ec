"""The company's colour on the pages, safe to stand in a style sheet and with text that can be read on it."""

import re

_HEX = re.compile(r"#([0-9a-fA-F]{6})")
_FALLBACK = "#0f766e"
_ENOUGH = 4.5  # contrast ratio that WCAG 2.2 AA asks of text


def safe(colour: str) -> str:
    """The colour as #rrggbb, or ours where it is anything else."""
    return colour.lower() if _HEX.fullmatch(colour) else _FALLBACK


def text_on(colour: str) -> str:
    """White where it can be read on the colour, else black."""
    return "#ffffff" if 1.05 / (_luminance(colour) + 0.05) >= _ENOUGH else "#111827"


def _luminance(colour: str) -> float:
    """Relative luminance, 0 to 1 (WCAG 2.2)."""
    shares = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue

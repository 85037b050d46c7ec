"""Text against its background, as the styles of the finished HTML say. 4.5 to 1, large text 3 to 1 (WCAG 2.2)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import lxml.html  # type: ignore[import-untyped]  # lxml ships no types

Colour = tuple[int, int, int]
_HEX = re.compile(r"#([0-9a-f]{3}|[0-9a-f]{6})\b", re.IGNORECASE)
_RGB = re.compile(r"rgba?\(\s*(\d+)[,\s]+(\d+)[,\s]+(\d+)", re.IGNORECASE)
_NAMED: dict[str, Colour] = {
    "white": (255, 255, 255), "black": (0, 0, 0), "red": (255, 0, 0), "green": (0, 128, 0), "blue": (0, 0, 255),
    "gray": (128, 128, 128), "grey": (128, 128, 128), "yellow": (255, 255, 0), "orange": (255, 165, 0),
    "silver": (192, 192, 192), "navy": (0, 0, 128), "lightgray": (211, 211, 211), "lightgrey": (211, 211, 211),
}  # fmt: skip
_UNSEEN = frozenset({"style", "script", "title", "head"})
_LARGE, _LARGE_BOLD = 24.0, 18.66  # pixels


@dataclass(frozen=True, slots=True)
class Look:
    """How text looks at a place. `under` is None over a picture: then nothing can be computed."""

    colour: Colour = (0, 0, 0)
    under: Colour | None = (255, 255, 255)
    size: float = 16.0
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Weak:
    """A text that is hard to read."""

    text: str
    ratio: float
    needed: float


def weak(html: str) -> list[Weak]:
    """Texts below the contrast they need, each pair of colours once."""
    tree = lxml.html.fromstring(html)
    found: dict[tuple[Colour, Colour | None], Weak] = {}
    for text, look in _texts(tree, Look()):
        needed = 3.0 if look.size >= _LARGE or (look.bold and look.size >= _LARGE_BOLD) else 4.5
        if look.under is None or (ratio := contrast(look.colour, look.under)) >= needed:
            continue
        found.setdefault((look.colour, look.under), Weak(text[:60], round(ratio, 1), needed))
    return list(found.values())


def contrast(one: Colour, other: Colour) -> float:
    """The ratio of luminances, 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def colour_of(text: str) -> Colour | None:
    """A colour of CSS; None for what is none or is see-through."""
    if found := _HEX.search(text):
        digits = found[1] if len(found[1]) == 6 else "".join(digit * 2 for digit in found[1])
        return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)
    if found := _RGB.search(text):
        return int(found[1]), int(found[2]), int(found[3])
    return next((_NAMED[word] for word in text.lower().split() if word in _NAMED), None)


def _texts(element: lxml.html.HtmlElement, above: Look) -> Iterator[tuple[str, Look]]:
    if not isinstance(element.tag, str) or element.tag in _UNSEEN:
        return
    style = _style(element.get("style", ""))
    if style.get("display") == "none":
        return
    look = _seen(element, style, above)
    if element.text and element.text.strip() and look.size:
        yield " ".join(element.text.split()), look
    for child in element:
        yield from _texts(child, look)
        if child.tail and child.tail.strip() and look.size:
            yield " ".join(child.tail.split()), look


def _seen(element: lxml.html.HtmlElement, style: dict[str, str], above: Look) -> Look:
    look = above
    paper = style.get("background", "") + " " + style.get("background-color", element.get("bgcolor", ""))
    if "url(" in paper:
        look = replace(look, under=None)
    elif under := colour_of(paper):
        look = replace(look, under=under)
    if colour := colour_of(style.get("color", "")):
        look = replace(look, colour=colour)
    elif element.tag == "a" and element.get("href"):
        look = replace(look, colour=(0, 0, 238))
    if size := re.match(r"([\d.]+)(?:px)?$", style.get("font-size", "")):
        look = replace(look, size=float(size[1]))
    if weight := style.get("font-weight", ""):
        look = replace(look, bold=weight in ("bold", "bolder", "600", "700", "800", "900"))
    return look


def _style(text: str) -> dict[str, str]:
    pairs = (part.partition(":") for part in text.split(";"))
    return {name.strip().lower(): value.strip() for name, _, value in pairs if value}


def _luminance(colour: Colour) -> float:
    red, green, blue = (part / 3294.6 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue

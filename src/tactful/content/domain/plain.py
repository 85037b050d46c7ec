"""The plain-text part: what the HTML says, line by line, with the targets of its links."""

import re

import lxml.html  # type: ignore[import-untyped]  # lxml ships no types
from inscriptis import Inscriptis  # type: ignore[import-untyped]  # it ships no types
from inscriptis.model.config import ParserConfig  # type: ignore[import-untyped]  # as above

from tactful.content.domain.pieces import Pieces, take_out

_CONFIG = ParserConfig()
_EMPTY_LINES = re.compile(r"\n{3,}")
# What the reader does not see, and attributes: what steers there begins and ends there, so nothing is lost with it.
_UNSEEN = re.compile(
    r"<!--.*?-->|<(style|title)\b.*?</\1\s*>|<div\sstyle=\"display:none;.*?</div>|<(?!a\b)[^>]*>",
    re.DOTALL | re.IGNORECASE,
)
_CELLS = ("tbody", "thead", "tfoot", "tr", "td", "th")


def text_of(html: str) -> str:
    """The text of finished HTML."""
    return tidy(_extracted(html))


def template_of(html: str) -> str | None:
    """The Liquid template of the text for an HTML with its Liquid, so that most messages need no HTML parser.

    None where the text would lose the order of the tags that steer (one stands inside an attribute, say): then the
    text must be taken from each finished message.
    """
    hidden, pieces = take_out(html)
    text = _extracted(hidden)
    seen = _UNSEEN.sub("", hidden)
    if _blocks(seen, pieces) != _blocks(text, pieces):
        return None
    return pieces.restore(_without_own_lines(text, pieces))


def _without_own_lines(text: str, pieces: Pieces) -> str:
    """Tags that steer and stand on a line by themselves leave no empty line behind."""
    lines = text.splitlines(keepends=True)
    return "".join(line.strip() if _only_blocks(line, pieces) else line for line in lines)


def _only_blocks(line: str, pieces: Pieces) -> bool:
    numbers = pieces.numbers(line)
    return bool(numbers) and all(map(pieces.is_block, numbers)) and not pieces.words().sub("", line).strip()


def tidy(text: str) -> str:
    """Single spaces, at most one empty line in a row, no blanks at the ends of lines, no link to nowhere; of a link
    that begins a mail only the address."""
    shown = text.replace(" <>", "").replace(" <mailto:", " <")
    lines = [" ".join(line.split()) for line in shown.split("\n")]
    return _EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip() + "\n"


def _blocks(text: str, pieces: Pieces) -> list[int]:
    return [number for number in pieces.numbers(text) if pieces.is_block(number)]


def _extracted(html: str) -> str:
    tree = lxml.html.fromstring(html)
    _flatten_layout(tree)
    for link in tree.iter("a"):
        _append_target(link)
    return str(Inscriptis(tree, _CONFIG).get_text())


def _flatten_layout(tree: lxml.html.HtmlElement) -> None:
    """Tables that only lay out become plain blocks; tables with data stay tables."""
    layout = set(tree.xpath("//table[@role='presentation']"))
    for cell in [cell for cell in tree.iter(*_CELLS) if _table_of(cell) in layout]:
        cell.tag = "p" if cell.tag == "td" else "div"
    for table in layout:
        table.tag = "div"


def _table_of(cell: lxml.html.HtmlElement) -> lxml.html.HtmlElement | None:
    return next(cell.iterancestors("table"), None)


def _append_target(link: lxml.html.HtmlElement) -> None:
    target = link.get("href", "")
    shown = link.text_content().strip()
    if not target or target.startswith("#") or target in (shown, f"mailto:{shown}"):
        return
    last = link[-1] if len(link) else None
    if last is None:
        link.text = f"{link.text or ''} <{target}>"
    else:
        last.tail = f"{last.tail or ''} <{target}>"

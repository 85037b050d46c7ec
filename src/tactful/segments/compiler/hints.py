"""What can be told of a JSON document before it is opened: a text that is equal to a value stands in it.

Looking for a few bytes costs a fraction of reading the document.
"""

import re

from sqlglot import exp

from tactful.segments.compiler import literals
from tactful.segments.domain.comparisons import Comparison, Holds, Op, Value

# Letters and the like stand in a document as they are, in each way to write JSON; other signs may be escaped.
_PLAIN = re.compile(r"[A-Za-z0-9 _.-]+")
_LETTER = re.compile(r"[A-Za-z]")
_MOST = 4  # with more values to look for, opening the document is as cheap


def hint(document: exp.Expr, comparison: Comparison) -> exp.Expr | None:
    """A condition on the document's text that holds wherever the comparison does; None if there is none."""
    if comparison.op not in (Op.IS, Op.IN) or len(comparison.values) > _MOST:
        return None
    pieces = [_piece(value) for value in comparison.values]
    if not all(pieces):
        return None
    return exp.or_(*(literals.call("contains", document.copy(), literals.text(piece)) for piece in pieces))


def _piece(value: Value) -> str:
    """The longest part that surely stands in the document; "" if there is none.

    A number may be written in many ways, and so may what a text like `1e3` or `[1e3]` is equal to.
    """
    text = str(value.raw)
    if value.holds is not Holds.TEXT or _is_number(text) or text.startswith(("[", "{")):
        return ""
    found = [piece for piece in _PLAIN.findall(text) if _LETTER.search(piece)]
    return max(found, key=len, default="")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True

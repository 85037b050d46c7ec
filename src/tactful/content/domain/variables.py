"""Which variables a text prints, where, and whether something is said when there is no value."""

import re
from dataclasses import dataclass

# What every message knows. `attributes` are the company's own; what an order, product or deal has, its event says.
CUSTOMER = ("first_name", "last_name", "email", "city", "country", "language")
ALWAYS = frozenset(
    {"company.name", "company.colour", "company.postal_address"}
    | {f"links.{name}" for name in ("shop", "reply", "unsubscribe", "preferences", "why")}
)
OF_ONE = ("customer", "order", "product", "deal")
"""What differs from message to message."""
ROOTS = (*OF_ONE, "company", "links")
_PIECE = re.compile(r"\{%-?\s*(\w+)\s*(.*?)-?%\}|\{\{-?\s*(.*?)-?\}\}", re.DOTALL)
_PATH = re.compile(r"^[A-Za-z_][\w-]*(?:\.[\w-]+)*")
_OPENS = ("if", "unless", "case")


@dataclass(frozen=True, slots=True)
class Printed:
    """A variable that is printed in a line. `guarded`: with a default, or only where there is a value."""

    path: str
    line: int
    guarded: bool


def printed(source: str) -> list[Printed]:
    """Every printed variable from outside, in order."""
    found: list[Printed] = []
    asked: list[str] = []
    own: set[str] = set()
    for piece in _PIECE.finditer(source):
        tag, rest, output = piece[1], piece[2] or "", piece[3]
        if output is not None:
            path = _PATH.match(output.strip())
            if path and path[0].split(".")[0] not in own:
                line = source.count("\n", 0, piece.start()) + 1
                found.append(Printed(path[0], line, guarded=_guarded(path[0], output, asked)))
        elif tag in ("assign", "capture", "for"):
            own.update(re.findall(r"^\s*([\w-]+)", rest))
        else:
            _follow(tag, rest, asked)
    return found


def demanded(*sources: str) -> frozenset[str]:
    """What a text prints of the customer, order, product or deal without a word for when there is no value.

    A condition on the whole (`{% if product %}`) is a word too.
    """
    return frozenset(
        one.path
        for source in sources
        for one in printed(source)
        if not one.guarded and one.path.partition(".")[0] in OF_ONE and one.path not in OF_ONE
    )


def _follow(tag: str, rest: str, asked: list[str]) -> None:
    """Keep the conditions under which the next piece stands."""
    if tag in _OPENS:
        asked.append(rest)
    elif tag == "elsif" and asked:
        asked[-1] = rest
    elif tag == "else" and asked:
        asked[-1] = ""
    elif tag in ("endif", "endunless", "endcase") and asked:
        asked.pop()


def _guarded(path: str, output: str, asked: list[str]) -> bool:
    if re.search(r"\|\s*default\s*:", output):
        return True
    words = path.split(".")
    asks = [".".join(words[:length]) for length in range(1, len(words) + 1)]
    return any(re.search(rf"(?<![\w.]){re.escape(one)}(?![\w.])", condition) for one in asks for condition in asked)


def reads(filled: dict[str, float], path: str) -> float | None:
    """The share of customers who have a value; None for what no message knows. 1 for what is always there."""
    if path in ALWAYS:
        return 1.0
    root, _, rest = path.partition(".")
    if root == "customer" and (rest in CUSTOMER or rest.startswith("attributes.")):
        return filled.get(rest, 0.0)
    return None

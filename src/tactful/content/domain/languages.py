"""Which of the languages that there are somebody gets, and how many of an audience read their own."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from babel import Locale, UnknownLocaleError

from tactful.kernel.errors import InvalidInput

_TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


@dataclass(frozen=True, slots=True)
class Coverage:
    """Customers of an audience with one language, and the language they get. `exact`: it is theirs."""

    language: str
    customers: int
    gets: str
    exact: bool


def normal(tag: object) -> str:
    """A language as BCP 47 writes it: de, de-AT; empty for what is none."""
    parts = str(tag or "").strip().replace("_", "-").split("-")
    spelled = "-".join(
        [parts[0].lower(), *(part.upper() if len(part) == 2 else part.title() for part in parts[1:])]
    )
    return spelled if _TAG.fullmatch(spelled) else ""


def checked(tag: str) -> str:
    """The language in its normal spelling. Raises InvalidInput for what is none."""
    if not (found := normal(tag)):
        raise InvalidInput(f"{tag!r} is no language: write a code like en, de or de-AT")
    return found


def named(tag: str) -> str:
    """The language's name in English; its code where it has none."""
    try:
        return Locale.parse(tag, sep="-").get_display_name("en") or tag
    except (UnknownLocaleError, ValueError):
        return tag


def same_base(one: str, other: str) -> bool:
    """Whether they differ by region at most."""
    return normal(one).split("-")[0] == normal(other).split("-")[0]


def chosen(wanted: object, there: Sequence[str]) -> str:
    """The language for who speaks `wanted`: the same, the same without region, else the first of `there`."""
    tag = normal(wanted)
    while tag:
        if tag in there:
            return tag
        tag = tag.rpartition("-")[0]
    return there[0]


def coverage(spoken: Mapping[str, int], there: Sequence[str]) -> list[Coverage]:
    """What becomes of each language of an audience, the most frequent first. An empty one is unknown."""
    found = []
    for language, customers in sorted(spoken.items(), key=lambda pair: (-pair[1], pair[0])):
        gets = chosen(language, there)
        found.append(Coverage(language, customers, gets, exact=same_base(language, gets)))
    return found

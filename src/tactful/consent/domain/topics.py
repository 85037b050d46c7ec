"""How a topic may be called, and in which order customers are asked about topics."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tactful.consent.domain.consent import EVERYTHING
from tactful.consent.domain.reading import SLUG
from tactful.kernel.errors import InvalidInput

LONGEST_NAME = 80
LONGEST_DESCRIPTION = 300
_MARKUP = re.compile(r"<[a-z/!?]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Wording:
    """What customers read of a topic on their page; a yes is kept with these words."""

    name: str
    description: str = ""


def worded(name: str, description: str = "") -> Wording:
    """The words as they are kept, each on one line. Raises InvalidInput."""
    return Wording(named(name), described(description))


def named(text: str) -> str:
    """Raises InvalidInput for what cannot be a name."""
    if not any(letter.isalnum() for letter in text):
        raise InvalidInput("the name is empty: customers choose by it")
    return _on_one_line("name", text, LONGEST_NAME)


def described(text: str) -> str:
    """Raises InvalidInput for what cannot be a description; there may be none."""
    return _on_one_line("description", text, LONGEST_DESCRIPTION)


def check_free(name: str, others: Mapping[str, str]) -> None:
    """Of two topics with one name a customer would tick the wrong one. `others`: names by short name.

    Raises InvalidInput.
    """
    for slug, taken in others.items():
        if taken.casefold() == name.casefold():
            raise InvalidInput(f"the topic {slug!r} is called “{taken}” already: choose another name")


def check_slug(slug: str) -> None:
    """Raises InvalidInput for what cannot be a short name: consent would not be heard about it."""
    if slug == EVERYTHING:
        raise InvalidInput(f"{EVERYTHING!r} means everything: give the topic a short name of its own")
    if not SLUG.fullmatch(slug):
        raise InvalidInput(
            f"{slug[:30]!r} cannot be a topic's short name: use small letters, digits, - and _, 50 at most"
        )


def put_before(order: Sequence[str], slug: str, other: str) -> list[str]:
    """The order with one topic directly before another, wherever either stands now."""
    rest = [each for each in order if each != slug]
    place = rest.index(other)
    return [*rest[:place], slug, *rest[place:]]


def _on_one_line(what: str, text: str, most: int) -> str:
    line = " ".join(text.split())
    if len(line) > most:
        raise InvalidInput(f"the {what} is longer than {most} characters")
    if "\x00" in line:
        raise InvalidInput(f"the {what} holds a NUL, which no text has")
    if _MARKUP.search(line):
        raise InvalidInput(f"the {what} is shown as it stands: leave out markup such as <b>")
    return line

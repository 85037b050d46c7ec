"""Short names, by which files and addresses call segments, journeys and texts; and how long names may be."""

import re
from collections.abc import Collection

from anyascii import anyascii

from tactful.kernel.errors import InvalidInput

LONGEST_NAME = 200
_LONGEST = 63
_MADE = 50  # characters of a short name that is made from a name
_FORM = re.compile(r"[a-z0-9][a-z0-9_-]*")
_ADDRESSES = frozenset(
    {"audience", "blocks", "check", "compare", "images", "lifecycle", "live", "new", "people", "preview", "suggest"}
)
"""What stands in the same place of an address: a thing called so could not be opened."""


def slug_of(name: str, *, kind: str, taken: Collection[str] = ()) -> str:
    """A short name for what is called so, in any script: `日本` gives `riben`. `kind`: what it is, as `segment`."""
    made = re.sub(r"[^a-z0-9]+", "-", anyascii(name).lower()).strip("-")[:_MADE].strip("-") or kind
    made = f"{made}-{kind}" if made in _ADDRESSES else made
    return next(each for each in (made, *(f"{made}-{number}" for number in range(2, 10_000))) if each not in taken)


def check_new(slug: str, name: str, *, kind: str) -> None:
    """Raises InvalidInput for names that something new cannot have."""
    if not _FORM.fullmatch(slug):
        raise InvalidInput(f"{slug!r} cannot be a {kind}'s short name: use small letters, digits, - and _")
    if slug in _ADDRESSES:
        raise InvalidInput(f"{slug!r} is the address of a page: give the {kind} another short name")
    if len(slug) > _LONGEST:
        raise InvalidInput(f"the short name {slug[:30]}… is longer than {_LONGEST} characters")
    if len(name) > LONGEST_NAME:
        raise InvalidInput(f"the name {name[:30]}… is longer than {LONGEST_NAME} characters")

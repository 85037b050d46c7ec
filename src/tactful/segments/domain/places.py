"""One JSON value that is being read, and the path to it: what is wrong is said with the place where it stands."""

import reprlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

from tactful.kernel.errors import InvalidInput

MAX_TEXT = 1_000
MAX_LIST = 1_000
MAX_NUMBER = 10**15
_W = TypeVar("_W", bound=StrEnum)


_NAMED = 6  # fields that a message tells of


@dataclass(slots=True)
class Budget:
    """How many more conditions the tree may have."""

    left: int


@dataclass(frozen=True, slots=True)
class Place:
    """One JSON value and the path to it."""

    given: object
    path: str
    depth: int
    budget: Budget

    def wrong(self, reason: str) -> InvalidInput:
        return InvalidInput(f"{self.path or 'the rule'}: {reason}")

    def at(self, key: str) -> "Place":
        return replace(self, given=self.fields()[key], path=f"{self.path}.{key}" if self.path else key)

    def item(self, index: int, given: object) -> "Place":
        return replace(self, given=given, path=f"{self.path}[{index}]")

    def fields(self) -> Mapping[str, object]:
        if not isinstance(self.given, Mapping):
            several = "; begin with all: or any:" if isinstance(self.given, list) else ""
            raise self.wrong(f"must be an object with fields, not {shown(self.given)}{several}")
        return self.given

    def only(self, *allowed: str) -> None:
        for key in self.fields():
            if key not in allowed:
                raise self.wrong(f"does not know {shown(key)}; known here: {', '.join(allowed)}")

    def one_of(self, names: tuple[str, ...]) -> str:
        """The single one of these fields that is there."""
        present = [name for name in names if name in self.fields()]
        if len(present) != 1:
            there = ", ".join(shown(name) for name in [*self.fields()][:_NAMED]) or "nothing"
            raise self.wrong(f"needs exactly one of {', '.join(names)}; it has {there}")
        return present[0]

    def items(self) -> "list[Place]":
        if not isinstance(self.given, list | tuple):
            raise self.wrong(f"must be a list, not {shown(self.given)}")
        if not self.given:
            raise self.wrong("is empty, which says nothing: name at least one")
        if len(self.given) > MAX_LIST:
            raise self.wrong(f"has more than {MAX_LIST} entries")
        return [self.item(index, given) for index, given in enumerate(self.given)]

    def text(self) -> str:
        if not isinstance(self.given, str):
            raise self.wrong(f"must be a text, not {shown(self.given)}")
        if len(self.given) > MAX_TEXT:
            raise self.wrong(f"is longer than {MAX_TEXT} characters")
        if "\x00" in self.given or not encodable(self.given):
            raise self.wrong("has characters that no text can hold")
        return self.given

    def name(self) -> str:
        if not self.text():
            raise self.wrong("is empty")
        return self.text()

    def number(self) -> int | float:
        given = self.given
        if given is None:
            raise self.wrong("needs a number")
        if isinstance(given, bool) or not isinstance(given, int | float):
            raise self.wrong(f"must be a number, not {shown(given)}")
        if not -MAX_NUMBER <= given <= MAX_NUMBER:  # as comparisons, for whole numbers that no float can hold
            raise self.wrong("is beyond any number counted here")
        return given

    def whole(self, *, least: int, most: int) -> int:
        number = self.number()
        if number != int(number) or not least <= number <= most:
            raise self.wrong(f"must be a whole number from {least} to {most}")
        return int(number)

    def between(self, least: float, most: float) -> float:
        return float(self.limited(least, most))

    def limited(self, least: float, most: float) -> int | float:
        """A number as it was written, within limits."""
        number = self.number()
        if not least <= number <= most:
            limits = f"from {least} to {most}" if most < MAX_NUMBER else f"of at least {least}"
            raise self.wrong(f"must be a number {limits}")
        return number

    def share(self) -> int | float:
        number = self.number()
        if not 0 <= number <= 1:
            raise self.wrong("must be a share from 0 to 1; 60 % is written 0.6")
        return number

    def true(self) -> None:
        if self.given is not True:
            raise self.wrong("can only be true; leave it out otherwise")

    def word(self, words: type[_W]) -> _W:
        known = [str(word) for word in words]
        text = self.text()
        if text not in known:
            raise self.wrong(f"must be one of {', '.join(known)}, not {shown(text)}")
        return words(text)

    def need(self, *names: str) -> None:
        for name in names:
            if name not in self.fields():
                raise self.wrong(f"needs {name}")

    def has(self, name: str) -> bool:
        return name in self.fields()


class _Shown(reprlib.Repr):
    """Looks at little of a value: one that YAML folded may be larger than any memory."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlevel, self.maxstring, self.maxother = 2, 60, 60

    def repr_int(self, given: int, level: int) -> str:
        return super().repr_int(given, level) if given.bit_length() < 200 else "a number without end"


_SHOWN = _Shown()


def shown(given: object) -> str:
    text = _SHOWN.repr(given)
    return text if len(text) <= 60 else f"{text[:60]}…"


def encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True

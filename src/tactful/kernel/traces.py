"""What somebody was known by, and where it stands in what was written down: for erasing him and nobody else."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

GONE = "(erased)"
_ID = frozenset(
    {"userid", "anonymousid", "previousid", "distinctid", "customerid", "externalid", "card", "cardnumber"}
)
_ADDRESS = frozenset({"email", "phone", "address", "mail", "mobile"})
_TELLING = 6  # letters of an identifier that stands by chance in no sentence
_SHORTEST = 3  # letters of a name
_NUMBER = 7  # digits of a phone number
_RUNS = re.compile(r"[a-z0-9@.+_ -]+")


@dataclass(frozen=True)
class Traces:
    """Numbers of his records, identifiers, addresses, full names, and the single words of his names."""

    ids: frozenset[int]
    identifiers: frozenset[str]
    addresses: frozenset[str]
    names: frozenset[str]
    words: frozenset[str] = frozenset()

    def speaks_of(self, payload: str) -> bool:
        """Whether a payload is about him: he is named in it as who did it, or by an address as his own."""
        try:
            said = json.loads(payload)
        except ValueError:
            return bool(self._plainly.search(payload))
        return any(self._is_his(key, value) for key, value in _named(said))

    def is_in(self, column: str, cell: str) -> bool:
        """Whether a cell of a table, under this heading, names him."""
        key = _plain(column)
        kind = "email" if any(word in key for word in _ADDRESS) else "userid" if "id" in key else key
        return self._is_his(kind, cell)

    def blotted(self, value: Any) -> Any:
        """All texts of a value without him; single words of his names go only where he is surely meant."""
        return self._without(value, sure=self._stands_in(value))

    @property
    def anchors(self) -> list[str]:
        """One of these stands in every text from which anything is blotted, in small letters: of each of his words
        the longest run of plain letters, for not every database knows the capitals of others, and JSON writes some
        signs its own way. An empty one stands everywhere."""
        return sorted({max(_RUNS.findall(each.lower()), key=len, default="") for each in self._sure_words if each})

    @property
    def searched(self) -> list[str]:
        """What a text must hold to be worth a look, in small letters; or else one of the `dialled`."""
        return sorted({each.casefold() for each in (*self.identifiers, *self.addresses, *map(str, self.ids))})

    @property
    def dialled(self) -> list[str]:
        """Phone numbers as digits, for a look at the digits of a text."""
        return sorted(self._phone_digits)

    def _is_his(self, key: str, value: object) -> bool:
        if key in _ID:
            return str(value).casefold() in self._folded or (key == "customerid" and str(value) in self._numbers)
        if key in _ADDRESS and isinstance(value, str):
            return value.strip().casefold() in self._folded or _digits(value) in self._phone_digits
        return False

    def _stands_in(self, value: Any) -> bool:
        return any(self._surely.search(text) for text in _texts(value))

    def _without(self, value: Any, *, sure: bool) -> Any:
        if isinstance(value, dict):
            return {key: self._without(inner, sure=sure) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._without(inner, sure=sure) for inner in value]
        if not isinstance(value, str):
            return value
        return (self._anyhow if sure else self._surely).sub(GONE, value)

    @cached_property
    def _folded(self) -> frozenset[str]:
        return frozenset(each.casefold() for each in (*self.identifiers, *self.addresses))

    @cached_property
    def _numbers(self) -> frozenset[str]:
        return frozenset(map(str, self.ids))

    @cached_property
    def _phones(self) -> frozenset[str]:
        return frozenset(each for each in self.addresses if "@" not in each and len(_digits(each)) >= _NUMBER)

    @cached_property
    def _phone_digits(self) -> frozenset[str]:
        return frozenset(map(_digits, self._phones))

    @cached_property
    def _sure_words(self) -> frozenset[str]:
        telling = {each for each in self.identifiers if len(each) >= _TELLING and not each.isdecimal()}
        return frozenset({*telling, *self.addresses, *self.names})

    @cached_property
    def _surely(self) -> re.Pattern[str]:
        return _whole(self._sure_words)

    @cached_property
    def _anyhow(self) -> re.Pattern[str]:
        return _whole({*self._sure_words, *(word for word in self.words if len(word) >= _SHORTEST)})

    @cached_property
    def _plainly(self) -> re.Pattern[str]:
        return _whole(self.addresses)


def _named(value: object, key: str = "") -> Iterator[tuple[str, object]]:
    """Every value with the key that it stands under."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _named(inner, _plain(str(name)))
    elif isinstance(value, list):
        for inner in value:
            yield from _named(inner, key)
    else:
        yield key, value


def _texts(value: Any) -> Iterator[str]:
    return (text for _, text in _named(value) if isinstance(text, str))


def _plain(key: str) -> str:
    return key.replace("_", "").replace(" ", "").replace("-", "").casefold()


def _digits(text: str) -> str:
    return "".join(letter for letter in text if letter.isdigit())


def _whole(words: "frozenset[str] | set[str]") -> re.Pattern[str]:
    """Any of these as a whole, the longest first; nothing where there is none."""
    listed = "|".join(re.escape(word) for word in sorted(filter(None, words), key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{listed})(?!\w)" if listed else r"(?!)", re.IGNORECASE)

"""What lint is told and what it says. Frozen values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType

from tactful.journeys.domain.definition import Definition


class Severity(StrEnum):
    """`must`: it harms customers or does nothing; `should`: somebody ought to decide."""

    MUST = "must"
    SHOULD = "should"


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault: which rule, how bad, where in the definition, in words, and what to do."""

    rule: str
    severity: Severity
    where: str
    words: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Found:
    """What one rule says of one place."""

    where: str
    words: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Text:
    """A template as lint reads it: all its words, and whether it is still in use."""

    words: str
    archived: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """How a journey has done lately. `since`: when it last changed; `judged`: messages considered in the period."""

    active: bool
    since: datetime
    last_entry: datetime | None = None
    judged: int = 0
    dropped: Mapping[str, int] = field(default_factory=dict)  # by reason


@dataclass(frozen=True, slots=True)
class Facts:
    """What the house knows. None: it is not known, and not asked about.

    `segments`: those in use, with whether anybody was ever in them. `others`: the other journeys at work. `dates`:
    those that events told of orders and deals, as `deal.valid_until`, as far as a journey asks for them.
    `retired`: topics that nobody is written to about any more. `activation`: how many journeys at work activate,
    this one with them.
    """

    now: datetime
    segments: Mapping[str, bool] | None = None
    events: frozenset[str] | None = None
    topics: frozenset[str] | None = None
    retired: frozenset[str] = frozenset()
    texts: Mapping[str, Text] | None = None
    colleagues: frozenset[str] | None = None
    dates: frozenset[str] | None = None
    others: Sequence[Definition] = ()
    activation: int = 0
    standing: Standing | None = None

    @property
    def today(self) -> date:
        return self.now.date()

    @property
    def read(self) -> Mapping[str, Text]:
        """The texts that are known."""
        return self.texts if self.texts is not None else MappingProxyType({})

"""The moment of asking: written into the text, given with the question, or each subject's own."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

from sqlglot import exp

from tactful.kernel.time import zone_or
from tactful.segments.compiler import literals
from tactful.segments.domain.terms import Terms, midnight, today

_FIRST = datetime(1800, 1, 1, tzinfo=UTC)
_TODAY, _AT = "today", "at"


class Moment(Protocol):
    """When a question is asked, as an expression."""

    @property
    def terms(self) -> Terms:
        """What the company has settled for its rules."""

    def now(self) -> exp.Expr:
        """The moment itself."""

    def ago(self, days: int) -> exp.Expr:
        """So many spans of 24 hours before it."""

    def midnight(self, days: int) -> exp.Expr:
        """The company's midnight that begins today, moved by so many days."""

    def today(self) -> exp.Expr:
        """The company's date."""

    def local(self, value: exp.Expr) -> exp.Expr:
        """A moment as the company's clock shows it."""


@dataclass(frozen=True, slots=True)
class OneMoment:
    """The same for everyone: a constant, so that the engine skips files and row groups by it."""

    at: datetime
    terms: Terms

    def now(self) -> exp.Expr:
        return literals.moment(self.at)

    def ago(self, days: int) -> exp.Expr:
        span = timedelta(days=days)
        return literals.moment(self.at - span if self.at - _FIRST > span else _FIRST)

    def midnight(self, days: int) -> exp.Expr:
        return literals.moment(_midnight(self.at, self.terms, days))

    def today(self) -> exp.Expr:
        return literals.day(today(self.at, self.terms))

    def local(self, value: exp.Expr) -> exp.Expr:
        return on_the_clock(value, self.terms)


@dataclass(frozen=True, slots=True)
class GivenMoment:
    """The same for all, given when the question is asked: the text is made once. `asked` are the parameters."""

    terms: Terms
    asked: set[str] = field(default_factory=set)

    def now(self) -> exp.Expr:
        return self._given(_AT, exp.DType.TIMESTAMP)

    def ago(self, days: int) -> exp.Expr:
        return exp.Sub(this=self.now(), expression=literals.days(days))

    def midnight(self, days: int) -> exp.Expr:
        return self._given(_name(days), exp.DType.TIMESTAMP)

    def today(self) -> exp.Expr:
        return self._given(_TODAY, exp.DType.DATE)

    def local(self, value: exp.Expr) -> exp.Expr:
        return on_the_clock(value, self.terms)

    def _given(self, name: str, type_: exp.DType) -> exp.Expr:
        self.asked.add(name)
        return exp.cast(exp.Parameter(this=exp.var(name)), type_)


@dataclass(frozen=True, slots=True)
class OwnMoments:
    """Each subject's own. `asked` are the columns that the subjects need beside `as_of`."""

    terms: Terms
    asked: set[str] = field(default_factory=set)

    def now(self) -> exp.Expr:
        return literals.column("s", "as_of")

    def ago(self, days: int) -> exp.Expr:
        return exp.Sub(this=self.now(), expression=literals.days(days))

    def midnight(self, days: int) -> exp.Expr:
        return self._column(_name(days))

    def today(self) -> exp.Expr:
        return self._column(_TODAY)

    def local(self, value: exp.Expr) -> exp.Expr:
        return on_the_clock(value, self.terms)

    def _column(self, name: str) -> exp.Expr:
        self.asked.add(name)
        return literals.column("s", name)


def on_the_clock(value: exp.Expr, terms: Terms) -> exp.Expr:
    """A moment without zone, UTC, as the company's clock shows it."""
    aware = exp.AtTimeZone(this=value, zone=literals.text("UTC"))
    return exp.AtTimeZone(this=aware, zone=literals.text(zone_or(terms.zone, "UTC").key))


def value_of(asked: str, at: datetime, terms: Terms) -> date:
    """What a parameter or column of this name is at a moment; moments without zone, UTC."""
    if asked == _AT:
        return bare(at)
    if asked == _TODAY:
        return today(at, terms)
    return bare(_midnight(at, terms, -int(asked.removeprefix("day"))))


def bare(moment: datetime) -> datetime:
    """A moment as the lake keeps it: UTC, without zone."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def _midnight(at: datetime, terms: Terms, days: int) -> datetime:
    if at - _FIRST < timedelta(days=abs(days) + 2):
        return _FIRST
    return midnight(at, terms.zone, days=days, fallback="UTC")


def _name(days: int) -> str:
    return f"day{-days}"

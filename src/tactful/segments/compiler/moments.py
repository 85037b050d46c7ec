"""The moment of asking: written into the text, given with the question, or each subject's own."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from sqlglot import exp

from tactful.segments.compiler import literals

_FIRST = datetime(1800, 1, 1, tzinfo=UTC)


class Moment(Protocol):
    """When a question is asked, as an expression."""

    def now(self) -> exp.Expr:
        """The moment itself."""

    def ago(self, days: int) -> exp.Expr:
        """So many spans of 24 hours before it."""


@dataclass(frozen=True, slots=True)
class OneMoment:
    """The same for everyone: a constant, so that the engine skips files and row groups by it."""

    at: datetime

    def now(self) -> exp.Expr:
        return literals.moment(self.at)

    def ago(self, days: int) -> exp.Expr:
        span = timedelta(days=days)
        return literals.moment(self.at - span if self.at - _FIRST > span else _FIRST)


@dataclass(frozen=True, slots=True)
class GivenMoment:
    """The same for all, given when the question is asked as the parameter `at`: the text is made once."""

    def now(self) -> exp.Expr:
        return exp.cast(exp.Parameter(this=exp.var("at")), exp.DType.TIMESTAMP)

    def ago(self, days: int) -> exp.Expr:
        return exp.Sub(this=self.now(), expression=literals.days(days))


@dataclass(frozen=True, slots=True)
class OwnMoments:
    """Each subject's own."""

    def now(self) -> exp.Expr:
        return literals.column("s", "as_of")

    def ago(self, days: int) -> exp.Expr:
        return exp.Sub(this=self.now(), expression=literals.days(days))

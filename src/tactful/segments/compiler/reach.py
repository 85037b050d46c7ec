"""Which rows a pass has to look at: those that some fold may count.

Grouping rows by customer is what a pass costs most, so rows that are in no fold are left out before.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlglot import exp

from tactful.segments.compiler import literals
from tactful.segments.compiler.filters import Filters
from tactful.segments.domain.comparisons import CalendarDays, LastDays, Window
from tactful.segments.domain.folds import About, During, Fold, Has, Named, OfCategory, Test

_TOLD = (Named, About, OfCategory, Has)
_MOST = 12  # with more kinds of rows, asking each row for all of them costs more than it leaves out


@dataclass(frozen=True, slots=True)
class _Kind:
    """Rows that pass some tests and lie within the last days (None: at any time)."""

    told: frozenset[Test]
    days: int | None

    def within(self, other: "_Kind") -> bool:
        """Whether each row of this kind is of the other kind too."""
        recent = other.days is None or (self.days is not None and self.days <= other.days)
        return recent and other.told <= self.told


def reached(folds: Iterable[Fold], common: Iterable[Test], filters: Filters) -> list[exp.Expr]:
    """Conditions that follow from the folds taken together, beside those that each of them has."""
    folds = list(folds)
    tests = [test for fold in folds for test in fold.tests]
    found = [
        *_among("name", [test.event for test in tests if isinstance(test, Named)]),
        *_among("channel", [test.channel for test in tests if isinstance(test, About)]),
        *_among("topic", [test.topic for test in tests if isinstance(test, About)]),
    ]
    table, days = folds[0].table, longest_window(folds)
    if days is not None and len({window_of(fold) for fold in folds}) > 1:
        found += filters.of([During(LastDays(days))], table)
    return [*found, *_in_any(_kinds(folds, frozenset(common)), table, filters)]


def longest_window(folds: Iterable[Fold]) -> int | None:
    """The days that the longest of the folds' windows looks back; None if any looks at more than last days."""
    days = [_looks_back(window_of(fold)) for fold in folds]
    known = [number for number in days if number is not None]
    return max(known) if known and len(known) == len(days) else None


def window_of(fold: Fold) -> Window | None:
    return next((test.window for test in fold.tests if isinstance(test, During)), None)


def _kinds(folds: Iterable[Fold], common: frozenset[Test]) -> list[_Kind]:
    """The kinds of rows that folds count; a kind within another is left out."""
    kinds = list(dict.fromkeys(_kind(fold, common) for fold in folds))
    return [each for each in kinds if not any(each.within(other) for other in kinds if other is not each)]


def _kind(fold: Fold, common: frozenset[Test]) -> _Kind:
    told = (test for test in fold.tests if isinstance(test, _TOLD) and test not in common)
    return _Kind(frozenset(told), _looks_back(window_of(fold)))


def _in_any(kinds: Iterable[_Kind], table: str, filters: Filters) -> list[exp.Expr]:
    """That a row is of one of the kinds; events that differ in their name only are asked for together."""
    names: dict[_Kind, list[str]] = {}
    for kind in kinds:
        named = {test for test in kind.told if isinstance(test, Named)}
        rest = _Kind(kind.told - named, kind.days)
        names.setdefault(rest, []).extend(test.event for test in named)
    asked = [(_of_kind(rest, named, table, filters), _hints(rest, filters)) for rest, named in names.items()]
    if not all(plain or hints for plain, hints in asked) or not 1 < len(asked) <= _MOST:
        return []
    return [_any_of(asked)]


def _any_of(asked: Iterable[tuple[list[exp.Expr], list[exp.Expr]]]) -> exp.Expr:
    """That a row is of one of the kinds, each told by plain columns and by what shows in its document.

    Of an OR the engine asks every side of every row; a branch of a CASE sees only the rows that come to it. So
    documents are looked into for rows that no plain kind takes, and where the rest of the kind holds.
    """
    plain = [exp.and_(*columns) for columns, hints in asked if not hints]
    opened = [_where(columns, hints) for columns, hints in asked if hints]
    if not plain or not opened:
        return exp.or_(*plain, *opened)
    return exp.Case(ifs=[exp.If(this=exp.or_(*plain), true=literals.true())], default=exp.or_(*opened))


def _where(columns: list[exp.Expr], hints: list[exp.Expr]) -> exp.Expr:
    if not columns:
        return exp.and_(*hints)
    shown = exp.If(this=exp.and_(*columns), true=exp.and_(*hints))
    return exp.Case(ifs=[shown], default=literals.false())


def _of_kind(kind: _Kind, named: list[str], table: str, filters: Filters) -> list[exp.Expr]:
    """What the columns of a row of this kind show."""
    plain: list[Test] = [test for test in sorted(kind.told, key=repr) if not isinstance(test, Has)]
    if kind.days is not None:
        plain.append(During(LastDays(kind.days)))
    return [*_of_values("name", named), *filters.of(plain, table)]


def _hints(kind: _Kind, filters: Filters) -> list[exp.Expr]:
    """What the document of a row of this kind shows before it is opened."""
    return filters.hints(test for test in sorted(kind.told, key=repr) if isinstance(test, Has))


def _among(name: str, values: Iterable[str]) -> list[exp.Expr]:
    """That a column has one of the values, where there are several to choose from."""
    listed = list(dict.fromkeys(values))
    return _of_values(name, listed) if len(listed) > 1 else []


def _of_values(name: str, values: list[str]) -> list[exp.Expr]:
    if not values:
        return []
    return [exp.In(this=literals.column("t", name), expressions=[literals.text(value) for value in values])]


def _looks_back(window: Window | None) -> int | None:
    """Spans of 24 hours that surely hold the window: a local day may begin a day earlier, and last longer."""
    if isinstance(window, LastDays):
        return window.days
    return window.days + 2 if isinstance(window, CalendarDays) else None

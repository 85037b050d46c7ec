"""The tests that a row has to pass, as conditions on the row `t`."""

from collections.abc import Callable, Iterable, Mapping

from sqlglot import exp

from tactful.segments.compiler import literals
from tactful.segments.compiler.aggregates import moment_in
from tactful.segments.compiler.comparisons import compared
from tactful.segments.compiler.hints import hint
from tactful.segments.compiler.moments import Moment
from tactful.segments.domain.catalogue import Ahead, Kind, Reached
from tactful.segments.domain.comparisons import CalendarDays, LastDays, Whose, Window
from tactful.segments.domain.folds import (
    HAPPENED,
    About,
    During,
    Has,
    InCurrency,
    InMonths,
    Later,
    Named,
    OfCategory,
    On,
    Purchased,
    Says,
    Test,
)
from tactful.segments.domain.terms import Terms, begins, over


class Filters:
    """Turns tests into conditions."""

    def __init__(self, moment: Moment, terms: Terms) -> None:
        self._moment = moment
        self._terms = terms

    def of(self, tests: Iterable[Test], table: str) -> list[exp.Expr]:
        return [self._TESTED[type(test)](self, test, table) for test in tests]

    def hints(self, tests: Iterable[Has]) -> list[exp.Expr]:
        """What the text of the document shows before it is opened: cheap conditions that follow from the tests."""
        found = (hint(_document(), test.property.comparison) for test in tests)
        return [each for each in found if each is not None]

    def _named(self, test: Named, _: str) -> exp.Expr:
        return equal("name", test.event)

    def _has(self, test: Has, _: str) -> exp.Expr:
        value = literals.within_json(_document(), test.property.name)
        return compared(value, Kind.JSON, test.property.comparison, self._moment)

    def _in_period(self, test: During, table: str) -> exp.Expr:
        return self._during(literals.column("t", HAPPENED[table]), test.window)

    def _purchased(self, _: Purchased, __: str) -> exp.Expr:
        return equal("status", "completed")

    def _in_currency(self, _: InCurrency, __: str) -> exp.Expr:
        return equal("currency", self._terms.currency)

    def _of_category(self, test: OfCategory, _: str) -> exp.Expr:
        return equal("category", test.category)

    def _about(self, test: About, _: str) -> exp.Expr:
        return exp.and_(equal("channel", test.channel), equal("topic", test.topic))

    def _on(self, test: On, _: str) -> exp.Expr:
        return equal("channel", test.channel)

    def _says(self, test: Says, _: str) -> exp.Expr:
        said = literals.true() if test.granted else literals.false()
        return exp.EQ(this=literals.column("t", "granted"), expression=said)

    def _reached(self, test: Reached, _: str) -> exp.Expr:
        return exp.LTE(this=literals.column("t", test.column), expression=self._moment.now())

    def _ahead(self, test: Ahead, _: str) -> exp.Expr:
        value = literals.column("t", test.column)
        ahead = exp.GT(this=value, expression=self._moment.now())
        return exp.or_(exp.Is(this=value.copy(), expression=exp.Null()), ahead)

    def _later(self, test: Later, _: str) -> exp.Expr:
        return exp.GT(this=moment_in(test.of), expression=self._moment.ago(-test.days))

    def _in_months(self, test: InMonths, table: str) -> exp.Expr:
        company = self._moment.local(literals.column("t", HAPPENED[table]))
        listed = [exp.Literal.number(month) for month in test.months]
        return exp.In(this=literals.call("month", company), expressions=listed)

    def _during(self, when: exp.Expr, window: Window) -> exp.Expr:
        if isinstance(window, LastDays):
            return exp.GT(this=when, expression=self._moment.ago(window.days))
        if isinstance(window, CalendarDays):
            return exp.GTE(this=when, expression=self._begins(window))
        return exp.and_(
            exp.GTE(this=when, expression=literals.moment(begins(window.start, self._terms))),
            exp.LT(this=when.copy(), expression=literals.moment(over(window.end, self._terms))),
        )

    def _begins(self, window: CalendarDays) -> exp.Expr:
        """The midnight at which a calendar window begins; the company's for customers without a known zone."""
        company = self._moment.midnight(1 - window.days)
        if window.whose is Whose.COMPANY:
            return company
        return exp.Coalesce(this=literals.column(local(1 - window.days), "starts"), expressions=[company])

    _TESTED: Mapping[type, Callable[..., exp.Expr]] = {
        Named: _named,
        Has: _has,
        During: _in_period,
        Purchased: _purchased,
        InCurrency: _in_currency,
        OfCategory: _of_category,
        InMonths: _in_months,
        About: _about,
        On: _on,
        Says: _says,
        Reached: _reached,
        Ahead: _ahead,
        Later: _later,
    }


def equal(name: str, value: str) -> exp.Expr:
    """That a column of the row `t` is exactly a text."""
    return exp.EQ(this=literals.column("t", name), expression=literals.text(value))


def _document() -> exp.Expr:
    return literals.column("t", "properties")


def local(days: int) -> str:
    """The alias of the midnights so many days from today."""
    return f"l{-days}"

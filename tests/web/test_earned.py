"""How the margin that a journey earned is said."""

from datetime import UTC, datetime

from tactful.analytics.domain.welch import Difference, Group, Said
from tactful.analytics.uplift import Uplift
from tactful.journeys.queries import Counts, Summary
from tactful.web.earned import Earned, ranked
from tactful.web.words import GAP, MINUS, THIN

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SIDES = (Group(1000, 900.0, 1.0), Group(50, 700.0, 1.0))


def journey(number: int, name: str) -> Summary:
    return Summary(number, name, name, "active", 1, NOW, NOW, {}, None, Counts(0, 0, 0, 0, 0, 0, 0))


def said(uplift: Uplift | None) -> Earned:
    (one,) = ranked([journey(1, "letters")], {1: uplift} if uplift else {}, "EUR")
    return one


def test_more_is_said_with_its_interval_and_per_customer() -> None:
    one = said(Uplift(*SIDES, Difference(200.0, 50.0, 350.0, Said.MORE), 0))
    assert (one.said, one.tone) == (f"+2{THIN}000{GAP}EUR", "tone-sent")
    assert one.notes == (f"+500{GAP}EUR to +3{THIN}500{GAP}EUR", f"+2{GAP}EUR each")


def test_less_is_said_as_loudly() -> None:
    one = said(Uplift(*SIDES, Difference(-200.0, -350.0, -50.0, Said.LESS), 0))
    assert (one.said, one.tone) == (f"{MINUS}2{THIN}000{GAP}EUR", "tone-failed")


def test_an_interval_that_contains_zero_says_so() -> None:
    one = said(Uplift(*SIDES, Difference(20.0, -50.0, 90.0, Said.NO_DIFFERENCE), 3))
    assert one.notes[0] == "may as well be chance: the interval contains zero"
    assert one.notes[-1] == "3 orders in other currencies left out"
    assert one.tone == "quiet"


def test_too_few_on_a_side_are_too_early_to_tell_and_are_named() -> None:
    one = said(Uplift(Group(1200, 1.0, 1.0), Group(12, 1.0, 1.0), None, 0))
    assert (one.said, one.notes) == ("Too early to tell", (f"1{THIN}200 entered, 12 left alone",))
    assert said(None).notes == ("0 entered, 0 left alone",)


def test_the_most_earned_comes_first_and_the_unknown_last() -> None:
    found = {
        number: Uplift(*SIDES, Difference(each, each - 1, each + 1, Said.MORE), 0)
        for number, each in ((1, 5.0), (2, 90.0), (3, -40.0))
    }
    names = [(4, "young"), (1, "some"), (2, "most"), (3, "loses")]
    rows = ranked([journey(*one) for one in names], found, "EUR")
    assert [row.journey.name for row in rows] == ["most", "some", "loses", "young"]

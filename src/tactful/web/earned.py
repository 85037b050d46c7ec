"""What journeys earned, as people read it: an amount with its interval, or that it is too early to tell."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tactful.analytics.domain.welch import Difference, Said
from tactful.analytics.uplift import Uplift
from tactful.journeys.queries import Summary
from tactful.web import words

_TONES = {Said.MORE: "tone-sent", Said.LESS: "tone-failed"}


@dataclass(frozen=True, slots=True)
class Earned:
    """A journey with what is said of its incremental margin, and small print below."""

    journey: Summary
    said: str
    notes: tuple[str, ...]
    tone: str = "quiet"
    worth: float | None = None


def ranked(journeys: Iterable[Summary], found: Mapping[int, Uplift], currency: str) -> list[Earned]:
    """The most earned first; those of whom nothing can be said yet at the end, by name."""
    rows = [_earned(row, found.get(row.id), currency) for row in journeys]
    return sorted(rows, key=lambda one: (one.worth is None, -(one.worth or 0), one.journey.name))


def _earned(journey: Summary, uplift: Uplift | None, currency: str) -> Earned:
    if uplift is None or uplift.each is None or uplift.whole is None:
        treated, control = (uplift.treated.count, uplift.control.count) if uplift else (0, 0)
        sides = f"{words.number(treated)} entered, {words.number(control)} left alone"
        return Earned(journey, "Too early to tell", (sides,))
    notes = [_interval(uplift.whole, currency), f"{_amount(uplift.each.value, currency)} each"]
    if uplift.said is Said.NO_DIFFERENCE:
        notes.insert(0, "may as well be chance: the interval contains zero")
    if uplift.left_out:
        notes.append(f"{words.count_of(uplift.left_out, 'order')} in other currencies left out")
    said = _amount(uplift.whole.value, currency)
    return Earned(journey, said, tuple(notes), _TONES.get(uplift.said, "quiet"), uplift.whole.value)


def _interval(found: Difference, currency: str) -> str:
    return f"{_amount(found.low, currency)} to {_amount(found.high, currency)}"


def _amount(minor: float, currency: str) -> str:
    sign = "+" if round(minor) > 0 else ""
    return f"{sign}{words.money(minor, currency)}"

"""What may be said of an experiment now, and what follows from it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations

from tactful.experiments.domain.sequential import (
    FIRST_LOOK,
    Interval,
    Sample,
    difference,
    ratio_doubt,
    ready,
    standard_error,
    stretch,
)
from tactful.experiments.domain.values import Status

LEAST = timedelta(weeks=1)  # people buy differently on Sundays: at least a whole week is looked at
LONGEST = timedelta(weeks=26)
WORTH = 0.05  # a difference below this share of the mean is not worth naming
RATIO_ALPHA = 0.001  # a lot that is called broken costs the whole experiment: seldom by mistake
GUARD_HITS = 10  # complaints or unsubscribes of two arms together before they are compared
_HORIZON = 520  # weeks; beyond, "too early" has no honest number


@dataclass(frozen=True, slots=True)
class Facts:
    """What was counted. `samples` by arm, of customers whose window is over; `guards` by name and arm; `epochs` as
    `ratio_doubt` takes them; `counted_from` is the first sending, `counted_to` the last whose window is over,
    `sent_to` the last of all."""

    samples: Mapping[str, Sample]
    guards: Mapping[str, Mapping[str, Sample]]
    epochs: Sequence[tuple[Mapping[str, int], Mapping[str, float]]]
    started_at: datetime
    counted_from: datetime | None
    counted_to: datetime | None
    sent_to: datetime | None
    now: datetime


@dataclass(frozen=True, slots=True)
class Pair:
    """An arm against another."""

    arm: str
    other: str
    interval: Interval


@dataclass(frozen=True, slots=True)
class Harm:
    """A guard by which an arm is worse than another, with confidence."""

    guard: str
    arm: str
    other: str
    interval: Interval


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdict. `winner` goes on where the test is over; `leader` has the best mean so far.

    `weeks` more at this pace until something may be said; None where it is over or nobody can tell. `exhausted`:
    everybody who got a text is counted, and for a week nobody new came.
    """

    status: Status
    winner: str
    leader: str
    pairs: tuple[Pair, ...]
    harms: tuple[Harm, ...]
    doubt: float
    weeks: int | None
    exhausted: bool


def judge(facts: Facts, *, alpha: float) -> Judged:
    """Look at everything once more. The arms are those that still run, in the order of the design."""
    doubt = ratio_doubt(facts.epochs)
    harms = _harms(facts.guards, alpha=alpha)
    pairs = compare(facts.samples, alpha=alpha)
    leader = max(facts.samples, key=lambda name: facts.samples[name].mean)
    status, winner = _settle(facts, pairs, harms, doubt, leader)
    exhausted = _exhausted(facts)
    weeks = _weeks(facts, pairs, leader) if status is Status.RUNNING and not exhausted else None
    return Judged(status, winner, leader, pairs, harms, doubt, weeks, exhausted)


def compare(samples: Mapping[str, Sample], *, alpha: float) -> tuple[Pair, ...]:
    """Every two arms once, better before worse; alpha is shared among the pairs (Bonferroni)."""
    names = sorted(samples, key=lambda name: -samples[name].mean)
    each = alpha / max(1, len(names) * (len(names) - 1) // 2)
    return tuple(
        Pair(one, other, difference(samples[one], samples[other], alpha=each))
        for one, other in combinations(names, 2)
        if min(samples[one].count, samples[other].count) >= 2
    )


def _settle(
    facts: Facts, pairs: Sequence[Pair], harms: Sequence[Harm], doubt: float, leader: str
) -> tuple[Status, str]:
    first = next(iter(facts.samples))
    if doubt < RATIO_ALPHA:
        return Status.BROKEN, first
    left = [name for name in facts.samples if name not in {harm.arm for harm in harms}]
    if len(left) == 1:
        return Status.GUARDED, left[0]
    if not harms and _may_say(facts):
        if all(pair.interval.low > 0 for pair in pairs if pair.arm == leader):
            return Status.WON, leader
        worth = _worth(facts)
        if all(-worth < pair.interval.low and pair.interval.high < worth for pair in pairs):
            return Status.NO_DIFFERENCE, first
    if facts.now - facts.started_at >= LONGEST:
        return Status.OUT_OF_TIME, leader if leader in left else left[0]
    return Status.RUNNING, ""


def _may_say(facts: Facts) -> bool:
    """The week is one of watching: a broadcast is sent within an hour, and its customers buy on all days."""
    watched = facts.counted_from is not None and facts.now - facts.counted_from >= LEAST
    return watched and ready(facts.samples.values())


def _exhausted(facts: Facts) -> bool:
    last = facts.sent_to
    return last is not None and facts.counted_to == last and facts.now - last >= LEAST


def _span(facts: Facts) -> timedelta:
    """In which those came who are counted: their pace."""
    if facts.counted_from is None or facts.counted_to is None:
        return timedelta(0)
    return facts.counted_to - facts.counted_from


def _worth(facts: Facts) -> float:
    count = sum(one.count for one in facts.samples.values())
    return WORTH * abs(sum(one.total for one in facts.samples.values())) / max(1, count)


def _harms(guards: Mapping[str, Mapping[str, Sample]], *, alpha: float) -> tuple[Harm, ...]:
    """Alpha is shared among the guards and the pairs, each of which is asked in both directions at once."""
    tests = sum(len(arms) * (len(arms) - 1) // 2 for arms in guards.values())
    found: dict[str, Harm] = {}
    for guard, arms in guards.items():
        for pair in compare(arms, alpha=alpha * len(arms) * (len(arms) - 1) / 2 / max(1, tests)):
            one, other = arms[pair.arm], arms[pair.other]
            enough = min(one.count, other.count) >= FIRST_LOOK and one.filled + other.filled >= GUARD_HITS
            if enough and pair.interval.low > 0:
                found.setdefault(pair.arm, Harm(guard, pair.arm, pair.other, pair.interval))
    return tuple(found.values())


def _weeks(facts: Facts, pairs: Sequence[Pair], leader: str) -> int | None:
    """Whole weeks until the leader and the next best are told apart, or their difference is too small to name, if
    both go on as they did so far."""
    passed = _span(facts)
    nearest = next((pair for pair in pairs if pair.arm == leader), None)
    if nearest is None or passed <= timedelta(0):
        return None
    one, other = facts.samples[nearest.arm], facts.samples[nearest.other]
    value = abs(nearest.interval.value)
    aim = max(value, _worth(facts) - value)
    error, count = standard_error(one, other), one.count + other.count
    spread = nearest.interval.reach / (error * stretch(count, alpha=0.05)) if error else 1.0
    least = max(FIRST_LOOK / min(sample.count for sample in facts.samples.values()), LEAST / passed, 1.0)
    for weeks in range(1, _HORIZON):
        times = 1 + timedelta(weeks=weeks) / passed
        reach = error * spread * stretch(int(count * times), alpha=0.05) / times**0.5
        if times >= least and reach < aim:
            return weeks
    return None

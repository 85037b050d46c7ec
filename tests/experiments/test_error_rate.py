"""A/A: arms that are all alike, looked at all the time. How often is one of them called better?"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tactful.experiments.domain.sequential import FEW, FIRST_LOOK, Sample, difference, stretch
from tactful.experiments.domain.values import Status
from tactful.experiments.domain.verdicts import GUARD_HITS, Facts, judge

Numbers = NDArray[np.float64]
Draw = Callable[[np.random.Generator, tuple[int, int]], Numbers]
ALPHA, WORLDS, CUSTOMERS, EVERY = 0.05, 300, 8000, 25
SENT = datetime(2026, 3, 2, 10, tzinfo=UTC)
_RETAIL = Path(__file__).parents[3] / "shared" / "data" / "online_retail.parquet"
_LOOKS = np.arange(EVERY - 1, CUSTOMERS, EVERY)


def did(share: float) -> Draw:
    return lambda chance, shape: (chance.random(shape) < share).astype(np.float64)


def bought(values: Numbers, share: float) -> Draw:
    return lambda chance, shape: np.where(chance.random(shape) < share, chance.choice(values, shape), 0.0)


def orders() -> Numbers:
    """Values of a real shop's orders where they are at hand, else a lognormal with as heavy a tail."""
    if not _RETAIL.exists():
        return np.random.default_rng(5).lognormal(5.5, 1.2, 20_000)
    import pyarrow.parquet as parquet  # noqa: PLC0415 -- only where the data is

    rows = parquet.read_table(_RETAIL, columns=["InvoiceNo", "Quantity", "UnitPrice"]).to_pydict()
    numbers = np.unique(np.array(rows["InvoiceNo"], dtype=str), return_inverse=True)[1]
    values = np.bincount(numbers, weights=np.array(rows["Quantity"], float) * np.array(rows["UnitPrice"], float))
    return values[values > 0]


def seen(values: Numbers, arms: NDArray[np.int64], arm: int) -> Sequence[Numbers]:
    """Count, sum, squares and non-zeros of one arm at each look."""
    mine = arms == arm
    own = values * mine
    return [np.cumsum(each, axis=1)[:, _LOOKS] for each in (mine.astype(float), own, own**2, (own != 0) * 1.0)]


def error(one: Sequence[Numbers], other: Sequence[Numbers]) -> Numbers:
    """`sequential.standard_error` of whole worlds at once; a test below holds the two against each other."""
    (n, s, q, _), (m, t, r, _) = one, other
    left, right = (q - s * s / n) / (n - 1), (r - t * t / m) / (m - 1)
    pooled = (left * (n - 1) + right * (m - 1)) / (n + m - 2) * (1 / n + 1 / m)
    return np.sqrt(np.maximum(left / n + right / m, pooled))


def false_alarms(draw: Draw, shares: Sequence[float], *, guard: bool = False, seed: int = 11) -> float:
    """The share of worlds in which, at any look, any pair of arms is told apart."""
    chance = np.random.default_rng(seed)
    pairs = [(one, other) for one in range(len(shares)) for other in range(one)]
    reaches = np.array([stretch(count, alpha=ALPHA / len(pairs)) for count in range(CUSTOMERS + 1)])
    alarms = 0
    for _ in range(WORLDS // 50):
        values = draw(chance, (50, CUSTOMERS))
        arms = chance.choice(len(shares), p=shares, size=values.shape)
        samples = [seen(values, arms, arm) for arm in range(len(shares))]
        looked = np.all([(one[0] >= FIRST_LOOK) & (guard | (one[3] >= FEW)) for one in samples], axis=0)
        told = np.zeros(50, dtype=bool)
        for one, other in pairs:
            left, right = samples[one], samples[other]
            with np.errstate(all="ignore"):
                apart = np.abs(left[1] / left[0] - right[1] / right[0]) / error(left, right)
            enough = looked & (left[3] + right[3] >= GUARD_HITS)
            told |= (enough & (apart > reaches[(left[0] + right[0]).astype(int)])).any(axis=1)
        alarms += int(told.sum())
    return alarms / WORLDS


@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.9, 0.1), (0.2,) * 5])
@pytest.mark.parametrize("share", [0.3, 0.03])
def test_looking_all_the_time_at_a_share_finds_no_more_than_alpha(share: float, shares: Sequence[float]) -> None:
    assert false_alarms(did(share), shares) <= ALPHA


@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.9, 0.1), (0.4, 0.3, 0.3)])
def test_nor_does_it_at_margin_with_many_zeros_and_few_large_orders(shares: Sequence[float]) -> None:
    assert false_alarms(bought(orders(), 0.1), shares) <= ALPHA


@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.9, 0.1)])
def test_guards_that_count_rare_complaints_stop_no_innocent_arm_more_often_than_alpha(
    shares: Sequence[float],
) -> None:
    assert false_alarms(did(0.004), shares, guard=True) <= ALPHA


@pytest.mark.parametrize("size", [1000, 8000])
def test_a_broadcast_looked_at_every_day_names_no_more_winners_than_alpha(size: int) -> None:
    chance = np.random.default_rng(7)
    named = sum(told_of_a_broadcast(chance, size) for _ in range(WORLDS))
    assert named / WORLDS <= ALPHA


def told_of_a_broadcast(chance: np.random.Generator, size: int) -> bool:
    """Whether anything is called better or worse, where all were sent within the hour and act in the days after it.

    The window is a day, so that all are counted long before the week is over; late news still moves the numbers.
    """
    arms, acts = chance.random(size) < 0.5, chance.random(size) < 0.1
    heard = acts & (chance.random(size) < 0.9), acts  # what the lake knows at first, and what it knows in the end
    looks = [burst(arms, heard[day > 8], day) for day in range(2, 15)]
    return any(judge(facts, alpha=ALPHA).status is Status.WON for facts in looks)


def burst(arms: NDArray[np.bool_], hits: NDArray[np.bool_], day: int) -> Facts:
    counts = {"a": int(arms.sum()), "b": int((~arms).sum())}
    did = {"a": int(hits[arms].sum()), "b": int(hits[~arms].sum())}
    return Facts(
        samples={arm: Sample.of_hits(counts[arm], did[arm]) for arm in counts},
        guards={},
        epochs=[(counts, {"a": 0.5, "b": 0.5})],
        started_at=SENT,
        counted_from=SENT,
        counted_to=SENT + timedelta(hours=1),
        sent_to=SENT + timedelta(hours=1),
        now=SENT + timedelta(days=day),
    )


def test_the_worlds_are_judged_as_the_engine_judges() -> None:
    chance = np.random.default_rng(3)
    values, arms = bought(orders(), 0.1)(chance, (1, CUSTOMERS)), chance.choice(2, size=(1, CUSTOMERS))
    samples = [seen(values, arms, arm) for arm in (0, 1)]
    last = [Sample(*(int(v) if at in (0, 3) else float(v) for at, v in enumerate(x[0, -1] for x in one)))  # type: ignore[arg-type]
            for one in samples]  # fmt: skip
    found = difference(*last, alpha=ALPHA)
    assert found.reach == pytest.approx(float(error(*samples)[0, -1]) * stretch(CUSTOMERS, alpha=ALPHA))

"""What is said of an experiment, and when."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tactful.experiments.domain.sequential import Sample
from tactful.experiments.domain.values import Status, draw, shares_left
from tactful.experiments.domain.verdicts import LONGEST, Facts, Judged, judge

START = datetime(2026, 3, 2, tzinfo=UTC)


def look(count: int, *hits: int, guards: dict[str, Any] | None = None, **more: Any) -> Judged:
    """Arms a, b, … of `count` customers each, with so many hits."""
    names = "abcde"[: len(hits)]
    days, sent_over = timedelta(days=more.pop("days", 20)), more.pop("sent_over", None)
    counts = more.pop("counts", dict.fromkeys(names, count))
    facts = Facts(
        samples={name: Sample.of_hits(count, hit) for name, hit in zip(names, hits, strict=True)},
        guards={guard: {arm: Sample.of_hits(count, hit) for arm, hit in arms.items()}
                for guard, arms in (guards or {}).items()},
        epochs=[(counts, dict.fromkeys(names, 1 / len(names)))],
        started_at=START,
        counted_from=START,
        counted_to=START + (days if sent_over is None else sent_over),
        sent_to=START + (days if sent_over is None else sent_over),
        now=more.pop("now", START + days),
    )  # fmt: skip
    return judge(facts, alpha=0.05)


def test_a_clear_winner_is_named() -> None:
    assert (look(5000, 500, 700).status, look(5000, 500, 700).winner) == (Status.WON, "b")
    assert look(5000, 500, 505, 700).winner == "c"


def test_it_must_be_better_than_every_other_arm() -> None:
    assert look(5000, 500, 690, 700).status is Status.RUNNING


def test_noise_is_too_early_and_the_weeks_are_told() -> None:
    found = look(1000, 100, 112)
    assert (found.status, found.winner, found.leader) == (Status.RUNNING, "", "b")
    assert found.weeks is not None
    assert 10 < found.weeks < 520
    assert look(3000, 300, 356).weeks < found.weeks  # type: ignore[operator]


def test_nothing_is_said_before_enough_customers_and_a_whole_week() -> None:
    assert look(150, 10, 100).status is Status.RUNNING
    assert look(5000, 500, 900, days=6).status is Status.RUNNING
    assert look(5000, 10, 500).status is Status.RUNNING  # too few to trust the first arm's spread


def test_texts_of_a_broadcast_are_judged_a_week_after_their_one_hour() -> None:
    hour = timedelta(hours=1)
    assert look(5000, 500, 900, sent_over=hour, days=6).status is Status.RUNNING
    assert (look(5000, 500, 900, sent_over=hour, days=7).status) is Status.WON


def test_where_nobody_new_comes_no_weeks_are_promised() -> None:
    hour = timedelta(hours=1)
    found = look(1000, 100, 112, sent_over=hour, days=20)
    assert (found.status, found.exhausted, found.weeks) == (Status.RUNNING, True, None)
    assert look(1000, 100, 112, sent_over=hour, days=3).weeks == 1
    assert not look(1000, 100, 112).exhausted


def test_a_difference_not_worth_naming_leaves_the_first_arm() -> None:
    found = look(900_000, 90_000, 90_100)
    assert (found.status, found.winner) == (Status.NO_DIFFERENCE, "a")


def test_a_guard_stops_an_arm_even_if_it_sells() -> None:
    found = look(5000, 500, 900, guards={"complaints": {"a": 5, "b": 60}})
    assert (found.status, found.winner) == (Status.GUARDED, "a")
    assert [(harm.guard, harm.arm) for harm in found.harms] == [("complaints", "b")]


def test_with_three_arms_the_others_go_on() -> None:
    found = look(5000, 500, 520, 510, guards={"unsubscribes": {"a": 20, "b": 22, "c": 90}})
    assert (found.status, {harm.arm for harm in found.harms}) == (Status.RUNNING, {"c"})


def test_few_complaints_stop_nobody() -> None:
    assert not look(5000, 500, 500, guards={"complaints": {"a": 0, "b": 6}}).harms


def test_a_broken_lot_takes_every_claim_back() -> None:
    found = look(5000, 500, 900, counts={"a": 5000, "b": 4300})
    assert (found.status, found.winner) == (Status.BROKEN, "a")
    assert found.doubt < 0.001


def test_after_half_a_year_it_ends_with_the_leader() -> None:
    found = look(1000, 100, 104, now=START + LONGEST)
    assert (found.status, found.winner) == (Status.OUT_OF_TIME, "b")


def test_lots_are_stable_fair_and_survive_the_stop_of_an_arm() -> None:
    shares = {"a": 0.5, "b": 0.3, "c": 0.2}
    drawn = [draw("s", customer, shares) for customer in range(10_000)]
    assert drawn == [draw("s", customer, shares) for customer in range(10_000)]
    assert all(abs(drawn.count(name) / 10_000 - share) < 0.02 for name, share in shares.items())
    assert shares_left(shares, {"b": 1}) == {"a": 0.5 / 0.7, "c": 0.2 / 0.7}

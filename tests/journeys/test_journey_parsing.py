"""Definitions are read strictly, and every mistake is named with the path to it."""

from datetime import date, timedelta
from typing import Any

import pytest
from tests.journeys.machine_kit import definition, steps

from tactful.journeys.domain.calendar import OnDate
from tactful.journeys.domain.definition import Message, Reentry
from tactful.journeys.domain.matching import EventMatch, PropertyTest
from tactful.journeys.domain.parsing import parse
from tactful.kernel.errors import InvalidInput


def without(name: str) -> dict[str, Any]:
    data = definition()
    del data[name]
    return data


def one_step(**step: Any) -> dict[str, Any]:
    return definition(**steps("it", it=step))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([], "The journey must be an object"),
        (without("owner"), "owner is required"),
        (without("failure_path"), "failure_path is required"),
        (without("entry"), "entry is required"),
        (without("steps"), "steps must be an object"),
        (definition(owner="  "), "owner must be a text"),
        (definition(colour="red"), "colour is not a field"),
        (definition(slug="A b"), "slug may have"),
        (definition(category="spam"), "category must be one of"),
        (definition(channel="telepathy"), "channel must be one of"),
        (definition(holdout=1), "holdout must be between"),
        (definition(holdout=0.1, goal=None), "holdout needs a goal"),
        (definition(priority=True), "priority must be a number"),
        (definition(review_by="soon"), "review_by must be a date"),
        (definition(entry={"date": "cart.viewed_at"}), "entry.date names no date that is kept"),
        (definition(entry={"date": "proposal.valid_until"}), "entry.date is written as that of the deal"),
        (definition(entry={"date": "order. "}), "entry.date must name the date of the order"),
        (definition(entry={"date": "order.completed_at"}), "entry.days must be at least 1 here"),
        (definition(entry={"date": "deal.sent_at", "days": -1}), "entry.days must be at least 1 here"),
        (
            definition(entry={"date": "order.delivery_at"}, key="deal"),
            "key must be order where a date of the order",
        ),
        (definition(entry={"date": "birthday"}, key="order"), "key must be customer where the calendar"),
        (definition(reentry="sometimes"), "reentry must be"),
        (definition(goal={"event": "X"}), "goal needs within_days"),
        (definition(entry={"segment": "asleep", "on": "monday"}), "entry.on must be one of"),
        (definition(entry={"event": "X", "if": {"orders": "count"}}), "entry.if is no condition"),
        (definition(exit={"event": "X"}), "exit must be a list"),
        (definition(exit=[{"reason": "x"}]), r"exit\[0\] needs an event or an if"),
        (
            definition(exit=[{"event": "X", "where": [{"property": "a"}]}]),
            r"exit\[0\].where\[0\] needs exactly one",
        ),
        (definition(exit=[{"if": {"everyone": True}}]), r"exit\[0\].reason is required"),
        (definition(start="nowhere"), "start: there is no step 'nowhere'"),
        (one_step(type="dance"), "steps.it.type must be one of"),
        (one_step(type="wait", next="done"), "steps.it needs days or hours or minutes"),
        (one_step(type="wait", days=0, next="done"), "more than nothing"),
        (one_step(type="wait", days=4000, next="done"), "at most ten years"),
        (one_step(type="wait", days=1, next="gone"), "steps.it: its way 'next' leads to 'gone'"),
        (one_step(type="wait", days=1), "steps.it.next is required"),
        (one_step(type="wait", event="X", timeout_hours=1, next="done"), "steps.it.on_timeout is required"),
        (one_step(type="wait", event="X", next="done", on_timeout="done"), "steps.it needs timeout_hours"),
        (one_step(type="branch", yes="done", no="done"), "steps.it.if is required"),
        (one_step(type="branch", **{"if": {"all": [{"x": 1}]}}, yes="done", no="done"), r"steps.it.if .*all\[0\]"),
        (one_step(type="task", next="done"), "steps.it.title is required"),
        (one_step(type="exit", next="done"), "steps.it.next is not a field"),
        (definition(start="done"), "steps.letter cannot be reached"),
    ],
)
def test_a_mistake_is_refused_with_the_path_to_it(data: Any, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        parse(data)


def test_a_circle_needs_a_wait() -> None:
    fork = {"type": "branch", "if": {"everyone": True}, "yes": "letter", "no": "done"}
    letter = {"type": "message", "template": "x", "next": "fork"}
    with pytest.raises(InvalidInput, match="goes round in a circle without a wait"):
        parse(definition(**steps("letter", letter=letter, fork=fork)))
    pause = {"type": "wait", "days": 30, "next": "fork"}
    assert parse(definition(**steps("letter", letter=letter | {"next": "pause"}, pause=pause, fork=fork)))


def test_what_is_left_out_has_a_careful_default() -> None:
    journey = parse(definition())
    letter = journey.steps["letter"]
    assert isinstance(letter, Message)
    assert (letter.topic, letter.expires_after) == ("offers", timedelta(days=3))
    assert (journey.reentry, journey.key, journey.holdout) == (Reentry("never"), "customer", 0)


@pytest.mark.parametrize(
    ("entry", "of", "attribute"),
    [
        ({"date": "order.completed_at", "days": 30}, "order", "completed_at"),
        ({"date": "order.placed_at", "yearly": True}, "order", "placed_at"),
        ({"date": "order.delivery_at", "days": -2}, "order", "delivery_at"),
        ({"date": "deal.valid_until", "days": -3}, "deal", "valid_until"),
        ({"date": "orders"}, "customer", "orders"),
    ],
)
def test_a_date_says_whose_it_is_and_a_run_is_about_it(entry: dict[str, Any], of: str, attribute: str) -> None:
    journey = parse(definition(entry=entry))
    rule = journey.entry.rule
    assert isinstance(rule, OnDate)
    assert (rule.of, rule.attribute, journey.key) == (of, attribute, of)
    assert parse(definition(entry=entry, key=of)) == journey


def test_a_review_date_may_come_as_date_or_text() -> None:
    assert parse(definition(review_by=date(2027, 1, 31))) == parse(definition(review_by="2027-01-31"))


@pytest.mark.parametrize(
    ("operator", "operand", "fitting", "other"),
    [
        ("is", "Tea", "Tea", "Coffee"),
        ("is", 3, "3", 4),
        ("is", True, True, "True"),
        ("is_not", "Tea", None, "Tea"),
        ("in", ("Tea", "Coffee"), "Coffee", "Milk"),
        ("contains", "tea", "Green Tea", "Coffee"),
        ("starts", "gre", "Green", "Agreed"),
        ("greater", 10, "10.5", 10),
        ("less", 10, 9, "many"),
        ("at_least", 10, 10, 9.9),
        ("at_most", 10, 10, None),
        ("set", True, 0, None),
        ("set", False, None, ""),
    ],
)
def test_a_property_fits_or_not(operator: str, operand: object, fitting: object, other: object) -> None:
    test = PropertyTest("a.b", operator, operand)
    match = EventMatch("X", (test,))
    assert match.fits("X", {"a": {"b": fitting}})
    assert match.fits("X", {"a.b": fitting})
    assert not match.fits("X", {"a": {"b": other}})
    assert not match.fits("Y", {"a": {"b": fitting}})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": "a\0b"}, "NUL"),
        ({"name": "half \ud800"}, "half a sign"),
        ({"review_by": "0001-01-01"}, "review_by must lie between 1900 and 9000, not in 1"),
        (
            {"entry": {"once": {"date": "9999-12-31", "at": "10:00"}}},
            "entry.once.date must lie between 1900",
        ),
        ({"key": "cart", "entry": {"segment": "asleep"}}, "key must be customer where the calendar or a segment"),
    ],
)
def test_what_could_never_work_is_refused_before_it_is_kept(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        parse(definition(**changes))

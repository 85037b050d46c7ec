"""The schema of a journey: made from the parser's words, takes what is read, refuses what nobody knows."""

import copy
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from tests.journeys.machine_kit import definition, steps

from tactful.journeys.domain.parsing import parse
from tactful.journeys.domain.schema import schema
from tactful.journeys.scenarios import ready
from tactful.kernel.errors import InvalidInput

FILE = Path(__file__).parents[2] / "docs" / "journey.schema.json"
VALIDATOR = Draft202012Validator(schema())
END = {"next": "done"}
ARM = {"name": "a", "template": "letter", "share": 0.5}
WAYS = [{"name": "a", "share": 0.5, **END}, {"name": "b", "share": 0.5, **END}]

RIGHT: list[dict[str, Any]] = [
    definition(),
    definition(entry={"event": "X", "where": [{"property": "total", "at_least": 10}], "same_key": False}),
    definition(entry={"date": "birthday", "days": -3, "at": "9:30", "yearly": True, "segment": "vip"}),
    definition(entry={"date": "order.completed_at", "days": 30, "at": "10:00"}, key="order"),
    definition(entry={"date": "deal.valid_until", "days": -3}),
    definition(entry={"schedule": {"weekdays": ["monday"], "at": "10:00"}, "per_hour": 10}),
    definition(entry={"schedule": {"month_day": 31, "zone": "company"}}),
    definition(entry={"once": {"date": "2027-02-22"}, "segment": "vip", "if": {"everyone": True}}),
    definition(**steps("it", it={"type": "wait", "at": "10:00", "weekdays": ["monday"], **END})),
    definition(
        **steps("it", it={"type": "wait", "until": {"property": "ends", "days": -1}, "missing": "done", **END})
    ),
    definition(**steps("it", it={"type": "split", "ways": WAYS})),
    definition(**steps("it", it={"type": "update", "set": {"plan": None, "x": 1}, "join": ["vip"], **END})),
    definition(**steps("it", it={"type": "webhook", "url": "https://x.example", "body": {"a": {"b": 1}}, **END})),
    definition(**steps("it", it={"type": "notify", "to": "owner", "text": "Look", **END})),
    definition(
        **steps(
            "it",
            it={
                "type": "message",
                "arms": [ARM, ARM | {"name": "b"}],
                "winner": {"by": "event", "event": "X", "within_days": 7},
                **END,
            },
        )
    ),
    definition(
        **steps("it", it={"type": "branch", "where": [{"property": "a", "set": True}], "yes": "done", "no": "done"})
    ),
]

WRONG: list[Any] = [
    [],
    {},
    definition(slug="A B"),
    definition(category="promotion"),
    definition(owner=""),
    definition(priority="high"),
    definition(holdout=0.95),
    definition(reentry="sometimes"),
    definition(key="basket"),
    definition(review_by="tomorrow"),
    definition(goal={"event": "X"}),
    definition(entry={}),
    definition(entry={"event": "X", "segment": "vip"}),
    definition(entry={"segment": "vip", "on": "seen"}),
    definition(entry={"schedule": {"weekdays": ["someday"]}}),
    definition(entry={"once": {}}),
    definition(entry={"date": "cart.viewed_at"}),
    definition(entry={"date": "proposal.valid_until"}),
    definition(entry={"event": "X", "where": [{"property": "a"}]}),
    definition(entry={"event": "X", "where": [{"property": "a", "is": 1, "less": 2}]}),
    definition(entry={"event": "X", "if": {"orders": "wishes", "at_least": 1}}),
    definition(exit=[{"reason": "tired"}]),
    definition(exit=[{"if": {"everyone": True}}]),
    definition(steps={}),
    definition(**steps("it", it={"type": "dance", **END})),
    definition(**steps("it", it={"type": "wait", **END})),
    definition(**steps("it", it={"type": "wait", "days": 1, "weekdays": ["monday"], **END})),
    definition(**steps("it", it={"type": "wait", "event": "X", "timeout_hours": 1, **END})),
    definition(**steps("it", it={"type": "wait", "until": {"days": 1}, **END})),
    definition(**steps("it", it={"type": "branch", "yes": "done", "no": "done"})),
    definition(**steps("it", it={"type": "split", "ways": WAYS[:1]})),
    definition(**steps("it", it={"type": "update", **END})),
    definition(**steps("it", it={"type": "update", "set": {"a": [1]}, **END})),
    definition(**steps("it", it={"type": "webhook", "url": "ftp://x", **END})),
    definition(**steps("it", it={"type": "message", **END})),
    definition(
        **steps("it", it={"type": "message", "arms": [ARM], "winner": {"by": "margin", "within_days": 1}, **END})
    ),
    definition(**steps("it", it={"type": "points", "amount": 5, **END})),
]


def test_the_file_is_what_the_code_gives() -> None:
    """To write it anew: TACTFUL_WRITE=1 pytest tests/journeys/test_journey_schema.py"""
    made = json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"
    if os.environ.get("TACTFUL_WRITE"):
        FILE.write_text(made, encoding="utf-8")
    assert FILE.read_text(encoding="utf-8") == made
    Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("one", ready(), ids=lambda one: one.slug)
def test_ready_journeys_fit(one: Any) -> None:
    assert list(VALIDATOR.iter_errors(one.data)) == []


@pytest.mark.parametrize("data", RIGHT, ids=lambda data: json.dumps(data["entry"])[:50])
def test_what_is_read_fits(data: dict[str, Any]) -> None:
    assert parse(data)
    assert list(VALIDATOR.iter_errors(data)) == []


@pytest.mark.parametrize("data", WRONG, ids=lambda data: json.dumps(data)[-60:])
def test_what_people_get_wrong_is_refused_by_both(data: Any) -> None:
    assert not VALIDATOR.is_valid(data)
    with pytest.raises(InvalidInput):
        parse(data)


@given(data=st.data())
def test_a_field_that_nobody_knows_is_refused_by_both_wherever_it_stands(data: st.DataObject) -> None:
    whole = copy.deepcopy(data.draw(st.sampled_from([*RIGHT, *(one.data for one in ready())])))
    place = data.draw(st.sampled_from(list(_strict(whole))))
    place["colour"] = data.draw(st.one_of(st.text(min_size=1), st.integers(), st.booleans()))
    assert not VALIDATOR.is_valid(whole)
    with pytest.raises(InvalidInput):
        parse(whole)


@given(data=st.data())
def test_a_ready_journey_that_is_read_with_another_value_fits(data: st.DataObject) -> None:
    """The schema is never the stricter of the two."""
    whole = copy.deepcopy(data.draw(st.sampled_from(ready())).data)
    place = data.draw(st.sampled_from(list(_strict(whole))))
    name = data.draw(st.sampled_from(sorted(place)))
    place[name] = data.draw(st.sampled_from(["x", "", 0, 3, 10_000, True, [], {}, "10:30", "2027-01-01"]))
    try:
        parse(whole)
    except InvalidInput:
        return
    assert list(VALIDATOR.iter_errors(whole)) == []


def _strict(value: Any, *, name: str = "") -> Iterator[dict[str, Any]]:
    """The objects in a definition whose fields are known: not steps by name, not a company's own."""
    if isinstance(value, dict):
        if name not in {"steps", "set", "body"}:
            yield value
        for key, inner in value.items():
            if name not in {"set", "body"}:
                yield from _strict(inner, name=key)
    elif isinstance(value, list):
        for inner in value:
            yield from _strict(inner)

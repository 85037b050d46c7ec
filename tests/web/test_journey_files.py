"""Mistakes in a journey are told at their step and field; YAML out is YAML in."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tactful.kernel.documents import read_yaml
from tactful.kernel.errors import InvalidInput
from tactful.web.journey_files import Fault, as_data, as_yaml, fault_of, faults
from tactful.web.segment_files import CODE

WAIT = {"type": "wait", "days": 1, "next": "done"}


def journey(**changes: object) -> dict[str, Any]:
    return {
        "slug": "tea",
        "name": "Tea",
        "owner": "Ada",
        "failure_path": "Pause it",
        "category": "information",
        "topic": "news",
        "entry": {"event": "Order Completed"},
        "start": "first",
        "steps": {"first": WAIT, "done": {"type": "exit"}},
        **changes,
    }


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("steps.tips.next is required", Fault("tips", "next", "Is required")),
        ("steps.a.b.next is required", Fault("a.b", "next", "Is required")),
        ("steps.tips.arms[0].share must be a number", Fault("tips", "arms[0].share", "Must be a number")),
        ("steps.tips needs days or hours", Fault("tips", "", "Needs days or hours")),
        ("steps.tips: its way 'next' leads to 'x'", Fault("tips", "", "Its way 'next' leads to 'x'")),
        ("start: there is no step 'x'", Fault("", "start", "There is no step 'x'")),
        ("entry.once.date is required", Fault("", "entry.once.date", "Is required")),
        ("exit[0].reason is required", Fault("", "exit[0].reason", "Is required")),
        ("holdout needs a goal", Fault("", "holdout", "Needs a goal")),
        ("The journey must be an object", Fault("", "", "The journey must be an object")),
    ],
)
def test_a_message_of_the_parser_names_its_step_and_field(message: str, told: Fault) -> None:
    assert fault_of(message, ["tips", "a", "a.b"]) == told


def test_a_fault_within_a_condition_keeps_its_place_there() -> None:
    broken = {"type": "branch", "if": {"all": [{"orders": "nonsense"}]}, "yes": "done", "no": "done"}
    [found] = faults(journey(steps={"first": broken, "done": {"type": "exit"}}))
    assert (found.step, found.field) == ("first", "if")
    assert found.inner.startswith("all[0]")


def test_every_step_tells_its_own_first_mistake() -> None:
    steps = {"first": {"type": "wait", "next": "second"}, "second": {"type": "message", "next": "done"}}
    found = faults(journey(name="", steps={**steps, "done": {"type": "exit"}}))
    assert [(one.step, one.field) for one in found] == [("", "name"), ("first", ""), ("second", "template")]


def test_a_whole_journey_has_no_faults_and_comes_back_from_its_yaml() -> None:
    assert faults(journey()) == []
    assert as_data(as_yaml(journey())) == journey()


def test_yaml_is_written_in_the_order_in_which_one_reads() -> None:
    text = as_yaml({"steps": {"done": {"type": "exit"}, "first": dict(reversed(WAIT.items()))}, "start": "first"})
    assert list(read_yaml(text)["steps"]) == ["first", "done"]
    assert text.index("type: wait") < text.index("days: 1") < text.index("next: done")


def test_a_condition_written_as_code_becomes_what_it_says() -> None:
    coded = {"type": "branch", "if": {CODE: "orders: count\nat_least: 2"}, "yes": "done", "no": "done"}
    said = as_data(as_yaml(journey(steps={"first": coded, "done": {"type": "exit"}})))
    assert said["steps"]["first"]["if"] == {"orders": "count", "at_least": 2}


@pytest.mark.parametrize("text", ["", "[1, 2]", "a: [", "just words", "{a: .nan}", "&a [*a]"])
def test_what_is_no_journey_is_refused_with_words(text: str) -> None:
    with pytest.raises(InvalidInput):
        as_data(text)


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["", "exit", "message", "wait", "done", "x"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "next", "if", "event", "ways", "arms", "until", "a.b"]), inner, max_size=4
        )
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["slug", "entry", "goal", "steps", "exit", "start", "other"]), plain))
def test_whatever_is_drawn_is_judged_and_written_without_a_crash(parts: dict[str, Any]) -> None:
    drawn = {**journey(), **parts}
    assert all(one.words for one in faults(drawn))
    assert read_yaml(as_yaml(drawn)) is not None

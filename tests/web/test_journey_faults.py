"""Faults of a journey in the words of the canvas: the field as it is called there, and what to do."""

from typing import Any

import pytest

from tactful.web.journey_faults import told
from tactful.web.journey_files import Fault, fault_of, faults

WHOLE: dict[str, Any] = {
    "slug": "tea",
    "name": "Tea",
    "owner": "Ann",
    "failure_path": "Call them",
    "category": "information",
    "topic": "news",
    "entry": {"event": "Order Completed"},
    "start": "done",
    "steps": {"done": {"type": "exit"}},
}


@pytest.mark.parametrize(
    ("empty", "said"),
    [
        ({"slug": ""}, "Short name: give it one"),
        ({"name": ""}, "Name: give it one"),
        ({"owner": ""}, "Who answers for it: name somebody"),
        ({"failure_path": ""}, "What to do when it fails: say what to do"),
        ({"entry": {"event": ""}}, "Entry: choose the event"),
        ({"entry": {"segment": ""}}, "Entry: choose the segment"),
    ],
)
def test_what_a_new_journey_lacks_is_told_without_internal_names(empty: dict[str, Any], said: str) -> None:
    assert faults(WHOLE) == []
    assert [told(fault)["told"] for fault in faults(WHOLE | empty)] == [said]


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("steps.tips.template is required", "Text: choose the text"),
        ("steps.tips.next is required", "What comes next: say which step it is"),
        ("steps.tips needs days or hours or minutes", "Say how long"),
        ("steps.tips.arms[0].share must be a number, not 'x'", "Share: write a number"),
        ("entry.once.date is required", "Entry: choose the day"),
        ("entry.segment must be a text that says something", "Entry: choose the segment"),
        ("exit[0].reason is required", "Who leaves: say why in words"),
        ("holdout must be between 0 and 0.9, not 2", "Left alone for comparison: write a number from 0 to 0.9"),
        (
            "category must be one of information, activation, service, not ''",
            "Category: choose one that is in the list",
        ),
        ("goal.within_days is required", "Goal: say within how many days"),
        ("The journey must be an object", "The journey must be an object"),
    ],
)
def test_a_fault_names_the_field_as_the_canvas_does(message: str, said: str) -> None:
    assert told(fault_of(message, ["tips"]))["told"] == said


def test_a_condition_speaks_as_the_builder_of_segments_does() -> None:
    found = told(Fault("first", "if", "Needs a number", "all[0].orders"))
    assert (found["words"], found["told"]) == ("Write a number", "Condition: write a number")

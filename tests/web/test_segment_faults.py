"""What is wrong with a rule is said in words that name no field of the code, at the condition it concerns."""

import re
from typing import Any

import pytest

from tactful.kernel.errors import InvalidInput
from tactful.segments.domain.conditions import InSegment, Stage
from tactful.segments.domain.spelling import Lexicon, spelled
from tactful.segments.domain.tree import parse
from tactful.web.segment_faults import Fault, of_rule, plain, told

A = {"event": "A"}
WRONG: list[tuple[Any, str, str]] = [
    ({"tomorrow": "sun"}, "", "No such condition is known here"),
    ({"all": []}, "all", "Name at least one value."),
    ({"all": [A, "x"]}, "all[1]", "This is no condition yet"),
    ({"all": [{"event": "", "never": True}]}, "all[0].event", "This is still empty"),
    ({"event": "A", "count": {"at_least": "x"}}, "count.at_least", "Write a number."),
    ({"event": "A", "count": {"at_least": None}}, "count.at_least", "Write a number."),
    ({"event": "A", "count": {"at_least": 10**16}}, "count.at_least", "too large"),
    ({"event": "A", "count": {"at_least": 1.5}}, "count.at_least", "Write a whole number from 0 to"),
    ({"event": "A", "count": {}}, "count", "Say how it compares"),
    ({"event": "A", "never": 1}, "never", "left out"),
    ({"event": "A", "never": True, "count": {"at_least": 1}}, "", "two things at once"),
    ({"event": "A", "last": {}}, "last", "Say how many days ago."),
    ({"event": "A", "in_last_days": 1, "within": {}}, "", "two things at once"),
    ({"event": "A", "clock": "customer"}, "", "only be said of calendar days"),
    ({"event": "A", "in_last_days": 0.5}, "in_last_days", "Write a whole number from 1 to"),
    (
        {"event": "A", "within": {"from": "2026-02-30", "to": "2026-03-01"}},
        "within.from",
        "“2026-02-30” is no date",
    ),
    ({"event": "A", "within": {"from": "soon", "to": "2026-03-01"}}, "within.from", "“soon” is no date"),
    ({"event": "A", "within": {"from": "2026-03-02", "to": "2026-03-01"}}, "within", "before the beginning"),
    ({"event": "A", "within": {"from": "0001-03-02", "to": "2026-03-01"}}, "within.from", "is no date"),
    ({"event": "A", "within": {"from": "2026-03-01"}}, "within", "still empty"),
    ({"event": "A", "where": [{"property": "p"}]}, "where[0]", "how the value compares"),
    ({"event": "A", "where": [{"property": "p", "anniversary_in_days": 2}]}, "where[0]", "field of the customer"),
    ({"event": "A", "moon": 1}, "", "“moon” cannot be said here"),
    ({"attribute": "shoe", "is": "x"}, "attribute", "No customer has a field called so"),
    ({"attribute": "country", "greater": 2}, "", "cannot be compared so"),
    ({"attribute": "country", "in": []}, "in", "at least one value"),
    ({"attribute": "country", "in": "DE"}, "in", "one value or several"),
    ({"attribute": "country", "is": 5}, "is", "Write words here."),
    ({"attribute": "country", "is": "x" * 1_001}, "is", "too long"),
    ({"attribute": "country", "is": "a\0"}, "is", "no text can hold"),
    ({"attribute": "country", "set": "x"}, "set", "yes or no"),
    ({"attribute": "birth_date", "is": "01.02.1990"}, "is", "is no date"),
    ({"attribute": "birth_date", "is": 5}, "is", "Write a date"),
    ({"attribute": "created_at", "between": ["2026-03-01"]}, "between", "both values"),
    ({"consent": {"channel": "email"}, "is": "given"}, "consent", "still empty"),
    ({"consent": {"channel": "email", "topic": "news"}, "is": "maybe"}, "is", "“maybe” is not known here"),
    ({"reachable": "sms", "topic": "news"}, "reachable", "Only e-mail"),
    ({"orders": "revenues", "at_least": 1}, "orders", "“revenues” is not known here"),
    ({"orders": "days_since_last", "at_least": 1, "in_last_days": 3}, "", "The days since the last purchase looks"),
    ({"orders": "average_gap_days", "at_least": 1, "months": [1]}, "", "leave the months out"),
    ({"orders": "category_share", "at_least": 0.1}, "", "The share of a category needs"),
    ({"orders": "returned_share", "at_least": 0.1, "category": "Tea"}, "", "Returns are not known by category"),
    ({"orders": "smallest", "at_least": 1, "category": "Tea"}, "", "The smallest purchase is not known"),
    ({"orders": "count"}, "", "Say how it compares"),
    ({"orders": "count", "at_least": 1, "months": [13]}, "months[0]", "from 1 to 12"),
    ({"percentile": {"orders": "revenue"}, "at_least": 120}, "at_least", "Write a number from 0 to 100."),
    (
        {"percentile": {"event": "A", "count": {"at_least": 2}}, "at_least": 5},
        "percentile",
        "Only the number itself",
    ),
    ({"percentile": {"attribute": "country"}, "at_least": 5}, "percentile.attribute", "Only your own attributes"),
    ({"percentile": {}, "at_least": 5}, "percentile", "Say what is ranked"),
    ({"orders": "count", "at_least": -5}, "at_least", "of at least 0"),
    ({"orders": "discount_share", "greater": 60}, "greater", "from 0 to 100 percent"),
    ({"rfm": {}}, "rfm", "at least one of the three"),
    ({"record": "letter", "state": "open"}, "record", "tasks, tickets, proposals"),
    ({"record": "task", "state": "stalled"}, "state", "no state of these"),
    ({"message": "sung"}, "message", "“sung” is not known here"),
    ({"technology": "device"}, "", "Name one or several."),
    ({"near": {"latitude": 91, "longitude": 0}, "within_km": 5}, "near.latitude", "from -90 to 90"),
    ({"near": {"latitude": 9}, "within_km": 5}, "near", "still empty"),
    ({"sample": 2, "seed": "x"}, "sample", "from 0 to 1"),
    ({"sequence": [A]}, "", "no sequence"),
    ({"sequence": [{"event": "A", "within_days": 2}, A]}, "sequence[0]", "follows nothing"),
    ({"sequence": [A, A], "then_not": A}, "then_not", "within how many days"),
    ({"sequence": [A] * 6}, "sequence", "more steps"),
    ({"all": [A] * 501}, "", "split it in two"),
    ({"attribute": "country", "in": ["x"] * 1_001}, "in", "at most 1 000 values"),
]


def fault_of(rule: Any) -> Fault:
    with pytest.raises(InvalidInput) as raised:
        parse(rule)
    return of_rule(raised.value.message, rule)


@pytest.mark.parametrize(("rule", "path", "words"), WRONG)
def test_a_fault_says_where_it_is_and_how_to_mend_it_without_the_codes_own_words(
    rule: Any, path: str, words: str
) -> None:
    fault = fault_of(rule)
    said = re.sub(r"[\u2009\u202f]", " ", fault.plain)
    assert fault.path == path
    assert words in said.replace("\N{MINUS SIGN}", "-")
    assert said[0].isupper() or said[0] in "“0123456789"
    assert said.endswith(".")
    assert not re.search(r"[_\[\]{}]|\bin_|at least_", re.sub("“.*?”", "", said)), said


def test_a_segment_or_stage_that_is_not_there_is_shown_at_the_condition_that_names_it() -> None:
    rule = {"all": [A, {"not": {"any": [A, {"segment": "gone"}]}}, {"stage": "past"}]}
    for leaf, path in ((InSegment("gone"), "all[1].not.any[1].segment"), (Stage("past"), "all[2].stage")):
        with pytest.raises(InvalidInput) as raised:
            spelled(leaf, Lexicon())
        fault = of_rule(raised.value.message, rule)
        assert fault.path == path
        assert "choose another" in fault.plain


def test_segments_that_name_each_other_are_shown_at_the_one_that_closes_the_circle() -> None:
    lexicon = Lexicon({"a": InSegment("b"), "b": InSegment("a")})
    with pytest.raises(InvalidInput) as raised:
        spelled(InSegment("a"), lexicon)
    fault = of_rule(raised.value.message, {"segment": "b"})
    assert fault.path == "segment"
    assert fault.plain == "The segments name each other in a circle: a → b → a. Take one of them out."


def test_what_is_not_about_the_rule_is_said_as_it_is() -> None:
    known = Fault("all[0].is", "is empty", "This is still empty: fill it in.")
    assert told("all[0].is: is empty", known) == "Not saved yet. This is still empty: fill it in."
    taken = "There is a segment called so already (at_least). Change that one."
    assert told(taken, known) == told(taken, None) == taken
    assert told("there is no segment 'x' in use", None) == "There is no segment “x” in use: choose another."
    assert plain("says something_new") == "Says something_new."

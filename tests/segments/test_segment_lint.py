"""What lint says of segments, fault by fault."""

import pytest
from pyroaring import BitMap64

from tactful.segments.domain.lint import Fault, Kept, adjectives, lint
from tactful.segments.domain.tree import parse

RULE = parse({"attribute": "country", "is": "DE"})


def kept(slug: str = "one", *, members: range = range(1, 6), **other: object) -> Kept:
    said = {"goal": "Keep them", "action": f"A letter for {slug}", "tree": RULE, "uses": 1, **other}
    return Kept(slug=slug, name=slug.title(), size=len(members), members=BitMap64(members), **said)  # type: ignore[arg-type]


def faults(*segments: Kept, everybody: int = 100) -> list[tuple[str, Fault]]:
    return [(finding.slug, finding.fault) for finding in lint(segments, everybody=everybody)]


def test_a_segment_with_a_goal_an_action_members_and_a_use_is_in_order() -> None:
    assert faults(kept()) == []


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ({"goal": " "}, Fault.NO_GOAL),
        ({"action": ""}, Fault.NO_ACTION),
        ({"members": range(0)}, Fault.EMPTY),
        ({"members": range(1, 101)}, Fault.EVERYONE),
        ({"uses": 0}, Fault.UNUSED),
    ],
)
def test_each_fault_of_a_single_segment_is_found(wrong: dict[str, object], fault: Fault) -> None:
    assert faults(kept(**wrong)) == [("one", fault)]  # type: ignore[arg-type]


def test_a_base_without_customers_makes_no_segment_empty() -> None:
    assert faults(kept(members=range(0)), everybody=0) == []


def test_more_than_three_conditions_are_too_many_adjectives() -> None:
    said = [{"attribute": "country", "is": "DE"}, {"orders": "count", "at_least": 1}, {"event": "Viewed"}]
    assert adjectives(parse({"all": said})) == 3
    fourth = [*said, {"not": {"any": [{"attribute": "city", "is": "Bonn"}, {"list": "vip"}]}}]
    assert adjectives(parse({"all": fourth})) == 4
    assert faults(kept(tree=parse({"all": fourth}))) == [("one", Fault.ADJECTIVES)]


def test_a_rule_so_large_that_every_batch_waits_for_it_is_told_with_what_it_costs() -> None:
    periods = [{"event": "Viewed", "in_last_days": day} for day in range(1, 400)]
    found = {
        finding.fault: finding.message for finding in lint([kept(tree=parse({"any": periods}))], everybody=100)
    }
    assert "399 numbers and fields" in found[Fault.HEAVY]
    assert "about 0.4 s" in found[Fault.HEAVY]
    assert faults(kept(tree=parse({"any": periods[:50]}))) == []


def test_fields_of_the_customer_himself_weigh_little_and_the_same_number_but_once() -> None:
    own = [{"attribute": f"custom.a{number}", "set": True} for number in range(499)]
    again = [{"orders": "count", "at_least": number} for number in range(499)]
    assert faults(kept(tree=parse({"any": own}))) == faults(kept(tree=parse({"any": again}))) == []


def test_twins_overlap_above_nine_tenths_and_do_the_same() -> None:
    one, other = (
        kept("a", action="One Letter", members=range(100)),
        kept("b", action="one  letter", members=range(95)),
    )
    assert faults(one, other, everybody=500) == [("a", Fault.TWIN), ("b", Fault.TWIN)]
    assert faults(one, kept("b", action="one letter", members=range(90)), everybody=500) == []
    assert faults(one, kept("b", action="two letters", members=range(95)), everybody=500) == []


def test_too_many_segments_are_a_fault_of_all_together() -> None:
    many = [kept(f"s{number}", members=range(number, number + 3)) for number in range(26)]
    assert faults(*many) == [("", Fault.TOO_MANY)]

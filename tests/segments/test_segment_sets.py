"""Rules about events share one pass over them, in which a document is opened for few rows: each finds its own."""

import json
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.segments import segments_reference as reference
from tests.segments.segments_kit import bare, base_of, in_members

from tactful.segments.domain.tree import parse

AT = datetime(2026, 3, 1, tzinfo=UTC)
NAMES = st.sampled_from(["Viewed", "Added"])
CATEGORIES = st.sampled_from(["Tea", "Cups"])

happened = st.builds(
    lambda customer, name, days, category: {
        "customer_id": customer,
        "name": name,
        "occurred_at": bare(AT - timedelta(days=days, hours=1)),
        "properties": json.dumps({"category": category} if category else {}),
    },
    st.integers(1, 3),
    NAMES,
    st.integers(0, 12),
    CATEGORIES | st.none(),
)
counted = st.builds(
    lambda name, days, times, category: {
        "event": name,
        "in_last_days": days,
        "count": {"at_least": times},
        **({"where": [{"property": "category", "is": category}]} if category else {}),
    },
    NAMES,
    st.sampled_from([3, 6, 10]),
    st.integers(1, 2),
    CATEGORIES | st.none(),
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(rows=st.lists(happened, min_size=4, max_size=16), rules=st.lists(counted, min_size=2, max_size=5))
def test_each_rule_of_a_set_finds_its_rows(rows: list[dict[str, object]], rules: list[object]) -> None:
    base = base_of({"customers": [{}, {}, {}], "events": rows})
    trees = [parse(rule) for rule in rules]
    assert in_members(base, trees, AT) == [reference.members(base, tree, AT) for tree in trees]

"""Rules in words: what belongs together, what unset means, by which clock."""

import pytest

from tactful.segments.domain.reading import read
from tactful.segments.domain.tree import parse

DE = {"attribute": "country", "is": "DE"}
TWICE = {"orders": "count", "at_least": 2}
UNSET = "Who has no such value or event is not excepted by it."
CLOCK = "Days and months begin by the company's clock."
MARCH = {"from": "2026-03-01", "to": "2026-03-31"}


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (
            {"all": [{"not": DE}, TWICE]},
            f"Customers other than those (whose country is “DE”) and who bought at least 2 times. {UNSET}",
        ),
        (
            {"not": {"all": [DE, TWICE]}},
            f"Customers other than those (whose country is “DE” and who bought at least 2 times). {UNSET}",
        ),
        (
            {"any": [{"not": DE}, TWICE]},
            f"Customers other than those (whose country is “DE”) or who bought at least 2 times. {UNSET}",
        ),
        ({"not": DE}, f"Customers other than those whose country is “DE”. {UNSET}"),
        ({"not": {"not": DE}}, "Customers other than those other than those whose country is “DE”."),
        (
            {"event": "Viewed", "within": MARCH},
            f"Customers who did “Viewed” from 2026-03-01 to 2026-03-31. {CLOCK}",
        ),
        (
            {"attribute": "created_at", "before": "2026-03-01"},
            f"Customers whose first appearance is before 2026-03-01. {CLOCK}",
        ),
        (
            {"attribute": "birth_date", "before": "2000-03-01"},
            "Customers whose date of birth is before 2000-03-01.",
        ),
        (
            {"message": "opened", "never": True},
            "Customers who never opened a message (who was sent none counts too).",
        ),
    ],
)
def test_a_rule_in_words(rule: object, words: str) -> None:
    assert read(parse(rule)) == words

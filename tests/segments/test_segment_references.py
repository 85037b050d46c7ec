"""Segments that name each other: what cannot be saved, and what is counted anew."""

from datetime import UTC, datetime

import pytest

from tactful.kernel.errors import Conflict, InvalidInput
from tactful.segments import queries, services
from tactful.segments.models import Segment

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def save(slug: str, rule: object) -> None:
    services.save(slug=slug, name=slug, definition=rule, goal="g", action="a", now=NOW)


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ({"segment": "nowhere"}, "there is no segment 'nowhere'"),
        ({"not": {"segment": "one"}}, "in a circle"),
        ({"any": [{"segment": "two"}, {"everyone": True}]}, "in a circle: segment one → segment two → segment one"),
        ({"stage": "nowhere"}, "there is no stage 'nowhere'"),
    ],
)
def test_a_rule_that_would_mean_nothing_is_not_saved(rule: object, reason: str) -> None:
    save("one", {"attribute": "country", "is": "DE"})
    save("two", {"segment": "one"})
    with pytest.raises(InvalidInput, match=reason):
        save("one", rule)
    assert queries.segment("one").definition == {"attribute": "country", "is": "DE"}
    assert len(queries.segments()) == 2


def test_a_changed_rule_has_those_that_name_it_counted_anew() -> None:
    save("one", {"attribute": "country", "is": "DE"})
    save("two", {"segment": "one"})
    save("three", {"not": {"segment": "two"}})
    save("four", {"attribute": "country", "is": "FR"})
    Segment.objects.update(counted_at=NOW)
    save("one", {"attribute": "country", "is": "AT"})
    assert {row.slug for row in queries.segments() if row.counted_at is None} == {"one", "two", "three"}


def test_a_segment_that_another_names_is_not_archived() -> None:
    save("one", {"attribute": "country", "is": "DE"})
    save("two", {"segment": "one"})
    with pytest.raises(Conflict, match="two"):
        services.archive("one", now=NOW)

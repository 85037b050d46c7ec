"""Where steps stand on the canvas: kept beside the journey, whatever its version."""

import pytest
from django.utils import timezone
from tests.journeys.machine_kit import definition

from tactful.journeys import queries, services
from tactful.journeys.domain.arranging import arranged
from tactful.kernel.errors import InvalidInput, NotFound


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        "{}",
        {"wait": None},
        {"wait": {"x": 1}},
        {"wait": {"x": 1, "y": "2"}},
        {"wait": {"x": True, "y": 2}},
        {"wait": {"x": float("nan"), "y": 2}},
        {"wait": {"x": float("inf"), "y": 2}},
        {"wait": {"x": 10**400, "y": 2}},
        {1: {"x": 1, "y": 2}},
        {"w" * 201: {"x": 1, "y": 2}},
        {"a\0b": {"x": 1, "y": 2}},
        {f"step-{number}": {"x": 1, "y": 2} for number in range(1_001)},
    ],
)
def test_what_is_no_place_is_refused(data: object) -> None:
    with pytest.raises(InvalidInput):
        arranged(data)


def test_a_place_is_kept_to_a_tenth_of_a_point_and_nothing_else_of_it() -> None:
    assert arranged({"wait": {"x": -3, "y": 12.3456, "z": 9}}) == {"wait": {"x": -3.0, "y": 12.3}}


@pytest.mark.django_db
def test_places_outlive_a_version_and_make_none() -> None:
    now = timezone.now()
    first = services.save(definition(), now=now)
    services.arrange(first.slug, {"wait": {"x": 10, "y": 20}})
    again = services.save(definition(name="Another name"), now=now)
    assert again.version == first.version + 1
    assert queries.places(first.slug) == {"wait": {"x": 10, "y": 20}}
    services.arrange(first.slug, {})
    assert queries.places(first.slug) == {}
    with pytest.raises(NotFound):
        services.arrange("unheard-of", {})

"""Conditions on who a customer is, from JSON."""

from dataclasses import replace

from tactful.segments.domain.catalogue import ATTRIBUTES, COMPANY, CUSTOM, OPEN, kind_of
from tactful.segments.domain.comparisons import Comparison
from tactful.segments.domain.conditions import Attribute, Consent, InList, Near, Reachable, Sample, Word
from tactful.segments.domain.places import Place, shown
from tactful.segments.domain.values import comparison_of


def attribute_of(place: Place) -> Attribute:
    field = place.at("attribute").name()
    if field not in ATTRIBUTES and not (field.startswith(OPEN) and field not in OPEN):
        known = ", ".join(ATTRIBUTES)
        raise place.at("attribute").wrong(
            f"there is no field {shown(field)}; known are {known}, {CUSTOM}… and {COMPANY}…"
        )
    comparison = comparison_of(place, "attribute", kind_of(field))
    return Attribute(field, _small(comparison) if field == "email" else comparison)


def _small(comparison: Comparison) -> Comparison:
    """Addresses are kept in small letters, however somebody wrote his."""
    values = tuple(
        replace(each, raw=each.raw.lower()) if isinstance(each.raw, str) else each for each in comparison.values
    )
    return replace(comparison, values=values)


def consent_of(place: Place) -> Consent:
    place.only("consent", "is")
    about = place.at("consent")
    about.only("channel", "topic")
    about.need("channel", "topic")
    place.need("is")
    return Consent(about.at("channel").name(), about.at("topic").name(), place.at("is").word(Word))


def near_of(place: Place) -> Near:
    place.only("near", "within_km")
    place.need("within_km")
    where = place.at("near")
    where.only("latitude", "longitude")
    where.need("latitude", "longitude")
    return Near(
        where.at("latitude").between(-90, 90),
        where.at("longitude").between(-180, 180),
        place.at("within_km").between(0.001, 20_040),
    )


def sample_of(place: Place) -> Sample:
    place.only("sample", "seed")
    place.need("seed")
    return Sample(place.at("sample").between(0, 1), place.at("seed").name())


def list_of(place: Place) -> InList:
    place.only("list")
    return InList(place.at("list").name())


def reachable_of(place: Place) -> Reachable:
    place.only("reachable", "topic")
    place.need("topic")
    channel = place.at("reachable").name()
    if channel != "email":
        raise place.at("reachable").wrong(f"only email is known so far, not {shown(channel)}")
    return Reachable(channel, place.at("topic").name())

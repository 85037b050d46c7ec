"""Firms, as Segment's `group` calls tell of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tactful.customers.models import Company
from tactful.customers.services import tables
from tactful.events.domain.parse import Parsed

_MAX_NAME = 200


def ids_of(parsed: Sequence[Parsed], *, now: datetime) -> tuple[dict[str, int], frozenset[int]]:
    """Ids of the companies in group events, by external id, and the customers of those that are others now.

    Makes those that are new, updates what is told.
    """
    told: dict[str, dict[str, Any]] = {}
    for event in parsed:
        if event.kind == "group" and event.group_id is not None:
            told.setdefault(event.group_id, {}).update(event.traits)
    if not told:
        return {}, frozenset()
    present = {company.external_id: company for company in Company.objects.filter(external_id__in=told)}
    new = [
        _told(Company(external_id=external_id, created_at=now, updated_at=now), traits)
        for external_id, traits in told.items()
        if external_id not in present
    ]
    Company.objects.bulk_create(new)
    changed = []
    for external_id, company in present.items():
        before = (company.name, dict(company.traits))
        _told(company, told[external_id])
        if (company.name, company.traits) != before:
            company.updated_at = now
            changed.append(company)
    if changed:
        Company.objects.bulk_update(changed, ["name", "traits", "updated_at"])
    touched = tables.read("touch_company", {"ids": [company.pk for company in changed]}) if changed else []
    ids = {company.external_id: int(company.pk) for company in [*new, *present.values()]}
    return ids, frozenset(row[0] for row in touched)


def _told(company: Company, traits: dict[str, Any]) -> Company:
    """Traits merge one level deep; null removes."""
    merged = {**company.traits, **traits}
    company.traits = {name: value for name, value in merged.items() if value is not None}
    name = company.traits.get("name")
    if isinstance(name, str) and name.strip():
        company.name = name.strip()[:_MAX_NAME]
    return company

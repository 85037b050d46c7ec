"""Reads templates."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_

from django.db import connection
from django.db.models import Count, Max, Q

from tactful.content.domain.values import Version
from tactful.content.models import Template, TemplateVersion
from tactful.kernel.errors import NotFound

_NEWEST = """
SELECT t.slug, max(v.number) FROM content_template t JOIN content_templateversion v ON v.template_id = t.id
WHERE t.slug = ANY(%(slugs)s) GROUP BY t.slug
"""
_VERSIONS = """
SELECT t.slug, v.number, v.subject, v.html, v.preheader, v.text
FROM content_template t JOIN content_templateversion v ON v.template_id = t.id
WHERE (t.slug, v.number) IN (SELECT * FROM unnest(%(slugs)s::text[], %(numbers)s::int[]))
"""


@dataclass(frozen=True, slots=True)
class TemplateRow:
    """A template in the list."""

    slug: str
    name: str
    subject: str
    versions: int
    saved_at: datetime


@dataclass(frozen=True, slots=True)
class TemplateText:
    """A version with what its author wrote."""

    version: Version
    name: str
    mjml: str
    saved_at: datetime


def versions(wanted: Collection[tuple[str, int]]) -> dict[tuple[str, int], Version]:
    """The versions by (slug, number), in one query. Those that do not exist are left out."""
    if not wanted:
        return {}
    slugs, numbers = (list(column) for column in zip(*set(wanted), strict=True))
    with connection.cursor() as cursor:
        cursor.execute(_VERSIONS, {"slugs": slugs, "numbers": numbers})
        return {(row[0], row[1]): Version(*row) for row in cursor.fetchall()}


def latest(slug: str) -> Version:
    """The newest version of a template. Raises NotFound."""
    return text(slug).version


def latest_numbers(slugs: Collection[str]) -> dict[str, int]:
    """The newest version's number of each template that exists."""
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST, {"slugs": list(slugs)})
        return dict(cursor.fetchall())


def text(slug: str, number: int | None = None) -> TemplateText:
    """A version (the newest by default) with its MJML. Raises NotFound."""
    rows = TemplateVersion.objects.filter(template__slug=slug).select_related("template")
    row = rows.filter(number=number).first() if number else rows.order_by("-number").first()
    if row is None:
        raise NotFound(f"there is no template {slug!r}" + (f" with version {number}" if number else ""))
    return TemplateText(version_of(slug, row), name=row.template.name, mjml=row.mjml, saved_at=row.created_at)


def templates() -> list[TemplateRow]:
    """All templates by name, each with its newest subject."""
    rows = Template.objects.annotate(count=Count("versions"), newest=Max("versions__number")).order_by("name")
    newest = {
        (row.template_id, row.number): row
        for row in TemplateVersion.objects.filter(
            reduce(or_, (Q(template_id=row.pk, number=row.newest) for row in rows), Q(pk=None))
        )
    }
    return [
        TemplateRow(
            row.slug, row.name, newest[row.pk, row.newest].subject, row.count, newest[row.pk, row.newest].created_at
        )
        for row in rows
        if row.newest
    ]


def version_of(slug: str, row: TemplateVersion) -> Version:
    """The row as a value."""
    return Version(
        slug=slug,
        number=row.number,
        subject=row.subject,
        html=row.html,
        preheader=row.preheader,
        text=row.text,
    )

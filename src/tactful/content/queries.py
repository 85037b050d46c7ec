"""Reads templates."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import reduce
from operator import or_

from django.db import connection
from django.db.models import Count, Max, Q

from tactful.content.domain.findings import Finding
from tactful.content.domain.values import Text, Version
from tactful.content.models import Block, Image, Review, Rules, Template, TemplateVersion, TriedLink
from tactful.kernel.errors import NotFound

IMAGES = "/i/"
"""Under which addresses images are served."""

_SHOWN = re.compile(r"/i/([0-9a-f]{32})\.")
# Where texts need a second person, the newest goes out that was approved, or was there before the rule.
_NEWEST = """
SELECT t.slug,
    max(v.number) FILTER (WHERE r.eyes_since IS NULL OR v.approved_by <> '' OR v.created_at < r.eyes_since)
FROM content_template t JOIN content_templateversion v ON v.template_id = t.id
LEFT JOIN content_rules r ON r.id = 1
WHERE t.slug = ANY(%(slugs)s) GROUP BY t.slug
"""
_VERSIONS = """
SELECT t.slug, v.number, v.subject, v.html, v.preheader, v.text, v.language,
       o.subject, o.html, o.preheader, o.text, o.language
FROM content_template t JOIN content_templateversion v ON v.template_id = t.id
LEFT JOIN content_translation o ON o.version_id = v.id
WHERE (t.slug, v.number) IN (SELECT * FROM unnest(%(slugs)s::text[], %(numbers)s::int[]))
ORDER BY o.id
"""
_UNAPPROVED = """
SELECT t.slug FROM content_template t
JOIN LATERAL (SELECT approved_by, created_at FROM content_templateversion v WHERE v.template_id = t.id
              ORDER BY number DESC LIMIT 1) newest ON true
JOIN content_rules AS r ON newest.created_at >= r.eyes_since
WHERE t.slug = ANY(%(slugs)s) AND newest.approved_by = '' ORDER BY t.slug
"""


@dataclass(frozen=True, slots=True)
class TemplateRow:
    """A template in the list."""

    slug: str
    name: str
    subject: str
    versions: int
    saved_at: datetime
    saved_by: str = ""
    languages: tuple[str, ...] = ()
    approved_by: str = ""
    archived: bool = False


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version in the history of a template."""

    number: int
    subject: str
    saved_at: datetime
    saved_by: str
    approved_by: str
    approved_at: datetime | None


@dataclass(frozen=True, slots=True)
class BlockRow:
    """A piece of MJML for any template."""

    slug: str
    name: str
    mjml: str
    own: bool = False


@dataclass(frozen=True, slots=True)
class ImageRow:
    """A picture; `path` is its address on our own port."""

    digest: str
    kind: str
    name: str
    alt: str
    width: int
    height: int
    size: int
    uploaded_by: str
    uploaded_at: datetime

    @property
    def path(self) -> str:
        return f"{IMAGES}{self.digest}.{self.kind}"


@dataclass(frozen=True, slots=True)
class RulesRow:
    """What holds before messages go out."""

    second_pair_of_eyes: bool
    seeds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """A review that was kept."""

    number: int
    audience: str
    occasion: str
    findings: tuple[Finding, ...]
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class TemplateText:
    """A version with what its author wrote."""

    version: Version
    name: str
    mjml: str
    saved_at: datetime
    saved_by: str = ""
    approved_by: str = ""
    archived: bool = False
    texts: Mapping[str, Text] = field(default_factory=dict)  # by language, its own first


def versions(wanted: Collection[tuple[str, int]]) -> dict[tuple[str, int], Version]:
    """The versions by (slug, number), in one query. Those that do not exist are left out."""
    if not wanted:
        return {}
    slugs, numbers = (list(column) for column in zip(*set(wanted), strict=True))
    with connection.cursor() as cursor:
        cursor.execute(_VERSIONS, {"slugs": slugs, "numbers": numbers})
        rows = cursor.fetchall()
    own = {(row[0], row[1]): Version(*row[:7]) for row in rows}
    others: dict[tuple[str, int], list[Version]] = {key: [] for key in own}
    for row in rows:
        if row[7] is not None:
            others[row[0], row[1]].append(Version(row[0], row[1], *row[7:]))
    return {key: replace(version, others=tuple(others[key])) for key, version in own.items()}


def latest(slug: str) -> Version:
    """The newest version of a template. Raises NotFound."""
    return text(slug).version


def latest_numbers(slugs: Collection[str]) -> dict[str, int]:
    """The version of each template that goes out now: the newest, or the newest that a second person has approved
    where the company wants that. Templates without one are left out."""
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST, {"slugs": list(slugs)})
        return {slug: number for slug, number in cursor.fetchall() if number is not None}


def unapproved(slugs: Collection[str]) -> list[str]:
    """Those of the templates whose newest version, saved since that is wanted, a second person must still read.

    A launch is refused while there are some.
    """
    with connection.cursor() as cursor:
        cursor.execute(_UNAPPROVED, {"slugs": list(slugs)})
        return [slug for (slug,) in cursor.fetchall()]


def text(slug: str, number: int | None = None) -> TemplateText:
    """A version (the newest by default) with its MJML. Raises NotFound."""
    rows = TemplateVersion.objects.filter(template__slug=slug).select_related("template")
    row = rows.filter(number=number).first() if number else rows.order_by("-number").first()
    if row is None:
        raise NotFound(f"there is no template {slug!r}" + (f" with version {number}" if number else ""))
    written = {row.language: Text(row.subject, row.mjml, row.preheader, row.text)}
    written |= {
        one.language: Text(one.subject, one.mjml, one.preheader, one.text)
        for one in row.translations.order_by("id")
    }
    return TemplateText(
        version_of(slug, row),
        name=row.template.name,
        mjml=row.mjml,
        saved_at=row.created_at,
        saved_by=row.saved_by,
        approved_by=row.approved_by,
        archived=row.template.archived_at is not None,
        texts=written,
    )


def history(slug: str) -> list[VersionRow]:
    """All versions of a template, the newest first."""
    rows = TemplateVersion.objects.filter(template__slug=slug).order_by("-number")
    return [
        VersionRow(row.number, row.subject, row.created_at, row.saved_by, row.approved_by, row.approved_at)
        for row in rows
    ]


def templates(*, archived: bool | None = False) -> list[TemplateRow]:
    """Templates by name, each with its newest subject: those in use, those archived, or (None) all."""
    found = Template.objects.all()
    if archived is not None:
        found = found.filter(archived_at__isnull=not archived)
    rows = list(found.annotate(count=Count("versions"), newest=Max("versions__number")).order_by("name"))
    newest = {
        (row.template_id, row.number): row
        for row in TemplateVersion.objects.filter(
            reduce(or_, (Q(template_id=row.pk, number=row.newest) for row in rows), Q(pk=None))
        ).prefetch_related("translations")
    }
    return [_row(row, row.count, newest[row.pk, row.newest]) for row in rows if row.newest]


def _row(template: Template, count: int, newest: TemplateVersion) -> TemplateRow:
    return TemplateRow(
        slug=template.slug,
        name=template.name,
        subject=newest.subject,
        versions=count,
        saved_at=newest.created_at,
        saved_by=newest.saved_by,
        languages=(newest.language, *sorted(other.language for other in newest.translations.all())),
        approved_by=newest.approved_by,
        archived=template.archived_at is not None,
    )


def rules() -> RulesRow:
    """What holds before messages go out; nothing where nobody has set it."""
    row = Rules.objects.filter(pk=1).first()
    return (
        RulesRow(row.eyes_since is not None, tuple(row.seeds))
        if row
        else RulesRow(second_pair_of_eyes=False, seeds=())
    )


def own_blocks() -> list[BlockRow]:
    """The blocks that people saved, by name."""
    return [BlockRow(row.slug, row.name, row.mjml, own=True) for row in Block.objects.order_by("name")]


def images() -> list[ImageRow]:
    """All images, the latest first."""
    return [image_row(row) for row in Image.objects.order_by("-uploaded_at", "-pk")]


def image_uses() -> dict[str, list[str]]:
    """The slugs of the templates whose newest version shows an image, by its digest."""
    found: dict[str, list[str]] = {}
    for row in templates():
        shown = {digest for one in text(row.slug).texts.values() for digest in _SHOWN.findall(one.mjml)}
        for digest in shown:
            found.setdefault(digest, []).append(row.slug)
    return found


def reviews(slug: str, *, limit: int = 10) -> list[ReviewRow]:
    """The reviews of a template that were kept, the latest first."""
    rows = Review.objects.filter(version__template__slug=slug).select_related("version").order_by("-id")[:limit]
    return [
        ReviewRow(
            row.version.number, row.audience, row.occasion, tuple(map(Finding.kept, row.findings)), row.at, row.by
        )
        for row in rows
    ]


def image_row(row: Image) -> ImageRow:
    """The row as a value."""
    return ImageRow(**{name: getattr(row, name) for name in ImageRow.__slots__})


def version_of(slug: str, row: TemplateVersion) -> Version:
    """The row as a value."""
    others = tuple(
        Version(slug, row.number, one.subject, one.html, one.preheader, one.text, one.language)
        for one in row.translations.order_by("id")
    )
    return Version(slug, row.number, row.subject, row.html, row.preheader, row.text, row.language, others)


def tried(urls: Collection[str]) -> dict[str, str]:
    """How addresses on other sites answered when they were last tried: blank for well. Others are left out."""
    return dict(TriedLink.objects.filter(url__in=list(urls)).values_list("url", "wrong"))

"""Saves templates, version by version, and brings the ready ones."""

from datetime import datetime
from pathlib import Path

import yaml
from django.db import transaction

from tactful.content import queries
from tactful.content.domain import liquid
from tactful.content.domain.render import compile_mjml
from tactful.content.domain.values import InvalidTemplate, Version
from tactful.content.models import Template
from tactful.kernel.errors import NotFound

READY = Path(__file__).parent / "ready"


def save_template(
    *, slug: str, name: str, subject: str, mjml: str, now: datetime, preheader: str = "", text: str = ""
) -> Version:
    """Keep the text as a new version, or return the latest where nothing changed.

    Raises InvalidTemplate with everything that is wrong; nothing is saved then.
    """
    html = _checked(subject=subject, preheader=preheader, mjml=mjml, text=text)
    with transaction.atomic():
        template, _ = Template.objects.get_or_create(slug=slug, defaults={"name": name, "created_at": now})
        Template.objects.select_for_update().get(pk=template.pk)  # two savers must not take the same number
        if template.name != name:
            Template.objects.filter(pk=template.pk).update(name=name)
        last = template.versions.order_by("-number").first()
        if last and (last.subject, last.preheader, last.mjml, last.text) == (subject, preheader, mjml, text):
            row = last
        else:
            row = template.versions.create(
                number=last.number + 1 if last else 1,
                subject=subject,
                preheader=preheader,
                mjml=mjml,
                html=html,
                text=text,
                created_at=now,
            )
    return queries.version_of(slug, row)


def _checked(*, subject: str, preheader: str, mjml: str, text: str) -> str:
    if not subject.strip():
        raise InvalidTemplate(["the subject is empty: say in a few words what the message is about"])
    html = compile_mjml(mjml, title=subject, preheader=preheader)
    for source in (subject, html, text):
        liquid.check(source)
    return html


def install_ready(now: datetime) -> list[str]:
    """Bring the ready templates that are not there yet; a template that somebody changed is left alone."""
    there = set(Template.objects.values_list("slug", flat=True))
    brought = []
    for slug in ready_slugs():
        if slug not in there:
            meta = ready_meta(slug)
            save_template(
                slug=slug,
                name=meta["name"],
                subject=meta["subject"],
                preheader=meta["preheader"],
                mjml=(READY / f"{slug}.mjml").read_text(encoding="utf-8"),
                now=now,
            )
            brought.append(slug)
    return brought


def ready_slugs() -> list[str]:
    return sorted(file.stem for file in READY.glob("*.mjml"))


def ready_meta(slug: str) -> dict[str, str]:
    """Name, subject, preheader and topic of a ready template. Raises NotFound."""
    file = READY / f"{slug}.yaml"
    if not file.is_file():
        raise NotFound(f"there is no ready template {slug!r}; there are {', '.join(ready_slugs())}")
    meta: dict[str, str] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return meta

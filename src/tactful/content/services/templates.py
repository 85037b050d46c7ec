"""Saves templates, version by version; copies, archives and approves them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from tactful.content import queries
from tactful.content.domain.editing import compiled
from tactful.content.domain.languages import checked
from tactful.content.domain.values import InvalidTemplate, Text, Version
from tactful.content.models import Rules, Template, TemplateVersion, Translation
from tactful.kernel.errors import Conflict, InvalidInput, NotFound
from tactful.kernel.naming import check_new

_MOST_SEEDS = 50


def save_template(
    *, slug: str, name: str, subject: str, mjml: str, now: datetime, preheader: str = "", text: str = ""
) -> Version:
    """Keep a text as a new version in its own language, or return the latest where nothing changed.

    Raises InvalidTemplate with everything that is wrong; nothing is saved then.
    """
    return save_text(slug=slug, name=name, text=Text(subject, mjml, preheader, text), now=now)


def save_text(
    *, slug: str, name: str, text: Text, now: datetime, language: str = "", by: str = "", seen: int | None = None
) -> Version:
    """Keep a text in one language as a new version; the other languages stay. Empty: the template's own.

    Raises InvalidTemplate with everything that is wrong, Conflict where `seen` is no longer the newest version.
    """
    with transaction.atomic():
        last = _locked(slug)
        if seen is not None and last and last.number != seen:
            raise Conflict(
                f"somebody saved version {last.number} while you wrote: copy your text, open it anew, and merge"
            )
        own = last.language if last else (language or "en")
        texts = {own: _text(last)} if last else {}
        texts |= {row.language: _text(row) for row in last.translations.order_by("id")} if last else {}
        texts[checked(language) if language else own] = text
        return save_texts(slug=slug, name=name, texts=texts, own=own, now=now, by=by)


@transaction.atomic
def save_texts(
    *, slug: str, name: str, texts: Mapping[str, Text], own: str, now: datetime, by: str = ""
) -> Version:
    """Keep texts by language as a new version, `own` the one for everybody else. Raises InvalidTemplate."""
    html = _compiled(texts, own)
    if not name.strip():
        raise InvalidInput("the template needs a name")
    template, created = Template.objects.get_or_create(slug=slug, defaults={"name": name, "created_at": now})
    if created:
        check_new(slug, name, kind="template")
    Template.objects.filter(pk=template.pk).update(name=name, archived_at=None)
    last = _locked(slug)
    if last is None or _as_saved(last) != (own, dict(texts)):
        last = _next(template, last, texts=texts, html=html, own=own)
        last.created_at, last.saved_by = now, by
        last.save()
        Translation.objects.bulk_create(
            Translation(version=last, language=language, html=html[language], **_columns(text))
            for language, text in texts.items()
            if language != own
        )
    return queries.version_of(slug, last)


def _next(
    template: Template,
    last: TemplateVersion | None,
    *,
    texts: Mapping[str, Text],
    html: Mapping[str, str],
    own: str,
) -> TemplateVersion:
    number = last.number + 1 if last else 1
    return TemplateVersion(template=template, number=number, language=own, html=html[own], **_columns(texts[own]))


def _compiled(texts: Mapping[str, Text], own: str) -> dict[str, str]:
    html: dict[str, str] = {}
    problems: list[str] = []
    for language, text in texts.items():
        try:
            html[language] = compiled(text)
        except InvalidTemplate as error:
            problems += [words if language == own else f"{language}: {words}" for words in error.problems]
    if problems:
        raise InvalidTemplate(problems)
    return html


def remove_language(slug: str, language: str, *, now: datetime, by: str) -> Version:
    """A new version without one of its languages. Raises NotFound, and Conflict for the template's own."""
    with transaction.atomic():
        last = _newest(slug)
        own, texts = _as_saved(last)
        if language == own:
            raise Conflict(f"{language} is what everybody else gets: it cannot be taken away")
        if language not in texts:
            raise NotFound(f"{slug} has no text in {language}")
        del texts[language]
        return save_texts(slug=slug, name=last.template.name, texts=texts, own=own, now=now, by=by)


def restore(slug: str, number: int, *, now: datetime, by: str) -> Version:
    """Make an old version the newest again, as a new one. Raises NotFound."""
    with transaction.atomic():
        _newest(slug)
        old = TemplateVersion.objects.filter(template__slug=slug, number=number).select_related("template").first()
        if old is None:
            raise NotFound(f"the template {slug} has no version {number}")
        own, texts = _as_saved(old)
        return save_texts(slug=slug, name=old.template.name, texts=texts, own=own, now=now, by=by)


def copy(slug: str, *, to: str, name: str, now: datetime, by: str) -> Version:
    """A new template with the newest texts of another. Raises NotFound, Conflict where there is one called so."""
    with transaction.atomic():
        own, texts = _as_saved(_newest(slug))
        if Template.objects.filter(slug=to).exists():
            raise Conflict(f"there is a template called so already ({to}): choose another name")
        return save_texts(slug=to, name=name, texts=texts, own=own, now=now, by=by)


def archive(slug: str, *, now: datetime) -> None:
    """Take a template out of the lists; its versions stay, for the messages made from them. Raises NotFound.

    Whoever calls sees to it that no journey in use names it.
    """
    if not Template.objects.filter(slug=slug).update(archived_at=now):
        raise NotFound(f"there is no template {slug!r}")


def bring_back(slug: str) -> None:
    """Undo `archive`. Raises NotFound."""
    if not Template.objects.filter(slug=slug).update(archived_at=None):
        raise NotFound(f"there is no template {slug!r}")


def approve(slug: str, number: int, *, by: str, now: datetime) -> None:
    """A second pair of eyes has read a version. Raises NotFound, and Conflict for who wrote it himself."""
    row = TemplateVersion.objects.filter(template__slug=slug, number=number).first()
    if row is None:
        raise NotFound(f"the template {slug} has no version {number}")
    if row.saved_by == by:
        raise Conflict("you wrote this version yourself: somebody else must read it")
    TemplateVersion.objects.filter(pk=row.pk, approved_by="").update(approved_by=by, approved_at=now)


def save_rules(*, second_pair_of_eyes: object, seeds: Sequence[str], now: datetime) -> None:
    """Whether somebody else must read a text before its first launch, and who gets test messages.

    Raises InvalidInput for what is no address.
    """
    clean = list(dict.fromkeys(seed.strip() for seed in seeds if seed.strip()))
    for seed in clean:
        try:
            validate_email(seed)
        except ValidationError:
            raise InvalidInput(f"{seed!r} is no e-mail address: write one on each line") from None
    if len(clean) > _MOST_SEEDS:
        raise InvalidInput(f"a seed list has at most {_MOST_SEEDS} addresses")
    row, _ = Rules.objects.get_or_create(pk=1)
    row.eyes_since = (row.eyes_since or now) if second_pair_of_eyes else None
    row.seeds = clean
    row.save()


def _locked(slug: str) -> TemplateVersion | None:
    """The newest version; two savers must not take the same number."""
    template = Template.objects.select_for_update().filter(slug=slug).first()
    return template.versions.order_by("-number").first() if template else None


def _newest(slug: str) -> TemplateVersion:
    row = _locked(slug)
    if row is None:
        raise NotFound(f"there is no template {slug!r}")
    return row


def _as_saved(row: TemplateVersion) -> tuple[str, dict[str, Text]]:
    others = {other.language: _text(other) for other in row.translations.order_by("id")}
    return row.language, {row.language: _text(row), **others}


def _text(row: TemplateVersion | Translation) -> Text:
    return Text(subject=row.subject, mjml=row.mjml, preheader=row.preheader, text=row.text)


def _columns(text: Text) -> dict[str, str]:
    return {"subject": text.subject, "preheader": text.preheader, "mjml": text.mjml, "text": text.text}

"""The quality review of texts as they are, and its result kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tactful.content.domain import liquid
from tactful.content.domain.editing import compiled
from tactful.content.domain.findings import Finding
from tactful.content.domain.render import render
from tactful.content.domain.review import Facts
from tactful.content.domain.review import review as reviewed
from tactful.content.domain.untranslated import untranslated
from tactful.content.domain.values import Text, Version
from tactful.content.models import Review, TemplateVersion
from tactful.kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class Scene:
    """Around a message: a customer's variables with company and links, and what is known of the audience.

    `answers` says of addresses how they answer: blank for well, words for what is wrong. `images` are the bytes of
    those that we serve, by address.
    """

    variables: Mapping[str, object]
    unsubscribe: str
    postal_address: str
    audience: str = "everybody"
    people: int = 0
    filled: Mapping[str, float] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)
    images: Mapping[str, int] = field(default_factory=dict)


def review(texts: Mapping[str, Text], *, scene: Scene) -> list[Finding]:
    """Everything that must or should be mended, over all languages, what stops a launch first.

    The first language is the text's own, from which the others are translated.

    Raises InvalidTemplate and RenderingFailed where there is no message to look at.
    """
    own, first = next(iter(texts.items()))
    found = [finding for language, text in texts.items() for finding in _one(language, text, scene)]
    found += [gap for language, text in texts.items() for gap in untranslated(text, language, first=first, own=own)]
    return sorted(found, key=lambda finding: not finding.stops)


def _one(language: str, text: Text, scene: Scene) -> list[Finding]:
    html = compiled(text)
    made = render(Version("", 0, text.subject, html, text.preheader, text.text), scene.variables)
    shown = liquid.fill(liquid.for_text(text.preheader), scene.variables)
    facts = Facts(
        text=text,
        rendered=made,
        preheader=" ".join(shown.split()),
        unsubscribe=scene.unsubscribe,
        postal_address=scene.postal_address,
        audience=scene.audience,
        people=scene.people,
        filled=scene.filled,
        answers=scene.answers,
        images=scene.images,
        language=language,
    )
    return reviewed(facts)


def keep_review(
    slug: str,
    number: int,
    findings: Sequence[Finding],
    *,
    now: datetime,
    by: str,
    audience: str = "",
    occasion: str = "",
) -> int:
    """Keep what a review found of a version, with the launch (`occasion`) it was made for. Raises NotFound."""
    version = TemplateVersion.objects.filter(template__slug=slug, number=number).first()
    if version is None:
        raise NotFound(f"the template {slug} has no version {number}")
    row = Review.objects.create(
        version=version,
        audience=audience,
        occasion=occasion,
        findings=[finding.plain() for finding in findings],
        at=now,
        by=by,
    )
    return int(row.pk)

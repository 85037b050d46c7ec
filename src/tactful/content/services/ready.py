"""The ready templates: one frame, their texts in several languages."""

from datetime import datetime
from functools import cache
from pathlib import Path
from string import Template as Frame
from typing import Any

import yaml

from tactful.content.domain.languages import chosen
from tactful.content.domain.values import Text
from tactful.content.models import Template
from tactful.content.services.templates import save_texts
from tactful.kernel.errors import NotFound
from tactful.team.queries import workspace

_FOLDER = Path(__file__).parent.parent / "ready"


def install_ready(now: datetime) -> list[str]:
    """Bring the ready templates that are not there yet; a template that somebody changed is left alone."""
    there = set(Template.objects.values_list("slug", flat=True))
    missing = [slug for slug in ready_slugs() if slug not in there]
    company = workspace().language if missing else ""
    for slug in missing:
        texts = {language: ready_text(slug, language) for language in _meta(slug)["texts"]}
        save_texts(slug=slug, name=_meta(slug)["name"], texts=texts, own=chosen(company, tuple(texts)), now=now)
    return missing


def ready_slugs() -> list[str]:
    """The names of all ready templates."""
    return sorted(file.stem for file in (_FOLDER / "texts").glob("*.yaml"))


def ready_topic(slug: str) -> str:
    """The topic to which customers agree or not. Raises NotFound."""
    return str(_meta(slug)["topic"])


def ready_text(slug: str, language: str = "en") -> Text:
    """A ready template in one of its languages. Raises NotFound."""
    meta = _meta(slug)
    if language not in meta["texts"]:
        raise NotFound(f"the ready template {slug} is not written in {language}")
    said = meta["texts"][language]
    indented = {part: said[part].strip().replace("\n", "\n          ") for part in ("body", "after")}
    words = {**_words()[language], **said, **indented, "link": meta["link"], "lang": language}
    return Text(said["subject"], _frame().substitute(words), said["preheader"])


@cache
def _meta(slug: str) -> dict[str, Any]:
    file = _FOLDER / "texts" / f"{slug}.yaml"
    if not file.is_file():
        raise NotFound(f"there is no ready template {slug!r}; there are {', '.join(ready_slugs())}")
    meta: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return meta


@cache
def _words() -> dict[str, dict[str, str]]:
    words: dict[str, dict[str, str]] = yaml.safe_load((_FOLDER / "words.yaml").read_text(encoding="utf-8"))
    return words


@cache
def _frame() -> Frame:
    return Frame((_FOLDER / "frame.mjml").read_text(encoding="utf-8"))

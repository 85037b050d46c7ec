"""Templates as files: every language, each text of MJML in a file of its own beside the others' words."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tactful.content import queries as content_now
from tactful.content import services as content
from tactful.content.domain.languages import checked
from tactful.content.domain.values import Text
from tactful.flows.launching import changing_text
from tactful.journeys.domain.fields import Fields

Data = dict[str, Any]
_OWN = "en"  # the language of a file that names none
_BESIDE = "is missing: the text of the message lies beside this file, with the ending "


def templates() -> dict[str, Data]:
    return {row.slug: _template(row.slug) for row in content_now.templates()}


def read(data: Data) -> Data:
    fields = Fields(data, "")
    found: Data = {"name": fields.text("name"), "language": checked(fields.text("language", default=_OWN))}
    found |= _read_text(fields, ending=".mjml")
    others = fields.mapping("languages")
    fields.finish()
    languages: Data = {}
    for language, said in sorted(others.items()):
        if checked(language) == found["language"]:
            fields.fail(f"languages.{language}", "is the template's own language: say it once")
        inner = Fields(said, f"languages.{language}")
        languages[checked(language)] = _read_text(inner, ending=f".{language}.mjml")
        inner.finish()
    return found | ({"languages": languages} if languages else {})


def save(slug: str, data: Data, now: datetime, by: str) -> object:
    own, others = data["language"], data.get("languages", {})
    texts = {own: _text(data), **{language: _text(said) for language, said in others.items()}}
    with changing_text(slug):
        return content.save_texts(slug=slug, name=data["name"], texts=texts, own=own, now=now, by=by)


def bodies(data: Mapping[str, Any]) -> dict[str, str]:
    """What lies in files beside, by ending."""
    others = {f".{language}.mjml": said["mjml"] for language, said in data.get("languages", {}).items()}
    return {".mjml": data["mjml"], **others}


def without_bodies(data: Mapping[str, Any]) -> Data:
    """What stays in the file itself."""
    said = {name: value for name, value in data.items() if name != "mjml"}
    if "languages" in said:
        said["languages"] = {language: without_bodies(one) for language, one in said["languages"].items()}
    return said


def with_bodies(said: Data, beside: Mapping[str, str]) -> Data:
    """The same with what lies beside, by ending; what the file itself says goes first."""
    others = said.get("languages")
    if isinstance(others, dict):
        joined = {language: _with_body(one, beside, f".{language}.mjml") for language, one in others.items()}
        said = {**said, "languages": joined}
    found: Data = _with_body(said, beside, ".mjml")
    return found


def _with_body(said: Any, beside: Mapping[str, str], ending: str) -> Any:
    return {"mjml": beside[ending], **said} if isinstance(said, dict) and ending in beside else said


def _template(slug: str) -> Data:
    found = content_now.text(slug)
    own = found.version.language
    said: Data = {"name": found.name, "language": own, **_words(found.texts[own])}
    others = {language: _words(text) for language, text in sorted(found.texts.items()) if language != own}
    return said | ({"languages": others} if others else {})


def _words(text: Text) -> Data:
    told = {"preheader": text.preheader, "text": text.text}
    return {"subject": text.subject, **{name: said for name, said in told.items() if said}, "mjml": text.mjml}


def _read_text(fields: Fields, *, ending: str) -> Data:
    found: Data = {"subject": fields.text("subject")}
    # Not stripped: a text is kept to the letter.
    for name in ("preheader", "text"):
        value = fields.take(name)
        if value is not None and not isinstance(value, str):
            fields.fail(name, "must be a text")
        found |= {name: value} if value else {}
    mjml = fields.take("mjml")
    if not isinstance(mjml, str) or not mjml.strip():
        fields.fail("mjml", _BESIDE + ending)
    return {**found, "mjml": mjml}


def _text(said: Mapping[str, str]) -> Text:
    return Text(said["subject"], said["mjml"], said.get("preheader", ""), said.get("text", ""))

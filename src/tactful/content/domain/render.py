"""A version and a customer's variables become subject, HTML and text."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from liquid import BoundTemplate

from tactful.content.domain import liquid, plain
from tactful.content.domain.compiling import compile_mjml
from tactful.content.domain.values import Rendered, Version

__all__ = ["compile_mjml", "missing", "render", "variables_of"]


@dataclass(frozen=True, slots=True)
class _Prepared:
    subject: BoundTemplate
    html: BoundTemplate
    text: BoundTemplate | None  # None: to be taken from each finished message


@lru_cache(maxsize=256)
def _prepared(version: Version) -> _Prepared:
    text = version.text or plain.template_of(version.html)
    return _Prepared(
        subject=liquid.for_text(version.subject),
        html=liquid.for_html(version.html),
        text=None if text is None else liquid.for_text(text),
    )


def render(version: Version, variables: Mapping[str, object]) -> Rendered:
    """The message for these variables: nested mappings of plain values; an unset one prints nothing.

    Raises InvalidTemplate when the version does not parse, RenderingFailed when a limit of Liquid is hit.
    """
    prepared = _prepared(version)
    html = liquid.fill(prepared.html, variables)
    text = plain.text_of(html) if prepared.text is None else plain.tidy(liquid.fill(prepared.text, variables))
    return Rendered(subject=" ".join(liquid.fill(prepared.subject, variables).split()), html=html, text=text)


def variables_of(version: Version) -> tuple[str, ...]:
    """The variables that a version takes, as dotted paths."""
    return liquid.variables_of(version.subject, version.html, version.text)


def missing(version: Version, variables: Mapping[str, object]) -> tuple[str, ...]:
    """The variables of a version that have no value here."""
    return liquid.unset(variables_of(version), variables)

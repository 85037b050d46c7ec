"""A version and a customer's variables become subject, HTML and text."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from liquid import BoundTemplate

from tactful.content.domain import liquid, plain
from tactful.content.domain.compiling import compile_mjml
from tactful.content.domain.values import Rendered, Version
from tactful.content.domain.variables import demanded

__all__ = ["compile_mjml", "demands", "for_company", "lacking", "missing", "render", "variables_of"]


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


@lru_cache(maxsize=256)
def for_company(version: Version, company: tuple[tuple[str, str], ...]) -> Version:
    """The version with the company's own fields, pairs of name and value, printed already."""
    values = dict(company)
    return replace(
        version,
        subject=liquid.fold(version.subject, "company", values, escaping=False),
        html=liquid.fold(version.html, "company", values, escaping=True),
        text=liquid.fold(version.text, "company", values, escaping=False),
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


@lru_cache(maxsize=256)
def _demanded(version: Version) -> frozenset[str]:
    return demanded(version.subject, version.preheader, version.html, version.text)


def demands(version: Version) -> bool:
    """Whether it prints anything of a customer with no default, in any of its languages."""
    languages: tuple[Version, ...] = (version, *version.others)
    return any(_demanded(replace(one, others=())) for one in languages)


def lacking(version: Version, variables: Mapping[str, object]) -> tuple[str, ...]:
    """What this version, in the customer's language, prints of him with no default, and has no value here."""
    customer = variables.get("customer")
    language = customer.get("language") if isinstance(customer, Mapping) else None
    return liquid.unset(tuple(sorted(_demanded(replace(version.spoken(language), others=())))), variables)

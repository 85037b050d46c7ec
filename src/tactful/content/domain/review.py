"""The quality review of a message: what must be mended before it goes out, and what should be."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from html import unescape

import lxml.html  # type: ignore[import-untyped]  # lxml ships no types

from tactful.content.domain import contrast
from tactful.content.domain.findings import MUST, SHOULD, Finding
from tactful.content.domain.headline import headline
from tactful.content.domain.pieces import take_out
from tactful.content.domain.unfinished import unfinished
from tactful.content.domain.values import Rendered, Text
from tactful.content.domain.variables import ROOTS, printed, reads

__all__ = ["CLIPPED", "Facts", "Finding", "review"]

CLIPPED = 102 * 1024  # bytes; Gmail shows no more, and with it goes the link to unsubscribe
_HEAVY = 80 * 1024
_RELIABLE = 0.95
_HEAVY_IMAGES = 1_000_000  # bytes of all together: seconds on a phone
_OWN_IMAGE = "/i/"
_FEW_WORDS = 25
_BUTTON = re.compile(r"<mj-button\b((?:[^>]*[^/>])?)>(.*?)</mj-button>", re.DOTALL)
_IMAGE = re.compile(r"<(mj-image|mj-carousel-image|img)\b([^>]*)>", re.DOTALL)
_ATTRIBUTE = r"\b{}\s*=\s*(?:\"([^\"]*)\"|'([^']*)')"


@dataclass(frozen=True, slots=True)
class Facts:
    """A message in one language with all that the review must know of it and around it.

    `filled` is the share (0 to 1) of the audience with a value, by field of the customer. `answers` says of each
    address how it answers: blank for well, words for what is wrong; those not tried are left out. `images` are the
    bytes of those that we serve, by address.
    """

    text: Text
    rendered: Rendered
    unsubscribe: str
    postal_address: str
    preheader: str = ""
    audience: str = "everybody"
    people: int = 0
    filled: Mapping[str, float] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)
    images: Mapping[str, int] = field(default_factory=dict)
    language: str = ""
    is_marketing: bool = True


def review(facts: Facts) -> list[Finding]:
    """All findings, those that stop a launch first."""
    found = [replace(one, language=facts.language) for rule in _RULES for one in rule(facts)]
    return sorted(found, key=lambda one: not one.stops)


def _call(facts: Facts) -> Iterator[Finding]:
    """One main call to action."""
    hidden, pieces = take_out(facts.text.mjml)
    found = {}
    for button in _BUTTON.finditer(hidden, max(hidden.find("<mj-body"), 0)):
        target = pieces.restore(_attribute(button[1], "href") or "")
        if not target:
            yield Finding(
                "call", MUST, "A button leads nowhere: give it an address.", _place(hidden, button.start())
            )
        found[target] = " ".join(re.sub(r"<[^>]+>", " ", pieces.restore(button[2])).split())
    if not found:
        yield Finding("call", SHOULD, "There is no button. If somebody should do something, make it one button.")
    elif len(found) > 1:
        names = ", ".join(f"“{name}”" for name in found.values())
        yield Finding(
            "call",
            SHOULD,
            f"{len(found)} buttons of the same weight compete: {names}. Keep one, make links of the others.",
        )


def _headline(facts: Facts) -> Iterator[Finding]:
    yield from headline(facts.rendered.subject, facts.preheader, facts.rendered.text)


def _variables(facts: Facts) -> Iterator[Finding]:
    """Every printed variable has a value for nearly everybody, or a text that stands in."""
    seen: set[tuple[str, str]] = set()
    parts = (("subject", facts.text.subject), ("preheader", facts.text.preheader), ("plain text", facts.text.text))
    for part, source in (*parts, ("", facts.text.mjml)):
        for one in printed(source):
            if (part, one.path) in seen:
                continue
            seen.add((part, one.path))
            where = part or f"line {one.line}"
            yield from _variable(facts, one.path, where, is_guarded=one.guarded)


def _variable(facts: Facts, path: str, where: str, *, is_guarded: bool) -> Iterator[Finding]:
    mend = f'give a default ({{{{ {path} | default: "…" }}}}) or print it only {{% if {path} %}}'
    share = reads(dict(facts.filled), path)
    if share is None:
        if path.split(".")[0] not in ROOTS or path.startswith(("customer.", "company.", "links.")):
            yield Finding("variables", MUST, f"No message knows {path}: is it misspelt?", where)
        elif not is_guarded:
            words = f"{path} is there only when such an event, or a date of such a thing, began the run: {mend}."
            yield Finding("variables", SHOULD, words, where)
    elif not is_guarded and share < 1 and facts.people:
        words = f"{path} is known for {_so_many(share, facts.people)} ({facts.audience}): {mend}."
        yield Finding("variables", MUST if share < _RELIABLE else SHOULD, words, where)


def _so_many(share: float, people: int) -> str:
    """60% of 200. What would be rounded to all or to none is counted instead: for one of them the gap is there."""
    known = round(share * people)
    match f"{share:.0%}":
        case "100%":
            return f"all but {people - known:,} of {people:,}"
        case "0%":
            return f"{known:,} of {people:,}" if known else f"none of {people:,}"
        case part:
            return f"{part} of {people:,}"


def _ways_out(facts: Facts) -> Iterator[Finding]:
    """The link to unsubscribe and the postal address are there, and work."""
    if not facts.is_marketing:
        return
    if facts.unsubscribe not in unescape(facts.rendered.html):
        words = "The link to unsubscribe is missing: put {{ links.unsubscribe }} into the foot."
        yield Finding("unsubscribe", MUST, words)
    elif wrong := facts.answers.get(facts.unsubscribe):
        yield Finding("unsubscribe", MUST, f"The link to unsubscribe does not work: {wrong}.")
    if facts.unsubscribe not in facts.rendered.text:
        yield Finding(
            "unsubscribe", MUST, "The plain text has no link to unsubscribe: add {{ links.unsubscribe }}."
        )
    address = " ".join(facts.postal_address.split())
    if not address:
        words = "The company has no postal address yet, and the law asks for one: Settings, Company."
        yield Finding("address", MUST, words)
        return
    if not _is_address(facts.postal_address):
        words = f"“{address}” does not look like a postal address (street with number, town): Settings, Company."
        yield Finding("address", SHOULD, words)
    if address not in " ".join(facts.rendered.text.split()):
        words = "The postal address is missing: put {{ company.postal_address }} into the foot."
        yield Finding("address", MUST, words)


def _is_address(text: str) -> bool:
    parts = [part for part in re.split(r"[,\n]", text) if part.strip()]
    return len(parts) > 1 and any(map(str.isdigit, text)) and any(map(str.isalpha, text))


def _weight(facts: Facts) -> Iterator[Finding]:
    size = len(facts.rendered.html.encode())
    if size >= _HEAVY:
        words = (
            f"{size / 1024:.0f} KB; Gmail cuts off at 102, with the foot and its link to unsubscribe. Shorten it."
        )
        yield Finding("weight", MUST if size >= CLIPPED else SHOULD, words)


def _links(facts: Facts) -> Iterator[Finding]:
    for url, label in _targets(facts.rendered.html).items():
        name = f"“{label or url}”"
        if not url or url == "#" or url.startswith("javascript:"):
            yield Finding("links", MUST, f"The link {name} leads nowhere: give it an address.")
        elif url == facts.unsubscribe or url.startswith(("mailto:", "tel:", "#")):
            continue
        elif not url.startswith(("https://", "http://")):
            words = f"The link {name} must begin with https://, or nobody can follow it: {url[:80]}."
            yield Finding("links", MUST, words)
        elif wrong := facts.answers.get(url):
            yield Finding("links", MUST, f"The link {name} does not work: {wrong}.")
        elif url not in facts.answers:
            yield Finding("links", SHOULD, f"The link {name} was not tried yet: press “Check the links”.")


def _targets(html: str) -> dict[str, str]:
    tree = lxml.html.fromstring(html)
    return {link.get("href", "").strip(): " ".join(link.text_content().split())[:60] for link in tree.iter("a")}


def outside(html: str, own: str) -> list[str]:
    """The addresses in a finished message that lead to other sites."""
    return [url for url in _targets(html) if url.startswith(("http://", "https://")) and not url.startswith(own)]


def _unfinished(facts: Facts) -> Iterator[Finding]:
    yield from unfinished(facts.text.mjml)


def _images(facts: Facts) -> Iterator[Finding]:
    hidden, _ = take_out(facts.text.mjml)
    images = list(_IMAGE.finditer(hidden, max(hidden.find("<mj-body"), 0)))
    for image in images:
        address = _attribute(image[2], "src") or ""
        if not (_attribute(image[2], "alt") or "").strip():
            words = "An image has no alternative text: say what it shows, for those who do not see it."
            yield Finding("images", MUST, words, _place(hidden, image.start()))
        if address.startswith(_OWN_IMAGE) and address not in facts.images:
            words = f"The image {address.removeprefix(_OWN_IMAGE)} is not here: choose one that is, or upload it."
            yield Finding("images", MUST, words, _place(hidden, image.start()))
        if address.startswith("data:"):
            words = "An image is part of the text, and many programs do not show it: upload it instead."
            yield Finding("images", SHOULD, words, _place(hidden, image.start()))
    if images and len(facts.rendered.text.split()) < _FEW_WORDS * len(images):
        several = f"{len(images)} images" if len(images) > 1 else "1 image"
        words = f"{several} and little text: many programs show no images at first. Say it in words too."
        yield Finding("images", SHOULD, words)
    weight = sum(size for address, size in facts.images.items() if address in facts.text.mjml)
    if weight > _HEAVY_IMAGES:
        words = f"The images weigh {weight / 1e6:.1f} MB together: phones show them late. JPEG suits photos."
        yield Finding("images", SHOULD, words)


def _contrast(facts: Facts) -> Iterator[Finding]:
    for one in contrast.weak(facts.rendered.html):
        words = f"“{one.text}” is hard to read: contrast {one.ratio}, needed {one.needed:g}. Use a darker colour."
        yield Finding("contrast", MUST if one.ratio < 2 else SHOULD, words)


def _dark(facts: Facts) -> Iterator[Finding]:
    if "prefers-color-scheme" not in facts.rendered.html:
        words = "Nothing is said for dark screens, so programs invert the colours as they like: see it in the dark."
        yield Finding("dark", SHOULD, words)


def _attribute(attributes: str, name: str) -> str | None:
    found = re.search(_ATTRIBUTE.format(name), attributes)
    return None if found is None else (found[1] if found[1] is not None else found[2])


def _place(source: str, start: int) -> str:
    return f"line {source.count(chr(10), 0, start) + 1}"


_RULES: tuple[Callable[[Facts], Iterator[Finding]], ...] = (
    _call, _headline, _unfinished, _variables, _ways_out, _weight, _links, _images, _contrast, _dark,
)  # fmt: skip

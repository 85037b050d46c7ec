"""MJML into HTML, once per version: checked, compiled, styles inlined, the Liquid left where it was.

Styles are inlined here and not per message: the Liquid is hidden from the inliner (see pieces), which gives the
same HTML as inlining last and saves 0.2 to 0.3 ms for every message.
"""

import re
from difflib import get_close_matches
from html import escape
from html.parser import HTMLParser

import css_inline
from mjml import mjml2html

from tactful.content.domain.pieces import take_out
from tactful.content.domain.values import InvalidTemplate

_HEAD = {
    "mj-head", "mj-title", "mj-preview", "mj-attributes", "mj-all", "mj-class", "mj-font", "mj-style",
    "mj-breakpoint",
}  # fmt: skip
_BODY = {
    "mj-body", "mj-accordion", "mj-accordion-element", "mj-accordion-text", "mj-accordion-title", "mj-button",
    "mj-carousel", "mj-carousel-image", "mj-column", "mj-divider", "mj-group", "mj-hero", "mj-image", "mj-navbar",
    "mj-navbar-link", "mj-raw", "mj-section", "mj-social", "mj-social-element", "mj-spacer", "mj-table", "mj-text",
    "mj-wrapper",
}  # fmt: skip
_KNOWN = {"mjml"} | _HEAD | _BODY
# Inside these stands HTML, not MJML.
_WITH_HTML = {
    "mj-text", "mj-button", "mj-raw", "mj-table", "mj-style", "mj-title", "mj-preview", "mj-accordion-title",
    "mj-accordion-text", "mj-social-element", "mj-navbar-link",
}  # fmt: skip
_ROOMY_TAGS = re.compile(r"<(td|tr|table|div|p|a|img|span) ")
_STYLES = re.compile(r"<style\b.*?</style>", re.DOTALL)
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_INLINER = css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=True)


class _Names(HTMLParser):
    """Lists the tags that MJML would drop without a word, and those that are not closed."""

    def __init__(self) -> None:
        super().__init__()
        self.problems: list[str] = []
        self.used: set[str] = set()
        self._in_html: list[str] = []
        self._open: list[tuple[str, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag in _WITH_HTML:
            self._in_html.append(tag)
        if tag in _KNOWN:
            self._open.append((tag, self.getpos()[0]))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 -- the signature is the library's
        self.used.add(tag)
        line = self.getpos()[0]
        if tag == "mj-include":
            self.problems.append(f"line {line}: <mj-include> would read a file: paste its content instead")
        elif tag.startswith("mj") and tag not in _KNOWN:
            self.problems.append(f"line {line}: <{tag}> is no MJML tag{_meant(tag)}")
        elif tag not in _KNOWN and not self._in_html:
            self.problems.append(f"line {line}: <{tag}> must stand inside <mj-text> or <mj-raw>")

    def handle_endtag(self, tag: str) -> None:
        if self._in_html and self._in_html[-1] == tag:
            self._in_html.pop()
        if tag not in _KNOWN:
            return
        line = self.getpos()[0]
        if tag not in [name for name, _ in self._open]:
            self.problems.append(f"line {line}: </{tag}> closes nothing: take it out, or open <{tag}> before it")
            return
        while (found := self._open.pop())[0] != tag:
            self.problems.append(f"line {found[1]}: <{found[0]}> is not closed before </{tag}> in line {line}")

    def unclosed(self) -> list[str]:
        return [f"line {line}: <{tag}> is not closed: MJML needs </{tag}>" for tag, line in self._open]


def _meant(tag: str) -> str:
    near = get_close_matches(tag, _KNOWN, n=1)
    return f"; did you mean <{near[0]}>?" if near else ""


def compile_mjml(mjml: str, *, title: str = "", preheader: str = "") -> str:
    """HTML with inlined styles for a source in MJML and Liquid.

    Title and preheader are set where the source has none of its own. Raises InvalidTemplate with every unknown or
    misplaced tag.
    """
    _check_names(_without_liquid(mjml))
    source, pieces = take_out(_with_head(mjml, title=title, preheader=preheader))
    try:
        html = mjml2html(source, fonts={})  # no fonts: they would be fetched from another host
    except ValueError as error:
        raise InvalidTemplate([f"MJML: {error}; look for a quote or a > that is missing"]) from None
    inlined = _INLINER.inline(pieces.hide_blocks(html))
    return pieces.restore(_easy_to_mail(inlined))


def _easy_to_mail(html: str) -> str:
    """The same HTML in ASCII and short lines, broken inside tags where it means nothing: it travels unencoded."""
    styled = _STYLES.sub(lambda style: _BEYOND_ASCII.sub(lambda sign: f"\\{ord(sign[0]):x} ", style[0]), html)
    plain = styled.encode("ascii", "xmlcharrefreplace").decode()
    return _ROOMY_TAGS.sub(r"<\1\n", plain)


def _with_head(mjml: str, *, title: str, preheader: str) -> str:
    wanted = ""
    if title and "<mj-title" not in mjml:
        wanted += f"<mj-title>{_escaped(title)}</mj-title>"
    if preheader and "<mj-preview" not in mjml:
        wanted += f"<mj-preview>{_escaped(preheader)}</mj-preview>"
    if "<mj-head>" in mjml:
        return mjml.replace("<mj-head>", f"<mj-head>{wanted}", 1)
    return re.sub(r"<mjml[^>]*>", lambda found: f"{found.group()}<mj-head>{wanted}</mj-head>", mjml, count=1)


def _escaped(text: str) -> str:
    hidden, pieces = take_out(text)
    return pieces.restore(escape(hidden, quote=False))


def _without_liquid(mjml: str) -> str:
    """The source with a word in place of each piece of Liquid, every line where it was."""
    hidden, pieces = take_out(mjml)
    return pieces.words().sub(lambda found: "x" + "\n" * pieces.liquid[int(found[1])].count("\n"), hidden)


def _check_names(source: str) -> None:
    names = _Names()
    names.feed(source)
    names.close()
    problems = [*names.problems, *names.unclosed()]
    if not {"mjml", "mj-body"} <= names.used:
        problems = ["the template must be <mjml> with an <mj-body>", *problems]
    if problems:
        raise InvalidTemplate(problems)

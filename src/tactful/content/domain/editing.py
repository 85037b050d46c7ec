"""What is wrong with a text while it is written: each fault with its part, its line and what to do."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from tactful.content.domain import liquid
from tactful.content.domain.compiling import compile_mjml
from tactful.content.domain.values import InvalidTemplate, Text

_LINE = re.compile(r"line (\d+): ")


@dataclass(frozen=True, slots=True)
class Fault:
    """`part` is subject, preheader, mjml or text; `line` is None where it is about the whole part."""

    part: str
    words: str
    line: int | None = None


@lru_cache(maxsize=128)  # a text is looked at while it is written, reviewed, tried, and saved: the same each time
def compiled(text: Text) -> str:
    """The HTML of a text. Raises InvalidTemplate with everything that is wrong, by part and line."""
    found = list(_faults(text))
    if found:
        raise InvalidTemplate([_said(fault) for fault in found])
    return compile_mjml(text.mjml, title=text.subject, preheader=text.preheader)


def faults(text: Text) -> list[Fault]:
    """Everything that keeps a text from being saved."""
    return list(_faults(text))


def _faults(text: Text) -> Iterator[Fault]:
    if not text.subject.strip():
        yield Fault("subject", "the subject is empty: say in a few words what the message is about")
    sources = (("subject", text.subject), ("preheader", text.preheader), ("text", text.text), ("mjml", text.mjml))
    wrong = [fault for part, source in sources for fault in _tried(part, source, liquid.check)]
    yield from wrong
    if not any(fault.part == "mjml" for fault in wrong):
        title = text.subject if not wrong else ""
        yield from _tried("mjml", text.mjml, lambda mjml: liquid.check(compile_mjml(mjml, title=title)))


def _tried(part: str, source: str, check: Callable[[str], object]) -> list[Fault]:
    try:
        check(source)
    except InvalidTemplate as error:
        return [_fault(part, words) for words in error.problems]
    return []


def _fault(part: str, words: str) -> Fault:
    found = _LINE.match(words)
    return Fault(part, words[found.end() :], int(found[1])) if found else Fault(part, words)


def _said(fault: Fault) -> str:
    place = f"line {fault.line}: " if fault.line else ""
    before = f"{fault.part}, " if fault.part != "mjml" and place else ""
    return f"{before}{place}{fault.words}"

"""Subject and preheader against the body: they promise what is inside, and do not shout."""

import re
from collections.abc import Iterator

from tactful.content.domain.findings import MUST, SHOULD, Finding

_LONG_SUBJECT, _LONGEST_SUBJECT, _LONG_PREHEADER, _SHORT_PREHEADER = 60, 150, 120, 20  # characters
_TRICK = re.compile(r"^\s*(re|aw|fwd?|wg|sv|tr)\s*:", re.IGNORECASE)
_SHOUTS = re.compile(r"[!?]{2,}|[$€£]{2,}|\*{2,}|!.*!")
_DISCOUNT = re.compile(
    r"\d\s*%|\bdiscounts?\b|\boff\b(?=\s*(?:everything|all|your)|$)|\bsale\b|\bcoupons?\b|\bvoucher\b|\bsave\b"
    r"|\brabatt\b|\bgutschein\w*|\breduziert\b|\bsparen\b|\bsonderpreis\w*",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]{4,}")
_CAPITALS = re.compile(r"\b[A-ZÄÖÜ]{4,}\b")


def headline(subject: str, preheader: str, body: str) -> Iterator[Finding]:
    """Findings about a finished subject and a preheader, against the plain text of the message."""
    yield from _honest(subject, preheader, body)
    yield from _loud(subject, "subject")
    yield from _loud(preheader, "preheader")
    yield from _lengths(subject, preheader)
    same = _words(subject) & _words(preheader)
    if len(same) >= 2 and len(same) >= len(_words(preheader)) / 2:
        words = f"The preheader repeats the subject ({', '.join(sorted(same))}): say something that adds to it."
        yield Finding("subject", SHOULD, words, "preheader")


def _honest(subject: str, preheader: str, body: str) -> Iterator[Finding]:
    if _TRICK.match(subject):
        words = "The subject pretends to be an answer: nobody asked. Take “Re:” or “Fwd:” away."
        yield Finding("subject", MUST, words, "subject")
    for part, text in (("subject", subject), ("preheader", preheader)):
        if _DISCOUNT.search(text) and not _DISCOUNT.search(body.replace(text, "")):
            words = f"The {part} promises a discount that the message does not have."
            yield Finding("subject", MUST, words, part)
    said = _words(subject)
    if said and not said & _words(body):
        words = "No word of the subject comes back in the message: does it say what the subject promises?"
        yield Finding("subject", SHOULD, words, "subject")


def _loud(text: str, part: str) -> Iterator[Finding]:
    capitals = _CAPITALS.findall(text)
    if len(capitals) > 1 or (text.isupper() and len(text) > 10):
        yield Finding("subject", MUST, f"The {part} is written in capitals: {' '.join(capitals)}.", part)
    elif capitals:
        yield Finding("subject", SHOULD, f"“{capitals[0]}” in the {part} is in capitals. Is it a name?", part)
    if _SHOUTS.search(text):
        words = f"The {part} shouts (several ! or ? or money signs): mail services take that for spam."
        yield Finding("subject", SHOULD, words, part)
    words_in = [word.lower() for word in _WORD.findall(text)]
    twice = sorted({word for word in words_in if len(word) > 5 and words_in.count(word) > 1})
    if twice:
        yield Finding("subject", SHOULD, f"The {part} says “{twice[0]}” twice.", part)


def _lengths(subject: str, preheader: str) -> Iterator[Finding]:
    if len(subject) > _LONG_SUBJECT:
        severity = MUST if len(subject) > _LONGEST_SUBJECT else SHOULD
        words = f"The subject has {len(subject)} characters; a phone shows about 40, most inboxes 60."
        yield Finding("subject", severity, words, "subject")
    if not preheader.strip():
        words = "There is no preheader: the inbox shows the first words of the message instead."
        yield Finding("subject", SHOULD, words, "preheader")
    elif not _SHORT_PREHEADER <= len(preheader) <= _LONG_PREHEADER:
        words = (
            f"The preheader has {len(preheader)} characters; between {_SHORT_PREHEADER} and {_LONG_PREHEADER} do."
        )
        yield Finding("subject", SHOULD, words, "preheader")


def _words(text: str) -> set[str]:
    return {word.lower()[:6] for word in _WORD.findall(text)}

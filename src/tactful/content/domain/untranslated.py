"""Parts of a text that say in another language what they say in the first: a new language begins as its copy."""

import re
from collections.abc import Iterator

from tactful.content.domain.findings import SHOULD, Finding
from tactful.content.domain.languages import named, same_base
from tactful.content.domain.pieces import LIQUID
from tactful.content.domain.values import Text

_TAG = re.compile(r"<!--.*?-->|<(mj-head|style)\b.*?</\1\s*>|<[^>]*>", re.DOTALL)


def untranslated(text: Text, language: str, *, first: Text, own: str) -> Iterator[Finding]:
    """The parts of `text` that still have the words of `first`, which is in the language `own`.

    de-AT may say what de says: only other languages are held against each other.
    """
    if same_base(language, own):
        return
    parts = {
        "subject": (text.subject, first.subject),
        "preheader": (text.preheader, first.preheader),
        "body": (_TAG.sub(" ", text.mjml), _TAG.sub(" ", first.mjml)),
        "plain text": (text.text, first.text),
    }
    for part, (said, began) in parts.items():
        if _words(said) and _words(said) == _words(began):
            words = f"The {part} in {named(language)} says the same as in {named(own)}: translate it."
            yield Finding("untranslated", SHOULD, words, part, language)


def _words(text: str) -> list[str]:
    """Without Liquid: a subject that is all variable needs no translation."""
    return re.findall(r"\w+", LIQUID.sub(" ", text))

"""Words that a ready block asks to be replaced."""

from collections.abc import Iterator

from tactful.content.domain.findings import MUST, Finding

PLACEHOLDERS = (
    "Say it here, in a few words.",
    "What should happen next",
    "The product's name",
    "Why it may be right, in one sentence.",
    "Say what the image shows",
    "Say in words what matters, for those who see no image.",
    "On the left.",
    "On the right.",
)


def unfinished(mjml: str) -> Iterator[Finding]:
    """Those that still stand in a text, and where."""
    for words in PLACEHOLDERS:
        if (start := mjml.find(words)) >= 0:
            line = f"line {mjml.count(chr(10), 0, start) + 1}"
            yield Finding("unfinished", MUST, f"“{words}” came with a block: put your own words there.", line)

"""Liquid taken out of a text and put back, so that tools that know only HTML cannot harm it.

An HTML parser moves text out of tables and breaks on `{% if a < 3 %}`. So each piece of Liquid becomes a word that
is at home in text, in attributes and in CSS; after the tool the words become Liquid again.
"""

import re
from dataclasses import dataclass

LIQUID = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_OUTSIDE_TEXT = re.compile(r"<!--.*?-->|<(title|style)\b[^>]*>.*?</\1\s*>|<[^>]*>", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Pieces:
    """What was taken out, in order; the word of piece n is `mark` + n + "z"."""

    mark: str
    liquid: tuple[str, ...]

    def word(self, number: int) -> str:
        return f"{self.mark}{number}z"

    def words(self) -> "re.Pattern[str]":
        return re.compile(rf"{self.mark}(\d+)z")

    def numbers(self, text: str) -> list[int]:
        """The numbers of the pieces that occur in a text, in order."""
        return [int(number) for number in self.words().findall(text)]

    def is_block(self, number: int) -> bool:
        """Whether the piece steers (`{% if %}`) rather than prints (`{{ name }}`)."""
        return self.liquid[number].startswith("{%")

    def hide_blocks(self, html: str) -> str:
        """Turn words that steer and stand between tags into comments: those may stand anywhere in a table."""
        parts = []
        end = 0
        for outside in _OUTSIDE_TEXT.finditer(html):
            parts += [self._commented(html[end : outside.start()]), outside.group()]
            end = outside.end()
        return "".join([*parts, self._commented(html[end:])])

    def _commented(self, text: str) -> str:
        return self.words().sub(
            lambda found: f"<!--{found.group()}-->" if self.is_block(int(found[1])) else found.group(), text
        )

    def restore(self, text: str) -> str:
        """The text with its Liquid again."""
        return re.sub(
            rf"<!--{self.mark}(\d+)z-->|{self.mark}(\d+)z",
            lambda found: self.liquid[int(found[1] or found[2])],
            text,
        )


def take_out(text: str) -> tuple[str, Pieces]:
    """The text with words in place of its Liquid, and the pieces."""
    mark = "lq"
    while mark in text.lower():
        mark += "x"
    liquid: list[str] = []

    def word(found: re.Match[str]) -> str:
        liquid.append(found.group())
        return f"{mark}{len(liquid) - 1}z"

    replaced = LIQUID.sub(word, text)
    return replaced, Pieces(mark, tuple(liquid))

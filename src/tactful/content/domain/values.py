"""What crosses the border of this package: a version, a rendered message, what is wrong with a text."""

from dataclasses import dataclass, replace
from typing import Self

from tactful.content.domain.languages import chosen
from tactful.kernel.errors import InvalidInput


class InvalidTemplate(InvalidInput):
    """The template cannot be used. Mend what is listed and save again."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class RenderingFailed(InvalidInput):
    """The template could not be filled in for this customer."""


@dataclass(frozen=True, slots=True)
class Text:
    """What an author writes, in one language. `text` is blank when the plain text is to be made from the MJML."""

    subject: str
    mjml: str
    preheader: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """One text as it was saved. `html` is compiled MJML with its Liquid; `text` is blank when it is derived.

    `others` are the same version in other languages.
    """

    slug: str
    number: int
    subject: str
    html: str
    preheader: str = ""
    text: str = ""
    language: str = "en"
    others: tuple[Self, ...] = ()

    @property
    def languages(self) -> tuple[str, ...]:
        """Those it is written in, its own first."""
        return (self.language, *(other.language for other in self.others))

    def spoken(self, language: object) -> Self:
        """The version in the language of somebody who speaks `language`: de-AT, else de, else its own."""
        if not self.others:
            return self
        found = chosen(language, self.languages)
        return next((other for other in self.others if other.language == found), replace(self, others=()))


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message as one customer gets it. `html` has no tracking yet."""

    subject: str
    html: str
    text: str

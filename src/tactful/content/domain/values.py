"""What crosses the border of this package: a version, a rendered message, what is wrong with a text."""

from dataclasses import dataclass

from tactful.kernel.errors import InvalidInput


class InvalidTemplate(InvalidInput):
    """The template cannot be used. Mend what is listed and save again."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class RenderingFailed(InvalidInput):
    """The template could not be filled in for this customer."""


@dataclass(frozen=True, slots=True)
class Version:
    """One text as it was saved. `html` is compiled MJML with its Liquid; `text` is blank when it is derived."""

    slug: str
    number: int
    subject: str
    html: str
    preheader: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message as one customer gets it. `html` has no tracking yet."""

    subject: str
    html: str
    text: str

"""The words of a topic as they are typed: each mistake stands beside its field."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django import forms

from tactful.consent.domain.topics import (
    LONGEST_DESCRIPTION,
    LONGEST_NAME,
    check_free,
    check_slug,
    described,
    named,
)
from tactful.kernel.errors import InvalidInput
from tactful.kernel.naming import slug_of

_NO_NAME = "Give it a name: customers choose by it."


class TopicForm(forms.Form):
    """`others`: the names of the other topics, by short name."""

    name = forms.CharField(label="Name", max_length=LONGEST_NAME, error_messages={"required": _NO_NAME})
    description = forms.CharField(
        label="Description",
        required=False,
        max_length=LONGEST_DESCRIPTION,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)  # the one that he looked at

    def __init__(self, *args: Any, others: Mapping[str, str], **options: Any) -> None:
        super().__init__(*args, **options)
        self.others = others

    def clean_name(self) -> str:
        with _told():
            name = named(self.cleaned_data["name"])
            check_free(name, self.others)
        return name

    def clean_description(self) -> str:
        with _told():
            return described(self.cleaned_data["description"])


class NewTopicForm(TopicForm):
    slug = forms.CharField(label="Short name", required=False)
    field_order = ("name", "slug", "description")

    def clean_slug(self) -> str:
        """The short name; where none is given, one made of the name."""
        slug = self.cleaned_data["slug"] or self._made()
        if not slug:
            return ""  # the name is told already
        with _told():
            check_slug(slug)
        if slug in self.others:
            raise forms.ValidationError(f"The topic “{self.others[slug]}” has this short name: choose another.")
        return slug

    def _made(self) -> str:
        name = self.cleaned_data.get("name")
        return slug_of(name, kind="topic", taken=self.others) if name else ""


@contextmanager
def _told() -> Iterator[None]:
    """What the rules say of a field is said beside it."""
    try:
        yield
    except InvalidInput as fault:
        raise forms.ValidationError(f"{fault.message[0].upper()}{fault.message[1:]}.") from None

"""Somebody gets a message in his language, else in the nearest one there is."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tactful.content import queries, services
from tactful.content.domain.languages import checked, chosen, coverage, normal
from tactful.content.domain.values import InvalidTemplate, Text, Version
from tactful.kernel.errors import Conflict, InvalidInput

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
BODY = "<mjml><mj-body><mj-section><mj-column><mj-text>{}</mj-text></mj-column></mj-section></mj-body></mjml>"


@pytest.mark.parametrize(
    ("wanted", "there", "got"),
    [
        ("de-AT", ("en", "de", "de-AT"), "de-AT"),
        ("de-AT", ("en", "de"), "de"),
        ("de_at", ("en", "de"), "de"),
        ("DE", ("en", "de"), "de"),
        ("zh-Hant-TW", ("en", "zh-Hant"), "zh-Hant"),
        ("fr", ("en", "de"), "en"),
        ("de", ("en", "de-AT"), "en"),
        (None, ("en", "de"), "en"),
        ("nonsense!", ("pl", "de"), "pl"),
    ],
)
def test_the_language_falls_back_step_by_step(wanted: object, there: tuple[str, ...], got: str) -> None:
    assert chosen(wanted, there) == got
    others = tuple(Version("x", 1, "s", "h", language=language) for language in there[1:])
    assert Version("x", 1, "s", "h", language=there[0], others=others).spoken(wanted).language == got


@given(st.text(max_size=12), st.lists(st.sampled_from(["en", "de", "de-AT", "pl"]), min_size=1, unique=True))
def test_whatever_is_asked_for_there_is_an_answer(wanted: str, there: list[str]) -> None:
    assert chosen(wanted, there) in there
    assert normal(normal(wanted)) == normal(wanted)


def test_coverage_says_who_does_not_get_his_own() -> None:
    found = coverage({"de": 5, "": 2, "fr": 9}, ("en", "de"))
    assert [(one.language, one.gets, one.exact) for one in found] == [
        ("fr", "en", False),
        ("de", "de", True),
        ("", "en", False),
    ]


def test_what_is_no_language_is_told() -> None:
    with pytest.raises(InvalidInput, match="write a code like"):
        checked("German, please")


@pytest.mark.django_db
class TestVersions:
    def save(self, language: str, words: str, **more: object) -> Version:
        return services.save_text(
            slug="hello", name="Hello", text=Text(words, BODY.format(words)), language=language, now=NOW, **more
        )

    def test_each_language_is_kept_when_another_is_saved(self) -> None:
        self.save("en", "Hello")
        self.save("de", "Hallo")
        version = self.save("en", "Hello again")
        assert (version.number, version.languages) == (3, ("en", "de"))
        [sent] = queries.versions({("hello", 3)}).values()
        assert [sent.spoken(language).subject for language in ("de-CH", "en", "fr")] == [
            "Hallo",
            "Hello again",
            "Hello again",
        ]
        assert queries.versions({("hello", 1)})["hello", 1].languages == ("en",)

    def test_a_fault_in_one_language_saves_nothing(self) -> None:
        self.save("en", "Hello")
        with pytest.raises(InvalidTemplate, match="line 1"):
            self.save("de", "{{ a | nosuch }}")
        assert queries.latest_numbers(["hello"]) == {"hello": 1}

    def test_what_somebody_else_saved_meanwhile_is_not_overwritten(self) -> None:
        self.save("en", "Hello")
        self.save("en", "Theirs")
        with pytest.raises(Conflict, match="version 2"):
            self.save("en", "Mine", seen=1)

    def test_old_versions_come_back_as_new_ones_and_copies_have_all_languages(self) -> None:
        self.save("en", "Hello")
        self.save("de", "Hallo")
        assert services.restore("hello", 1, now=NOW, by="ada").languages == ("en",)
        assert services.restore("hello", 2, now=NOW, by="ada").number == 4
        assert services.copy("hello", to="other", name="Other", now=NOW, by="ada").languages == ("en", "de")
        with pytest.raises(Conflict):
            services.copy("hello", to="other", name="Other", now=NOW, by="ada")
        assert services.remove_language("other", "de", now=NOW, by="ada").languages == ("en",)
        with pytest.raises(Conflict, match="everybody else"):
            services.remove_language("other", "en", now=NOW, by="ada")

    def test_an_archived_template_leaves_the_list_and_comes_back_with_a_save(self) -> None:
        self.save("en", "Hello")
        services.archive("hello", now=NOW)
        assert "hello" not in {row.slug for row in queries.templates()}
        assert queries.latest_numbers(["hello"]) == {"hello": 1}
        self.save("en", "Hello again")
        assert "hello" in {row.slug for row in queries.templates()}

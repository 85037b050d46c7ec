"""A new language begins as a copy: what stays so is told by part and language."""

from tests.content.test_content_review import SCENE, text

from tactful.content import services
from tactful.content.domain.languages import named
from tactful.content.domain.untranslated import untranslated
from tactful.content.domain.values import Text


def told(one: Text, language: str, first: Text) -> dict[str, str]:
    return {finding.where: finding.words for finding in untranslated(one, language, first=first, own="en")}


def test_each_part_that_stayed_a_copy_is_named_with_its_language() -> None:
    first = text()
    assert told(first, "de", first) == {
        part: f"The {part} in German says the same as in English: translate it."
        for part in ("subject", "preheader", "body")
    }
    assert set(told(text(subject="Neuer grüner Tee"), "de", first)) == {"preheader", "body"}
    assert set(told(text("<mj-text>Neuer Tee</mj-text>"), "de", first)) == {"subject", "preheader"}


def test_a_change_of_tags_or_variables_is_no_translation() -> None:
    first = text("<mj-text>New tea</mj-text>", subject="{{ product.name }}", preheader="")
    spaced = text(
        '<mj-text color="#111111"> New  tea {{ links.why }}</mj-text>', subject="{{ product.name }}", preheader=""
    )
    assert set(told(spaced, "de", first)) == {"body"}  # a subject of variables alone has nothing to translate


def test_a_language_of_a_region_may_say_the_same() -> None:
    assert not told(text(), "en-GB", text())


def test_the_review_of_all_languages_tells_it_and_stops_nothing() -> None:
    gaps = [one for one in services.review({"en": text(), "de": text()}, scene=SCENE) if one.rule == "untranslated"]
    assert {(one.language, one.stops) for one in gaps} == {("de", False)}


def test_languages_have_names_and_unknown_ones_keep_their_code() -> None:
    assert [named(tag) for tag in ("de", "de-AT", "qzz")] == ["German", "German (Austria)", "qzz"]

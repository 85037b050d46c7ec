"""Topics are made, worded, put in order, retired and brought back; what was said of them stays."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial

import pytest
from django.db import connection

from tactful.consent import queries, topics
from tactful.consent.domain.topics import check_slug, put_before, worded
from tactful.kernel.errors import Conflict, InvalidInput, NotFound

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def page(db: None) -> None:
    topics.ensure()


def asked() -> list[str]:
    return [topic.slug for topic in queries.topics()]


@pytest.mark.parametrize(
    ("name", "description", "told"),
    [
        ("", "", "name is empty"),
        (" \n\u200b.", "", "name is empty"),
        ("a" * 10_000, "", "name is longer than 80"),
        ("Tea", "a" * 10_000, "description is longer than 300"),
        ("T\x00ea", "", "NUL"),
        ("<b>Tea</b>", "", "leave out markup"),
        ("Tea", "<script>alert(1)</script>", "leave out markup"),
    ],
)
def test_words_that_customers_could_not_read_are_refused(name: str, description: str, told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        worded(name, description)


def test_words_stand_on_one_line_and_may_hold_any_script_and_sign() -> None:
    assert worded("  日本  \n茶 ", "Under 5 € < 6 €").name == "日本 茶"


@pytest.mark.parametrize("slug", ["*", "", "Tea", "tea time", "-tea", "a" * 51, "tea\x00", "<b>"])
def test_a_short_name_that_consent_could_not_name_is_refused(slug: str) -> None:
    with pytest.raises(InvalidInput):
        check_slug(slug)


@pytest.mark.parametrize(
    ("slug", "other", "after"),
    [("c", "b", "acbd"), ("d", "a", "dabc"), ("a", "d", "bcad"), ("b", "c", "abcd")],
)
def test_a_topic_is_put_directly_before_another_wherever_both_stand(slug: str, other: str, after: str) -> None:
    assert "".join(put_before("abcd", slug, other)) == after
    assert "".join(put_before(after, slug, other)) == after, "twice is as once"


@pytest.mark.usefixtures("page")
def test_a_new_topic_stands_last_and_one_that_a_consent_names_behind_it() -> None:
    topics.add("wine", worded("Wine"))
    topics.note(["tea-time", "wine"])
    assert asked() == ["news", "offers", "tips", "service", "wine", "tea-time"]
    assert queries.topics()[-1].name == "Tea time"


@pytest.mark.usefixtures("page")
def test_neither_a_short_name_nor_a_name_is_given_twice() -> None:
    with pytest.raises(InvalidInput, match="short name 'tips' already"):
        topics.add("tips", worded("Other tips"))
    with pytest.raises(InvalidInput, match="'tips' is called “Tips” already"):
        topics.add("hints", worded("TIPS"))
    with pytest.raises(InvalidInput, match="'news' is called “News” already"):
        topics.reword("tips", worded("news"), version=1)
    topics.reword("tips", worded("Tips", "The same name, other words."), version=1)


@pytest.mark.usefixtures("page")
def test_of_two_who_change_a_topic_at_once_the_second_is_told() -> None:
    topics.reword("tips", worded("Hints"), version=1)
    with pytest.raises(Conflict, match="Somebody else changed it"):
        topics.reword("tips", worded("Advice"), version=1)
    assert next(row.name for row in queries.topics() if row.slug == "tips") == "Hints"
    topics.reword("tips", worded("Advice"), version=2)


@pytest.mark.usefixtures("page")
def test_topics_are_moved_and_arranged_and_those_not_named_stay_behind() -> None:
    topics.move_before("tips", "news")
    assert asked() == ["tips", "news", "offers", "service"]
    topics.move_before("tips", "tips")
    topics.arrange(["service", "offers"])
    assert asked() == ["service", "offers", "tips", "news"]


@pytest.mark.usefixtures("page")
def test_a_retired_topic_is_not_asked_and_comes_back_last() -> None:
    topics.retire("news", now=NOW)
    topics.retire("news", now=NOW.replace(year=2027))
    assert asked() == ["offers", "tips", "service"]
    assert queries.retired_topics() == {"news"}
    assert next(row.retired_at for row in queries.every_topic() if row.retired) == NOW
    topics.bring_back("news")
    assert asked() == ["offers", "tips", "service", "news"]


@pytest.mark.usefixtures("page")
def test_a_topic_that_is_not_there_cannot_be_changed() -> None:
    for act in (
        lambda: topics.retire("nosuch", now=NOW),
        lambda: topics.bring_back("nosuch"),
        lambda: topics.move_before("news", "nosuch"),
        lambda: topics.arrange(["nosuch"]),
        lambda: topics.reword("nosuch", worded("X"), version=1),
    ):
        with pytest.raises(NotFound, match="no topic 'nosuch'"):
            act()


@pytest.mark.django_db(transaction=True)
def test_of_two_who_act_in_the_same_moment_one_waits_and_neither_loses_anything() -> None:
    topics.ensure()

    def tried(act: Callable[[], None]) -> str:
        try:
            act()
        except (InvalidInput, Conflict) as fault:
            return fault.message
        finally:
            connection.close()
        return ""

    def together(*acts: Callable[[], None]) -> list[str]:
        with ThreadPoolExecutor(len(acts)) as pool:
            return sorted(pool.map(tried, acts))

    for number in range(5):
        slug = f"wine-{number}"
        one, other = (partial(topics.add, slug, worded(f"{who} {number}")) for who in ("Wine", "Port"))
        assert [bool(said) for said in together(one, other)] == [False, True]
        one, other = (
            partial(topics.reword, slug, worded(f"{who} {number}"), version=1) for who in ("Red", "White")
        )
        assert [bool(said) for said in together(one, other)] == [False, True]
        assert together(partial(topics.move_before, "tips", slug), partial(topics.retire, "news", now=NOW)) == [
            "",
            "",
        ]
        assert "news" in queries.retired_topics()
        assert asked().index("tips") == asked().index(slug) - 1

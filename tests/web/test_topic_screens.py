"""Topics under Settings, as they answer without a browser."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.segments.segments_kit import base_of, put
from tests.web.staff import signed_in

from tactful.consent import queries as consent
from tactful.consent import topics
from tactful.consent.domain.topics import worded
from tactful.flows import setting_up
from tactful.journeys import services as journeys
from tactful.team import queries as team

NOW = datetime.now(UTC)
LETTER: dict[str, Any] = {
    "slug": "hints",
    "name": "Hints",
    "owner": "Ada",
    "failure_path": "Nothing",
    "category": "information",
    "topic": "tips",
    "entry": {"event": "Tea Bought"},
    "start": "letter",
    "steps": {
        "letter": {"type": "message", "template": "how-was-it", "next": "done"},
        "done": {"type": "exit"},
    },
}
WORDS = [
    {"customer_id": 1, "channel": "email", "topic": "tips", "granted": True, "since": NOW},
    {"customer_id": 2, "channel": "email", "topic": "tips", "granted": False, "since": NOW},
    {"customer_id": 3, "channel": "email", "topic": "*", "granted": False, "since": NOW},
    {"customer_id": 3, "channel": "email", "topic": "tips", "granted": True, "since": NOW},
]
LISTING = "/settings/topics/"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def client(transactional_db: None) -> Client:
    setting_up.prepare(now=NOW)
    put(base_of({"customers": [{"id": number} for number in (1, 2, 3, 4)], "consents": WORDS}))
    return signed_in("admin")


def text_of(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status
    return str(answer.content.decode())


def asked() -> list[str]:
    return [row.slug for row in consent.topics()]


def history() -> list[tuple[str, str]]:
    return [(row.action, row.actor) for row in team.audits(limit=20)]


def test_every_number_opens_the_customers_that_it_counts(client: Client) -> None:
    row = text_of(client.get(LISTING)).partition('id="topic-tips"')[2].partition("</tr>")[0]
    links = re.findall(r'href="(/customers/\?also=[^"]+)">(\d+)<', row)
    assert [number for _, number in links] == ["1", "2", "1"]
    opened = [re.findall(r'href="/customers/(\d)/"', text_of(client.get(link))) for link, _ in links]
    assert [sorted(set(found)) for found in opened] == [["1"], ["2", "3"], ["4"]]
    page = text_of(client.get(links[0][0]))
    assert "Customers who <b>agreed to Tips by e-mail</b>" in page
    assert '<input type="hidden" name="also" value="given:tips">' in page
    assert "Customers who" not in text_of(client.get("/customers/?also=given:nosuch"))


def test_a_topic_is_added_and_its_short_name_made_of_its_name(client: Client) -> None:
    assert client.post(LISTING, {"name": "Wine & more", "description": "Now and then."}).status_code == 302
    assert client.post(LISTING, {"name": "Tea", "slug": "green_tea"}).status_code == 302
    assert asked()[-2:] == ["wine-more", "green_tea"]
    assert history()[:2] == [("topic added", "admin@example.com")] * 2


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"name": ""}, "Give it a name"),
        ({"name": "\u200b"}, "name is empty"),
        ({"name": "Other", "slug": "tips"}, "The topic “Tips” has this short name"),
        ({"name": "Other", "slug": "*"}, "means everything"),
        ({"name": "Other", "slug": "Two words"}, "use small letters"),
        ({"name": "Other", "slug": "a" * 10_000}, "50 at most"),
        ({"name": "TIPS"}, "is called “Tips” already"),
        ({"name": "a" * 10_000}, "at most 80 characters"),
        ({"name": "Other", "description": "a" * 10_000}, "at most 300 characters"),
        ({"name": "<b>Other</b>"}, "leave out markup"),
        ({"name": "Other", "description": "<script>"}, "leave out markup"),
    ],
)
def test_what_cannot_be_is_told_beside_the_field_and_kept_as_typed(
    client: Client, typed: dict[str, str], told: str
) -> None:
    before = consent.every_topic()
    page = text_of(client.post(LISTING, {"description": "As I typed it", **typed}), 422)
    assert told in re.sub("&#x27;", "'", page).replace("&lt;", "<")
    assert 'class="error-text"' in page
    kept = typed.get("description", "As I typed it").replace("<", "&lt;").replace(">", "&gt;")
    assert kept in page
    assert consent.every_topic() == before


def test_a_nul_is_turned_away_in_words(client: Client) -> None:
    assert "NUL" in text_of(client.post(LISTING, {"name": "T\x00ea"}), 422)


def test_the_words_change_and_the_short_name_does_not(client: Client) -> None:
    changed = {"name": "Hints", "description": "Short ones.", "slug": "hints", "version": "1"}
    assert client.post(reverse("topic", args=["tips"]), changed).status_code == 302
    assert asked() == ["news", "offers", "tips", "service"]
    assert next(row for row in consent.topics() if row.slug == "tips").name == "Hints"
    assert client.get(reverse("topic", args=["hints"])).status_code == 404


def test_of_two_who_change_a_topic_at_once_the_second_sees_both_and_may_save_again(client: Client) -> None:
    topics.reword("tips", worded("Advice", "From Max."), version=1)
    typed = {"name": "Hints", "description": "From Ada.", "version": "1"}
    page = text_of(client.post(reverse("topic", args=["tips"]), typed), 422)
    assert "Somebody else changed it" in page
    assert "It says now “Advice”: “From Max.”" in page
    assert 'value="Hints"' in page
    version = re.search(r'name="version" value="(\d)"', page)
    assert version
    client.post(reverse("topic", args=["tips"]), typed | {"version": version[1]})
    assert next(row for row in consent.topics() if row.slug == "tips").name == "Hints"


def test_a_topic_is_moved_past_the_neighbour_that_was_seen(client: Client) -> None:
    address = reverse("topic-move", args=["tips"])
    answer = client.post(address, {"way": "up", "past": "offers"}, follow=True)
    assert asked() == ["news", "tips", "offers", "service"]
    assert "Tips is asked before Offers now." in text_of(answer)
    client.post(address, {"way": "up", "past": "offers"})
    assert asked() == ["news", "tips", "offers", "service"], "twice is as once"
    page = text_of(client.post(address, {"way": "up", "past": "news"}, follow=True))
    assert re.findall(r'aria-label="([^"]+)"[^>]* autofocus', page) == ["Move Tips down"]
    client.post(address, {"way": "down", "past": "news"})
    assert asked() == ["news", "tips", "offers", "service"]
    assert history()[0] == ("topic moved", "admin@example.com")
    assert client.post(address, {"way": "up", "past": "nosuch"}).status_code == 404


def test_retiring_says_what_it_does_to_how_many_and_is_taken_back(client: Client) -> None:
    address = reverse("topic-retire", args=["tips"])
    page = text_of(client.get(address))
    assert "1 customer</a> agreed to it" in page.replace("\u202f", " ").replace("\xa0", " ")
    assert "Retire it for 1" in page
    client.post(address)
    assert asked() == ["news", "offers", "service"]
    listing = text_of(client.get(LISTING))
    assert "Nobody is asked or written to about these" in listing
    for picker in (
        reverse("broadcast-new"),
        reverse("segment-new"),
        reverse("journey-new"),
        "/settings/restraint/",
    ):
        assert not re.search('("|&quot;)tips("|&quot;)', text_of(client.get(picker))), picker
    again = reverse("topic-again", args=["tips"])
    assert "may be written to about it again" in text_of(client.get(again))
    client.post(again)
    assert asked() == ["news", "offers", "service", "tips"]
    assert [action for action, _ in history()[:2]] == ["topic brought back", "topic retired"]


def test_a_topic_that_a_journey_at_work_needs_is_kept_and_the_journey_named(client: Client) -> None:
    journeys.activate(journeys.save(LETTER, now=NOW).slug, now=NOW)
    address = reverse("topic-retire", args=["tips"])
    page = text_of(client.get(address))
    assert '<a href="/journeys/hints/">Hints</a>' in page
    assert "Retire it for" not in page
    assert "would fall silent" in text_of(client.post(address, follow=True))
    assert "tips" in asked()
    assert "1 journey</a>" in text_of(client.get(LISTING))


def test_a_draft_of_a_broadcast_keeps_its_retired_topic_until_another_is_chosen(client: Client) -> None:
    once = {"once": {"date": "2030-01-31", "at": "10:00", "zone": "company"}}
    journeys.save({**LETTER, "slug": "hello", "reentry": "never", "entry": once}, now=NOW)
    topics.retire("tips", now=NOW)
    page = text_of(client.get(reverse("broadcast-edit", args=["hello"])))
    assert '<option value="tips" selected>Tips (retired)</option>' in page
    assert "is retired: nothing about it is sent" in text_of(
        client.get(reverse("broadcast", args=["hello"]))
    ).replace("&#x27;", "'")


def test_only_administrators_change_topics_and_all_read_them(client: Client) -> None:
    marketer = signed_in("marketer")
    page = text_of(marketer.get(LISTING))
    assert "Tips" in page
    assert "A new topic" not in page
    assert "Move Tips" not in page
    text_of(marketer.post(LISTING, {"name": "Wine"}))
    text_of(marketer.post(reverse("topic", args=["tips"]), {"name": "Wine", "version": "1"}), 200)
    for act in ("topic-move", "topic-retire", "topic-again"):
        assert marketer.post(reverse(act, args=["tips"]), {"past": "news"}).status_code == 403
    assert asked() == ["news", "offers", "tips", "service"]
    assert history() == []

"""What customers can do without a sign-in, and what looking at it must never do."""

import re
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.urls import get_resolver
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.public.visitors import Visit

from tactful.consent import queries as consent
from tactful.consent import services as consents
from tactful.consent import topics
from tactful.consent.domain.topics import worded
from tactful.events import services as events
from tactful.events.domain.parse import locate, parse
from tactful.public import colours, urls


def text(answer: HttpResponse) -> str:
    return answer.content.decode()


class TestUnsubscribing:
    def test_looking_changes_nothing_however_often(self, visit: Visit) -> None:
        for _ in range(3):
            answer = visit.client.get(visit.unsubscribe)
            assert answer.status_code == 200
        assert visit.client.head(visit.unsubscribe).status_code == 200
        assert visit.hears("news")
        assert visit.inbox() == []
        assert text(answer).count("<button") == 1
        assert "ada@example.org" in text(answer)

    def test_one_tap_is_believed_at_once(self, visit: Visit) -> None:
        answer = visit.client.post(visit.unsubscribe)
        assert answer.status_code == 200
        assert "You get no more marketing" in text(answer)
        assert not visit.hears("news")
        assert not visit.hears("tips")
        assert consent.suppressed(["ada@example.org"], channel="email") == {"ada@example.org"}
        assert visit.names() == ["Unsubscribed"]

    def test_a_mail_client_posts_one_click_without_cookies(self, visit: Visit) -> None:
        answer = visit.client.post(
            visit.unsubscribe,
            "List-Unsubscribe=One-Click",
            content_type="application/x-www-form-urlencoded",
            headers={"user-agent": ""},
        )
        assert answer.status_code == 200
        assert answer.cookies == {}
        assert not visit.hears("news")
        (said,) = visit.inbox()
        assert said["properties"] == {
            "channel": "email", "topic": "*", "message_key": str(visit.key), "journey": None,
        }  # fmt: skip
        assert said["customerId"] == visit.customer_id

    def test_asked_twice_it_is_said_once(self, visit: Visit) -> None:
        visit.client.post(visit.unsubscribe)
        visit.client.post(visit.unsubscribe)
        assert visit.names() == ["Unsubscribed"]

    def test_the_engine_meets_the_same_word_later_and_changes_nothing(self, visit: Visit) -> None:
        visit.client.post(visit.unsubscribe)
        before = (consent.proof(visit.customer_id), consent.states_of(visit.customer_id))
        for taken in events.take(10):
            event = parse(taken.payload, source=taken.source, received_at=taken.received_at)
            assert event.customer_id == visit.customer_id
            consents.project(
                [locate(event, customer_id=event.customer_id, event_id=7)],
                now=visit.clock.now() + timedelta(hours=1),
            )
        assert (consent.proof(visit.customer_id), consent.states_of(visit.customer_id)) == before

    @pytest.mark.parametrize("method", ["put", "delete", "patch"])
    def test_no_other_method_does_anything(self, visit: Visit, method: str) -> None:
        for page in (*visit.pages, visit.link, visit.pixel):
            assert getattr(visit.client, method)(page).status_code == 405
        assert visit.inbox() == []
        assert visit.hears("news")


class TestChoosing:
    def test_the_page_shows_what_was_chosen(self, visit: Visit) -> None:
        shown = text(visit.client.get(visit.preferences))
        ticked = re.findall(r'value="email:(\w+)" checked', shown)
        assert ticked == ["news", "tips"]
        assert re.findall(r'name="frequency" value="(\w+)" checked', shown) == ["any"]
        assert visit.inbox() == []

    def test_only_what_changed_is_said_with_the_words_that_were_seen(self, visit: Visit) -> None:
        answer = visit.client.post(visit.preferences, {"topic": ["email:tips", "email:offers"], "frequency": "any"})
        assert 'role="status"' in text(answer)
        assert [visit.hears(topic) for topic in ("news", "tips", "offers", "service")] == [False, True, True, False]
        assert sorted(visit.names()) == ["Consent Given", "Consent Withdrawn"]
        given = next(said["properties"] for said in visit.inbox() if said["event"] == "Consent Given")
        assert given == {
            "channel": "email",
            "topic": "offers",
            "method": "preference page",
            "text": "Offers: Prices and promotions that concern you.",
        }
        visit.client.post(visit.preferences, {"topic": ["email:tips", "email:offers"], "frequency": "any"})
        assert len(visit.inbox()) == 2

    @pytest.mark.parametrize(
        ("frequency", "days", "per_week"), [("weekly", None, 1), ("pause_30", 30, None), ("pause_90", 90, None)]
    )
    def test_how_often_counts_from_now_on(
        self, visit: Visit, frequency: str, days: int | None, per_week: int | None
    ) -> None:
        both = ["email:news", "email:tips"]
        visit.client.post(visit.preferences, {"topic": both, "frequency": frequency})
        known = consent.facts([visit.customer_id], channel="email")[visit.customer_id]
        assert known.per_week == per_week
        assert known.paused_until == (visit.clock.now() + timedelta(days=days) if days else None)
        assert visit.names() == ["Preferences Changed"]
        visit.clock.advance(timedelta(days=1))
        shown = text(visit.client.get(visit.preferences))
        chosen = re.findall(r'name="frequency" value="(\w+)" checked', shown)[0]
        visit.client.post(visit.preferences, {"topic": both, "frequency": chosen})
        assert visit.names() == ["Preferences Changed"], "saving the page as it is changes nothing"
        visit.client.post(visit.preferences, {"topic": both, "frequency": "any"})
        after = consent.facts([visit.customer_id], channel="email")[visit.customer_id]
        assert (after.paused_until, after.per_week) == (None, None)

    def test_stopping_everything_and_coming_back_to_one_topic(self, visit: Visit) -> None:
        answer = visit.client.post(visit.preferences, {"stop": "yes"})
        assert "You get no more marketing" in text(answer)
        assert not visit.hears("news")
        visit.clock.advance(timedelta(minutes=1))
        visit.client.post(visit.preferences, {"topic": ["email:tips"], "frequency": "any"})
        assert visit.hears("tips")
        assert not visit.hears("news")
        assert consent.suppressed(["ada@example.org"], channel="email") == set()

    def test_a_new_topic_is_asked_at_once_and_a_yes_to_it_is_kept_with_the_words_that_were_read(
        self, visit: Visit
    ) -> None:
        topics.add("wine", worded("Wine evenings", "When we open a bottle."))
        assert "Wine evenings" in text(visit.client.get(visit.preferences))
        visit.client.post(visit.preferences, {"topic": ["email:news", "email:tips", "email:wine"]})
        assert visit.hears("wine")
        (said,) = (payload["properties"] for payload in visit.inbox())
        assert said["text"] == "Wine evenings: When we open a bottle."

    def test_a_retired_topic_is_asked_no_more_and_what_was_said_of_it_stays(self, visit: Visit) -> None:
        topics.retire("tips", now=visit.clock.now())
        assert "Tips" not in text(visit.client.get(visit.preferences))
        visit.client.post(visit.preferences, {"asked": ["email:news"], "topic": ["email:news", "email:tips"]})
        assert not visit.hears("tips")
        topics.bring_back("tips")
        assert visit.hears("tips")
        assert visit.inbox() == []

    def test_a_topic_that_came_back_after_the_page_was_opened_is_not_refused_by_it(self, visit: Visit) -> None:
        topics.retire("tips", now=visit.clock.now())
        asked = re.findall(r'name="asked" value="([^"]+)"', text(visit.client.get(visit.preferences)))
        topics.bring_back("tips")
        visit.client.post(visit.preferences, {"asked": asked, "topic": ["email:offers"]})
        assert [visit.hears(topic) for topic in ("news", "tips", "offers")] == [False, True, True]

    @pytest.mark.parametrize(
        "posted",
        [
            {"topic": ["email:nosuch", "sms:news", "x", ""], "frequency": "hourly"},
            {"frequency": ["weekly", "nonsense"]},
            {},
        ],
    )
    def test_what_was_not_offered_is_not_taken(self, visit: Visit, posted: dict[str, object]) -> None:
        assert visit.client.post(visit.preferences, posted).status_code == 200
        assert {said["event"] for said in visit.inbox()} == {"Consent Withdrawn"}
        assert {said["properties"]["topic"] for said in visit.inbox()} == {"news", "tips"}


class TestLinksAndOpens:
    def test_a_click_leads_on_and_is_written_down(self, visit: Visit) -> None:
        answer = visit.client.get(visit.link)
        assert answer.status_code == 302
        assert answer["Location"] == "https://shop.example/tea?x=1&y=2"
        visit.client.get(visit.link)
        ids = {said["messageId"] for said in visit.inbox()}
        assert set(visit.names()) == {"Email Link Clicked"}
        assert len(ids) == 1, "a double click is one event"
        assert visit.inbox()[0]["properties"]["url"] == "https://shop.example/tea?x=1&y=2"
        visit.clock.advance(timedelta(minutes=1))
        visit.client.get(visit.link)
        assert len({said["messageId"] for said in visit.inbox()}) == 2

    def test_an_open_is_written_down(self, visit: Visit) -> None:
        answer = visit.client.get(visit.pixel)
        assert answer["Content-Type"] == "image/gif"
        assert answer.content.startswith(b"GIF89a")
        assert answer["Cache-Control"] == "private, no-store"
        (said,) = visit.inbox()
        assert (said["event"], said["customerId"]) == ("Email Opened", visit.customer_id)
        assert said["properties"]["message_key"] == str(visit.key)

    def test_programs_are_led_on_but_not_counted(self, visit: Visit) -> None:
        for path in (visit.link, visit.pixel):
            for headers in (
                {"user-agent": "BarracudaCentral/1.0"},
                {"user-agent": ""},
                {"sec-purpose": "prefetch;prerender"},
                {"purpose": "preview"},
            ):
                assert visit.client.get(path, headers=headers).status_code in (200, 302)
            assert visit.client.head(path).status_code in (200, 302)
        assert set(visit.names()) == {"Email Fetched", "Email Link Scanned"}
        assert {said["properties"]["by"] for said in visit.inbox()} == {"machine"}

    def test_only_stored_addresses_are_led_to(self, visit: Visit) -> None:
        for path in ("/l/https://evil.example", visit.link + "x", visit.link[:-2] + "AA", "/l/" + visit.why[3:]):
            answer = visit.client.get(path)
            assert answer.status_code == 404
            assert "Location" not in answer
        assert visit.inbox() == []

    def test_a_broken_pixel_is_still_an_image(self, visit: Visit) -> None:
        answer = visit.client.get("/o/nonsense.gif")
        assert answer["Content-Type"] == "image/gif"
        assert visit.inbox() == []


class TestEveryPage:
    def test_it_keeps_out_of_caches_search_engines_and_referers(self, visit: Visit) -> None:
        for page in (*visit.pages, visit.link, visit.pixel, "/p/nonsense"):
            answer = visit.client.get(page)
            assert answer["X-Robots-Tag"] == "noindex, nofollow"
            assert answer["Referrer-Policy"] == "no-referrer"
            assert answer["Cache-Control"] == "private, no-store"
            assert answer.cookies == {}

    def test_it_needs_no_script_no_inline_style_and_no_other_host(self, visit: Visit) -> None:
        for page in visit.pages:
            shown = text(visit.client.get(page))
            assert "<script" not in shown
            assert "style=" not in shown
            assert "<style" not in shown
            assert not re.findall(r'(?:src|href|action)="(?!/|#)[^"]*"', shown)

    def test_it_is_the_companys_page(self, visit: Visit) -> None:
        for page in (*visit.pages, "/u/nonsense"):
            shown = text(visit.client.get(page))
            assert "My company" in shown
            assert "/public.css" in shown
        css = text(visit.client.get("/public.css"))
        assert "--company: #0f766e; --on-company: #ffffff;" in css

    def test_a_wrong_address_says_what_to_do(self, visit: Visit) -> None:
        for page in visit.pages:
            answer = visit.client.get(page[:-1] + ("A" if page[-1] != "A" else "B"))
            assert answer.status_code == 404
            assert "open it again from the message" in text(answer)

    def test_one_purpose_does_not_open_another(self, visit: Visit) -> None:
        assert visit.client.post("/u/" + visit.preferences[3:]).status_code == 404
        assert visit.client.post("/p/" + visit.why[3:], {"stop": "yes"}).status_code == 404
        assert visit.hears("news")

    def test_every_address_says_who_may_call_it_and_why(self) -> None:
        for pattern in urls.urlpatterns:
            assert pattern.callback.access == ("anyone",)
            assert len(pattern.callback.access_reason) > 10
            assert get_resolver().reverse_dict.getlist(pattern.name)


def test_why_tells_the_agreement_in_its_own_words(visit: Visit) -> None:
    shown = text(visit.client.get(visit.why))
    assert "You agreed to “News” on 1 February 2026 (web form). The words were: “Yes, news please”" in shown
    assert visit.inbox() == []


@pytest.mark.parametrize(
    ("colour", "safe", "on_it"),
    [
        ("#0f766e", "#0f766e", "#ffffff"),
        ("#FFEE00", "#ffee00", "#111827"),
        ("red; } body { display: none", "#0f766e", "#ffffff"),
        ("", "#0f766e", "#ffffff"),
    ],
)
def test_the_colour_is_safe_and_its_text_readable(colour: str, safe: str, on_it: str) -> None:
    assert colours.safe(colour) == safe
    assert colours.text_on(colours.safe(colour)) == on_it


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    token=st.text(st.characters(codec="ascii", categories=["L", "N", "P"], exclude_characters="/?#%"), min_size=1)
)
def test_no_address_breaks_a_page(visit: Visit, token: str) -> None:
    for begin in "puwlo":
        assert visit.client.get(f"/{begin}/{token}").status_code in (200, 404)

"""People are told from mail services and programs: by what they say of themselves, and by what they do."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tactful.delivery.domain.agents import By, agent
from tactful.delivery.domain.visits import Judged, Visit, judge

SENT = datetime(2026, 3, 2, 10, tzinfo=UTC)
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0 Safari/537.36"
)
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148"
GMAIL = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"


@pytest.mark.parametrize(
    ("text", "by", "ahead"),
    [
        (CHROME, By.HUMAN, False),
        (IPHONE, By.HUMAN, False),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)",
            By.HUMAN,
            False,
        ),
        (
            "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; Trident/7.0; Microsoft Outlook 16.0.5)",
            By.HUMAN,
            False,
        ),
        ("Outlook-iOS/709.2226530.prod.iphone (3.24.1)", By.HUMAN, False),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Thunderbird/115.6.0", By.HUMAN, False),
        (GMAIL, By.PROXY, False),
        ("YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html", By.PROXY, False),
        ("Mozilla/5.0", By.PROXY, True),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/42.0.2311.135"
            " Safari/537.36 Edge/12.246 Mozilla/5.0",
            By.PROXY,
            True,
        ),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", By.MACHINE, True),
        ("Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", By.MACHINE, True),
        ("BarracudaCentral/1.0", By.MACHINE, True),
        ("Barracuda Sentinel (EE)", By.MACHINE, True),
        ("Mozilla/5.0 (compatible; Proofpoint Targeted Attack Protection)", By.MACHINE, True),
        ("Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5", By.MACHINE, True),
        ("facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", By.MACHINE, True),
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/120.0.0.0 Safari/537.36",
            By.MACHINE,
            True,
        ),
        ("python-requests/2.32", By.MACHINE, True),
        ("Python/3.9 aiohttp/3.8.1", By.MACHINE, True),
        ("Go-http-client/1.1", By.MACHINE, True),
        ("curl/8.0", By.MACHINE, True),
        ("Amazon CloudFront", By.MACHINE, True),
        ("HubSpot Connect 2.0 (http://dev.hubspot.com/)", By.MACHINE, True),
        ("", By.MACHINE, True),
        ("   ", By.MACHINE, True),
    ],
)
def test_agents_say_who_they_are(text: str, by: By, ahead: bool) -> None:
    assert (agent(text).by, agent(text).ahead) == (by, ahead)


def visit(
    number: int, link: int, seconds: float, text: str = CHROME, looks: bool = True, message: int = 1
) -> Visit:
    return Visit(number, message, link, SENT + timedelta(seconds=seconds), text, looks)


def judged(*visits: Visit, sent: bool = True) -> dict[int, Judged]:
    return {one.visit.id: one for one in judge(visits, {1: SENT, 2: SENT} if sent else {})}


OPENED_LATER = [(1, 0, 600.0), (2, 7, 620.0)]


@pytest.mark.parametrize(
    ("seen", "people"),
    [
        (OPENED_LATER, {1, 2}),
        ([(1, 7, 3600.0)], {1}),  # images blocked, the link followed an hour later
        ([(1, 7, 5.0)], set()),  # nobody reads so fast
        ([(1, 0, 4.0), (2, 7, 9.0)], {1, 2}),  # somebody who waited for it, and saw it first
        ([(1, 7, 15.0)], set()),
        ([(1, 7, 15.1)], {1}),
        ([(1, 7, 60.0), (2, 8, 61.5)], set()),
        ([(1, 7, 60.0), (2, 8, 62.0)], set()),
        ([(1, 7, 60.0), (2, 8, 62.1)], {1, 2}),
        ([(1, 7, 60.0), (2, 7, 60.4)], {1, 2}),  # a double click is no scanner
        ([(1, 0, 60.5), (2, 7, 60.0), (3, 8, 60.6)], set()),  # the scanner fetches the image along
        ([(1, 7, 60.0), (2, 8, 60.6), (3, 0, 900.0), (4, 8, 905.0)], {3, 4}),  # the scanner, then the person
    ],
)
def test_what_visits_do_tells_people_from_scanners(seen: list[tuple[int, int, float]], people: set[int]) -> None:
    found = judged(*[visit(*each) for each in seen])
    assert {number for number, one in found.items() if one.counts} == people
    assert all(one.why for one in found.values() if not one.counts)


def test_messages_are_judged_each_by_itself() -> None:
    found = judged(visit(1, 7, 60), visit(2, 8, 60.5, message=2))
    assert {number: one.counts for number, one in found.items()} == {1: True, 2: True}


def test_whoever_asks_for_the_head_only_is_a_program() -> None:
    found = judged(visit(1, 7, 600, looks=False), visit(2, 0, 700, looks=False))
    assert {one.by for one in found.values()} == {By.MACHINE}


def test_a_mail_service_that_fetches_when_its_reader_looks_stands_for_him() -> None:
    found = judged(visit(1, 0, 60, GMAIL), visit(2, 0, 60, "Mozilla/5.0"), visit(3, 7, 700, GMAIL))
    assert [(found[n].by, found[n].counts) for n in (1, 2, 3)] == [
        (By.PROXY, True),
        (By.PROXY, False),
        (By.MACHINE, False),
    ]


def test_without_the_moment_of_sending_a_quick_click_is_given_the_doubt() -> None:
    assert judged(visit(1, 7, 5), sent=False)[1].counts


@given(
    st.lists(
        st.tuples(
            st.integers(0, 4), st.integers(0, 40), st.sampled_from([CHROME, GMAIL, "Mozilla/5.0", "", "curl/8"])
        ),
        max_size=12,
    ),
    st.randoms(use_true_random=False),
)
def test_the_order_in_which_visits_are_read_changes_nothing(
    seen: list[tuple[int, int, str]], shuffler: object
) -> None:
    visits = [visit(number, link, seconds, text) for number, (link, seconds, text) in enumerate(seen)]
    mixed = visits.copy()
    shuffler.shuffle(mixed)  # type: ignore[attr-defined]  # a Random of hypothesis
    assert judged(*visits) == judged(*mixed)
    assert len(judged(*visits)) == len(visits)

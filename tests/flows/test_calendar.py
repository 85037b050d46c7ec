"""Whom the calendar lets in, through the real engine: birthdays, schedules, broadcasts, throttle, pause."""

from datetime import timedelta
from typing import Any

import pytest
from tests.flows.conftest import Shop
from tests.journeys.machine_kit import DONE, definition

from tactful.customers import queries as customers
from tactful.flows import calendar
from tactful.journeys import queries as journeys_now
from tactful.journeys import services as journeys
from tactful.team import queries as team

HOUR = timedelta(hours=1)
SHORT = {"start": "stay", "steps": {"stay": {"type": "wait", "days": 3, "next": "done"}, "done": DONE}}


def launch(shop: Shop, **changes: Any) -> None:
    journeys.save(definition(exit=[], reentry="after_exit", **(SHORT | changes)), now=shop.now)
    journeys.activate("cart", now=shop.now)


def look(shop: Shop) -> int:
    """The clock comes by, then the engine; how many runs there are so far."""
    calendar.read(shop.now)
    shop.work()
    return journeys_now.journey("cart").summary.counts.entered


@pytest.mark.django_db
class TestCalendar:
    def test_a_birthday_comes_in_the_morning_of_his_own_zone_and_once(self, shop: Shop) -> None:
        shop.join("anna", birthday="1990-03-03", timezone="Asia/Tokyo")
        shop.join("ben", birthday="1985-03-03", timezone="America/New_York")
        shop.join("cleo", birthday="never")
        shop.work()
        launch(shop, entry={"date": "birthday", "at": "09:00", "yearly": True})
        seen = []
        for _ in range(30):
            shop.clock.advance(HOUR)
            seen.append(look(shop))
        # Nine in Tokyo is midnight UTC, 14 hours after the start; in New York it is 14:00 UTC.
        assert [seen.index(count) + 1 for count in (1, 2)] == [14, 28]
        assert seen[-1] == 2

    def test_a_broadcast_goes_to_its_audience_once_and_no_faster_than_it_may(self, shop: Shop) -> None:
        for number in range(12):
            shop.join(f"user{number}")
        shop.work()
        once = {"date": "2026-03-02", "at": "12:00", "zone": "company"}
        launch(shop, entry={"once": once, "per_hour": 4})
        seen = []
        for _ in range(6):
            shop.clock.advance(HOUR)
            seen.append(look(shop))
        assert seen == [0, 1, 5, 9, 12, 12]

    def test_what_a_broadcast_met_stays_known_when_it_is_archived_and_the_base_grows(self, shop: Shop) -> None:
        for number in range(6):
            shop.join(f"user{number}")
        shop.work()
        launch(shop, entry={"once": {"date": "2026-03-02", "at": "11:00", "zone": "company"}, "per_hour": 2})
        assert journeys_now.journey("cart").summary.met is None
        shop.clock.advance(HOUR)
        assert look(shop) == 1
        shop.join("late")
        journeys.archive("cart", now=shop.now)
        look(shop)
        assert journeys_now.journey("cart").summary.met == 6

    def test_a_pause_keeps_everybody_waiting_and_the_pace_after_it(self, shop: Shop) -> None:
        for number in range(6):
            shop.join(f"user{number}")
        shop.work()
        launch(shop, entry={"once": {"date": "2026-03-02", "at": "11:00", "zone": "company"}, "per_hour": 2})
        shop.clock.advance(HOUR)
        assert look(shop) == 1
        journeys.pause("cart", now=shop.now)
        shop.clock.advance(5 * HOUR)
        assert look(shop) == 1
        journeys.activate("cart", now=shop.now)
        assert look(shop) == 1
        shop.clock.advance(HOUR)
        assert look(shop) == 3

    def test_what_is_archived_lets_nobody_in_any_more(self, shop: Shop) -> None:
        shop.join("anna")
        shop.work()
        launch(shop, entry={"once": {"date": "2026-03-02", "at": "11:00", "zone": "company"}})
        shop.clock.advance(HOUR)
        calendar.read(shop.now)
        journeys.archive("cart", now=shop.now)
        shop.work()
        assert journeys_now.journey("cart").summary.counts.entered == 0

    def test_a_journey_tells_staff_and_says_what_it_found_by_the_one_door(self, shop: Shop) -> None:
        shop.join("anna")
        way = {
            "start": "tell",
            "steps": {
                "tell": {"type": "notify", "to": "owner", "text": "A cart", "next": "mark"},
                "mark": {"type": "update", "set": {"warm": True}, "join": ["carts"], "next": "done"},
                "done": DONE,
            },
        }
        launch(shop, **way)
        shop.track("anna", "Cart Viewed")
        shop.work()
        shop.work()
        (notice,) = team.notices(reader="somebody@example.com", unread=True)
        assert notice.text == "A cart"
        (anna,) = customers.search("anna@example.com")
        assert anna.attributes == {"warm": True}

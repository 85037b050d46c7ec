"""What was known of a customer at a moment of the past, from what was said and done until then."""

from datetime import UTC, datetime, time, timedelta

import pytest

from tactful.consent.domain.consent import Word, allows
from tactful.decisions.domain.expected import Lifts
from tactful.decisions.domain.facts import Guards, OpenMatter, Policy, Spending, TouchSeen
from tactful.flows.backtest.facts import Bought, History, Matter, Real, Timeline
from tactful.kernel.time import QuietHours

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)
POLICY = Policy(caps=(), quiet=QuietHours(time(0), time(0)), fallback_zone="UTC", guards=Guards(budget_days=30))
TICKET, TASK = OpenMatter("ticket", NOON), OpenMatter("task", NOON - DAY)


def timeline(history: History) -> Timeline:
    return Timeline(history, topics=frozenset({"tips"}), policy=POLICY)


@pytest.mark.parametrize(
    ("at", "open_then"),
    [
        (NOON - 2 * DAY, ()),
        (NOON - DAY, (TASK,)),
        (NOON, (TICKET, TASK)),
        (NOON + DAY, (TASK,)),
        (NOON + 9 * DAY, (TASK,)),
    ],
)
def test_a_matter_is_open_from_its_beginning_until_it_was_closed(
    at: datetime, open_then: tuple[OpenMatter, ...]
) -> None:
    history = History(1, matters=[Matter(TICKET, NOON + DAY), Matter(TASK, None)])
    assert timeline(history).at(at, "email").matters == open_then


def test_a_task_that_the_journey_would_have_given_is_open() -> None:
    lived = timeline(History(1))
    lived.tasks.append(TASK)
    assert lived.at(NOON, "email").matters == (TASK,)


@pytest.mark.parametrize(
    ("at", "spent"),
    [
        (NOON - DAY, Spending()),
        (NOON, Spending(500, 0, 1, 0)),
        (NOON + 20 * DAY, Spending(800, 90, 2, 1)),
        (NOON + 51 * DAY, Spending(800, 0, 2, 1)),
        (NOON + 366 * DAY, Spending(300, 0, 1, 1)),
    ],
)
def test_orders_count_for_a_year_and_their_discounts_for_the_days_of_the_budget(
    at: datetime, spent: Spending
) -> None:
    history = History(1, orders=[Bought(NOON, 500, 0), Bought(NOON + 20 * DAY, 300, 90)])
    assert timeline(history).spending(at) == spent


def test_how_a_yes_was_given_is_known_from_when_it_was_said() -> None:
    words = [
        Word("email", "tips", True, NOON, "form", "", weak=False),
        Word("email", "*", True, NOON + DAY, "double, shop", "", weak=False),
    ]
    lived = timeline(History(1, words=words))
    assert lived.at(NOON - DAY, "email").agreed_to("tips") is None
    assert lived.at(NOON, "email").agreed_to("tips") == "form"
    assert lived.at(NOON + DAY, "email").agreed_to("news") == "double, shop"
    assert lived.at(NOON + DAY, "sms").agreed_to("tips") is None


def test_calls_and_tickets_take_a_slot_and_real_messages_of_this_moment_compete() -> None:
    call, letter = TouchSeen(NOON, "call", "contact"), TouchSeen(NOON, "email", "activation", "tips")
    history = History(1, met=[call], real=[Real(letter, 40, 7, 1)], orders=[Bought(NOON - DAY, 365_00, 0)])
    lived = timeline(history)
    assert lived.at(NOON, "email").touches == (call,)
    assert set(lived.at(NOON + DAY, "email").touches) == {call, letter}
    [rival] = lived.rivals(NOON, Lifts({7: 900}))
    assert (rival.topic, rival.priority, rival.expected_minor) == ("tips", 40, 900)


def test_a_topic_that_is_retired_today_would_not_be_written_about_then() -> None:
    yes = Word("email", "tips", granted=True, at=NOON - DAY, method="", text="", weak=False)
    lived = Timeline(History(1, words=[yes]), topics=frozenset(), policy=POLICY, retired=frozenset({"tips"}))
    found = lived.at(NOON, "email").consent
    assert found.topics["tips"] is True
    assert not allows(found, "tips")

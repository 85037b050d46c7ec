"""Tickets and proposals: what events say of them, in whatever order, and who is in the segments about them."""

import json
from datetime import UTC, datetime, timedelta
from itertools import permutations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tactful.events import services as events
from tactful.events.domain.parse import Located, locate, parse
from tactful.flows import react
from tactful.sales import deals, matters
from tactful.sales.domain.matters import told
from tactful.sales.models import Proposal, Ticket
from tactful.segments import queries, services

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def word(name: str, day: float, *, customer: int | None = 1, **properties: object) -> Located:
    at = NOON + day * DAY
    payload = {"type": "track", "event": name, "messageId": f"{name}{day}", "userId": "u", "properties": properties}
    parsed = parse(msgspec.json.encode(payload | {"timestamp": at.isoformat()}), source="desk", received_at=at)
    return locate(parsed, customer_id=customer, event_id=1)


LIFE = [
    word("Ticket Opened", 0, ticket_id="T-1", subject="Broken cup"),
    word("Ticket Closed", 1, ticket_id="T-1"),
    word("Ticket Reopened", 2, ticket_id="T-1", subject="Broken again"),
    word("Ticket Closed", 5, ticket_id="T-1"),
]


@given(st.permutations(LIFE))
def test_the_order_in_which_words_arrive_does_not_matter(arrived: list[Located]) -> None:
    (ticket,) = told(arrived).matters
    assert (ticket.opened_at, ticket.closed_at, ticket.subject) == (NOON, NOON + 5 * DAY, "Broken cup")
    assert ticket.late_at == NOON + 2 * DAY


OFFER = [
    word("Proposal Sent", 0, proposal_id="P-1", valid_until="2026-04-01", starts="2026-05-01"),
    word("Proposal Sent", 1, proposal_id="P-1", deal_id="D-1", valid_until="2026-04-15"),
    word("Proposal Sent", 2, proposal_id="P-1", subject="Ten machines"),
]


@pytest.mark.django_db
@pytest.mark.parametrize("arrived", list(permutations(OFFER)))
def test_the_last_word_on_each_date_of_a_proposal_counts_whatever_the_order_of_arrival(
    arrived: tuple[Located, ...],
) -> None:
    for event in arrived:
        matters.project([event])
    (kept,) = Proposal.objects.all()
    one, two, three = arrived
    (told_at_once,) = told([three, one, two]).matters
    assert {name: tuple(word) for name, word in kept.dates.items()} == told_at_once.dates
    assert {name: word[0] for name, word in kept.dates.items()} == {
        "valid_until": "2026-04-15",
        "starts": "2026-05-01",
    }
    assert deals.unanswered(["P-1", "P-2"]) == {"P-1": (1, "D-1")}
    assert deals.dated_on("valid_until", ["2026-04-01", "2026-04-15"]) == [("P-1", 1, "2026-04-15")]


@pytest.mark.parametrize("properties", [{}, {"ticket_id": ""}, {"ticket_id": None}, {"ticket_id": True}])
def test_a_ticket_without_a_number_is_said_to_be_so(properties: dict[str, object]) -> None:
    found = told([word("Ticket Opened", 0, **properties)])
    assert found.matters == ()
    assert [reason for _, reason in found.problems] == [
        "Ticket Opened needs `ticket_id`, by which the ticket is known"
    ]


@pytest.mark.django_db
def test_words_of_later_batches_join_those_that_are_kept() -> None:
    for event in (LIFE[3], LIFE[0], LIFE[0], LIFE[2]):
        matters.project([event])
    (ticket,) = Ticket.objects.all()
    assert (ticket.opened_at, ticket.closed_at, ticket.subject) == (NOON, NOON + 5 * DAY, "Broken cup")
    matters.project([word("Proposal Sent", 0, proposal_id=7, subject="Ten machines")])
    assert [(one.number, one.closed_at) for one in Proposal.objects.all()] == [("7", None)]


@pytest.mark.django_db(transaction=True)
def test_an_open_complaint_and_a_stalled_proposal_are_segments_that_live() -> None:
    services.install_ready(now=NOON - DAY)

    def worked_in(name: str, day: float, **properties: object) -> None:
        at = NOON + day * DAY
        payload = {
            "type": "track", "event": name, "messageId": f"{name}{day}", "userId": "u", "timestamp": at.isoformat(),
            "properties": properties,
        }  # fmt: skip
        events.append([("api:desk", False, json.dumps(payload))], now=at)
        while react.react(now=at):
            pass

    def held() -> tuple[int, int]:
        return len(queries.member_ids("open_complaint")), len(queries.member_ids("stalled_proposal"))

    worked_in("Ticket Opened", 0, ticket_id="T-1")
    worked_in("Proposal Sent", 0, proposal_id="P-1")
    assert held() == (1, 0)
    react.tick(now=NOON + 7 * DAY)
    assert held() == (1, 1)
    worked_in("Ticket Closed", 8, ticket_id="T-1")
    worked_in("Proposal Answered", 8, proposal_id="P-1", answer="declined")
    assert held() == (0, 0)

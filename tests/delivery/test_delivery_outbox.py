"""The outbox: nothing twice, nothing lost, and the truth wins when it comes late."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection, transaction
from tests.delivery.outbox_kit import NOW, intent

from tactful.delivery import queries, services
from tactful.delivery.domain.retry import ATTEMPTS
from tactful.delivery.domain.values import Claimed
from tactful.delivery.models import Delivery
from tactful.delivery.port import Outcome, Result, SenderSettings
from tactful.events.domain.parse import locate, parse
from tactful.kernel.errors import InvalidInput, NotFound

Queued = Callable[..., list[UUID]]
LATER = NOW + services.LEASE + timedelta(seconds=1)


def claim(worker: str = "one", now: object = NOW, limit: int = 100) -> list[Claimed]:
    return services.claim(limit=limit, worker=worker, now=now)  # type: ignore[arg-type]  # always a moment


def result(item: Claimed, outcome: Outcome, reason: str = "") -> Result:
    return Result(item.id, item.attempt, outcome, reason, provider="fake", message_id="<m@x>", subject="Hi")


def states() -> dict[str, int]:
    return queries.state_counts()


def test_the_same_intention_is_queued_once(queued: Queued) -> None:
    (key,) = queued(1)
    again = services.queue([intent(1), intent(2)], now=NOW)
    assert key not in again
    assert len(again) == 1
    assert states() == {"queued": 2}
    assert services.queue([], now=NOW) == {}


def test_a_claim_brings_everything_that_sending_needs(queued: Queued) -> None:
    (key,) = queued(1, journey_id=7, run_id=8, step="hello", category="activation")
    (item,) = claim()
    assert (item.key, item.customer_id, item.decision_id, item.attempt) == (key, 101, 1, 1)
    assert (item.journey_id, item.run_id, item.step, item.category) == (7, 8, "hello", "activation")
    assert (item.channel, item.topic, item.address) == ("email", "news", "person1@example.org")
    assert (item.template, item.template_version, item.context) == ("hello", 1, {"product": {"id": "p1"}})
    assert item.queued_at == NOW


def test_what_is_not_due_or_claimed_already_is_not_claimed(queued: Queued) -> None:
    queued(3)
    Delivery.objects.filter(customer_id=101).update(due_at=NOW + timedelta(minutes=1))
    [first] = claim(limit=1)
    [second] = claim("two")
    assert {first.customer_id, second.customer_id} == {102, 103}  # of those due at once, any may go first
    assert claim("three") == []
    assert len(claim("three", NOW + timedelta(minutes=1))) == 1


def test_a_paused_sender_claims_nothing(queued: Queued) -> None:
    queued(1)
    services.save_sender(SenderSettings(paused=True))
    assert claim() == []
    services.save_sender(SenderSettings(paused=False))
    assert len(claim()) == 1


@pytest.mark.django_db(transaction=True)
def test_two_claimers_at_once_never_take_the_same_row(queued: Queued) -> None:
    queued(200)
    taken: list[list[int]] = [[], []]
    start = threading.Barrier(2)

    def work(mine: list[int], worker: str) -> None:
        start.wait()
        while True:
            with transaction.atomic():
                rows = claim(worker, limit=7)
            if not rows:
                break
            mine += [row.id for row in rows]
        connection.close()

    workers = [threading.Thread(target=work, args=(mine, str(n))) for n, mine in enumerate(taken)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(taken[0]) + len(taken[1]) == 200
    assert set(taken[0]).isdisjoint(taken[1])
    assert all(taken), "both had work"


@pytest.mark.parametrize(
    ("outcome", "category", "state"),
    [
        (Outcome.SENT, "activation", "sent"),
        (Outcome.BOUNCED, "activation", "failed"),
        (Outcome.REFUSED, "activation", "failed"),
        (Outcome.RETRY, "activation", "queued"),
        (Outcome.IN_DOUBT, "activation", "in_doubt"),
        (Outcome.IN_DOUBT, "service", "queued"),
        (Outcome.RETRY, "service", "queued"),
    ],
)
def test_how_an_attempt_is_written_down(queued: Queued, outcome: Outcome, category: str, state: str) -> None:
    queued(1, category=category)
    (item,) = claim()
    assert services.record([result(item, outcome, "because")], claimed=[item], now=NOW) == {item.id: state}
    row = queries.delivery(item.id)
    assert row.state == state
    assert row.reason == ("" if outcome is Outcome.SENT else "because")
    assert (row.sent_at == NOW) is (outcome is Outcome.SENT)
    assert (row.bounced_at == NOW) is (outcome is Outcome.BOUNCED)
    assert (row.provider, row.message_id, row.subject) == ("fake", "<m@x>", "Hi")
    if state == "queued":
        assert row.due_at > NOW
        assert claim(now=NOW) == []


def test_a_message_that_never_goes_is_given_up(queued: Queued) -> None:
    queued(1)
    now = NOW
    for attempt in range(1, ATTEMPTS + 1):
        (item,) = claim(now=now)
        assert item.attempt == attempt
        services.record([result(item, Outcome.RETRY, "away")], claimed=[item], now=now)
        now += timedelta(days=1)
    assert states() == {"failed": 1}
    assert queries.delivery(item.id).reason == f"given up after {ATTEMPTS} attempts: away"


def test_marketing_whose_lease_ran_out_is_in_doubt_and_never_claimed_again(queued: Queued) -> None:
    queued(3)
    claim()
    assert services.sweep(NOW) == {}
    assert services.sweep(LATER) == {"in_doubt": 3}
    assert claim("two", LATER + timedelta(days=30)) == []


def test_service_mail_whose_lease_ran_out_is_sent_again_as_the_same_message(queued: Queued) -> None:
    queued(1, category="service")
    (first,) = claim()
    assert services.sweep(LATER) == {"queued": 1}
    (second,) = claim("two", LATER)
    assert (second.key, second.queued_at) == (first.key, first.queued_at)
    assert second.attempt == 2


def test_the_truth_wins_when_it_comes_after_the_lease(queued: Queued) -> None:
    queued(2)
    one, two = claim()
    services.sweep(LATER)
    services.record([result(one, Outcome.SENT), result(two, Outcome.RETRY)], claimed=[one, two], now=LATER)
    assert states() == {"sent": 1, "queued": 1}


def test_a_worker_that_comes_after_the_message_was_claimed_anew_changes_nothing(queued: Queued) -> None:
    queued(1, category="service")
    (first,) = claim("one")
    services.sweep(LATER)
    (second,) = claim("two", LATER)
    assert services.record([result(first, Outcome.BOUNCED)], claimed=[first], now=LATER) == {}
    services.record([result(second, Outcome.SENT)], claimed=[second], now=LATER)
    assert services.record([result(second, Outcome.RETRY)], claimed=[second], now=LATER) == {}
    assert states() == {"sent": 1}


def test_guards_drop_and_hold_what_was_claimed(queued: Queued) -> None:
    queued(3)
    one, two, three = claim("me")
    services.record_dropped({one.id: "consent"}, claimed=[one, two, three], now=NOW)
    until = NOW + timedelta(hours=8)
    assert services.record_held({two.id: until}, worker="me", reason="quiet_hours") == 1
    assert services.record_held({three.id: until}, worker="somebody else", reason="quiet_hours") == 0
    assert queries.delivery(one.id).reason == "consent"
    assert states() == {"claimed": 1, "dropped": 1, "queued": 1}
    (again,) = claim(now=until)
    assert (again.id, again.attempt) == (two.id, 1), "waiting is no attempt"


def test_open_rows_tell_whether_sending_is_finished(queued: Queued) -> None:
    queued(2)
    assert queries.open_count() == 2
    one, two = claim()
    services.record([result(one, Outcome.SENT)], claimed=[one, two], now=NOW)
    assert queries.open_count() == 1
    services.record_dropped({two.id: "consent"}, claimed=[one, two], now=NOW)
    assert queries.open_count() == 0


def test_feedback_keeps_the_first_moment_of_each_kind(queued: Queued) -> None:
    key, other = queued(2)

    def event(name: str, minutes: int, message_key: object) -> object:
        moment = (NOW + timedelta(minutes=minutes)).isoformat()
        payload = (
            f'{{"type":"track","event":"{name}","messageId":"{name}{minutes}{message_key}","timestamp":"{moment}",'
            f'"customerId":1,"properties":{{"message_key":"{message_key}"}}}}'
        )
        return locate(
            parse(payload, source="public", received_at=NOW + timedelta(hours=1)), customer_id=1, event_id=1
        )

    events = [
        event("Email Opened", 5, key),
        event("Email Opened", 3, key),
        event("Email Link Clicked", 4, key),
        event("Unsubscribed", 6, key),
        event("Email Bounced", 7, other),
        event("Email Opened", 1, "no key at all"),
        event("Order Completed", 1, key),
    ]
    for _ in range(2):
        services.project(events, now=NOW)  # type: ignore[arg-type]  # located events
    ids = queries.ids_by_key([key, other])
    row = queries.delivery(ids[key])
    assert row.opened_at == NOW + timedelta(minutes=3)
    assert row.clicked_at == NOW + timedelta(minutes=4)
    assert row.unsubscribed_at == NOW + timedelta(minutes=6)
    assert row.bounced_at is None
    assert queries.delivery(ids[other]).bounced_at == NOW + timedelta(minutes=7)


def test_deliveries_follow_a_merge(queued: Queued) -> None:
    queued(2)
    services.move_customers([(101, 102)])
    services.move_customers([])
    assert len(queries.of_customer(102).rows) == 2
    assert queries.of_customer(101).rows == ()


def test_lists_are_paged_and_filtered(queued: Queued) -> None:
    queued(5)
    first = queries.page(queries.Filters(), limit=2)
    second = queries.page(queries.Filters(), before=first.before, limit=2)
    third = queries.page(queries.Filters(), before=second.before, limit=2)
    seen = [row.customer_id for page in (first, second, third) for row in page.rows]
    assert seen == [105, 104, 103, 102, 101]
    assert third.before is None
    assert len(queries.page(queries.Filters(customer_id=103)).rows) == 1
    assert queries.page(queries.Filters(state="sent")).rows == ()
    assert queries.page(queries.Filters(until=NOW)).rows == ()
    with pytest.raises(NotFound):
        queries.delivery(0)


@pytest.mark.django_db
def test_links_are_made_once() -> None:
    first = services.link_ids(["https://a.example", "https://b.example"])
    assert (
        services.link_ids(["https://b.example", "https://c.example"])["https://b.example"]
        == first["https://b.example"]
    )
    assert queries.link_url(first["https://a.example"]) == "https://a.example"
    assert services.link_ids([]) == {}
    with pytest.raises(NotFound):
        queries.link_url(0)


@pytest.mark.django_db
def test_the_sender_is_checked_before_it_is_saved() -> None:
    assert queries.sender() == SenderSettings()
    good = SenderSettings(provider="smtp", smtp_host="mail.example", smtp_user="u", smtp_password="secret-word")
    services.save_sender(good)
    assert queries.sender() == good
    assert "secret-word" not in repr(good)
    for wrong in (
        {"provider": "pigeon"},
        {"smtp_host": ""},
        {"smtp_security": "maybe"},
        {"smtp_security": "none"},
        {"smtp_port": 0},
        {"from_address": "nobody"},
        {"reply_to": "a@b.example\nBcc: c@d.example"},
    ):
        with pytest.raises(InvalidInput):
            services.save_sender(replace(good, **wrong))  # type: ignore[arg-type]  # mixed values by name
    assert queries.sender() == good

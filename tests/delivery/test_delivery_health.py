"""The brakes: when they hold, what they hold, and how somebody lets go."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from tests.delivery.outbox_kit import NOW, intent

from tactful.delivery import health, queries, services
from tactful.delivery.domain.health import WINDOWS, Counts, Level, Measure, find, worst
from tactful.delivery.health import Stream
from tactful.delivery.models import Delivery
from tactful.delivery.port import SenderSettings
from tactful.kernel.errors import Conflict, InvalidInput, NotFound
from tactful.team import queries as team

Queued = Callable[..., list[UUID]]
DAY, WEEK = WINDOWS
STREAM = Stream("smtp", "shop.example")


@pytest.mark.parametrize(
    ("mails", "bounced", "complained", "bounce", "complaint"),
    [
        (0, 0, 0, Level.FEW, Level.FEW),
        (199, 199, 199, Level.FEW, Level.FEW),
        (200, 3, 0, Level.FINE, Level.FINE),
        (200, 4, 0, Level.WARN, Level.FINE),
        (200, 7, 0, Level.WARN, Level.FINE),
        (200, 8, 0, Level.PAUSE, Level.FINE),
        (10_000, 199, 7, Level.FINE, Level.FINE),
        (10_000, 200, 8, Level.WARN, Level.WARN),
        (10_000, 399, 19, Level.WARN, Level.WARN),
        (10_000, 400, 20, Level.PAUSE, Level.PAUSE),
        (1_000_000, 39_999, 1_999, Level.WARN, Level.WARN),
    ],
)
def test_shares_at_their_edges(mails: int, bounced: int, complained: int, bounce: Level, complaint: Level) -> None:
    found = {one.measure: one.level for one in find(Counts(DAY, mails, bounced, complained))}
    assert (found[Measure.BOUNCE], found[Measure.COMPLAINT]) == (bounce, complaint)


@pytest.mark.parametrize(
    ("tried", "refused", "level"),
    [(4, 4, Level.FEW), (5, 5, Level.PAUSE), (100, 4, Level.FINE), (100, 5, Level.WARN), (50, 5, Level.PAUSE)],
)
def test_refusals_of_the_sender_need_no_two_hundred_mails(tried: int, refused: int, level: Level) -> None:
    assert find(Counts(DAY, tried=tried, refused=refused))[2].level is level


def test_the_worst_share_of_any_window_brakes() -> None:
    week = Counts(WEEK, 100_000, 900, 10)
    assert worst([Counts(DAY, 150, 150, 0), week]) is None
    found = worst([Counts(DAY, 1000, 50, 9), week])
    assert found is not None
    assert (found.measure, found.count, found.of) == (Measure.COMPLAINT, 9, 1000)
    assert found.reason == "9 of 1,000 messages were marked as spam in the last 24 hours"
    assert found.advice


def sent(queued: Queued, count: int, *, bounced: int = 0, complained: int = 0, category: str = "marketing") -> None:
    """So many messages that left a while ago, the first of them bounced or complained of."""
    keys = queued(count, category=category)
    Delivery.objects.filter(key__in=keys).update(
        state="sent", sent_at=NOW, provider=STREAM.provider, message_id=f"<m@{STREAM.domain}>"
    )
    Delivery.objects.filter(key__in=keys[:bounced]).update(bounced_at=NOW)
    Delivery.objects.filter(key__in=keys[:complained]).update(complained_at=NOW)


@pytest.fixture
def sender(db: None) -> None:
    settings = SenderSettings(provider="smtp", from_address=f"hello@{STREAM.domain}", smtp_host="mail.example")
    services.save_sender(settings)


@pytest.mark.usefixtures("sender")
class TestBrake:
    def test_marketing_stops_and_service_goes_on(self, queued: Queued) -> None:
        sent(queued, 200, bounced=8)
        services.queue([intent(900), intent(901, category="service")], now=NOW)
        (brake,) = health.check(NOW)
        assert brake.stream == STREAM
        assert queries.paused_streams() == {"email": "8 of 200 messages bounced in the last 24 hours"}
        claimed = services.claim(limit=10, worker="one", now=NOW)
        assert [item.category for item in claimed] == ["service"]

    def test_it_is_put_on_once_and_written_into_the_history(self, queued: Queued) -> None:
        sent(queued, 200, complained=1)
        assert len(health.check(NOW)) == 1
        assert health.check(NOW + timedelta(seconds=30)) == []
        (row,) = [row for row in team.audits() if row.action == "sending paused"]
        assert (row.actor, row.subject) == ("brake", "shop.example by smtp")
        assert row.detail["count"] == 1

    def test_a_person_lets_go_with_a_word_and_what_was_before_counts_no_more(self, queued: Queued) -> None:
        sent(queued, 200, bounced=8)
        (brake,) = health.check(NOW)
        with pytest.raises(InvalidInput):
            health.resume(brake.id, by="ada", note="  ", now=NOW)
        later = NOW + timedelta(hours=1)
        health.resume(brake.id, by="ada", note="the bought list is gone", now=later)
        assert queries.paused_streams() == {}
        assert health.check(later + timedelta(seconds=30)) == []
        with pytest.raises(Conflict):
            health.resume(brake.id, by="max", note="again", now=later)
        with pytest.raises(NotFound):
            health.resume(brake.id + 1, by="max", note="again", now=later)
        (row,) = health.history()
        assert (row.resumed_by, row.note) == ("ada", "the bought list is gone")
        assert any(row.action == "sending resumed" and row.actor == "ada" for row in team.audits())

    def test_a_stream_that_went_on_stays_in_sight_with_its_days(self, queued: Queued) -> None:
        sent(queued, 200, bounced=8)
        (brake,) = health.check(NOW)
        later = NOW + timedelta(hours=1)
        health.resume(brake.id, by="ada", note="the bought list is gone", now=later)
        (standing,) = health.standings(later)
        assert standing.stream == STREAM
        assert standing.brake is None
        assert standing.resumed is not None
        assert standing.sent == 0
        assert [len(window) for window in standing.findings] == [len(Measure)] * len(WINDOWS)
        ((_, tally),) = health.days(STREAM, since=NOW - timedelta(days=30), zone="UTC")
        assert (tally.mails, tally.bounced) == (200, 8)
        (standing,) = health.standings(later + timedelta(days=8))
        assert standing.resumed is None
        assert health.standings(later + timedelta(days=31)) == []

    def test_another_stream_is_not_held(self, queued: Queued) -> None:
        sent(queued, 200, bounced=8)
        health.check(NOW)
        services.save_sender(SenderSettings(provider="smtp", from_address="hello@other.example", smtp_host="m"))
        services.queue([intent(900)], now=NOW)
        assert queries.paused_streams() == {}
        assert len(services.claim(limit=10, worker="one", now=NOW)) == 1

    def test_days_and_receivers_add_up(self, queued: Queued) -> None:
        sent(queued, 30, bounced=3, complained=1)
        since = NOW - timedelta(days=7)
        ((day, tally),) = health.days(STREAM, since=since, zone="Europe/Berlin")
        assert (day, tally.mails, tally.bounced, tally.complained) == (NOW.date(), 30, 3, 1)
        (receiver,) = health.receivers(STREAM, since=since)
        assert (receiver.name, receiver.mails) == ("example.org", 30)
        (standing,) = health.standings(NOW)
        assert standing.brake is None
        assert len(standing.findings) == len(WINDOWS)

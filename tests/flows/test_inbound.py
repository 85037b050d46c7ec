"""What comes back: who must be left alone, whom somebody must read, and what is nobody's fault."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest
from tests.decided import deciding
from tests.flows import mails
from tests.flows.conftest import Shop

from tactful.consent import queries as consent
from tactful.consent.domain.consent import allows
from tactful.customers import queries as customers
from tactful.decisions import queries as decisions
from tactful.delivery import health
from tactful.delivery import queries as delivery
from tactful.delivery import services as outbox
from tactful.delivery.domain.incoming import Kind, read
from tactful.delivery.domain.message import message_id
from tactful.delivery.domain.returning import return_address
from tactful.delivery.domain.values import Claimed, Intent
from tactful.delivery.keys import signing_key
from tactful.delivery.models import Delivery, Fault
from tactful.delivery.port import Outcome, Result, SenderSettings
from tactful.events import queries as events
from tactful.flows import feedback, inbound, visiting
from tactful.kernel.errors import InvalidInput
from tactful.kernel.ids import key_of
from tactful.sales import queries as sales
from tactful.sales import replies


@dataclass
class Post:
    """A shop that has written to Ada."""

    shop: Shop
    customer_id: int

    def send(self, number: int = 1) -> "Letter":
        key = key_of("letter", number)
        intent = Intent(
            key=key,
            decision_id=0,
            customer_id=self.customer_id,
            channel="email",
            topic="news",
            address="ada@example.com",
            template="how-was-it",
            template_version=1,
            due_at=self.shop.now,
        )
        (delivery_id,) = outbox.queue([intent], now=self.shop.now).values()
        claimed = outbox.claim(limit=1, worker="test", now=self.shop.now)
        our_id = message_id(key, "hello@shop.example")
        outbox.record(
            [Result(delivery_id, 1, Outcome.SENT, provider="smtp", message_id=our_id, subject="How was it?")],
            claimed=claimed,
            now=self.shop.now,
        )
        return Letter(self.shop, delivery_id, key, our_id)

    def receive(self, raw: bytes) -> int:
        made = inbound.receive(raw, now=self.shop.now).events
        self.shop.work()
        return made

    def names(self) -> list[str]:
        told = ("Email", "Reply", "Automatic")
        rows = events.timeline(self.customer_id, limit=100)
        return [row.name for row in reversed(rows) if row.name.startswith(told)]

    @property
    def is_silenced(self) -> bool:
        return bool(consent.suppressed(["ada@example.com"], channel="email"))


@dataclass
class Letter:
    shop: Shop
    id: int
    key: UUID
    message_id: str

    @property
    def row(self) -> object:
        return delivery.delivery(self.id)


@pytest.fixture
def post(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Post:
    deciding(monkeypatch)
    shop.join("ada")
    shop.work()
    return Post(shop, customers.internal_ids(["ada"])["ada"])


class TestBounces:
    def test_an_address_that_is_gone_is_left_alone_at_once(self, post: Post) -> None:
        letter = post.send()
        assert post.receive(mails.report(letter.message_id)) == 1
        assert post.is_silenced
        assert delivery.delivery(letter.id).bounced_at is not None
        (row,) = [row for row in events.timeline(post.customer_id, limit=9) if row.name == "Email Bounced"]
        assert (row.properties["bounce"], row.properties["reason"]) == ("hard", "550 5.1.1 User unknown")

    def test_the_same_report_twice_is_one_event(self, post: Post) -> None:
        letter = post.send()
        post.receive(mails.report(letter.message_id))
        post.receive(mails.report(letter.message_id))
        assert post.names().count("Email Bounced") == 1

    def test_a_free_form_report_is_understood(self, post: Post) -> None:
        assert post.receive(mails.exim(post.send().message_id)) == 1
        assert post.is_silenced

    def test_a_report_is_known_by_the_address_it_came_back_to(self, post: Post) -> None:
        letter = post.send()
        address = return_address(letter.id, post.customer_id, domain="bounce.shop.example", key=signing_key())
        raw = mails.report("<something-else@mx.example.net>")
        assert inbound.receive(raw, envelope_to=[address.upper()], now=post.shop.now).events == 1
        assert inbound.receive(raw, envelope_to=[address.replace("b+", "b+aa")], now=post.shop.now).events == 0

    def test_a_report_on_no_message_of_ours_silences_nobody(self, post: Post) -> None:
        post.send()
        assert post.receive(mails.report(f"<{'0' * 32}@shop.example>")) == 0
        assert not post.is_silenced

    @pytest.mark.parametrize(
        ("status", "said", "name"),
        [
            ("4.4.1", "connection timed out", "Email Bounced"),
            ("5.2.2", "552 5.2.2 mailbox full", "Email Bounced"),
            ("5.7.1", "550 5.7.1 listed at zen.spamhaus.example", "Email Bounced"),
        ],
    )
    def test_what_may_pass_or_is_ours_silences_nobody(self, post: Post, status: str, said: str, name: str) -> None:
        letter = post.send()
        post.receive(mails.report(letter.message_id, status=status, said=said))
        assert name in post.names()
        assert not post.is_silenced
        assert delivery.delivery(letter.id).bounced_at is None
        assert Fault.objects.count() == 1

    def test_a_delay_is_no_bounce(self, post: Post) -> None:
        post.receive(mails.report(post.send().message_id, action="delayed", status="4.4.7", said="delayed"))
        assert post.names() == ["Email Delayed"]
        assert Fault.objects.count() == 0

    def test_a_report_of_success_says_nothing(self, post: Post) -> None:
        assert (
            post.receive(mails.report(post.send().message_id, action="delivered", status="2.0.0", said="ok")) == 0
        )

    def soft(self, post: Post, number: int) -> None:
        raw = mails.report(post.send(number).message_id, status="4.2.2", said="452 4.2.2 mailbox full")
        post.receive(raw)

    def test_three_soft_bounces_over_fifteen_days_are_enough(self, post: Post) -> None:
        for number in (1, 2):
            self.soft(post, number)
            post.shop.wait(timedelta(days=8))
        assert not post.is_silenced
        self.soft(post, 3)
        assert post.is_silenced
        (last, *_) = [row for row in events.timeline(post.customer_id, limit=9) if row.name == "Email Bounced"]
        assert last.properties["reason"] == "refused for now in 3 sends over at least 15 days"

    def test_three_soft_bounces_in_a_week_are_not(self, post: Post) -> None:
        for number in (1, 2, 3, 4):
            self.soft(post, number)
            post.shop.wait(timedelta(days=2))
        assert not post.is_silenced

    def test_a_message_that_arrived_in_between_begins_the_count_anew(self, post: Post) -> None:
        self.soft(post, 1)
        post.shop.wait(timedelta(days=8))
        post.send(2)
        post.shop.wait(timedelta(days=8))
        for number in (3, 4):
            self.soft(post, number)
        assert not post.is_silenced


class TestRefusalsAtTheDoor:
    """What the receiving server says while a message is handed over."""

    def refuse(self, post: Post, number: int, words: str, *, given_up: bool) -> None:
        letter = post.send(number)
        row = Delivery.objects.get(id=letter.id)
        item = Claimed(**{name: getattr(row, name) for name in Claimed.__slots__ if name != "attempt"}, attempt=1)
        feedback.turned_away([(item, words)], given_up={row.pk} if given_up else set(), now=post.shop.now)

    def test_refusals_of_us_pause_marketing_and_silence_nobody(self, post: Post) -> None:
        settings = SenderSettings(provider="smtp", from_address="hello@shop.example", smtp_host="mail.example")
        outbox.save_sender(settings)
        for number in range(1, 6):
            self.refuse(post, number, "550 5.7.1 listed by our policy", given_up=False)
        post.shop.work()
        (brake,) = health.check(post.shop.now)
        assert (brake.measure, brake.count) == ("refusal", 5)
        assert "SPF, DKIM, DMARC" in brake.advice
        assert not post.is_silenced
        assert delivery.paused_streams() == {"email": brake.reason}

    @pytest.mark.parametrize(
        ("words", "given_up", "faults"),
        [
            ("451 4.7.1 greylisted, try again", False, 0),
            ("452 4.2.2 mailbox full", False, 0),
            ("452 4.2.2 mailbox full", True, 1),
            ("554 5.6.0 message looks like spam", True, 1),
            ("connection refused", True, 0),  # our own mail server was away
        ],
    )
    def test_what_is_tried_again_is_not_counted_yet(
        self, post: Post, words: str, given_up: bool, faults: int
    ) -> None:
        self.refuse(post, 1, words, given_up=given_up)
        post.shop.work()
        assert Fault.objects.count() == faults
        assert not post.is_silenced


class TestComplaints:
    def test_a_complaint_with_the_recipient_blacked_out_is_believed_at_once(self, post: Post) -> None:
        letter = post.send()
        assert post.receive(mails.complaint(letter.message_id)) == 1
        assert post.is_silenced
        assert delivery.delivery(letter.id).complained_at is not None
        assert not allows(consent.facts([post.customer_id], channel="email")[post.customer_id], "news")

    def test_not_spam_is_no_complaint(self, post: Post) -> None:
        post.receive(mails.complaint(post.send().message_id, kind="not-spam"))
        assert not post.is_silenced
        assert "Email Marked as Spam" not in post.names()


class TestAnswers:
    def test_an_answer_is_kept_without_what_it_quotes(self, post: Post) -> None:
        assert post.receive(mails.reply(post.send().message_id)) == 1
        ((found,), total) = replies.page("unread")
        assert total == 1
        assert (found.customer_id, found.text) == (post.customer_id, "Please call me, the tea was stale.")
        assert (found.address, found.name, found.about) == ("ada@example.com", "Ada L", "How was it?")
        assert post.names() == ["Reply Received"]

    def test_an_answer_without_references_is_known_by_its_sender(self, post: Post) -> None:
        assert post.receive(mails.reply(sender="ADA@Example.com")) == 1
        assert replies.counts() == {"unread": 1, "read": 0, "all": 1}

    def test_a_stranger_becomes_no_customer(self, post: Post) -> None:
        before = customers.total()
        assert post.receive(mails.reply(sender="x@nowhere.example")) == 0
        assert customers.total() == before

    def test_marketing_waits_until_somebody_has_read_it(self, post: Post) -> None:
        post.receive(mails.reply(post.send().message_id))
        now = post.shop.now
        hold = sales.waiting([post.customer_id], now=now)[post.customer_id]
        assert (hold.until, hold.reason) == (now + replies.LOOK_AGAIN, "answered, and nobody has read it yet")
        ((found,), _) = replies.page("unread")
        inbound.read_reply(found.id, by="max@example.com", now=now)
        assert sales.waiting([post.customer_id], now=now) == {}
        post.shop.work()
        assert replies.reply(found.id).read_by == "max@example.com"
        assert "Reply Read" in post.names()

    @pytest.mark.usefixtures("outside_holdout")
    def test_a_decision_says_what_it_waits_for(self, post: Post) -> None:
        post.shop.buy("ada")
        post.shop.work()
        post.receive(mails.reply())
        post.shop.wait(timedelta(days=1, minutes=1))
        row = decisions.of_customer(post.customer_id).rows[0]
        assert (row.verdict, row.reason) == ("hold", "sales_hold")
        ((found,), _) = replies.page("unread")
        inbound.read_reply(found.id, by="max@example.com", now=post.shop.now)
        post.shop.work()  # at once, not when one would have looked again
        assert decisions.of_customer(post.customer_id).rows[0].verdict == "send"

    @pytest.mark.parametrize(
        "head",
        ["Auto-Submitted: auto-replied\n", "X-Autoreply: yes\n", "Precedence: bulk\n", "X-Autorespond: away\n"],
    )
    def test_a_holiday_answer_holds_nothing(self, post: Post, head: str) -> None:
        assert post.receive(mails.reply(post.send().message_id, head=head)) == 1
        assert post.names() == ["Automatic Reply Received"]
        assert sales.waiting([post.customer_id], now=post.shop.now) == {}


@pytest.mark.parametrize(
    "raw", [b"", b"hello", b"\x00\xff\xfe", b"Content-Type: multipart/report; boundary=x\r\n\r\n"]
)
def test_what_is_no_message_is_said_to_be_none(raw: bytes) -> None:
    with pytest.raises(InvalidInput):
        read(raw)


@pytest.mark.parametrize(
    "subject",
    [
        "Automatic reply: How was it?",
        "Out of Office",
        "Abwesenheitsnotiz",
        "Re: Autoreply",
        "Réponse automatique : x",
    ],
)
def test_a_subject_may_tell_a_program(subject: str) -> None:
    raw = f"From: a@b.example\nSubject: {subject}\n\nI am away".encode()
    assert read(raw).kind is Kind.AUTOMATIC


def test_html_is_read_as_text() -> None:
    assert read(mails.HTML).text == "Bitte ruft mich an."
    assert read(mails.HTML).subject == "Re: Grüße"


class TestVisits:
    CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/124.0 Safari/537.36"

    def test_people_are_counted_and_programs_only_written_down(self, post: Post) -> None:
        letter = post.send()
        links = outbox.link_ids(["https://shop.example/a", "https://shop.example/b"])
        post.shop.clock.advance(timedelta(minutes=5))
        for link in links.values():
            feedback.clicked(letter.id, link, now=post.shop.now, agent=self.CHROME, looks=True)
        assert visiting.settle(post.shop.now) == 0, "too early to tell"
        post.shop.clock.advance(timedelta(minutes=10))
        feedback.opened(letter.id, now=post.shop.now, agent=self.CHROME, looks=True)
        post.shop.clock.advance(timedelta(seconds=11))
        assert visiting.settle(post.shop.now) == 3
        assert visiting.settle(post.shop.now) == 0
        post.shop.work()
        assert post.names() == ["Email Link Scanned", "Email Link Scanned", "Email Opened"]
        row = delivery.delivery(letter.id)
        assert row.clicked_at is None
        assert row.opened_at is not None

"""Real conversations with a mail server: what each answer means, and that nothing is sent twice or lost."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from uuid import UUID

import pytest
from tests.delivery.mail_servers import MailServer

from tactful.delivery.port import Outcome, Outgoing, SenderSettings
from tactful.delivery.providers.smtp import Smtp, connection

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def message(number: int = 1, raw: bytes = b"Subject: x\r\n\r\n.hidden\r\n..\r\n.\r\nend\r\n") -> Outgoing:
    return Outgoing(
        delivery_id=number,
        attempt=1,
        key=UUID(int=number),
        customer_id=number,
        category="marketing",
        sender="hello@leaf.example",
        recipient=f"person{number}@example.org",
        subject="x",
        message_id=f"<{number}@leaf.example>",
        date=NOW,
        raw=raw,
    )


def smtp(server: MailServer, **changes: object) -> Smtp:
    parts = {"smtp_host": "127.0.0.1", "smtp_port": server.port, "smtp_security": "none", **changes}
    return Smtp(SenderSettings(provider="smtp", **parts))  # type: ignore[arg-type]  # mixed values by name


def outcomes(provider: Smtp, *messages: Outgoing) -> list[Outcome]:
    results = provider.send(messages)
    assert [result.delivery_id for result in results] == [each.delivery_id for each in messages]
    return [result.outcome for result in results]


def test_a_message_arrives_byte_for_byte(mail_server: MailServer) -> None:
    assert outcomes(smtp(mail_server), message()) == [Outcome.SENT]
    (taken,) = mail_server.taken
    assert taken.mail_from == "hello@leaf.example"
    assert taken.rcpt_tos == ["person1@example.org"]
    assert taken.content == message().raw


def test_a_batch_goes_over_several_connections_and_the_next_one_over_the_same(mail_server: MailServer) -> None:
    provider = smtp(mail_server)
    for begin in (0, 100):
        batch = [message(begin + number) for number in range(1, 61)]
        assert set(outcomes(provider, *batch)) == {Outcome.SENT}
    assert len({envelope.rcpt_tos[0] for envelope in mail_server.taken}) == 120
    assert len(mail_server.taken) == 120
    provider.close()


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("550 5.1.1 No such user", Outcome.BOUNCED),
        ("550 unknown", Outcome.BOUNCED),
        ("551 5.1.6 moved", Outcome.BOUNCED),
        ("550 5.7.1 Your reputation is low", Outcome.REFUSED),
        ("552 5.2.2 Mailbox full", Outcome.REFUSED),
        ("450 4.2.0 Greylisted, try again", Outcome.RETRY),
        ("452 4.2.2 Mailbox full", Outcome.RETRY),
    ],
)
def test_what_the_answer_to_a_recipient_means(mail_server: MailServer, answer: str, outcome: Outcome) -> None:
    mail_server.recipients["person1@example.org"] = answer
    provider = smtp(mail_server)
    first, second = provider.send([message(1), message(2)])
    assert first.outcome is outcome
    assert answer.split()[-1] in first.reason
    assert second.outcome is Outcome.SENT, "one refused recipient is no trouble for the next"
    assert len(mail_server.taken) == 1


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("554 5.7.1 Spam", Outcome.REFUSED),
        ("550 5.1.1 No such user", Outcome.BOUNCED),
        ("451 4.3.0 Try later", Outcome.RETRY),
        ("421 4.3.2 Shutting down", Outcome.RETRY),
        ("299 fine", Outcome.SENT),
        ("199 what", Outcome.IN_DOUBT),
    ],
)
def test_what_the_answer_to_the_content_means(mail_server: MailServer, answer: str, outcome: Outcome) -> None:
    mail_server.content = answer
    assert outcomes(smtp(mail_server), message()) == [outcome]


def test_a_connection_that_breaks_after_the_content_leaves_doubt(mail_server: MailServer) -> None:
    mail_server.drops_after_data = True
    assert outcomes(smtp(mail_server), message()) == [Outcome.IN_DOUBT]
    assert len(mail_server.taken) == 1, "the server has it, though it never said so"


def test_a_server_that_says_nothing_after_the_content_leaves_doubt(
    mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "REPLY_TIMEOUT", 0.3)
    mail_server.answers_late = True
    assert outcomes(smtp(mail_server), message()) == [Outcome.IN_DOUBT]


def test_a_connection_that_breaks_before_the_content_leaves_none(mail_server: MailServer) -> None:
    mail_server.drops_at_recipient = 1
    provider = smtp(mail_server)
    assert outcomes(provider, message(1)) == [Outcome.RETRY]
    assert outcomes(provider, message(1)) == [Outcome.SENT]
    assert len(mail_server.taken) == 1


def test_a_connection_that_the_server_closed_while_idle_costs_nothing(mail_server: MailServer) -> None:
    provider = smtp(mail_server)
    assert outcomes(provider, message(1)) == [Outcome.SENT]
    mail_server.drops_at_recipient = 1  # what an idle one that was closed looks like from here
    assert outcomes(provider, message(2)) == [Outcome.SENT]
    assert len(mail_server.taken) == 2


def test_a_server_in_trouble_is_left_alone_soon(mail_server: MailServer) -> None:
    mail_server.drops_at_recipient = 1000
    batch = [message(number) for number in range(1, 41)]
    results = smtp(mail_server).send(batch)
    assert {result.outcome for result in results} == {Outcome.RETRY}
    assert 1000 - mail_server.drops_at_recipient < 10


def test_no_server_means_later() -> None:
    provider = smtp(MailServer(port=1))
    (result,) = provider.send([message()])
    assert result.outcome is Outcome.RETRY
    assert "no connection to 127.0.0.1" in result.reason


def test_a_server_without_encryption_gets_nothing_when_encryption_is_asked_for(mail_server: MailServer) -> None:
    results = smtp(mail_server, smtp_security="starttls").send([message()])
    assert results[0].outcome is Outcome.RETRY
    assert "STARTTLS" in results[0].reason
    assert mail_server.taken == []


def test_what_arrives_is_a_message_that_others_read(mail_server: MailServer) -> None:
    smtp(mail_server).send([message(raw=b"Subject: Hi\r\nTo: a@b.example\r\n\r\nbody\r\n")])
    content = mail_server.taken[0].content
    assert isinstance(content, bytes)
    assert message_from_bytes(content, policy=policy.default)["Subject"] == "Hi"

"""What a provider is: a folder under `providers/` with a class that sends a batch and tells how it went."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Protocol
from uuid import UUID

from tactful.delivery.domain.codes import Meaning


class Outcome(Enum):
    """What a provider knows after an attempt. IN_DOUBT where it does not know: then marketing is not repeated."""

    SENT = "sent"
    RETRY = "retry"  # certainly not sent; may work later
    BOUNCED = "bounced"  # certainly not sent; the address does not exist or refuses for good
    REFUSED = "refused"  # certainly not sent; this message will never be taken, the address may be fine
    IN_DOUBT = "in_doubt"  # handed over, but nobody confirmed it


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message ready to go. `raw` is the whole message with CRLF line ends, without the signatures that go on top;
    `attempt` counts from 1.

    `date` is when it was queued, in UTC: part of the message, the same for each attempt. `envelope_from` is where
    the way back leads; blank means the sender.
    """

    delivery_id: int
    attempt: int
    key: UUID
    customer_id: int
    category: str
    sender: str
    recipient: str
    subject: str
    message_id: str
    date: datetime
    raw: bytes = field(repr=False)
    envelope_from: str = ""
    signatures: Callable[[], bytes] = field(default=bytes, repr=False)

    def signed(self) -> bytes:
        """The message as it travels. It may wait for its signatures: asked for by whoever hands it over, once."""
        return self.signatures() + self.raw

    @property
    def return_path(self) -> str:
        return self.envelope_from or self.sender


@dataclass(frozen=True, slots=True)
class Result:
    """How one attempt ended. `reason` says why it failed, in the receiver's words where there are some; `means`
    what these words mean. `answer` is what a provider said of a message that it took."""

    delivery_id: int
    attempt: int
    outcome: Outcome
    reason: str = ""
    provider: str = ""
    message_id: str = ""
    subject: str = ""
    means: Meaning = Meaning.UNKNOWN
    answer: str = ""


def result_of(
    message: Outgoing, outcome: Outcome, *, provider: str, reason: str = "", means: Meaning = Meaning.UNKNOWN
) -> Result:
    return Result(
        delivery_id=message.delivery_id,
        attempt=message.attempt,
        outcome=outcome,
        reason=reason[:500],
        provider=provider,
        message_id=message.message_id,
        subject=message.subject,
        means=means,
    )


class Provider(Protocol):
    """Hands messages over. One object serves one process; it keeps its connections between batches."""

    name: str

    def send(self, messages: Sequence[Outgoing]) -> list[Result]:
        """One result for each message, in their order. Never raises for what goes wrong with a message."""

    def close(self) -> None:
        """Let go of connections. Called at the end, or before settings change; sending again opens them anew."""


@dataclass(frozen=True, slots=True)
class SenderSettings:
    """How mail leaves. `smtp_connections` at once, each for `smtp_messages`; `bounce_domain` is where failed
    messages come back to, each to an address of its own; blank: to the sender. `options` are the vendor's."""

    provider: str = "mailbox"
    from_name: str = ""
    from_address: str = "hello@example.com"
    reply_to: str = ""
    smtp_host: str = ""
    smtp_port: int = 587
    smtp_user: str = ""
    smtp_password: str = field(default="", repr=False)
    smtp_security: str = "starttls"
    paused: bool = False
    smtp_connections: int = 4
    smtp_messages: int = 100
    bounce_domain: str = ""
    options: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def reply_link(self) -> str:
        """Where a button that asks for an answer leads."""
        return f"mailto:{self.reply_to or self.from_address}"

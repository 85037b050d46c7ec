"""A test message by the way that is set, so that a sender is proven before customers depend on it."""

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr

from django.conf import settings

from tactful.delivery.domain.dkim import sign
from tactful.delivery.port import Outcome, Outgoing, SenderSettings
from tactful.delivery.providers import open_provider, title_of
from tactful.delivery.signing import keys_for
from tactful.kernel.ids import key_of


@dataclass(frozen=True, slots=True)
class Told:
    """How the trial went, as a sentence."""

    went: bool
    words: str


def try_out(sender: SenderSettings, address: str, *, company: str, now: datetime) -> Told:
    """Hand one short message to the provider and say what it answered."""
    provider = open_provider(sender, data=settings.DATA)
    try:
        result = provider.send([_message(sender, address, company=company, now=now)])[0]
    finally:
        provider.close()
    if result.outcome is not Outcome.SENT:
        return Told(went=False, words=f"Not sent: {result.reason or result.outcome.value}.")
    if sender.provider == "mailbox":
        return Told(
            went=True, words="Kept in the local mailbox: nothing leaves this machine until another way is set."
        )
    taken_by = sender.smtp_host if sender.provider == "smtp" else title_of(sender.provider)
    said = f" {result.answer}." if result.answer else ""
    return Told(went=True, words=f"{taken_by} took the message for {address}.{said} Look whether it arrives.")


def _message(sender: SenderSettings, address: str, *, company: str, now: datetime) -> Outgoing:
    key = key_of("test message", address, now.isoformat())
    domain = sender.from_address.rpartition("@")[2]
    letter = EmailMessage(policy=SMTP)
    letter["From"] = formataddr((sender.from_name, sender.from_address))
    letter["To"] = address
    letter["Subject"] = f"A test message from {company}"
    letter["Date"] = format_datetime(now)
    letter["Message-ID"] = f"<{key}@{domain}>"
    letter.set_content(f"Sending works: {company} reached this address.\n")
    return Outgoing(
        delivery_id=0,
        attempt=1,
        key=key,
        customer_id=0,
        category="service",
        sender=sender.from_address,
        recipient=address,
        subject=letter["Subject"],
        message_id=letter["Message-ID"],
        date=now,
        raw=sign(letter.as_bytes(), keys_for(sender)),
    )

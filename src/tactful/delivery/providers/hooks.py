"""What providers of mail tell by webhooks, in one form: the vendors' shapes and signatures are anymail's business.

Only anymail's views are used, not its signals: what they read goes through our one door. Amazon's signature, which
anymail does not check, is checked by `sns`.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from anymail.exceptions import AnymailError, AnymailWebhookValidationFailure
from anymail.webhooks.amazon_ses import AmazonSESTrackingWebhookView
from anymail.webhooks.base import AnymailBaseWebhookView, AnymailCoreWebhookView
from anymail.webhooks.brevo import BrevoTrackingWebhookView
from anymail.webhooks.mailersend import MailerSendTrackingWebhookView
from anymail.webhooks.mailgun import MailgunInboundWebhookView, MailgunTrackingWebhookView
from anymail.webhooks.mailjet import MailjetInboundWebhookView, MailjetTrackingWebhookView
from anymail.webhooks.postmark import PostmarkInboundWebhookView, PostmarkTrackingWebhookView
from anymail.webhooks.sparkpost import SparkPostInboundWebhookView, SparkPostTrackingWebhookView
from django.http import HttpRequest

from tactful.delivery.domain.proof import Forged
from tactful.delivery.domain.sns import SUBSCRIBED, read
from tactful.delivery.providers import sns
from tactful.kernel.errors import InvalidInput

_OUR_ID = re.compile(r"\b([0-9a-f]{32})@[a-z0-9.-]+")
_METADATA = ("message_key", "key", "tactful_key")
_PASSING = ("transient", "softbounce", "soft bounce", "temporary")


class _AmazonSes(AmazonSESTrackingWebhookView):  # type: ignore[misc]  # anymail ships no types
    """Reads notifications without Amazon's own library, which would want our keys to confirm a subscription."""

    def __init__(self, **settings: Any) -> None:
        self.auto_confirm_enabled = False
        AnymailBaseWebhookView.__init__(self, **settings)

    # anymail's own goes by the charset that the request names: what is read must be what was proven.
    @staticmethod
    def _parse_sns_message(request: HttpRequest) -> dict[str, Any]:
        return dict(read(request.body).said)


@dataclass(frozen=True, slots=True)
class Vendor:
    """A provider. `key` names the key that signs what it sends; blank where there is none to be kept.

    `prove` is for a provider whose signature needs no key of ours; else its secret address protects.
    """

    name: str
    tracking: type[AnymailCoreWebhookView]
    inbound: type[AnymailCoreWebhookView] | None = None
    key: str = ""
    prove: Callable[..., sns.Proven] | None = None


VENDORS: Mapping[str, Vendor] = {
    "amazon-ses": Vendor("Amazon SES", _AmazonSes, prove=sns.prove),
    "brevo": Vendor("Brevo", BrevoTrackingWebhookView),
    "mailersend": Vendor("MailerSend", MailerSendTrackingWebhookView, key="signing_secret"),
    "mailgun": Vendor("Mailgun", MailgunTrackingWebhookView, MailgunInboundWebhookView, key="webhook_signing_key"),
    "mailjet": Vendor("Mailjet", MailjetTrackingWebhookView, MailjetInboundWebhookView),
    "postmark": Vendor("Postmark", PostmarkTrackingWebhookView, PostmarkInboundWebhookView),
    "sparkpost": Vendor("SparkPost", SparkPostTrackingWebhookView, SparkPostInboundWebhookView),
}


@dataclass(frozen=True, slots=True)
class Told:
    """What a provider says became of a message. `what` is anymail's name; `event_id` is the provider's own.

    `keys` are the messages of ours that it may be about; `provider_id` is the id by which the provider knows it.
    """

    what: str
    event_id: str
    at: datetime | None
    provider_id: str
    keys: tuple[UUID, ...]
    recipient: str
    reason: str
    passing: bool = False
    url: str = ""
    agent: str = ""
    inbound: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Heard:
    """All that one request says, and who proved to have said it, where the provider proves that by itself."""

    told: tuple[Told, ...]
    proven: sns.Proven | None = None

    @property
    def account(self) -> str:
        return self.proven.account if self.proven else ""

    @property
    def please(self) -> str:
        """What the provider asks a person to do: an address to be opened."""
        return self.proven.subscribe if self.proven else ""

    def confirm(self) -> bool:
        """Do what was asked for; whether there was something to do. Raises Unconfirmed.

        That a subscription has ended may be somebody's wish: to take that back is left to a person.
        """
        if self.proven is None or self.proven.kind != SUBSCRIBED:
            return False
        sns.confirm(self.proven)
        return True


def hear(vendor: str, request: HttpRequest, *, signing_key: str, inbound: bool, now: datetime) -> Heard:
    """Read a webhook. It may ask the provider for a certificate, so not in a transaction.

    Raises Forged for a wrong signature, Unproven where it cannot be checked now, InvalidInput for what cannot be
    understood.
    """
    known = VENDORS[vendor]
    kind = known.inbound if inbound else known.tracking
    if kind is None:
        raise InvalidInput(f"mail that comes in by {known.name} is not taken here: forward it as a raw message")
    proven = known.prove(request.body, now=now) if known.prove else None
    settings: dict[str, Any] = {"webhook_secret": "unused:unused"}
    view = kind(**settings, **({known.key: signing_key} if known.key else {}))
    view.basic_auth = None  # the secret stands in the address
    try:
        view.run_validators(request)
        told = tuple(_told(event, number) for number, event in enumerate(view.parse_events(request)))
    except AnymailWebhookValidationFailure as fault:
        raise Forged(f"{Forged.__doc__} {fault}") from None
    except (AnymailError, ValueError, KeyError, TypeError, AttributeError, UnicodeError) as fault:
        raise InvalidInput(f"this is no webhook of {known.name}: {type(fault).__name__}") from None
    return Heard(told, proven)


def _told(event: Any, number: int) -> Told:
    raw = event.esp_event
    said = dict(raw) if isinstance(raw, Mapping) else {}
    message = getattr(event, "message", None)
    recipient = str(getattr(event, "recipient", "") or "")
    described = [str(getattr(event, name, "") or "") for name in ("mta_response", "description")]
    text = json.dumps(said, default=str)
    return Told(
        what=str(event.event_type),
        # One notification of Amazon may speak of several recipients.
        event_id=f"{event.event_id}:{recipient or number}" if event.event_id else "",
        at=event.timestamp,
        provider_id=str(getattr(event, "message_id", "") or ""),
        keys=_keys(event, text),
        recipient=recipient,
        reason=" ".join(next((each for each in described if each), "").split())[:500],
        passing=any(word in described[1].lower() for word in _PASSING),
        url=str(getattr(event, "click_url", "") or ""),
        agent=str(getattr(event, "user_agent", "") or ""),
        inbound=message.as_bytes() if message is not None else b"",
    )


def _keys(event: Any, text: str) -> tuple[UUID, ...]:
    metadata = getattr(event, "metadata", None) or {}
    found = []
    for name in _METADATA:
        try:
            found.append(UUID(str(metadata.get(name))))
        except ValueError:
            continue
    ids = [str(getattr(event, "message_id", "") or ""), text]
    found += [UUID(match) for each in ids for match in _OUR_ID.findall(each.lower())]
    return tuple(dict.fromkeys(found))

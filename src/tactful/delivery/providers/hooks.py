"""What providers of mail tell by webhooks, in one form: the vendors' shapes and signatures are anymail's business.

Only anymail's views are used, not its signals: what they read goes through our one door. Amazon's signature, which
anymail does not check, is checked by `sns`.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import structlog
from anymail.exceptions import AnymailWebhookValidationFailure
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
from tactful.delivery.domain.sorting import Fate
from tactful.delivery.providers import sns
from tactful.delivery.providers.verdicts import verdict, word
from tactful.kernel.errors import InvalidInput
from tactful.kernel.texts import plain

log = structlog.get_logger()

_OUR_ID = re.compile(r"\b([0-9a-f]{32})@[a-z0-9.-]+")
_METADATA = ("message_key", "key", "tactful_key")
_FIELD = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,50}")
_SHAPE = "it does not have the shape of one"
_AMISS: Sequence[tuple[type[Exception], str]] = (
    (json.JSONDecodeError, "it is no JSON"),
    (UnicodeError, "it holds characters that are none"),
    (RecursionError, "it is nested too deeply"),
    *((kind, "a value in it cannot be") for kind in (OverflowError, ValueError, OSError)),
)


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
class _Part:
    """One event of a batch, as a request of its own."""

    body: bytes


@dataclass(frozen=True, slots=True)
class Vendor:
    """A provider. `key` names the key that signs what it sends; blank where there is none to be kept.

    `batches`: one request may tell of several messages. `prove` is for a provider whose signature needs no key of
    ours; else its secret address protects.
    """

    name: str
    tracking: type[AnymailCoreWebhookView]
    inbound: type[AnymailCoreWebhookView] | None = None
    key: str = ""
    prove: Callable[..., sns.Proven] | None = None
    batches: bool = False


VENDORS: Mapping[str, Vendor] = {
    "amazon-ses": Vendor("Amazon SES", _AmazonSes, prove=sns.prove),
    "brevo": Vendor("Brevo", BrevoTrackingWebhookView),
    "mailersend": Vendor("MailerSend", MailerSendTrackingWebhookView, key="signing_secret"),
    "mailgun": Vendor("Mailgun", MailgunTrackingWebhookView, MailgunInboundWebhookView, key="webhook_signing_key"),
    "mailjet": Vendor("Mailjet", MailjetTrackingWebhookView, MailjetInboundWebhookView, batches=True),
    "postmark": Vendor("Postmark", PostmarkTrackingWebhookView, PostmarkInboundWebhookView),
    "sparkpost": Vendor("SparkPost", SparkPostTrackingWebhookView, SparkPostInboundWebhookView, batches=True),
}


@dataclass(frozen=True, slots=True)
class Told:
    """What a provider says became of a message. `what` is anymail's name; `event_id` is the provider's own.

    `keys` are the messages of ours that it may be about; `provider_id` is the id by which the provider knows it.
    `verdict` is what it means for the address where it tells of a failure and `reason` says nothing that is known.
    """

    what: str
    event_id: str
    at: datetime | None
    provider_id: str
    keys: tuple[UUID, ...]
    recipient: str
    reason: str
    verdict: Fate
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
    body = request.body  # a request that is too large, or breaks off, ends here
    proven = known.prove(body, now=now) if known.prove else None
    settings: dict[str, Any] = {"webhook_secret": "unused:unused"}
    view = kind(**settings, **({known.key: signing_key} if known.key else {}))
    view.basic_auth = None  # the secret stands in the address
    try:
        view.run_validators(request)
        told = tuple(_all_told(vendor, view, request))
    except Exception as fault:  # noqa: BLE001 -- what anymail raises at strange input is written nowhere
        raise _refusal(fault, known) from None
    return Heard(told, proven)


def _all_told(vendor: str, view: Any, request: HttpRequest) -> list[Told]:
    """What a request says. In a batch one event that cannot be read loses none of the others; else its fault is
    raised."""
    told: list[Told] = []
    faults: list[Exception] = []
    for part in _parts(request) if VENDORS[vendor].batches else [request]:
        try:
            told += [_told(vendor, event, number) for number, event in enumerate(view.parse_events(part))]
        except Exception as fault:  # noqa: BLE001 -- as in `hear`
            faults.append(fault)
    if faults and not told:
        raise faults[0]
    if faults:
        log.warning("webhook not understood", provider=vendor, events=len(faults), first=repr(faults[0]))
    return told


def _parts(request: HttpRequest) -> Sequence[HttpRequest | _Part]:
    said = json.loads(request.body)
    if not isinstance(said, list) or not said:
        return [request]
    return [_Part(json.dumps([each]).encode()) for each in said]


def _refusal(fault: Exception, known: Vendor) -> InvalidInput:
    """Why a webhook is not taken, in words for whoever reads the provider's log."""
    if isinstance(fault, InvalidInput):
        return fault
    is_unsigned = isinstance(fault, AnymailWebhookValidationFailure)
    cause = fault.__cause__ if is_unsigned and fault.__cause__ else fault
    if cause is fault and is_unsigned:
        return Forged()
    if isinstance(cause, KeyError) and _FIELD.fullmatch(str(cause.args[0] if cause.args else "")):
        missing = f"`{cause.args[0]}` is missing"
        return Forged(f"this webhook is not signed: {missing}") if is_unsigned else _no_webhook(known, missing)
    return _no_webhook(known, next((words for kind, words in _AMISS if isinstance(cause, kind)), _SHAPE))


def _no_webhook(known: Vendor, why: str) -> InvalidInput:
    return InvalidInput(f"this is no webhook of {known.name}: {why}")


def _told(vendor: str, event: Any, number: int) -> Told:
    raw = event.esp_event
    said = dict(raw) if isinstance(raw, Mapping) else {}
    message = getattr(event, "message", None)
    recipient = _name(event, "recipient")
    event_id = _name(event, "event_id")
    described = [_words(event, "mta_response"), _words(event, "description"), plain(word(vendor, said))]
    text = json.dumps(said, default=str)
    return Told(
        what=str(event.event_type),
        # One notification of Amazon may speak of several recipients.
        event_id=f"{event_id}:{recipient or number}" if event_id else "",
        at=_moment(event.timestamp),
        provider_id=_name(event, "message_id"),
        keys=_keys(event, text),
        recipient=recipient,
        reason=" ".join(next((each for each in described if each), "").split())[:500],
        verdict=verdict(vendor, str(event.event_type), said),
        url=_words(event, "click_url"),
        agent=_words(event, "user_agent"),
        inbound=message.as_bytes() if message is not None else b"",
    )


def _moment(told: datetime | None) -> datetime | None:
    """Some send times without a zone: UTC, as their documentation says. Raises OverflowError."""
    if told is None:
        return None
    return (told if told.tzinfo else told.replace(tzinfo=UTC)).astimezone(UTC)


def _name(event: Any, field: str) -> str:
    """What something is known by, exactly as it was told. Raises InvalidInput for what nothing can be called."""
    told = str(getattr(event, field, "") or "")
    if told != plain(told):
        raise InvalidInput(f"the {field.replace('_', ' ')} holds characters that are none")
    return told


def _words(event: Any, field: str) -> str:
    """What is only shown: a stray character in it loses no bounce."""
    return plain(str(getattr(event, field, "") or ""))


def _keys(event: Any, text: str) -> tuple[UUID, ...]:
    metadata = getattr(event, "metadata", None) or {}
    found = []
    for mark in (*map(metadata.get, _METADATA), *(getattr(event, "tags", None) or ())):
        try:
            found.append(UUID(str(mark)))
        except ValueError:
            continue
    ids = [_name(event, "message_id"), text]
    found += [UUID(match) for each in ids for match in _OUR_ID.findall(each.lower())]
    return tuple(dict.fromkeys(found))

"""A batch to a mail service: one request for each message, several at once, and what the answers mean."""

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import partial
from importlib import import_module
from typing import Any

import requests
from anymail.exceptions import AnymailAPIError, AnymailError, AnymailRecipientsRefused
from anymail.message import AnymailMessage
from botocore import exceptions as aws

from tactful.delivery.domain.codes import Meaning, meaning
from tactful.delivery.port import Outcome, Outgoing, Result, result_of
from tactful.delivery.providers.anymail.vendors import VENDORS, Vendor

AT_ONCE = 8  # requests; the throttle of the provider decides how many in a second
TIMEOUT = 30.0  # seconds for an answer; leases are longer than a batch of these
_KEY = "message_key"
_CARRIED = ("List-Unsubscribe", "List-Unsubscribe-Post", "List-ID", "Feedback-ID", "Auto-Submitted")
_NOT_NOW = (401, 402, 403, 429, 503)  # not taken, and not because of the message: key, account, rate, outage
_STATUSES = {
    "sent": (Outcome.SENT, Meaning.UNKNOWN),
    "queued": (Outcome.SENT, Meaning.UNKNOWN),
    "invalid": (Outcome.BOUNCED, Meaning.GONE),
    "rejected": (Outcome.BOUNCED, Meaning.GONE),  # the service has its own list of addresses that bounced before
    "failed": (Outcome.REFUSED, Meaning.UNKNOWN),
}
_UNREADABLE = (AttributeError, LookupError, TypeError, ValueError)
_NEVER_LEFT = (requests.exceptions.ConnectTimeout, requests.exceptions.InvalidURL, requests.exceptions.SSLError)
_NEVER_LEFT_AWS = (
    aws.ConnectTimeoutError,
    aws.EndpointConnectionError,
    aws.NoCredentialsError,
    aws.ParamValidationError,
)


class Anymail:
    """The provider. `address` is another place for the vendor's API."""

    def __init__(self, vendor: str, options: Mapping[str, str], *, address: str = "") -> None:
        self.name = vendor
        self._vendor = VENDORS[vendor]
        self._settings = _settings(vendor, options, address)
        self._own = threading.local()
        self._open: list[Any] = []
        self._threads = ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix=vendor)

    def send(self, messages: Sequence[Outgoing]) -> list[Result]:
        return list(self._threads.map(self._send, messages))

    def close(self) -> None:
        while self._open:
            self._open.pop().close()
        self._own = threading.local()

    def _send(self, message: Outgoing) -> Result:
        told = partial(result_of, message, provider=self.name)
        letter = _letter(message, self._vendor)
        try:
            self._backend().send_messages([letter])
        except AnymailRecipientsRefused:
            pass  # the status below says so
        except AnymailAPIError as fault:
            outcome, means = _judged(fault)
            return told(outcome, reason=_words(fault), means=means)
        except AnymailError as fault:
            return told(Outcome.REFUSED, reason=_words(fault), means=Meaning.CONTENT)
        except _UNREADABLE as fault:
            words = f"{self._vendor.title} gave an answer that cannot be read: {type(fault).__name__}"
            return told(Outcome.IN_DOUBT, reason=words)
        status = letter.anymail_status.recipients.get(message.recipient)
        outcome, means = _STATUSES.get(status.status if status else "", (Outcome.IN_DOUBT, Meaning.UNKNOWN))
        their_id = str(status.message_id or "") if status else ""
        answer = f"{self._vendor.title} calls it {status.status if status else 'nothing'}" + (
            f" ({their_id})" if their_id else ""
        )
        result = told(outcome, reason="" if outcome is Outcome.SENT else answer, means=means)
        kept_id = message.message_id if self._vendor.keeps_id or not their_id else their_id
        return replace(result, message_id=kept_id, answer=answer)

    def _backend(self) -> Any:
        """The connection of this thread: sessions are not to be shared."""
        if getattr(self._own, "backend", None) is None:
            kind = import_module(f"anymail.backends.{self._vendor.backend}").EmailBackend
            self._own.backend = kind(**self._settings)
            self._own.backend.open()
            self._open.append(self._own.backend)
        return self._own.backend


def _settings(vendor: str, options: Mapping[str, str], address: str) -> dict[str, Any]:
    if vendor != "amazon-ses":
        return {"timeout": TIMEOUT, **options, **({"api_url": address} if address else {})}
    client = {
        "aws_access_key_id": options.get("access_key_id"),
        "aws_secret_access_key": options.get("secret_access_key"),
        "region_name": options.get("region"),
        # Its own library would send again what may have gone.
        "config": {"retries": {"total_max_attempts": 1}, "read_timeout": TIMEOUT, "connect_timeout": 10},
        **({"endpoint_url": address} if address else {}),
    }
    return {"client_params": client, "configuration_set_name": options.get("configuration_set_name")}


def _letter(message: Outgoing, vendor: Vendor) -> AnymailMessage:
    """The message as the service takes it: parts and headers, which it puts together anew."""
    parsed = message_from_bytes(message.raw, policy=policy.default)
    headers = {name: str(parsed[name]) for name in _CARRIED if name in parsed}
    if vendor.keeps_id or vendor.backend == "amazon_ses":
        headers["Message-ID"] = message.message_id
    letter = AnymailMessage(
        subject=str(parsed["Subject"]),
        body=_body(parsed, "plain"),
        from_email=str(parsed["From"]),
        to=[message.recipient],
        reply_to=[str(parsed["Reply-To"])] if parsed["Reply-To"] else [],
        headers=headers,
    )
    html = _body(parsed, "html")
    if html:
        letter.attach_alternative(html, "text/html")
    if vendor.bears == "metadata":
        letter.metadata = {_KEY: str(message.key)}
    else:
        letter.tags = [str(message.key)]
    if vendor.tracks:
        letter.track_opens = letter.track_clicks = False  # we count our own
    return letter


def _body(parsed: EmailMessage, kind: str) -> str:
    part = parsed.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part else ""


def _judged(fault: AnymailAPIError) -> tuple[Outcome, Meaning]:
    """What a failed request means for the message. Where the service may have it nobody knows: that stays open."""
    code = _code(fault)
    if code is None:
        return (Outcome.RETRY if _never_left(fault) else Outcome.IN_DOUBT), Meaning.UNKNOWN
    if code == 429:
        return Outcome.RETRY, Meaning.RATE
    if code in _NOT_NOW:
        return Outcome.RETRY, Meaning.POLICY if code < 500 else Meaning.UNKNOWN
    if 400 <= code < 500:
        said = meaning(None, None, _words(fault))
        return (Outcome.BOUNCED if said is Meaning.GONE else Outcome.REFUSED), said
    return Outcome.IN_DOUBT, Meaning.UNKNOWN


def _code(fault: AnymailAPIError) -> int | None:
    if fault.status_code is not None:
        return int(fault.status_code)
    if isinstance(fault.response, dict):  # Amazon's
        code = fault.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        slow = fault.response.get("Error", {}).get("Code") in ("TooManyRequestsException", "Throttling")
        return 429 if slow else code
    return None


def _never_left(fault: AnymailAPIError) -> bool:
    cause = fault.__cause__
    if isinstance(cause, _NEVER_LEFT + _NEVER_LEFT_AWS):
        return True
    # A refused connection comes wrapped three times; one that broke later looks different inside.
    return isinstance(cause, requests.exceptions.ConnectionError) and "NewConnectionError" in repr(cause)


def _words(fault: AnymailError) -> str:
    return " ".join(str(fault).split())[:500]

"""Amazon's notification service (SNS), by which Amazon SES tells: its certificates and its subscriptions."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509 import Certificate, load_pem_x509_certificate

from tactful.delivery.domain import sns
from tactful.delivery.domain.proof import Unproven
from tactful.kernel import outside
from tactful.kernel.errors import TactfulError

_TIMEOUT = 4.0  # seconds, for each step: the service waits 15 for our answer
_LARGEST = 20_000  # bytes
_CERTIFICATES = 16  # one for each region, and for each while it is changed


class Unconfirmed(TactfulError):
    """Amazon did not take the confirmation: it asks again by itself, or open its address by hand."""


@dataclass(frozen=True, slots=True)
class Proven:
    """What a message is, once it is known to be Amazon's. `subscribe` is where its subscription is confirmed."""

    kind: str
    account: str
    subscribe: str


def prove(body: bytes, *, now: datetime) -> Proven:
    """Raises Forged for what Amazon did not sign, Unproven where its certificate cannot be had now."""
    notice = sns.read(body)
    sns.verify(notice, _certificate(sns.certificate_address(notice)), now=now)
    return Proven(notice.kind, sns.account(notice), sns.subscribe_address(notice))


def confirm(proven: Proven) -> None:
    """Confirm a subscription whose message was proven. Raises Unconfirmed."""
    if _get(proven.subscribe) is None:
        raise Unconfirmed


# What raises is not kept, so the next message asks again.
@lru_cache(_CERTIFICATES)
def _certificate(address: str) -> Certificate:
    body = _get(address)
    if body is None:
        raise Unproven("Amazon's certificate could not be fetched: bring this again later")
    try:
        return load_pem_x509_certificate(body)
    except (ValueError, UnsupportedAlgorithm):
        raise Unproven("what stands at the certificate's address is none") from None


def _get(address: str) -> bytes | None:
    """What stands there; None where it could not be had."""
    try:
        answer = outside.ask("GET", address, headers={}, timeout=_TIMEOUT, most=_LARGEST)
    except (outside.Refused, outside.Unanswered):
        return None
    return answer.body if answer.status == 200 else None

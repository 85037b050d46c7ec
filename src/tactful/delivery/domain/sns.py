"""Messages of Amazon's notification service (SNS), and whether they are Amazon's. Pure.

The scheme: https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
"""

import json
import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509 import Certificate

from tactful.delivery.domain.proof import Forged
from tactful.kernel.errors import InvalidInput

NOTIFICATION, SUBSCRIBED, UNSUBSCRIBED = "Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation"

# Which fields are signed, in this order; a notification has a subject or none.
_CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_SIGNED: Mapping[str, tuple[str, ...]] = {
    NOTIFICATION: ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    SUBSCRIBED: _CONFIRMATION,
    UNSUBSCRIBED: _CONFIRMATION,
}
_MAY_BE_AWAY = frozenset({"Subject"})
_HASHES: Mapping[str, hashes.HashAlgorithm] = {
    "1": hashes.SHA1(),  # noqa: S303 -- Amazon's choice for version 1, still its default
    "2": hashes.SHA256(),
}

# Addresses are matched whole, so that nobody can read them in another way. A region is spelled out: anybody may own
# a bucket named sns, whose host is sns.s3-eu-west-1.amazonaws.com. So is the path: what the service itself answers
# to a question (?Action=…&x=.pem) may hold a stranger's words.
_HOST = r"https://sns\.[a-z]{2}(?:-[a-z]+)+-[0-9]{1,2}\.amazonaws\.com(?:\.cn)?"
_CERTIFICATE = re.compile(_HOST + r"/SimpleNotificationService-[0-9A-Za-z]+\.pem")
_SUBSCRIBE = re.compile(_HOST + r"/\?Action=ConfirmSubscription&[!-~]{1,1900}")
_TOPIC = re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:([0-9]{12}):[A-Za-z0-9_.-]+")


@dataclass(frozen=True, slots=True)
class Notice:
    """A message as it came, nothing of it believed yet."""

    said: Mapping[str, Any]

    @property
    def kind(self) -> str:
        return self.text("Type")

    def text(self, name: str) -> str:
        """A field; raises Forged where it is missing or no text."""
        value = self.said.get(name)
        if not isinstance(value, str):
            raise Forged(f"Amazon signs what it sends, and this has no {name}")
        return value


def read(body: bytes) -> Notice:
    """Raises InvalidInput for what is no message of this service."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        raise InvalidInput("this is no message of Amazon SNS: it is no JSON") from None
    if not isinstance(said, dict) or str(said.get("Type")) not in _SIGNED:
        raise InvalidInput("this is no message of Amazon SNS: it has no Type that is known")
    return Notice(said)


def certificate_address(notice: Notice) -> str:
    """Where the certificate lies. Raises Forged where that is not at Amazon's notification service."""
    address = notice.text("SigningCertURL")
    if not _CERTIFICATE.fullmatch(address):
        raise Forged("the certificate is not at Amazon's notification service")
    return address


def verify(notice: Notice, certificate: Certificate, *, now: datetime) -> None:
    """Raises Forged where the certificate is not valid now or did not sign this."""
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise Forged("the certificate that signed this is not valid now")
    algorithm = _HASHES.get(notice.text("SignatureVersion"))
    key = certificate.public_key()
    if algorithm is None or not isinstance(key, RSAPublicKey):
        raise Forged("this is signed in a way that is not known here")
    try:
        key.verify(b64decode(notice.text("Signature"), validate=True), canonical(notice), PKCS1v15(), algorithm)
    except (InvalidSignature, ValueError):
        raise Forged from None


def canonical(notice: Notice) -> bytes:
    """The text that is signed. Raises Forged where a field of it is missing."""
    names = [name for name in _SIGNED[notice.kind] if name not in _MAY_BE_AWAY or notice.said.get(name) is not None]
    return "".join(f"{name}\n{notice.text(name)}\n" for name in names).encode()


def account(notice: Notice) -> str:
    """Whose topic it is: the number of the account at Amazon. Raises Forged."""
    found = _TOPIC.fullmatch(notice.text("TopicArn"))
    if not found:
        raise Forged("this names no topic of Amazon SNS")
    return found[1]


def subscribe_address(notice: Notice) -> str:
    """Where a subscription is confirmed; blank for a notification. Raises Forged where that is not at Amazon."""
    if notice.kind == NOTIFICATION:
        return ""
    address = notice.text("SubscribeURL")
    if not _SUBSCRIBE.fullmatch(address):
        raise Forged("a subscription is confirmed at Amazon's own address, not at this one")
    return address

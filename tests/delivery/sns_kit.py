"""Messages as Amazon's notification service signs them, with a key and certificate of our own."""

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from tactful.delivery.domain import sns

NOW = datetime(2026, 3, 2, 11, tzinfo=UTC)
HOST = "https://sns.eu-west-1.amazonaws.com"
CERTIFICATE = f"{HOST}/SimpleNotificationService-9c6465fa7f48f5cacd23014631ec1136.pem"
SUBSCRIBE = f"{HOST}/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:eu-west-1:123456789012:mail&Token=2336"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:mail"
_HASHES = {"1": hashes.SHA1(), "2": hashes.SHA256()}  # noqa: S303 -- version 1 is SHA1


@cache
def key(name: str = "amazon") -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def certificate(
    signer: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | None = None,
    begins: datetime = NOW - timedelta(days=30),
    ends: datetime = NOW + timedelta(days=300),
) -> x509.Certificate:
    signer = signer or key()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    builder = x509.CertificateBuilder(name, name, signer.public_key(), 7, begins, ends)
    return builder.sign(signer, hashes.SHA256())


def pem(made: x509.Certificate | None = None) -> bytes:
    return (made or certificate()).public_bytes(Encoding.PEM)


def unsigned(kind: str = sns.NOTIFICATION, **more: Any) -> dict[str, Any]:
    said = {
        "Type": kind,
        "MessageId": "m1",
        "TopicArn": TOPIC,
        "Message": "{}",
        "Timestamp": "2026-03-02T10:00:00.000Z",
        "SignatureVersion": "1",
        "SigningCertURL": CERTIFICATE,
    }
    if kind != sns.NOTIFICATION:
        said |= {"Token": "2336", "SubscribeURL": SUBSCRIBE}
    return {**said, **more}


def text(said: dict[str, Any]) -> str:
    """What Amazon signs, written down here once more from its documentation."""
    if said["Type"] == "Notification":
        names = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
    else:
        names = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    return "".join(f"{name}\n{said[name]}\n" for name in names if name in said)


def signed(kind: str = sns.NOTIFICATION, signer: rsa.RSAPrivateKey | None = None, **more: Any) -> dict[str, Any]:
    said = unsigned(kind, **more)
    algorithm = _HASHES[said["SignatureVersion"]]
    signature = (signer or key()).sign(text(said).encode(), padding.PKCS1v15(), algorithm)
    return {**said, "Signature": b64encode(signature).decode()}

"""Signatures of the sending domain under a message (RFC 6376, RFC 8463): relaxed for head and body.

The same message and key give the same signature. No time stands in it, so an old one stays good while its public
key is published.
"""

import re
from base64 import b64encode
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from tactful.kernel.errors import InvalidInput

RSA, ED25519 = "rsa", "ed25519"
ALGORITHMS = (RSA, ED25519)
RSA_BITS = 2048  # longer keys do not fit into what many DNS screens take

# Named once more than they occur: nobody can add a second one underway (RFC 6376, 8.15).
_SEALED = (
    "from", "to", "subject", "date", "message-id", "reply-to", "mime-version", "content-type", "list-unsubscribe",
    "list-unsubscribe-post",
)  # fmt: skip
# Mail services add their own Feedback-ID; that must not break the signature.
_SIGNED = (*_SEALED, "list-id", "feedback-id", "auto-submitted")
_SPACES = re.compile(rb"[ \t]+")
_RUNS = re.compile(rb"  +")
_FOLD = 72  # characters of a signature in one line


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key, and where its public half is published: `<selector>._domainkey.<domain>`."""

    domain: str
    selector: str
    algorithm: str
    private_key: str = field(repr=False)

    @property
    def record_name(self) -> str:
        return f"{self.selector}._domainkey.{self.domain}"

    @property
    def record(self) -> str:
        """The text to publish there."""
        return f"v=DKIM1; k={self.algorithm}; p={public_key(self.private_key)}"


@dataclass(frozen=True, slots=True)
class Unsigned:
    """A signature that lacks its value: the header up to it, and the text that the key has to sign."""

    header: bytes
    text: bytes
    private_key: str = field(repr=False)

    def line(self, value: bytes) -> bytes:
        """The whole header, with its line end."""
        encoded = b64encode(value)
        return (
            self.header + b"\r\n ".join(encoded[at : at + _FOLD] for at in range(0, len(encoded), _FOLD)) + b"\r\n"
        )


def sign(raw: bytes, keys: Sequence[SigningKey]) -> bytes:
    """The message with a signature by each key on top. `raw` has CRLF line ends. Raises InvalidInput."""
    return b"".join(one.line(value(one.private_key, one.text)) for one in unsigned(raw, keys)) + raw


def unsigned(raw: bytes, keys: Sequence[SigningKey]) -> list[Unsigned]:
    """What each key has to sign under this message: all of a signature but its value, which takes the time. Raises
    InvalidInput where a key cannot sign."""
    if not keys:
        return []
    head, _, body = raw.partition(b"\r\n\r\n")
    headers = _headers(head)
    digest = b64encode(sha256(_relaxed_body(body)).digest()).decode()
    return [_unsigned(key, headers, digest) for key in keys]


def value(private_key: str, text: bytes) -> bytes:
    """The value of a signature under this text. Raises InvalidInput."""
    key = _loaded(private_key)
    if isinstance(key, Ed25519PrivateKey):
        return key.sign(sha256(text).digest())
    return key.sign(text, PKCS1v15(), hashes.SHA256())


def publishes(record: str, key: SigningKey) -> bool:
    """Whether the text found in the DNS is this key's."""
    tags = dict(_tag(part) for part in record.split(";") if "=" in part)
    return "".join(tags.get("p", "").split()) == public_key(key.private_key)


@lru_cache(maxsize=64)
def public_key(private_key: str) -> str:
    """The public half of a private key in PEM, as DNS records have it. Raises InvalidInput."""
    public = _loaded(private_key).public_key()
    if isinstance(_loaded(private_key), Ed25519PrivateKey):
        return b64encode(public.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()
    return b64encode(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


def in_pem(key: RSAPrivateKey | Ed25519PrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@lru_cache(maxsize=64)
def _loaded(private_key: str) -> RSAPrivateKey | Ed25519PrivateKey:
    try:
        key = load_pem_private_key(private_key.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise InvalidInput("this is no private key in PEM") from None
    if not isinstance(key, RSAPrivateKey | Ed25519PrivateKey):
        raise InvalidInput("DKIM takes keys of RSA and of Ed25519 only")
    return key


def _unsigned(key: SigningKey, headers: Mapping[str, Sequence[bytes]], digest: str) -> Unsigned:
    named = [name for name in _SIGNED for _ in range(len(headers.get(name, ())) + (name in _SEALED))]
    header = (
        f"DKIM-Signature: v=1; a={key.algorithm}-sha256; c=relaxed/relaxed;\r\n"
        f" d={key.domain}; s={key.selector};\r\n h={':'.join(named)};\r\n bh={digest};\r\n b="
    ).encode("ascii")
    _loaded(key.private_key)
    # Of several with one name the lowest is meant first; names beyond those that are there stand for none.
    chosen = [_relaxed(name, found) + b"\r\n" for name in _SIGNED for found in reversed(headers.get(name, ()))]
    ((own, (empty,)),) = _headers(header).items()
    return Unsigned(header, b"".join(chosen) + _relaxed(own, empty), key.private_key)


def _headers(head: bytes) -> dict[str, list[bytes]]:
    """Values from top to bottom, unfolded, by names in small letters."""
    lines = head.replace(b"\r\n ", b" ").replace(b"\r\n\t", b"\t").split(b"\r\n")
    found: dict[str, list[bytes]] = defaultdict(list)
    for line in filter(None, lines):
        name, _, value = line.partition(b":")
        found[name.strip().lower().decode("ascii")].append(value)
    return found


def _relaxed(name: str, value: bytes) -> bytes:
    return name.encode("ascii") + b":" + _SPACES.sub(b" ", value).strip()


def _relaxed_body(body: bytes) -> bytes:
    # Looked for are only runs of two and more: `[ \t]+` would stop at each space between two words, and replacing
    # two by one until none is left goes through the whole letter six times.
    text = _RUNS.sub(b" ", (body + b"\r\n").replace(b"\t", b" "))
    text = text.replace(b" \r\n", b"\r\n").rstrip(b"\r\n")
    return text + b"\r\n" if text else b""


def _tag(part: str) -> tuple[str, str]:
    name, _, value = part.partition("=")
    return name.strip(), value.strip()

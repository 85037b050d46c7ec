"""A message that came in, taken apart: failed deliveries, a complaint, an automatic answer, a person's words. Pure.

Nothing in it is believed beyond what it proves: addresses and ids are candidates, to be held against what was sent.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, message_from_string, policy
from email.message import EmailMessage, Message
from email.utils import getaddresses, parseaddr
from enum import StrEnum
from uuid import UUID

from flufl.bounce import all_failures
from inscriptis import get_text  # type: ignore[import-untyped]  # it ships no types
from mailparser_reply import EmailReplyParser  # type: ignore[import-untyped]  # as above

from tactful.delivery.domain.absence import tells_of_absence
from tactful.kernel.errors import InvalidInput, TactfulError
from tactful.kernel.texts import plain

LARGEST = 10 * 1024 * 1024
"""Bytes of a message that is taken in."""
_LONGEST_BODY = 20_000  # characters; answers are short, and patterns take their time over long texts
_OUR_ID = re.compile(r"<?\b([0-9a-f]{32})@[A-Za-z0-9.-]+>?")
_RETURN_TOKEN = re.compile(r"^b[+=]([a-z2-7]{47})@", re.IGNORECASE)
_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_CODE = re.compile(r"\b([45]\d\d)[ -]")
_AWAY = re.compile(
    r"^\s*(re:\s*)?(auto(matic|mated)?[ -]?(reply|response|antwort)|out of (the )?office|abwesen|abwesend|"
    r"ich bin nicht im|autoreply|réponse automatique|respuesta autom|risposta automatica|absence|vacation|"
    r"на отпуск|автоответ)",
    re.IGNORECASE,
)
_PROGRAMS = ("X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-Auto-Response-Suppress", "List-Id", "List-ID")
_ADDRESSED = ("To", "Delivered-To", "X-Original-To", "X-Envelope-To", "Envelope-To")
_LANGUAGES = ["en", "de", "fr", "es", "it", "nl", "pl", "cs", "da", "sv"]


class Unreadable(TactfulError):
    """This message could not be taken apart; it is kept here as it came."""


class Kind(StrEnum):
    """What a message that came in is."""

    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    AUTOMATIC = "automatic"
    REPLY = "reply"


@dataclass(frozen=True, slots=True)
class Failure:
    """One recipient of a delivery report. `action` is failed, delayed, delivered or the like."""

    address: str
    action: str
    code: int | None
    status: str
    text: str


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message taken apart. `keys` are the messages of ours that it may be about, the most telling first; `tokens`
    those of its addresses that only we can have made."""

    kind: Kind
    message_id: str
    sender: str
    sender_name: str
    subject: str
    text: str
    keys: tuple[UUID, ...]
    tokens: tuple[str, ...]
    failures: tuple[Failure, ...] = ()
    addresses: tuple[str, ...] = field(default=())


def read(raw: bytes, *, envelope_to: Iterable[str] = ()) -> Incoming:
    """A raw message taken apart. Raises InvalidInput for what is no message, or too large; Unreadable where the
    parsers fail at it."""
    if len(raw) > LARGEST:
        raise InvalidInput(f"the message is larger than {LARGEST // 1024 // 1024} MiB")
    try:
        return _read(raw, envelope_to)
    except InvalidInput:
        raise
    except Exception as fault:
        raise Unreadable from fault


def _read(raw: bytes, envelope_to: Iterable[str]) -> Incoming:
    message = message_from_bytes(raw, policy=policy.default)
    if not any(_header(message, name) for name in ("From", "Return-Path", "Subject")):
        raise InvalidInput("this is no e-mail message: it has neither From nor Subject")
    complaint = _complaint(message)
    failures = () if complaint is not None else tuple(_failures(message, raw))
    kind = _kind(message, is_complaint=complaint is not None, failed=bool(failures))
    name, sender = parseaddr(_header(message, "From"))
    return Incoming(
        kind=kind,
        message_id=_header(message, "Message-ID").strip()[:500],
        sender=sender.strip()[:254],
        sender_name=name.strip()[:200],
        subject=_header(message, "Subject").strip()[:500],
        text=reply_text(body(message)) if kind in (Kind.REPLY, Kind.AUTOMATIC) else "",
        keys=tuple(_keys(message)),
        tokens=tuple(_tokens(message, envelope_to)),
        failures=failures,
        addresses=complaint or (),
    )


def body(message: EmailMessage) -> str:
    """What a message says, as plain text; an HTML part is read where there is no other."""
    try:
        part = message.get_body(preferencelist=("plain", "html"))
        text = str(part.get_content()) if part is not None else ""
    except (KeyError, LookupError, ValueError, AttributeError):
        return ""  # an encoding that nobody knows
    if part is not None and part.get_content_subtype() == "html" and text.strip():
        text = _shown(text[: _LONGEST_BODY * 10])
    return plain(text).replace("\r\n", "\n")[:_LONGEST_BODY]


def _shown(html: str) -> str:
    """HTML as it is read; where its reader fails, as it is written."""
    try:
        return str(get_text(html))
    except Exception:  # noqa: BLE001 -- whatever stands in the HTML, the answer must not be lost
        return html


def reply_text(text: str) -> str:
    """Only what is new in an answer, without the message it quotes; all of it where nothing else is left."""
    try:
        fresh = EmailReplyParser(languages=_LANGUAGES).parse_reply(text)
    except Exception:  # noqa: BLE001 -- as above
        fresh = None
    return (fresh or text).strip()


def _kind(message: EmailMessage, *, is_complaint: bool, failed: bool) -> Kind:
    if is_complaint:
        return Kind.COMPLAINT
    if failed or message.get_content_type() == "multipart/report":
        return Kind.BOUNCE
    is_automatic = _is_automatic(message) or tells_of_absence(reply_text(body(message)))
    return Kind.AUTOMATIC if is_automatic else Kind.REPLY


def _is_automatic(message: EmailMessage) -> bool:
    """Whether a program wrote this (RFC 3834, and what programs did before it)."""
    submitted = _header(message, "Auto-Submitted").partition(";")[0].strip().lower()
    if submitted and submitted != "no":
        return True
    if any(_header(message, name) for name in _PROGRAMS):
        return True
    if _header(message, "Precedence").strip().lower() in ("bulk", "junk", "list", "auto_reply"):
        return True
    return _is_of_a_server(message) or bool(_AWAY.match(_header(message, "Subject")))


def _is_of_a_server(message: EmailMessage) -> bool:
    local = parseaddr(_header(message, "From"))[1].lower().partition("@")[0]
    return local in ("mailer-daemon", "postmaster") or _header(message, "Return-Path").strip() == "<>"


def _complaint(message: EmailMessage) -> tuple[str, ...] | None:
    """The addresses of a complaint (ARF, RFC 5965), as far as they were not blacked out; None where it is none."""
    for part in message.walk():
        if part.get_content_type() == "message/feedback-report":
            said = _fields(part)
            kinds = {value.strip().lower() for name, value in said if name == "feedback-type"}
            if kinds & {"not-spam", "auth-failure", "dmarc"}:
                return None
            named = [value for name, value in said if name in ("original-rcpt-to", "removal-recipient")]
            named += [value for _, original in _returned(message) for value in original.get_all("To", [])]
            return tuple(dict.fromkeys(address for _, address in getaddresses(named) if "@" in address))
    return None


def _failures(message: EmailMessage, raw: bytes) -> Iterator[Failure]:
    structured = False
    for part in message.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        for block in _blocks(part):
            said = {name.lower(): str(value) for name, value in block.items()}
            address = said.get("original-recipient") or said.get("final-recipient")
            if address is None:
                continue
            structured = True
            yield _failure(said, address)
    if not structured:
        yield from _free_form(message, raw)


def _failure(said: dict[str, str], address: str) -> Failure:
    diagnostic = said.get("diagnostic-code", "").partition(";")[2].strip() or said.get("diagnostic-code", "")
    status = _STATUS.search(said.get("status", ""))
    code = _CODE.search(diagnostic)
    return Failure(
        address=address.rpartition(";")[2].strip().strip("<>"),
        action=said.get("action", "failed").strip().lower(),
        code=int(code[1]) if code else None,
        status=status[0] if status else "",
        text=" ".join(plain(diagnostic).split())[:500],
    )


def _free_form(message: EmailMessage, raw: bytes) -> Iterator[Failure]:
    temporary, permanent = _recognised(raw)
    text = body(message)
    code, status = _CODE.search(text), _STATUS.search(text)
    told = " ".join(text.split())[:500]
    found = [(address, "failed") for address in sorted(permanent)]
    found += [(address, "delayed") for address in sorted(temporary)]
    if not found and code and status and _is_of_a_server(message):
        found = [(b"", "failed")]  # in a language that the reader does not know; whom it concerns, its ids tell
    for address, action in found:
        yield Failure(
            address=address.decode("ascii", "replace") if isinstance(address, bytes) else str(address),
            action=action,
            code=int(code[1]) if code else None,
            status=status[0] if status else "",
            text=told,
        )


def _recognised(raw: bytes) -> tuple[Collection[bytes], Collection[bytes]]:
    """Addresses that a free-form report calls delayed, and failed.

    The reader of such reports expects ASCII. Where it fails all the same, this may still be somebody's answer.
    """
    try:
        return all_failures(message_from_string(raw.decode("ascii", "replace")))
    except Exception:  # noqa: BLE001 -- it has a reader for each kind of mail server, each failing in its own way
        return (), ()


def _blocks(part: Message) -> list[Message]:
    payload = part.get_payload()
    if isinstance(payload, list):
        return [block for block in payload if isinstance(block, Message)]
    return [message_from_string(block) for block in str(payload).split("\n\n")]


def _fields(part: Message) -> list[tuple[str, str]]:
    """The fields of a report part, which is itself like the head of a message."""
    return [(name.lower(), str(value)) for block in _blocks(part) for name, value in block.items()]


def _returned(message: EmailMessage) -> Iterator[tuple[str, Message]]:
    """The messages, or heads of messages, that a report brings back."""
    for part in message.walk():
        kind = part.get_content_type()
        if kind == "message/rfc822":
            for inner in part.get_payload() if isinstance(part.get_payload(), list) else ():
                if isinstance(inner, Message):
                    yield kind, inner
        elif kind in ("text/rfc822-headers", "message/rfc822-headers"):
            payload = part.get_payload(decode=True)
            yield (
                kind,
                message_from_string(payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""),
            )


def _keys(message: EmailMessage) -> list[UUID]:
    told: list[str] = []
    for _, original in _returned(message):
        told += [str(value) for value in original.get_all("Message-ID", [])]
    told += [_header(message, "In-Reply-To"), *reversed(_header(message, "References").split())]
    if message.get_content_maintype() == "text" or message.get_content_type() == "multipart/report":
        told.append(body(message))
    found = [UUID(match) for text in told for match in _OUR_ID.findall(text.lower())]
    return list(dict.fromkeys(found))


def _tokens(message: EmailMessage, envelope_to: Iterable[str]) -> Iterator[str]:
    written = [value for name in _ADDRESSED for value in _headers(message, name)]
    for _, address in getaddresses([*envelope_to, *written]):
        match = _RETURN_TOKEN.match(address)
        if match:
            yield match[1]


def _header(message: EmailMessage, name: str) -> str:
    """A header as text; a broken one is as good as none."""
    return next(iter(_headers(message, name)), "")


def _headers(message: EmailMessage, name: str) -> list[str]:
    try:
        return [plain(str(value)) for value in message.get_all(name, [])]
    except Exception:  # noqa: BLE001 -- Python's reader of headers fails in many ways, too deep comments among them
        return []

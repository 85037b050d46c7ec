"""From the bytes of a request to payloads for the inbox and reasons for what cannot go there.

Most events are let through after a glance; where the glance is not enough, the engine's own `parse` judges, so the
door refuses nothing that the engine would take. A batch's own JSON is cut, never written anew: what is stored of an
event is what was sent, with the sender's clock mark and the kind appended where the event itself lacks them (of two
equal names in JSON the last one counts).
"""

import zlib
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from tactful.events.domain.parse import MAX_ID, MAX_NAME, parse
from tactful.kernel.errors import InvalidInput

MAX_BODY = 500 * 1024  # bytes, unpacked; Segment's limit
MAX_EVENT = 32 * 1024  # bytes; Segment's limit
_GZIP = b"\x1f\x8b"
_GZIP_WINDOW = 31
_TYPES = ("identify", "track", "page", "screen", "group", "alias")
# The path's last word and the kind of its event. Browsers and phones of that ecosystem use single letters.
KINDS = {kind: kind for kind in _TYPES} | {kind[0]: kind for kind in _TYPES}
BATCHES = frozenset({"batch", "b", "import"})
HISTORICAL = frozenset({"import"})
_PLAIN = frozenset({"identify", "track", "page", "screen"})

_LONGEST_NOBODY = 20  # characters
_Word = str | int | float | None
_ABSENT = msgspec.Raw(b"")


class Refused(InvalidInput):
    """The request cannot be understood."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class _Envelope(msgspec.Struct, rename="camel"):
    batch: list[msgspec.Raw]
    sent_at: msgspec.Raw = _ABSENT
    write_key: str | None = None
    context: msgspec.Raw = _ABSENT


class _Single(msgspec.Struct, rename="camel"):
    type: _Word = None
    write_key: str | None = None


class _Glance(msgspec.Struct, rename="camel"):
    """As much of an event as tells that it is an ordinary one."""

    type: _Word = None
    user_id: _Word = None
    anonymous_id: _Word = None
    event: _Word = None
    timestamp: _Word = None
    original_timestamp: _Word = None
    sent_at: msgspec.Raw = _ABSENT
    context: msgspec.Raw = _ABSENT
    properties: msgspec.Raw = _ABSENT
    traits: msgspec.Raw = _ABSENT


_envelopes = msgspec.json.Decoder(_Envelope)
_singles = msgspec.json.Decoder(_Single)
_glances = msgspec.json.Decoder(_Glance)


@dataclass(frozen=True, slots=True)
class Rejected:
    """An event that is kept for staff to see. `index` is its place in the batch."""

    index: int
    reason: str
    payload: bytes


@dataclass(slots=True)
class Letter:
    """A request, opened: its events as they were sent, not judged yet."""

    events: list[bytes]
    write_key: str | None
    single: bool
    appended: bytes = b""  # what each event gets where it has no sentAt of its own
    context: bytes = b""


@dataclass(slots=True)
class Judged:
    accepted: list[bytes] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)


def unpack(body: bytes, *, encoding: str) -> bytes:
    """The body as text in UTF-8, unpacked where it is gzip. Raises Refused (400, 413, 415)."""
    if encoding not in ("", "identity", "gzip"):
        raise Refused(f"content-encoding {encoding!r} is not understood; send gzip or nothing", 415)
    if body[:2] == _GZIP:  # no JSON begins so, and some clients forget the header
        body = _gunzip(body)
    if len(body) > MAX_BODY:
        raise Refused(f"the body is larger than {MAX_BODY // 1024} KiB; send smaller batches", 413)
    if b"\x00" in body:
        raise Refused("the body is not valid JSON: it holds a zero byte")
    try:
        body.decode()
    except UnicodeDecodeError:
        raise Refused("the body is not valid UTF-8") from None
    return body


def open_letter(body: bytes, *, word: str) -> Letter:
    """The events in a body; `word` is the last of the path. Raises Refused where none can be found."""
    try:
        if word in BATCHES:
            envelope = _envelopes.decode(body)
            return Letter(
                events=[bytes(event) for event in envelope.batch],
                write_key=envelope.write_key,
                single=False,
                appended=b"" if _is_empty(envelope.sent_at) else b',"sentAt":' + bytes(envelope.sent_at),
                context=bytes(envelope.context),
            )
        single = _singles.decode(body)
    except msgspec.ValidationError as fault:
        raise Refused(f"the body is not of the expected shape: {fault}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise Refused(f"the body is not valid JSON: {fault}") from None
    except RecursionError:
        raise Refused("the body is nested too deeply") from None
    event = body.strip()
    if single.type != KINDS[word]:
        event = _with(event, b',"type":"' + KINDS[word].encode() + b'"')
    return Letter(events=[event], write_key=single.write_key, single=True)


def judge(letter: Letter, *, source: str, now: datetime) -> Judged:
    """Which events go to the inbox and which do not, with the reason."""
    judged = Judged()
    for index, event in enumerate(letter.events):
        try:
            judged.accepted.append(_admitted(letter, event, source=source, now=now))
        except InvalidInput as fault:
            judged.rejected.append(Rejected(index, fault.message, event))
    return judged


def _admitted(letter: Letter, event: bytes, *, source: str, now: datetime) -> bytes:
    """The event as it is stored. Raises InvalidInput with the reason."""
    if len(event) > MAX_EVENT:
        raise InvalidInput(f"the event is larger than {MAX_EVENT // 1024} KiB")
    try:
        glance = _glances.decode(event)
    except (msgspec.MsgspecError, RecursionError):
        glance = None
    if glance is not None and event[:1] == b"{":
        if letter.appended and _is_empty(glance.sent_at):
            event = _with(event, letter.appended)
        if letter.context and not bytes(glance.context):
            event = _with(event, b',"context":' + letter.context)
        if not letter.single and _is_ordinary(glance):
            return event
    parse(event, source=source, received_at=now)
    return event


def _is_ordinary(glance: _Glance) -> bool:
    """Whether a glance is enough to know that the engine will take it."""
    return (
        glance.type in _PLAIN
        and (_is_id(glance.user_id) or _is_id(glance.anonymous_id))
        and (glance.type != "track" or (type(glance.event) is str and 0 < len(glance.event.strip()) <= MAX_NAME))
        and _is_moment(glance.timestamp or glance.original_timestamp)
        and bytes(glance.properties)[:1] in (b"", b"{", b"n")
        and bytes(glance.traits)[:1] in (b"", b"{", b"n")
    )


def _is_id(value: _Word) -> bool:
    """An id that is surely none of the words (null, guest, ...) by which clients say that they know nobody."""
    if type(value) is not str or not 0 < len(value) <= MAX_ID or value[-1].isspace():
        return False
    return len(value) > _LONGEST_NOBODY or "@" in value or (value[-1].isdigit() and len(value) > 1)


def _is_moment(value: _Word) -> bool:
    if value is None:
        return True
    try:
        return type(value) is str and 1970 < datetime.fromisoformat(value).year < 9999
    except ValueError:
        return False


def _is_empty(value: msgspec.Raw) -> bool:
    return bytes(value) in (b"", b"null")


def _with(event: bytes, appended: bytes) -> bytes:
    """The object with more names in it; `{}` has no name before the comma."""
    inner = event[:-1].rstrip()
    return inner + (appended[1:] if inner == b"{" else appended) + b"}"


def _gunzip(body: bytes) -> bytes:
    unpacker = zlib.decompressobj(_GZIP_WINDOW)
    try:
        plain = unpacker.decompress(body, MAX_BODY + 1)
    except zlib.error as fault:
        raise Refused(f"the body is not valid gzip: {fault}") from None
    if len(plain) <= MAX_BODY and not unpacker.eof:
        raise Refused("the body is not valid gzip: it ends too early")
    return plain

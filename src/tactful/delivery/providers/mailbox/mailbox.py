"""Writes each message as `mailbox/<day>/<key>.eml`, whole or not at all, and reads it back."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from uuid import UUID

from tactful.delivery.port import Outcome, Outgoing, Result, result_of
from tactful.kernel.errors import NotFound

NAME = "mailbox"


@dataclass(frozen=True, slots=True)
class Letterbox:
    """A message as its reader sees it."""

    headers: tuple[tuple[str, str], ...]
    html: str
    text: str
    raw: bytes


class Mailbox:
    """The provider. `data` is the data folder."""

    name = NAME

    def __init__(self, data: Path) -> None:
        self._data = data

    def send(self, messages: Sequence[Outgoing]) -> list[Result]:
        return [self._send(message) for message in messages]

    def _send(self, message: Outgoing) -> Result:
        target = _file(self._data, message.key, message.date)
        partial = target.with_name(f".{message.key}.{os.getpid()}")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            partial.write_bytes(message.signed())
            partial.replace(target)
        except OSError as fault:
            return result_of(message, Outcome.RETRY, provider=self.name, reason=f"the mailbox folder: {fault}")
        return result_of(message, Outcome.SENT, provider=self.name)

    def close(self) -> None:
        """Nothing is open."""


def _file(data: Path, key: UUID, date: datetime) -> Path:
    # The day is the message's own, not that of the attempt: a second attempt replaces the same file.
    return data / "mailbox" / date.astimezone(UTC).date().isoformat() / f"{key}.eml"


def read(data: Path, *, key: UUID, date: datetime) -> Letterbox:
    """The message with this key, queued at this moment. Raises NotFound where it was not kept here."""
    try:
        raw = _file(data, key, date).read_bytes()
    except FileNotFoundError:
        raise NotFound("this message is not in the local mailbox: it left by another way, or not at all") from None
    message = message_from_bytes(raw, policy=policy.default)
    return Letterbox(
        headers=tuple((name, str(value)) for name, value in message.items()),
        html=_body(message, "html"),
        text=_body(message, "plain"),
        raw=raw,
    )


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part else ""


def remove(data: Path, *, key: UUID, date: datetime) -> None:
    """Delete a message that may have been kept here."""
    _file(data, key, date).unlink(missing_ok=True)

"""One SMTP connection that takes message after message.

The standard library speaks the protocol and keeps the connection; the conversation about one message is ours,
because it decides whether a message may be repeated: up to the last dot it certainly did not go, after it only the
server knows. Where the server allows PIPELINING the envelope goes in one packet: two round trips instead of four.
"""

import smtplib
import ssl
from functools import cache
from typing import NamedTuple

from tactful.delivery.domain.codes import Meaning, meaning
from tactful.delivery.port import Outcome, Outgoing, SenderSettings

CONNECT_TIMEOUT = 15.0  # seconds
REPLY_TIMEOUT = 60.0  # seconds; after the last dot servers may check for spam

_CLOSING = 421
_Reply = tuple[int, bytes]


class Answer(NamedTuple):
    """How a message fared, in the server's words and in what they mean."""

    outcome: Outcome
    reason: str = ""
    means: Meaning = Meaning.UNKNOWN


class Broken(Exception):
    """The connection cannot be used any more. `outcome` is what it means for the message under way."""

    def __init__(self, outcome: Outcome, reason: str) -> None:
        super().__init__(reason)
        self.answer = Answer(outcome, reason, meaning(None, None, reason))

    @property
    def outcome(self) -> Outcome:
        return self.answer.outcome


class Connection:
    """An open connection, greeted and signed in. Raises Broken when it cannot be had."""

    def __init__(self, settings: SenderSettings) -> None:
        try:
            self._smtp = _connected(settings)
        except (smtplib.SMTPException, OSError, ValueError) as fault:
            raise Broken(Outcome.RETRY, f"no connection to {settings.smtp_host}: {_told(fault)}") from None
        self._pipelining = self._smtp.has_extn("pipelining")
        self.used = 0

    def deliver(self, message: Outgoing) -> Answer:
        """How the message fared. Raises Broken when the connection is lost with it."""
        self.used += 1
        signed = message.signed()  # before the server waits for it
        try:
            refused = self._envelope(message)
        except (smtplib.SMTPException, OSError) as fault:
            raise Broken(Outcome.RETRY, _told(fault)) from None
        return refused or self._content(signed)

    def close(self) -> None:
        try:
            self._smtp.quit()
        except (smtplib.SMTPException, OSError):
            self._smtp.close()

    def _envelope(self, message: Outgoing) -> Answer | None:
        """Name sender and recipient and ask to send. None when the server waits for the content."""
        mail, recipient, data = self._asked(
            f"MAIL FROM:<{message.return_path}>", f"RCPT TO:<{message.recipient}>", "DATA"
        )
        if data[0] == 354 and (mail[0] != 250 or recipient[0] not in (250, 251)):
            # A server that takes DATA without a recipient waits for a message: end it with nothing in it.
            self._smtp.send(b".\r\n")
            self._smtp.getreply()
        if mail[0] == 250 and recipient[0] in (250, 251) and data[0] == 354:
            return None
        if data[0] != 354:
            self._smtp.rset()
        return _verdict(mail, recipient, data)

    def _asked(self, *commands: str) -> tuple[_Reply, _Reply, _Reply]:
        if self._pipelining:
            self._smtp.send("".join(f"{command}\r\n" for command in commands).encode("ascii"))
            first, second, third = (self._reply() for _ in commands)
            return first, second, third
        unasked: _Reply = (0, b"")
        replies = []
        for command in commands:
            self._smtp.send(f"{command}\r\n".encode("ascii"))
            replies.append(self._reply())
            if replies[-1][0] >= 400:
                break
        first, second, third = (*replies, unasked, unasked)[:3]
        return first, second, third

    def _content(self, raw: bytes) -> Answer:
        try:
            # The closing dot goes last: when this fails, the server never saw the end of the message.
            self._smtp.send(_dotted(raw) + b".\r\n")
        except (smtplib.SMTPException, OSError) as fault:
            raise Broken(Outcome.RETRY, _told(fault)) from None
        try:
            reply = self._smtp.getreply()
        except (smtplib.SMTPException, OSError) as fault:
            raise Broken(Outcome.IN_DOUBT, f"no answer after the message was handed over: {_told(fault)}") from None
        return _judged(reply)

    def _reply(self) -> _Reply:
        code, words = self._smtp.getreply()
        if code == _CLOSING or code < 200:  # an answer that is none: we no longer know which command it is for
            raise Broken(Outcome.RETRY, _line((code, words)))
        return code, words


@cache
def _trusted() -> ssl.SSLContext:
    """Who is trusted for encryption. Reading the system's list takes 0.2 s: once, and only where it is needed."""
    return ssl.create_default_context()


def _connected(settings: SenderSettings) -> smtplib.SMTP:
    where = (settings.smtp_host, settings.smtp_port)
    smtp: smtplib.SMTP
    if settings.smtp_security == "tls":
        smtp = smtplib.SMTP_SSL(*where, timeout=CONNECT_TIMEOUT, context=_trusted())
    else:
        smtp = smtplib.SMTP(*where, timeout=CONNECT_TIMEOUT)
    try:
        if settings.smtp_security == "starttls":
            smtp.starttls(context=_trusted())  # raises when the server offers none: we never fall back to plain
        smtp.ehlo_or_helo_if_needed()
        if settings.smtp_user:
            smtp.login(settings.smtp_user, settings.smtp_password)
        if smtp.sock:
            smtp.sock.settimeout(REPLY_TIMEOUT)
    except BaseException:
        smtp.close()
        raise
    return smtp


def _verdict(mail: _Reply, recipient: _Reply, data: _Reply) -> Answer:
    """What a refused envelope means. Only a recipient refused for good is a bounce."""
    if mail[0] >= 400:
        return _refused(mail, about_recipient=False)
    return (
        _refused(recipient, about_recipient=True) if recipient[0] >= 400 else _refused(data, about_recipient=False)
    )


def _judged(reply: _Reply) -> Answer:
    """What the answer to the whole message means. Raises Broken where it is no answer or the server closes."""
    code, words = reply
    if code == _CLOSING:  # the server says that it did not take the message
        raise Broken(Outcome.RETRY, _line(reply))
    if 200 <= code < 300:
        return Answer(Outcome.SENT)
    if code < 400:
        raise Broken(Outcome.IN_DOUBT, _line(reply))
    return _refused(reply, about_recipient=words.startswith(b"5.1."))


def _refused(reply: _Reply, *, about_recipient: bool) -> Answer:
    """A refusal. One that is not about the recipient never speaks against his address."""
    words = _line(reply)
    means = meaning(None, reply[0], words)
    if means is Meaning.GONE and not about_recipient:
        means = Meaning.POLICY
    if reply[0] < 500:
        return Answer(Outcome.RETRY, words, means)
    return Answer(Outcome.BOUNCED if means is Meaning.GONE else Outcome.REFUSED, words, means)


def _dotted(raw: bytes) -> bytes:
    """The message as DATA wants it: lines that begin with a dot get a second one (RFC 5321, 4.5.2)."""
    doubled = raw.replace(b"\r\n.", b"\r\n..")
    return b"." + doubled if doubled.startswith(b".") else doubled


def _line(reply: _Reply) -> str:
    return f"{reply[0]} {reply[1].decode('utf-8', 'replace')}"


def _told(fault: Exception) -> str:
    return str(fault).strip() or type(fault).__name__

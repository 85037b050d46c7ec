"""Mail that comes in by SMTP: bounces, complaints and answers, handed on by a mail server or its own MX record."""

import asyncio
import threading
from email.utils import parseaddr
from typing import Any

import structlog
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.db import connection

from tactful.delivery.domain.incoming import LARGEST
from tactful.delivery.tls import OwnCertificate
from tactful.flows import inbound
from tactful.kernel.clock import Clock, SystemClock
from tactful.kernel.errors import InvalidInput
from tactful.worker import loop

log = structlog.get_logger()

_TAKEN = "250 OK"
_LATER = "451 4.3.0 try again later"
_MOST_RECIPIENTS = 20
_LOOK_EVERY = 0.5  # seconds


class Door:
    """Takes messages in. What the database cannot take now, the sender keeps and brings again."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    # The names and signatures are aiosmtpd's.
    async def handle_RCPT(  # noqa: N802
        self,
        server: SMTP,  # noqa: ARG002
        session: Session,  # noqa: ARG002
        envelope: Envelope,
        address: str,
        options: list[str],  # noqa: ARG002
    ) -> str:
        if len(envelope.rcpt_tos) >= _MOST_RECIPIENTS:
            return "452 4.5.3 too many recipients"
        if "@" not in parseaddr(address)[1]:
            return "553 5.1.3 this is no address"
        envelope.rcpt_tos.append(address)
        return _TAKEN

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802, ARG002
        raw = envelope.original_content or b""
        return await asyncio.to_thread(self._take, raw, list(envelope.rcpt_tos))

    def _take(self, raw: bytes, recipients: list[str]) -> str:
        try:
            received = inbound.receive(raw, envelope_to=recipients, now=self._clock.now())
        except InvalidInput as fault:
            log.info("mail not taken", why=fault.message)
            return "554 5.6.0 this is no message that can be read"
        except loop.DATABASE_AWAY:
            connection.close()
            return _LATER
        except Exception:  # the sender keeps it and brings it again; staff see the log
            log.exception("mail failed")
            return _LATER
        log.info("mail taken", kind=received.kind, events=received.events)
        return _TAKEN


def controller(clock: Clock, *, host: str, port: int, own: OwnCertificate | None = None) -> Controller:
    """A server that is not started yet. Port 0 takes a free one. With a certificate it offers STARTTLS."""
    settings: dict[str, Any] = {"data_size_limit": LARGEST, "ident": "Tactful", "hostname": host}
    if own:
        settings["tls_context"] = own.context
    return Controller(Door(clock), **settings, port=port, server_hostname="tactful")


def run(stop: threading.Event, *, host: str, port: int, own: OwnCertificate | None = None) -> None:
    """Take mail in until asked to stop."""
    server = controller(SystemClock(), host=host, port=port, own=own)
    server.start()
    log.info("started", loop="inbound", host=host, port=port, starttls=own is not None)
    try:
        while not stop.wait(_LOOK_EVERY):
            if own:
                _follow(own)
    finally:
        server.stop()
        log.info("stopped", loop="inbound")


def _follow(own: OwnCertificate) -> None:
    """Certificates are renewed every few weeks: nobody must start us again for that."""
    try:
        if own.renew():
            log.info("certificate renewed")
    except InvalidInput as fault:
        log.warning("certificate not renewed, the one before is used", why=fault.message)

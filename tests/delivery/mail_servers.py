"""A mail server that answers as it is told."""

# ruff: noqa: ARG002, N802 -- names and arguments are those by which aiosmtpd calls

import asyncio
from dataclasses import dataclass, field

from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class MailServer:
    """What a server took, and how it answers: `recipients` by address, `content` for every message."""

    port: int = 0
    taken: list[Envelope] = field(default_factory=list)
    recipients: dict[str, str] = field(default_factory=dict)
    content: str = "250 OK"
    drops_after_data: bool = False
    drops_at_recipient: int = 0
    answers_late: bool = False
    pipelining: bool = False

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [responses[0], "250-PIPELINING", *responses[1:]] if self.pipelining else responses

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.drops_at_recipient:
            self.drops_at_recipient -= 1
            assert server.transport is not None
            server.transport.abort()
        answer = self.recipients.get(address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.content.startswith("250"):
            self.taken.append(envelope)
        if self.answers_late:
            await asyncio.sleep(2)
        if self.drops_after_data:
            assert server.transport is not None
            server.transport.abort()
        return self.content

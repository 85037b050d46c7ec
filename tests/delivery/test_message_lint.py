"""Every ready template through the real making of a message, and the result before independent readers."""

import re
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from uuid import UUID

import dkim
import lxml.html
import pytest
from tests.delivery.outbox_kit import NOW, intent

from tactful.content import queries as content
from tactful.content import services as templates
from tactful.delivery import services, signing
from tactful.delivery.domain.values import Ready, Site
from tactful.delivery.port import Outgoing, SenderSettings
from tactful.delivery.preparing import prepare
from tactful.delivery.signing_beside import Signer

SENDER = SenderSettings(
    provider="smtp", from_name="Лист & Co", from_address="hello@leaf.example", reply_to="a@leaf.example"
)
SITE = Site("Leaf", "#0f766e", "1 Road, Town", "https://m.leaf.example", shop="https://leaf.example/")
PRODUCT = {"name": "Grüner Tee 🍵", "category": "Tea", "url": "https://leaf.example/tea", "price": 9.9, "id": "p1"}
CONTEXT = {
    "product": PRODUCT,
    "order": {"order_id": "A-1", "revenue": 59.9, "currency": "EUR", "products": [PRODUCT]},
}
ONCE = ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type")


@pytest.fixture
def made(db: None) -> tuple[list[Outgoing], list[signing.KeyRow]]:
    templates.install_ready(NOW)
    keys = [signing.make_key(SENDER, algorithm=kind, now=NOW) for kind in ("rsa", "ed25519")]
    for key in keys:
        signing.start_key(key.id, now=NOW)
    slugs = sorted(row.slug for row in content.templates())
    assert len(slugs) >= 5
    intents = [
        replace(
            intent(number, template=slug, context=CONTEXT, category="service" if number % 5 == 0 else "marketing")
        )
        for number, slug in enumerate(slugs, start=1)
    ]
    services.queue(intents, now=NOW)
    claimed = services.claim(limit=500, worker="w", now=NOW)
    person = {"first_name": "Ада", "last_name": "O'Neill & Söhne", "email": "a@example.org", "language": "de"}
    prepared = prepare(
        [Ready(item, {"customer": person}) for item in claimed], site=SITE, sender=SENDER, signer=Signer()
    )
    assert [failed.reason for failed in prepared.failed] == []
    assert len(prepared.outgoing) == len(slugs)
    return prepared.outgoing, keys


def test_every_ready_message_is_sound(made: tuple[list[Outgoing], list[signing.KeyRow]]) -> None:
    messages, keys = made
    records = {f"{key.record_name}.": key.record.encode() for key in keys}

    def published(name: bytes, timeout: int = 5) -> bytes:
        return records[name.decode()]

    for message in messages:
        raw = message.signed()
        parsed = message_from_bytes(raw, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        assert not parsed.defects
        _check_lines(raw)
        _check_headers(message, parsed)
        _check_parts(parsed)
        signed = dkim.DKIM(raw)
        for number in range(2):
            assert signed.verify(number, dnsfunc=published)
        covered = re.search(rb"h=([^;]+)", raw)
        assert covered is not None
        if message.category != "service":
            assert {b"list-unsubscribe", b"list-unsubscribe-post"} <= set(covered[1].split(b":"))


def _check_lines(raw: bytes) -> None:
    assert raw.isascii()
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998


def _check_headers(message: Outgoing, parsed: EmailMessage) -> None:
    names = [name.lower() for name in parsed if name != "DKIM-Signature"]
    assert len(names) == len(set(names)), "each header once"
    for name in ONCE:
        assert parsed[name]
        assert not parsed[name].defects
    assert UUID(str(parsed["Message-ID"]).strip("<>").partition("@")[0]) == message.key
    assert "precedence" not in names
    if message.category == "service":
        assert parsed["Auto-Submitted"] == "auto-generated"
        assert parsed["List-Unsubscribe"] is None
    else:
        assert parsed["Auto-Submitted"] is None
        assert re.fullmatch(r"<https://m\.leaf\.example/u/\S+>", parsed["List-Unsubscribe"])
        assert parsed["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert parsed["List-ID"] == "<news.leaf.example>"


def _check_parts(parsed: EmailMessage) -> None:
    assert parsed.get_content_type() == "multipart/alternative"
    plain, html = parsed.iter_parts()
    assert [plain.get_content_type(), html.get_content_type()] == ["text/plain", "text/html"]
    assert len(plain.get_content().strip()) > 40
    for part in (plain, html):
        assert part["Content-Transfer-Encoding"] in ("7bit", "quoted-printable")
    tree = lxml.html.fromstring(html.get_content())
    for address in [*tree.xpath("//a/@href"), *tree.xpath("//img/@src")]:
        assert re.match(r"https?://[^/\s]+|mailto:\S+@\S+", address), address
    assert "{{" not in html.get_content() + plain.get_content()

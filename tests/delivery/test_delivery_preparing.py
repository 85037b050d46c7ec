"""From the outbox to a message in a mailbox: rendered, tracked, composed, kept, read back."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from tests.delivery.outbox_kit import NOW

from tactful.content import queries as content
from tactful.content import services as texts
from tactful.delivery import queries, services
from tactful.delivery.domain.returning import read_return
from tactful.delivery.domain.tokens import Purpose, read
from tactful.delivery.domain.values import Ready, Site
from tactful.delivery.keys import token_keys
from tactful.delivery.port import Outcome, SenderSettings
from tactful.delivery.preparing import Prepared, prepare, preview
from tactful.delivery.providers import ProviderInUse, mailbox, open_provider
from tactful.delivery.signing_beside import Signer
from tactful.delivery.testing import FakeProvider
from tactful.kernel.errors import NotFound

Queued = Callable[..., list[UUID]]
SITE = Site("Leaf", "#0f766e", "1 Road", "https://m.example/")
ASKS = """<mjml><mj-body><mj-section><mj-column><mj-button href="{{ links.reply }}">Tell us</mj-button>
</mj-column></mj-section></mj-body></mjml>"""
SENDER = SenderSettings(from_name="Leaf", from_address="hello@leaf.example")


def made() -> Prepared:
    claimed = services.claim(limit=100, worker="w", now=NOW)
    return prepare(
        [Ready(item, {"customer": {"first_name": "Ada"}}) for item in claimed],
        site=SITE,
        sender=SENDER,
        signer=Signer(),
    )


def kept(data: Path, prepared: Prepared) -> list[mailbox.Letterbox]:
    results = open_provider(SENDER, data=data).send(prepared.outgoing)
    assert {result.outcome for result in results} <= {Outcome.SENT}
    return [mailbox.read(data, key=out.key, date=out.date) for out in prepared.outgoing]


def test_a_message_ends_in_the_mailbox_and_is_read_back(queued: Queued, tmp_path: Path) -> None:
    (key,) = queued(1, journey_id=3)
    (letter,) = kept(tmp_path, made())
    headers = dict(letter.headers)
    delivery_id = queries.ids_by_key([key])[key]
    assert headers["Subject"] == "Hi Ada"
    assert headers["To"] == "person1@example.org"
    assert headers["List-ID"] == "<news.leaf.example>"
    assert re.fullmatch(r"j3:[0-9a-f]{10}:marketing:[0-9a-f]{10}", headers["Feedback-ID"])
    stop = headers["List-Unsubscribe"].strip("<>")
    token = read(stop.removeprefix("https://m.example/u/"), Purpose.UNSUBSCRIBE, token_keys())
    assert (token.delivery_id, token.other_id) == (delivery_id, 101)
    assert stop in letter.html
    assert stop in letter.text
    assert "look <https://shop.example/p1>" in letter.text


def test_what_fails_comes_back_to_an_address_of_its_own(queued: Queued) -> None:
    (key,) = queued(1)
    claimed = services.claim(limit=1, worker="w", now=NOW)
    sender = replace(SENDER, bounce_domain="back.leaf.example")
    (message,) = prepare([Ready(item) for item in claimed], site=SITE, sender=sender, signer=Signer()).outgoing
    local, _, domain = message.return_path.partition("@")
    assert domain == "back.leaf.example"
    token = read_return(local.removeprefix("b+"), token_keys())
    assert (token.delivery_id, token.other_id) == (queries.ids_by_key([key])[key], 101)


def test_links_lead_through_us_by_their_stored_id_and_a_pixel_is_there(queued: Queued, tmp_path: Path) -> None:
    queued(2)
    for number, letter in enumerate(kept(tmp_path, made()), start=1):
        (tracked,) = re.findall(r'href="https://m\.example/l/([^"]+)"', letter.html)
        token = read(tracked, Purpose.LINK, token_keys())
        assert queries.link_url(token.other_id) == f"https://shop.example/p{number}"
        assert "https://shop.example" not in letter.html
        assert len(re.findall(r'src="https://m\.example/o/[^"]+\.gif"', letter.html)) == 1


@pytest.mark.parametrize(("reply_to", "to"), [("", SENDER.from_address), ("tea@leaf.example", "tea@leaf.example")])
def test_a_button_may_begin_an_answer(queued: Queued, tmp_path: Path, reply_to: str, to: str) -> None:
    texts.save_template(slug="hello", name="Hello", subject="Hi", mjml=ASKS, now=NOW)
    queued(1, template_version=1)
    claimed = services.claim(limit=1, worker="w", now=NOW)
    sender = replace(SENDER, reply_to=reply_to)
    (letter,) = kept(
        tmp_path, prepare([Ready(item) for item in claimed], site=SITE, sender=sender, signer=Signer())
    )
    assert f'href="mailto:{to}"' in letter.html


def test_service_mail_is_not_a_list(queued: Queued, tmp_path: Path) -> None:
    queued(1, category="service")
    (letter,) = kept(tmp_path, made())
    names = {name for name, _ in letter.headers}
    assert not names & {"List-Unsubscribe", "List-Unsubscribe-Post", "List-ID", "Feedback-ID"}
    assert dict(letter.headers)["Auto-Submitted"] == "auto-generated"


def test_a_second_attempt_is_the_same_message(queued: Queued, tmp_path: Path) -> None:
    queued(1, category="service")
    first = made().outgoing[0]
    later = NOW + services.LEASE * 2
    services.sweep(later)
    claimed = services.claim(limit=1, worker="w", now=later)
    ready = [Ready(item, {"customer": {"first_name": "Ada"}}) for item in claimed]
    second = prepare(ready, site=SITE, sender=SENDER, signer=Signer()).outgoing[0]
    assert second.attempt == 2
    assert (second.raw, second.message_id) == (first.raw, first.message_id)


def test_one_that_cannot_be_made_fails_alone_with_the_reason(queued: Queued) -> None:
    queued(3)
    claimed = services.claim(limit=100, worker="w", now=NOW)
    broken = [
        replace(claimed[0], template_version=9),
        replace(claimed[1], address="nobody"),
        claimed[2],
    ]
    prepared = prepare([Ready(item) for item in broken], site=SITE, sender=SENDER, signer=Signer())
    assert [out.recipient for out in prepared.outgoing] == ["person3@example.org"]
    assert [failed.outcome for failed in prepared.failed] == [Outcome.REFUSED] * 2
    assert "has no version 9" in prepared.failed[0].reason
    states = services.record(prepared.failed, claimed=claimed, now=NOW)
    assert set(states.values()) == {"failed"}


def test_a_preview_has_no_tokens(queued: Queued) -> None:
    queued(1)
    shown = preview(content.latest("hello"), variables={"customer": {"first_name": "Ada"}}, site=SITE)
    assert shown.subject == "Hi Ada"
    assert "/u/" not in shown.html
    assert "/l/" not in shown.html


def test_the_mailbox_writes_whole_files_and_knows_what_it_has_not(queued: Queued, tmp_path: Path) -> None:
    queued(1)
    prepared = made()
    kept(tmp_path, prepared)
    kept(tmp_path, prepared)
    files = [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()]
    assert files == [f"mailbox/2026-03-01/{prepared.outgoing[0].key}.eml"]
    with pytest.raises(NotFound):
        mailbox.read(tmp_path, key=UUID(int=1), date=NOW)


def test_a_full_disk_is_no_lost_message(queued: Queued, tmp_path: Path) -> None:
    queued(1)
    (tmp_path / "mailbox").write_text("a file where the folder should be")
    (result,) = open_provider(SENDER, data=tmp_path).send(made().outgoing)
    assert result.outcome is Outcome.RETRY


def test_the_provider_changes_with_the_settings(tmp_path: Path) -> None:
    in_use = ProviderInUse(tmp_path)
    first = in_use.for_settings(SENDER)
    assert in_use.for_settings(SENDER) is first
    smtp = SenderSettings(provider="smtp", smtp_host="127.0.0.1")
    assert in_use.for_settings(smtp).name == "smtp"
    in_use.close()
    with pytest.raises(NotFound):
        open_provider(SenderSettings(provider="pigeon"), data=tmp_path)


def test_the_fake_answers_as_told(queued: Queued) -> None:
    queued(2)
    fake = FakeProvider(answers={"person1@example.org": Outcome.BOUNCED})
    assert [result.outcome for result in fake.send(made().outgoing)] == [Outcome.BOUNCED, Outcome.SENT]
    assert [out.recipient for out in fake.sent] == ["person2@example.org"]

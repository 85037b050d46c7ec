"""Mail that nobody wrote by the book: it is taken, or kept where staff see it, and never brought again for ever."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.flows import mails
from tests.flows.conftest import Shop

from tactful.delivery.domain import incoming
from tactful.delivery.domain.incoming import Incoming, Kind, read
from tactful.events import queries as events
from tactful.flows import inbound
from tactful.kernel.errors import InvalidInput

EIGHT_BIT = b"Subject: s\nFrom: \xff\xfe <a@b.c>\n\nhi"
ANSWERS = [
    EIGHT_BIT,
    b"Subject: \xff\x00\nFrom: \xff <a@b.c>\nTo: \xff\nReferences: \xff\n\nhi",
    b"Subject: s\nFrom: a@b.c\nX-Autoreply: \nContent-Type: text/html\n\nhi<!-- --",
    b"Subject: s\nFrom: a@b.c\nContent-Type: text/plain; charset=unicode_escape\n\nhi \\ud800 \\u0000",
]
NESTED = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (n, n) for n in range(2000))
names = st.sampled_from(["From", "To", "Subject", "Message-ID", "References", "Content-Type", "Auto-Submitted"])
values = st.binary(max_size=30) | st.sampled_from([
    b"multipart/report; report-type=delivery-status; boundary=B", b"message/delivery-status",
    b"text/html; charset=x",
    b"message/rfc822", b"(" * 2000, b"=?utf-7?q?+2AA-?=", b"<a@b.c", b"\xff <a@b.c>", b"message/feedback-report",
])  # fmt: skip
heads = st.lists(st.tuples(names, values), max_size=5)


@pytest.mark.parametrize("raw", ANSWERS)
def test_an_answer_with_broken_letters_is_an_answer(raw: bytes) -> None:
    letter = read(raw)
    assert letter.kind is Kind.REPLY
    assert letter.sender == "a@b.c"
    assert letter.text.startswith("hi")
    assert "\x00" not in letter.text + letter.subject
    assert (letter.text + letter.subject + letter.sender_name).encode()


def test_a_free_form_report_with_broken_letters_is_understood() -> None:
    report = mails.exim("<0123456789abcdef0123456789abcdef@shop.example>")
    broken = report.replace(b"Subject:", b"X-Site: \xff\xfe\nSubject: \xff", 1)
    assert [failure.address for failure in read(broken).failures] == ["ada@example.com"]


def test_what_the_reader_of_reports_cannot_read_is_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_message: object) -> None:
        raise AttributeError("lower")

    monkeypatch.setattr(incoming, "all_failures", fails)
    assert read(EIGHT_BIT).kind is Kind.REPLY


def test_what_cannot_be_taken_apart_is_kept_where_staff_see_it(shop: Shop) -> None:
    raw = b"Subject: s\nFrom: a@b.c\n" + NESTED
    assert inbound.receive(raw, now=shop.now) == inbound.Received("unreadable", 0)
    (row,) = events.rejected()
    assert (row.source, row.received_at) == ("mail", shop.now)
    assert row.reason == "This message could not be taken apart; it is kept here as it came."
    assert row.payload.startswith("Subject: s\nFrom: a@b.c\n")


@settings(max_examples=300, deadline=None)
@given(head=heads, body=st.binary(max_size=80), inner=heads)
def test_whatever_comes_is_read_or_refused_and_can_be_written_down(
    head: list[tuple[str, bytes]], body: bytes, inner: list[tuple[str, bytes]]
) -> None:
    lines = b"".join(name.encode() + b": " + value + b"\n" for name, value in head)
    parts = b"".join(name.encode() + b": " + value + b"\n" for name, value in inner)
    try:
        letter = read(lines + b"\n" + body + b"\n--B\n" + parts + b"\n" + body + b"\n--B--\n")
    except (InvalidInput, incoming.Unreadable):
        return
    assert json.dumps(written(letter)).isascii()


def written(letter: Incoming) -> list[str]:
    """Its words as the inbox keeps them."""
    words = [letter.sender, letter.sender_name, letter.subject, letter.text, letter.message_id]
    words += [failure.text for failure in letter.failures]
    for word in words:
        word.encode()
    return words

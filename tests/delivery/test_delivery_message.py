"""A composed message is read by others as it was meant, and nothing can be smuggled into it."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tactful.delivery.domain.message import InvalidAddress, Letter, checked_address, compose, message_id
from tactful.kernel.errors import InvalidInput

LETTER = Letter(
    key=UUID(int=5),
    from_name="Leaf & Sons",
    from_address="hello@leaf.example",
    to="ada@example.org",
    subject="Hello Ada",
    html="<p>Hello</p>",
    text="Hello\n",
    date=datetime(2026, 3, 1, 9, 30, tzinfo=UTC),
    reply_to="team@leaf.example",
    unsubscribe="https://m.leaf.example/u/" + "x" * 39,
    list_name="news.leaf.example",
    feedback_id="hello:news:3:tactful",
)


def parsed(letter: Letter) -> EmailMessage:
    message = message_from_bytes(compose(letter), policy=policy.default)
    assert not message.defects
    return message


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def test_the_headers_are_those_that_mail_services_ask_for() -> None:
    message = parsed(LETTER)
    assert {name: str(value) for name, value in message.items()} == {
        "From": "Leaf & Sons <hello@leaf.example>",
        "To": "ada@example.org",
        "Subject": "Hello Ada",
        "Date": "Sun, 01 Mar 2026 09:30:00 +0000",
        "Message-ID": "<00000000000000000000000000000005@leaf.example>",
        "MIME-Version": "1.0",
        "Content-Type": 'multipart/alternative; boundary="=_00000000000000000000000000000005"',
        "Reply-To": "team@leaf.example",
        "List-Unsubscribe": f"<{LETTER.unsubscribe}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "List-ID": "<news.leaf.example>",
        "Feedback-ID": "hello:news:3:tactful",
    }
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


def test_service_mail_is_automatic_and_no_list() -> None:
    service = replace(LETTER, unsubscribe="", list_name="", feedback_id="", is_automatic=True)
    message = parsed(service)
    assert message["Auto-Submitted"] == "auto-generated"
    assert not {"List-Unsubscribe", "List-Unsubscribe-Post", "List-ID"} & set(message.keys())


def test_the_same_letter_is_the_same_bytes_and_the_same_message_id() -> None:
    assert compose(LETTER) == compose(replace(LETTER))
    assert message_id(LETTER.key, "a@b.example") == message_id(LETTER.key, "other@b.example")


ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)


@given(ANY_TEXT, ANY_TEXT)
def test_subject_and_name_cannot_add_a_header(subject: str, name: str) -> None:
    message = parsed(replace(LETTER, subject=subject, from_name=name))
    assert list(message.keys()) == list(parsed(LETTER).keys())
    assert message["From"].addresses[0].addr_spec == "hello@leaf.example"


@given(st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=200))
def test_subject_and_name_are_read_as_they_were_written(text: str) -> None:
    raw = compose(replace(LETTER, subject=text, from_name=text))
    assert str(message_from_bytes(raw, policy=policy.default)["Subject"]) == text
    # The newer parser puts a space between two encoded words of a name; the older one reads names as RFC 2047 says.
    name, address = parseaddr(message_from_bytes(raw)["From"])
    assert str(make_header(decode_header(name))) == text
    assert address == "hello@leaf.example"


@given(ANY_TEXT, ANY_TEXT)
def test_the_bodies_are_read_as_they_were_written(text: str, html: str) -> None:
    message = parsed(replace(LETTER, text=text, html=html))
    for kind, written in (("plain", text), ("html", html)):
        wanted = written.replace("\r\n", "\n").replace("\r", "\n")
        read = body(message, kind)
        if kind == "html":  # what is not ASCII travels as character references
            read = re.sub(r"&#(\d+);", lambda found: chr(int(found[1])), read)
            wanted = re.sub(r"&#(\d+);", lambda found: chr(int(found[1])), wanted)
        assert read.rstrip("\n") == wanted.rstrip("\n")


@given(ANY_TEXT, ANY_TEXT, ANY_TEXT)
def test_it_is_ascii_in_short_lines_with_crlf(text: str, html: str, subject: str) -> None:
    raw = compose(replace(LETTER, text=text, html=html, subject=subject))
    assert raw.isascii()
    lines = raw.split(b"\r\n")
    assert max(map(len, lines)) <= 998
    assert not any(b"\n" in line or b"\r" in line for line in lines)


@pytest.mark.parametrize(
    "address",
    ["", "ada", "ada@", "@b.example", "a@b.example\r\nBcc: x@y.example", "a b@c.example", "a@b..c", "a@b.example>",
     "<a@b.example", "a@b,c@d.example", "a@" + "b" * 255, "a@b.example\x00", "ä@b.example", "a@\ud800.example"],
)  # fmt: skip
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(InvalidAddress):
        checked_address(address)
    for field in ("to", "from_address"):
        with pytest.raises(InvalidAddress):
            compose(replace(LETTER, **{field: address}))


def test_a_domain_in_another_script_is_encoded() -> None:
    assert checked_address(" ada@bücher.example ") == "ada@xn--bcher-kva.example"


@pytest.mark.parametrize("field", ["unsubscribe", "list_name", "feedback_id"])
def test_our_own_words_are_checked_too(field: str) -> None:
    with pytest.raises(InvalidInput):
        compose(replace(LETTER, **{field: "a\r\nX: y"}))

"""What mail servers mean by what they answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tactful.delivery.domain.codes import Meaning, meaning


@pytest.mark.parametrize(
    ("answer", "meant"),
    [
        ("550 5.1.1 The email account that you tried to reach does not exist.", Meaning.GONE),
        ("550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup", Meaning.GONE),
        ("550 5.4.1 Recipient address rejected: Access denied.", Meaning.GONE),
        ("550 5.5.0 Requested action not taken: mailbox unavailable (no such user)", Meaning.GONE),
        ("550 unknown", Meaning.GONE),
        ("550 No such user here", Meaning.GONE),
        ("554 delivery error: dd This user doesn't have a yahoo.com account", Meaning.UNKNOWN),
        ("550 5.7.1 User unknown", Meaning.GONE),
        ("551 5.1.6 moved", Meaning.GONE),
        ("556 5.1.10 Recipient address has null MX", Meaning.GONE),
        ("550 5.2.1 The email account that you tried to reach is disabled", Meaning.GONE),
        ("552 5.2.2 Mailbox full", Meaning.SOFT),
        ("452 4.2.2 The email account that you tried to reach is over quota", Meaning.SOFT),
        ("552 over quota", Meaning.SOFT),
        ("421 4.4.2 Connection timed out", Meaning.SOFT),
        ("451 4.3.0 Try later", Meaning.SOFT),
        ("550 5.4.7 Delivery time expired", Meaning.SOFT),
        ("450 4.2.0 Greylisted, try again", Meaning.GREYLISTED),
        ("451 4.7.1 Greylisting in action, please come back later", Meaning.GREYLISTED),
        ("451 Graylisted", Meaning.GREYLISTED),
        ("421 4.7.0 [TSS04] Messages temporarily deferred due to unexpected volume", Meaning.RATE),
        ("421 4.7.28 Our system has detected an unusual rate of unsolicited mail", Meaning.RATE),
        ("450 4.7.1 Try again", Meaning.RATE),
        ("452 4.5.3 Too many recipients", Meaning.RATE),
        ("421 Too many connections from your host", Meaning.RATE),
        ("550 5.7.1 Your reputation is low", Meaning.POLICY),
        ("550 5.7.26 This mail is unauthenticated: SPF and DKIM did not pass", Meaning.POLICY),
        ("421 4.7.26 This mail is unauthenticated", Meaning.POLICY),
        ("554 5.7.1 Relay access denied", Meaning.POLICY),
        ("554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org", Meaning.POLICY),
        ("550 5.1.8 Sender address rejected: Domain not found", Meaning.POLICY),
        ("550 Blocked: see https://www.spamhaus.org/", Meaning.POLICY),
        ("554 5.7.1 Spam", Meaning.CONTENT),
        ("552 5.3.4 Message size exceeds fixed limit", Meaning.CONTENT),
        ("550 5.6.0 Bad header", Meaning.CONTENT),
        ("554 Transaction failed", Meaning.UNKNOWN),
        ("250 2.0.0 OK", Meaning.UNKNOWN),
        ("", Meaning.UNKNOWN),
    ],
)
def test_what_an_answer_means(answer: str, meant: Meaning) -> None:
    assert meaning(None, None, answer) is meant


@pytest.mark.parametrize(
    ("status", "code", "text", "meant"),
    [
        ("5.1.1", None, "", Meaning.GONE),
        ("5.0.0", 550, "smtp; 550 no such user", Meaning.GONE),
        ("4.4.7", None, "delivery time expired: 550 5.1.1 of an earlier message", Meaning.SOFT),
        (None, 550, "", Meaning.GONE),
        (None, 554, "", Meaning.UNKNOWN),
        ("nonsense", 552, "", Meaning.SOFT),
    ],
)
def test_what_is_given_apart_counts_before_the_words(
    status: str | None, code: int | None, text: str, meant: Meaning
) -> None:
    assert meaning(status, code, text) is meant


@given(st.integers(400, 499), st.integers(0, 9), st.integers(0, 40), st.text())
def test_a_temporary_refusal_never_loses_an_address(code: int, subject: int, detail: int, words: str) -> None:
    assert meaning(f"4.{subject}.{detail}", code, words) is not Meaning.GONE


@given(st.text())
def test_every_text_has_a_meaning(text: str) -> None:
    assert meaning(None, None, text) in Meaning


def test_the_status_stands_out_of_version_numbers_and_addresses() -> None:
    assert meaning(None, None, "550-5.7.2 from 5.1.1.9 with 15.1.1") is meaning("5.7.2", 550, "") is Meaning.POLICY
    assert meaning(None, None, "host 5.1.1.1 said no") is meaning(None, None, "said no")

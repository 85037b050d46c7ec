"""Addresses in messages cannot be made or altered, and old ones keep working."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tactful.delivery.domain.tokens import InvalidToken, Purpose, Token, key_for, read, sign

KEY, OTHER = key_for("secret"), key_for("other")
IDS = st.integers(0, 2**63 - 1)
TOKENS = st.builds(Token, st.sampled_from(Purpose), IDS, IDS)


@given(TOKENS)
def test_what_was_signed_is_read(token: Token) -> None:
    text = sign(token, KEY)
    assert read(text, token.purpose, [KEY]) == token
    assert len(text) == 39
    assert text.replace("-", "").replace("_", "").isalnum()


@given(TOKENS)
def test_a_key_of_before_still_reads_and_a_foreign_one_does_not(token: Token) -> None:
    text = sign(token, OTHER)
    assert read(text, token.purpose, [KEY, OTHER]) == token
    with pytest.raises(InvalidToken):
        read(text, token.purpose, [KEY])


@given(TOKENS, st.integers(0, 38), st.sampled_from("ABCabc019-_"))
def test_no_altered_character_is_taken(token: Token, place: int, letter: str) -> None:
    text = sign(token, KEY)
    altered = text[:place] + letter + text[place + 1 :]
    if altered != text:
        with pytest.raises(InvalidToken):
            read(altered, token.purpose, [KEY])


@given(TOKENS, st.sampled_from(Purpose))
def test_a_token_opens_nothing_but_what_it_is_for(token: Token, purpose: Purpose) -> None:
    if purpose is not token.purpose:
        with pytest.raises(InvalidToken):
            read(sign(token, KEY), purpose, [KEY])


@given(st.text(max_size=60))
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InvalidToken):
        read(text, Purpose.LINK, [KEY])


def test_an_address_of_a_sent_message_stays_valid_for_ever() -> None:
    # The form is out in the world: if this fails, people can no longer unsubscribe.
    assert sign(Token(Purpose.UNSUBSCRIBE, 7, 42), KEY) == "AwAAAAAAAAAHAAAAAAAAACp1zcr4tTt2GNzAVsY"

"""Absence told without a header for it is no answer; a report in free words of any language is a failure."""

import pytest

from tactful.delivery.domain.incoming import Kind, read
from tactful.delivery.domain.sorting import Fate, fate

OURS = f"<{'0f' * 16}@shop.example>"


def mail(body: str, *headers: str, sender: str = "ada@example.com", subject: str = "Re: New tea") -> bytes:
    head = [f"From: {sender}", "To: hello@shop.example", f"Subject: {subject}", f"In-Reply-To: {OURS}", *headers]
    return ("\r\n".join([*head, "Content-Type: text/plain; charset=utf-8", "", body]) + "\r\n").encode()


@pytest.mark.parametrize(
    "body",
    [
        "I am out of the office until 7 December. In urgent cases please contact my colleague.",
        "Thank you for your message. I'm currently on annual leave and will be back on Monday.",
        "Guten Tag,\n\nich bin bis zum 7. Dezember nicht im Haus. In dringenden Fällen hilft meine Vertretung.",
        "Vielen Dank für Ihre Nachricht. Ich bin zurzeit im Urlaub und ab dem 7.12. wieder erreichbar.",
    ],
)
def test_absence_told_in_the_words_of_such_letters_is_automatic(body: str) -> None:
    assert read(mail(body)).kind is Kind.AUTOMATIC


@pytest.mark.parametrize(
    "body",
    [
        "Please call me about my order.",
        "I'm on holiday and love the tea. Could you send another packet to my hotel?",
        "Ich bin im Urlaub, schicken Sie es bitte später.",
        f"Please stop the order.\n\n{'x ' * 200}I am out of the office until 7 December.",
    ],
)
def test_a_person_who_speaks_of_a_holiday_is_a_person(body: str) -> None:
    assert read(mail(body)).kind is Kind.REPLY


def test_what_asks_programs_for_silence_was_written_by_one() -> None:
    assert read(mail("I'm away.", "X-Auto-Response-Suppress: All")).kind is Kind.AUTOMATIC


@pytest.mark.parametrize(
    ("words", "means"),
    [
        ("Die Adresse wurde nicht gefunden. 550 5.1.10 RESOLVER.ADR.RecipientNotFound", Fate.HARD),
        ("Le destinataire est introuvable : 550 5.1.1 inconnu", Fate.HARD),
        ("Das Postfach ist voll. 452 4.2.2", Fate.SOFT),
        ("550 5.7.1 blocked by a block list", Fate.POLICY),
    ],
)
def test_a_report_in_a_language_that_no_reader_knows_goes_by_its_code(words: str, means: Fate) -> None:
    found = read(mail(words, "Return-Path: <>", sender="postmaster@mx.example", subject="Unzustellbar: Neuer Tee"))
    assert found.kind is Kind.BOUNCE
    assert [fate(failure) for failure in found.failures] == [means]


def test_a_mail_server_that_names_no_code_reports_no_failure() -> None:
    assert read(mail("Die Nachricht ist angekommen.", sender="postmaster@mx.example")).kind is Kind.AUTOMATIC

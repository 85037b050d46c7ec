from datetime import date

import pytest

from tactful.customers.domain import contacts


@pytest.mark.parametrize(
    ("given", "understood"),
    [
        (" Ann.Lee@Example.COM ", "ann.lee@example.com"),
        ("ann+shop@example.co.uk", "ann+shop@example.co.uk"),
        ("o'hara@example.com", "o'hara@example.com"),
        ("jörg@example.com", "jörg@example.com"),
        ("ann@exämple.com", "ann@exämple.com"),
        ("ann@example", None),
        ("ann@@example.com", None),
        (".ann@example.com", None),
        ("ann..lee@example.com", None),
        ("ann@-example.com", None),
        ("ann lee@example.com", None),
        ("x" * 65 + "@example.com", None),
        ("@example.com", None),
        ("", None),
    ],
)
def test_addresses_have_one_spelling_or_none(given: str, understood: str | None) -> None:
    assert contacts.email_of(given) == understood


@pytest.mark.parametrize(
    ("given", "country", "understood"),
    [
        ("+49 30 1234567", None, "+49301234567"),
        ("030 1234567", "DE", "+49301234567"),
        ("030 1234567", None, None),
        ("(020) 7946 0018", "GB", "+442079460018"),
        ("0049 30 1234567", "DE", "+49301234567"),
        ("12", "DE", None),
        ("call me", "DE", None),
        ("030 1234567", "Germany", None),
    ],
)
def test_phones_are_written_as_e164_with_the_help_of_the_country(
    given: str, country: str | None, understood: str | None
) -> None:
    assert contacts.phone_of(given, country) == understood


@pytest.mark.parametrize(
    ("given", "understood"),
    [
        ("de", "DE"), ("Germany", "DE"), ("united kingdom", "GB"), ("UK", "GB"), ("EIRE", "IE"), ("USA", "US"),
        ("France ", "FR"), ("European Community", "European Community"),
    ],
)  # fmt: skip
def test_countries_become_codes_where_they_are_known(given: str, understood: str) -> None:
    assert contacts.country_of(given) == understood


@pytest.mark.parametrize(
    ("given", "understood"), [("de-DE", "de"), ("pt_BR", "pt"), ("EN", "en"), ("german", None), ("", None)]
)
def test_a_locale_says_its_language(given: str, understood: str | None) -> None:
    assert contacts.language_of(given) == understood


@pytest.mark.parametrize(
    ("given", "understood"),
    [
        ("1990-05-17", date(1990, 5, 17)),
        ("1990-05-17T00:00:00Z", date(1990, 5, 17)),
        ("0001-01-01", None),
        ("x", None),
    ],
)
def test_a_birth_date_is_a_date_of_somebody_living(given: str, understood: date | None) -> None:
    assert contacts.birth_date_of(given) == understood


@pytest.mark.parametrize(
    ("given", "understood"), [("Europe/Berlin", "Europe/Berlin"), ("Mars/Base", None), ("", None)]
)
def test_a_zone_is_one_that_exists(given: str, understood: str | None) -> None:
    assert contacts.zone_of(given) == understood

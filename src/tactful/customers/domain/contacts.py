"""Addresses, phone numbers and countries in one spelling each, so that equal ones are found to be equal."""

import re
from datetime import date
from functools import lru_cache

import phonenumbers
from babel import Locale
from email_validator import EmailNotValidError, validate_email

from tactful.kernel.errors import InvalidInput
from tactful.kernel.time import zone

_CACHE = 100_000
_PLAIN_EMAIL = re.compile(
    # Nearly all there are; the rest is left to the library, which takes forty times as long.
    r"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}"
)
_OLDEST_YEAR = 1900
_SHORTEST_PHONE = 8  # characters with the plus; some countries' plans allow absurdly short ones
# Names of countries in the shops' own files that CLDR does not know.
_ALSO_CALLED = {
    "uk": "GB", "great britain": "GB", "england": "GB", "scotland": "GB", "usa": "US", "u.s.a.": "US",
    "united states of america": "US", "eire": "IE", "rsa": "ZA", "czech republic": "CZ", "holland": "NL",
    "the netherlands": "NL", "turkey": "TR", "russian federation": "RU", "hong kong": "HK", "korea": "KR",
}  # fmt: skip


@lru_cache(maxsize=_CACHE)
def email_of(text: str) -> str | None:
    """The address in lower case, or None where its syntax cannot be an address. Asks no DNS."""
    address = text.strip().lower()
    local = address.partition("@")[0]
    if len(address) > 254 or len(local) > 64:  # RFC 5321
        return None
    if _PLAIN_EMAIL.fullmatch(address):
        return address
    try:
        found = validate_email(address, check_deliverability=False)
    except (EmailNotValidError, UnicodeError):
        return None
    return found.normalized.lower()


@lru_cache(maxsize=_CACHE)
def phone_of(text: str, country: str | None) -> str | None:
    """The number as E.164 (+49…), or None. A number without country code is read as one of `country` (ISO code)."""
    region = country if country and len(country) == 2 else None
    try:
        number = phonenumbers.parse(text[:64], region)
    except phonenumbers.NumberParseException:
        return None
    written = str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    # Possible, not valid: lists of valid ranges are always behind what is given out.
    return written if phonenumbers.is_possible_number(number) and len(written) >= _SHORTEST_PHONE else None


@lru_cache(maxsize=4096)
def country_of(text: str) -> str:
    """The ISO 3166 code of a country given by code or English name; what is not recognised stays as it is."""
    stripped = text.strip()
    if len(stripped) == 2 and stripped.isascii() and stripped.lower() not in _ALSO_CALLED:
        return stripped.upper()
    lowered = stripped.lower()
    return _ALSO_CALLED.get(lowered) or _names().get(lowered) or stripped


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    territories = Locale("en").territories
    return {name.lower(): code for code, name in territories.items() if len(code) == 2 and code.isalpha()}


def language_of(text: str) -> str | None:
    """The language of a locale (`pt` of pt-BR, pt_BR), or None where it is none."""
    tag = re.split(r"[-_]", text.strip(), maxsplit=1)[0].lower()
    return tag if 2 <= len(tag) <= 3 and tag.isascii() and tag.isalpha() else None


def zone_of(text: str) -> str | None:
    """The IANA name of a time zone, or None where there is none of that name."""
    try:
        return zone(text.strip()).key
    except InvalidInput:
        return None


def birth_date_of(text: str) -> date | None:
    """A date like 1990-05-17 (a time behind it is cut off), or None."""
    try:
        found = date.fromisoformat(text.strip()[:10])
    except ValueError:
        return None
    return found if found.year >= _OLDEST_YEAR else None

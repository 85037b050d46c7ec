"""What an identify says about a person, read once: columns, attributes, and the names he is known by."""

from datetime import datetime
from typing import Any

import msgspec

from tactful.customers.domain import contacts
from tactful.events.domain.parse import Parsed
from tactful.kernel.errors import InvalidInput
from tactful.kernel.time import parse_moment

_MAX_TEXT = 200  # characters of a name or a city
_MAX_EMAIL = 320
_MAX_CARD = 100

# Trait → column. Where two traits say the same thing, the first one here is believed.
_TEXTS = {
    "firstName": "first_name", "first_name": "first_name", "lastName": "last_name", "last_name": "last_name",
    "region": "region", "state": "region", "city": "city", "source": "source",
}  # fmt: skip
_READ = {
    "language": ("language", contacts.language_of),
    "locale": ("language", contacts.language_of),
    "zone": ("zone", contacts.zone_of),
    "timezone": ("zone", contacts.zone_of),
    "birthday": ("birth_date", contacts.birth_date_of),
    "birth_date": ("birth_date", contacts.birth_date_of),
}
_ADDRESS = {"country": "country", "state": "region", "region": "region", "city": "city"}
_CREATED = ("createdAt", "created_at")
_ELSEWHERE = frozenset({"consents"})  # read by other capabilities


class Statement(msgspec.Struct):
    """What was said. `columns` holds understood values; in `attributes` None removes.

    `email` is normalised; `bad_email` is what was given instead. `phone` is as given: its country may be known
    only once it is known whose it is.
    """

    columns: dict[str, Any]
    attributes: dict[str, Any]
    email: str | None = None
    bad_email: str | None = None
    phone: str | None = None
    card: str | None = None
    messenger: str | None = None
    created_at: datetime | None = None


def statement_of(event: Parsed) -> Statement | None:
    """What the event says about its person: an identify its traits, an event without ids its e-mail address."""
    if event.kind == "identify":
        return read(event.traits)
    if event.user_id or event.anonymous_id or event.customer_id or event.kind == "group":
        return None
    address = _email(event.properties.get("email"))
    return Statement({}, {}, email=address) if address else None


def read(traits: dict[str, Any]) -> Statement:
    """Sort traits into columns, identifiers and attributes. Null leaves a column alone and removes an attribute."""
    statement = Statement({}, {})
    for trait, value in traits.items():
        if trait in _ELSEWHERE:
            continue
        if not _understood(statement, trait, value):
            statement.attributes[trait] = value
    _split_name(statement, traits.get("name"))
    return statement


def _understood(statement: Statement, trait: str, value: Any) -> bool:
    if trait in _SETTERS:
        return _SETTERS[trait](statement, value)
    if trait in _TEXTS:
        return _text(statement, _TEXTS[trait], value)
    if trait in _READ:
        return _read(statement, trait, value)
    if trait == "country":
        return _country(statement, value)
    if trait == "name":
        return value is None or isinstance(value, str)
    if trait == "is_test":
        if isinstance(value, bool):
            statement.columns["is_test"] = value
        return isinstance(value, bool) or value is None
    if trait in _CREATED:
        return _created(statement, value)
    if trait == "address" and isinstance(value, dict):
        _address(statement, value)
    return False  # the rest of an address stays an attribute


def _text(statement: Statement, column: str, value: Any) -> bool:
    if value is None:
        return True
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return False
    text = str(value).strip()[:_MAX_TEXT]
    if text:
        statement.columns.setdefault(column, text)
    return True


def _read(statement: Statement, trait: str, value: Any) -> bool:
    if value is None or value == "":
        return True
    column, reader = _READ[trait]
    found = reader(value) if isinstance(value, str) else None
    if found is None:
        statement.attributes[f"invalid_{column}"] = value
    else:
        statement.columns.setdefault(column, found)
    return True


def _country(statement: Statement, value: Any) -> bool:
    if isinstance(value, str) and value.strip():
        statement.columns["country"] = contacts.country_of(value[:_MAX_TEXT])
    return value is None or isinstance(value, str)


def _address(statement: Statement, address: dict[str, Any]) -> None:
    for part, column in _ADDRESS.items():
        value = address.get(part)
        if isinstance(value, str) and value.strip():
            read_value = contacts.country_of(value[:_MAX_TEXT]) if part == "country" else value.strip()[:_MAX_TEXT]
            statement.columns.setdefault(column, read_value)


def _created(statement: Statement, value: Any) -> bool:
    try:
        moment = parse_moment(value) if isinstance(value, str) else None
    except InvalidInput:
        return False
    statement.created_at = moment
    return moment is not None or value is None


def _split_name(statement: Statement, name: Any) -> None:
    if not isinstance(name, str) or {"first_name", "last_name"} & statement.columns.keys():
        return
    first, _, last = name.strip().partition(" ")
    _text(statement, "first_name", first)
    _text(statement, "last_name", last)


def _email(value: Any) -> str | None:
    return contacts.email_of(value) if isinstance(value, str) and 0 < len(value) <= _MAX_EMAIL else None


def _set_email(statement: Statement, value: Any) -> bool:
    statement.email = _email(value)
    if statement.email is None and value not in (None, ""):
        statement.bad_email = str(value)[:_MAX_EMAIL]
    return True


def _set_phone(statement: Statement, value: Any) -> bool:
    text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    statement.phone = text[:_MAX_CARD] or None
    return bool(text) or value in (None, "")


def _set_card(statement: Statement, value: Any) -> bool:
    text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    statement.card = text if 0 < len(text) <= _MAX_CARD else None
    return statement.card is not None or value in (None, "")


def _set_messenger(statement: Statement, value: Any) -> bool:
    text = value.strip() if isinstance(value, str) else ""
    statement.messenger = text if 0 < len(text) <= _MAX_CARD else None
    return statement.messenger is not None or value in (None, "")


def _set_owner(statement: Statement, value: Any) -> bool:
    """Who of the staff looks after the person. An empty text takes the owner away."""
    address = _email(value)
    if address is not None or value == "":
        statement.columns["owner"] = address
    elif value is not None:
        statement.attributes["invalid_owner"] = value
    return True


_SETTERS = {
    "email": _set_email,
    "phone": _set_phone,
    "card": _set_card,
    "messenger": _set_messenger,
    "owner": _set_owner,
}

"""One row of a file: understood, or refused with a reason. Pure; the mapping is compiled once per file."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from hashlib import blake2b

import msgspec

from tactful.flows.importing.dates import Dates, reader
from tactful.flows.importing.mapping import ROW, WHO, ConsentColumn, Kind
from tactful.flows.importing.mapping import Mapping as FileMapping
from tactful.flows.importing.rules import Test, column_name
from tactful.flows.importing.values import moments, number, whole
from tactful.kernel.errors import InvalidInput
from tactful.kernel.money import exponent, to_minor
from tactful.kernel.time import zone

# What exports write where they know nobody.
_NOBODY = frozenset(
    {"", "0", "-", "null", "none", "nan", "n/a", "na", "unknown", "guest", "anonymous", "undefined"}
)
_CODE_LENGTH = 3
_LONGEST_ID = 200  # characters; ids stand in indexes

_MONEY = ("price", "cost", "amount", "discount", "shipping", "tax")

NO_CUSTOMER = "no customer"


class Line(msgspec.Struct, array_like=True, frozen=True):
    """What a row says of an order. Amounts are decimal texts in `currency`; `quantity` is above zero.

    A row without `price` states the `amount` of its whole order, or of its share in it.
    """

    currency: str
    sku: str
    product: str
    category: str
    quantity: int
    price: str
    cost: str
    amount: str
    discount: str
    shipping: str
    tax: str
    coupon: str
    refund_of: str
    traits: dict[str, str]
    dates: Dates


class Person(msgspec.Struct, array_like=True, frozen=True):
    """What a row says of a customer: traits, and (channel, topic, granted, text) of each consent."""

    traits: dict[str, str]
    consents: list[tuple[str, str, bool, str]]


class Happening(msgspec.Struct, array_like=True, frozen=True):
    """An event as a row states it."""

    name: str
    message_id: str
    properties: dict[str, str]


class Accepted(msgspec.Struct, frozen=True):
    """A row that was understood. The same fingerprint says the same; rows of one `group` make one event."""

    customer: str
    at: datetime
    group: str
    refund: bool
    fingerprint: str
    data: Line | Person | Happening


Texts = Mapping[str, str]
Judge = Callable[[Sequence[str]], Accepted]


def compile_judge(mapping: FileMapping, header: Sequence[str], *, now: datetime, currency: str) -> Judge:
    """The judge of this file's rows: gives what a row says, raises InvalidInput with the reason why it is refused.

    Raises InvalidInput at once when the file lacks a column that the mapping names. `currency` is taken where
    neither a column nor a constant names one.
    """
    texts = _reader(mapping, header, currency)
    understand = _UNDERSTAND[mapping.kind](mapping, now)
    refusals = [(rule.reason, rule.when.compile(decimal=mapping.decimal)) for rule in mapping.rejections]
    width = len(header)

    def judge(cells: Sequence[str]) -> Accepted:
        if len(cells) != width:
            raise InvalidInput(f"the row has {len(cells)} cells, the header {width}")
        whole_row = "".join(cells)
        if "\ufffd" in whole_row or "\x00" in whole_row:
            raise InvalidInput("unreadable characters: save the file as UTF-8")
        row = texts(cells)
        customer = customer_of(row)
        for reason, applies in refusals:
            if applies(row):
                raise InvalidInput(reason)
        return understand(row, customer)

    return judge


def customer_of(row: Texts) -> str:
    """By what the row knows its customer: "id:…", "email:…" or "phone:…". Raises InvalidInput for nobody."""
    found = row.get("customer_id", "")
    if found.casefold() not in _NOBODY:
        if len(found) > _LONGEST_ID:
            raise InvalidInput(f"the customer's id is longer than {_LONGEST_ID} characters")
        return f"id:{found}"
    email = row.get("email", "").casefold()
    if "@" in email:
        return f"email:{email}"
    phone = row.get("phone", "")
    if any(sign.isdigit() for sign in phone):
        return f"phone:{phone}"
    raise InvalidInput(NO_CUSTOMER)


def _reader(
    mapping: FileMapping, header: Sequence[str], currency: str
) -> Callable[[Sequence[str]], dict[str, str]]:
    """From cells to texts by field name; dates, traits, properties under their own, raw columns as `column:…`."""
    places = {name: place for place, name in reversed(list(enumerate(header)))}
    wanted: dict[str, str] = {**mapping.properties, **mapping.traits, **mapping.dates, **mapping.columns}
    raw = {consent.column for consent in mapping.consents}.union(
        *(rule.when.names() for rule in mapping.rejections), mapping.refund.names() if mapping.refund else ()
    )
    wanted |= {column_name(column): column for column in raw}
    absent = sorted(set(wanted.values()) - set(places))
    if absent:
        raise InvalidInput(f"the file has no column {', '.join(absent)}; it has {', '.join(header)}")
    picks = [(name, places[column], mapping.values.get(name)) for name, column in wanted.items()]
    fixed = {"currency": currency, **mapping.constants}

    def read(cells: Sequence[str]) -> dict[str, str]:
        row = dict(fixed)
        for name, place, table in picks:
            text = cells[place].strip()
            if table is not None:
                text = table.get(text, text)
            if text or name not in fixed:
                row[name] = text
        return row

    return read


def _orders(mapping: FileMapping, now: datetime) -> Callable[[Texts, str], Accepted]:
    moment = moments(mapping.date_formats, zone(mapping.zone), now)
    is_refund: Test = mapping.refund.compile(decimal=mapping.decimal) if mapping.refund else _never
    traits = _trait_names(mapping)
    dates = reader(mapping.dates, mapping.date_formats, mapping.zone)
    # An order that is known by what its row says stays the same one when a date of it moves.
    parting = () if ROW in mapping.order_from else mapping.dates
    said = tuple(sorted({*mapping.columns, *mapping.traits, *parting}))
    by_product = mapping.has("sku") or mapping.has("product")
    group = _order_of(mapping)

    def understand(row: Texts, customer: str) -> Accepted:
        refund = is_refund(row)
        at = moment(_filled(row, "date"))
        line = _line(row, mapping.decimal, traits, dates(row), refund=refund)
        if by_product and not line.sku:
            raise InvalidInput("no product")
        fingerprint = _fingerprint([customer, *[row.get(name, "") for name in said]])
        return Accepted(customer, at, group(row, customer, at, fingerprint), refund, fingerprint, line)

    return understand


def _line(row: Texts, decimal: str, traits: Sequence[str], dates: Dates, *, refund: bool) -> Line:
    currency = _currency(row["currency"])
    money = {name: _money(row[name], decimal, currency) if row.get(name) else "" for name in _MONEY}
    quantity = _quantity(row, decimal, refund=refund)
    if refund:
        money["amount"] = money["amount"].lstrip("-")
    if "-" in money["amount"] or "-" in money["price"] or "-" in money["cost"]:
        raise InvalidInput("an amount below nothing: a mapping with refunds says how a return looks")
    sku = row.get("sku") or row.get("product", "")
    if len(sku) > _LONGEST_ID:
        raise InvalidInput(f"the product's number is longer than {_LONGEST_ID} characters")
    if sku:
        _price_line(money, quantity, currency)
    elif money["price"]:
        _sum_line(money, quantity)
    if not money["amount"] and not money["price"]:
        raise InvalidInput("no amount")
    return Line(
        currency=currency,
        sku=sku,
        product=row.get("product", ""),
        category=row.get("category", ""),
        quantity=quantity,
        coupon=row.get("coupon", ""),
        refund_of=row.get("refund_of", ""),
        traits={name: row[name] for name in traits if row.get(name)},
        dates=dates,
        **money,
    )


@lru_cache(maxsize=1_024)
def _currency(text: str) -> str:
    code = text.upper()
    if len(code) != _CODE_LENGTH or not (code.isascii() and code.isalpha()):
        raise InvalidInput(f"currency {text!r} is not a code of three letters like EUR")
    return code


def _price_line(money: dict[str, str], quantity: int, currency: str) -> None:
    """A product's line has a price for one piece. From the line's amount it is rounded up to the smallest coin,
    and what that is too much stands as the line's discount, so that the line is worth its amount exactly."""
    if money["price"] or not money["amount"]:
        money["amount"] = "" if money["price"] else money["amount"]
        return
    coin = Decimal(1).scaleb(-exponent(currency))
    minor = to_minor(money["amount"], currency)
    price = -(-minor // quantity)
    money["price"], money["discount"] = str(price * coin), str((price * quantity - minor) * coin)
    money["amount"] = ""


def _sum_line(money: dict[str, str], quantity: int) -> None:
    """Without a product the row only adds to what the order is worth."""
    money["amount"] = str(Decimal(money["price"]) * quantity)
    money["price"] = ""


def _quantity(row: Texts, decimal: str, *, refund: bool) -> int:
    text = row.get("quantity", "")
    quantity = whole(text, decimal) if text else 1
    if refund:
        quantity = abs(quantity)
    if quantity <= 0:
        raise InvalidInput("a quantity of nothing or less: a mapping with refunds says how a return looks")
    return quantity


@lru_cache(maxsize=65_536)
def _money(text: str, decimal: str, currency: str) -> str:
    """The amount in plain decimal digits. Raises InvalidInput for what is none, or beyond any real sum."""
    value = number(text, decimal)
    to_minor(value, currency)
    return format(value, "f")


def _order_of(mapping: FileMapping) -> Callable[[Texts, str, datetime, str], str]:
    """How a row finds its order: by its number, or by what the mapping says rows of one order share."""
    if mapping.order_from == ("order_id",):
        return lambda row, _customer, _at, _fingerprint: _identifier(row)
    by_row = ROW in mapping.order_from
    names = [name for name in mapping.order_from if name != ROW]

    def made(row: Texts, customer: str, at: datetime, fingerprint: str) -> str:
        shared = fingerprint if by_row else _fingerprint([customer, *[row.get(name, "") for name in names]])
        return f"{mapping.name}-{customer.partition(':')[2]}-{at:%Y%m%d}-{shared[:8]}"

    return made


def _identifier(row: Texts) -> str:
    order = _filled(row, "order_id")
    if len(order) > _LONGEST_ID:
        raise InvalidInput(f"the order's number is longer than {_LONGEST_ID} characters")
    return order


def _customers(mapping: FileMapping, now: datetime) -> Callable[[Texts, str], Accepted]:
    moment = moments(mapping.date_formats, zone(mapping.zone), now)
    names = _trait_names(mapping)
    consents = [_consent_reader(consent) for consent in mapping.consents]

    def understand(row: Texts, customer: str) -> Accepted:
        at = moment(row["date"]) if row.get("date") else now
        traits = {name: row[name] for name in (*WHO[1:], *names) if row.get(name)}
        said = [told for told in (read(row) for read in consents) if told]
        if not traits and not said and not customer.startswith("id:"):
            raise InvalidInput("nothing but a name: no trait is filled")
        fingerprint = _fingerprint([customer, row.get("date", ""), str(sorted(traits.items())), str(said)])
        return _alone(customer, at, fingerprint, Person(traits, said))

    return understand


def _consent_reader(consent: ConsentColumn) -> Callable[[Texts], tuple[str, str, bool, str] | None]:
    column = column_name(consent.column)

    def read(row: Texts) -> tuple[str, str, bool, str] | None:
        word = row[column].casefold()
        if not word:
            return None
        if word not in consent.yes | consent.no:
            raise InvalidInput(f"{consent.column} says {row[column]!r}, which is neither yes nor no")
        return consent.channel, consent.topic, word in consent.yes, consent.text

    return read


def _events(mapping: FileMapping, now: datetime) -> Callable[[Texts, str], Accepted]:
    moment = moments(mapping.date_formats, zone(mapping.zone), now)

    def understand(row: Texts, customer: str) -> Accepted:
        name, at = _filled(row, "event"), moment(_filled(row, "date"))
        properties = {key: row[key] for key in mapping.properties if row.get(key)}
        message = row.get("message_id", "")
        said = [message] if message else [name, row["date"], str(sorted(properties.items()))]
        fingerprint = _fingerprint([customer, *said])
        return _alone(customer, at, fingerprint, Happening(name, message, properties))

    return understand


def _alone(customer: str, at: datetime, fingerprint: str, data: Person | Happening) -> Accepted:
    """A row that makes an event of its own."""
    return Accepted(customer, at, group=fingerprint, refund=False, fingerprint=fingerprint, data=data)


def _trait_names(mapping: FileMapping) -> tuple[str, ...]:
    """Traits from columns, and constants that are no field of the kind."""
    fixed = set(mapping.constants) - {"currency", "event", "date", "quantity", "price", "amount"}
    return tuple(sorted({*mapping.traits, *fixed}))


def _fingerprint(texts: Sequence[str]) -> str:
    """32 hexadecimal digits of the texts: the same for the same texts everywhere."""
    return blake2b("\x1f".join(texts).encode("utf-8", "replace"), digest_size=16).hexdigest()


def _filled(row: Texts, name: str) -> str:
    value = row.get(name, "")
    if not value:
        raise InvalidInput(f"no {name.replace('_', ' ')}")
    return value


def _never(_row: Texts) -> bool:
    return False


_UNDERSTAND = {Kind.ORDERS: _orders, Kind.CUSTOMERS: _customers, Kind.EVENTS: _events}

"""A mapping for a file that came without one, from the names of its columns and a sample of its rows."""

import re
from collections.abc import Sequence

from tactful.flows.importing.mapping import FIELDS, ROW, Kind, Mapping, missing_fields
from tactful.flows.importing.values import moment_of
from tactful.kernel.errors import InvalidInput

# Names as exports write them, without signs and in small letters; the first that a file has is taken.
_FIELD_NAMES: dict[str, tuple[str, ...]] = {
    "customer_id": ("customerid", "customernumber", "customerno", "clientid", "userid", "buyerid", "customer"),
    "email": ("email", "emailaddress", "customeremail", "mail"),
    "phone": ("phone", "phonenumber", "mobile", "tel", "telephone"),
    "order_id": (
        "orderid", "ordernumber", "orderno", "order", "invoiceno", "invoicenumber", "invoiceid", "invoice",
    ),
    "date": (
        "date", "orderdate", "invoicedate", "datetime", "createdat", "completedat", "paidat", "timestamp", "time",
        "occurredat", "registeredat", "signupdate",
    ),
    "sku": ("sku", "stockcode", "productid", "itemid", "productcode", "article", "lineitemsku"),
    "product": ("product", "productname", "description", "itemname", "lineitemname", "item"),
    "category": ("category", "productcategory"),
    "quantity": ("quantity", "qty", "pieces", "numberofcds", "lineitemquantity", "units"),
    "price": ("unitprice", "price", "itemprice", "lineitemprice"),
    "cost": ("cost", "unitcost"),
    "amount": ("total", "amount", "revenue", "ordertotal", "dollarvalue", "grandtotal", "sum", "value", "subtotal"),
    "discount": ("discount", "discountamount"),
    "shipping": ("shipping", "shippingamount"),
    "tax": ("tax", "taxes", "vat"),
    "coupon": ("coupon", "couponcode", "discountcode"),
    "currency": ("currency",),
    "event": ("event", "eventname"),
    "message_id": ("messageid", "eventid"),
}  # fmt: skip
_TRAIT_NAMES: dict[str, tuple[str, ...]] = {
    "first_name": ("firstname", "givenname", "forename"),
    "last_name": ("lastname", "surname", "familyname"),
    "name": ("name", "fullname", "customername"),
    "language": ("language", "locale"),
    "zone": ("timezone", "zone"),
    "country": ("country", "countrycode"),
    "region": ("region", "state", "province"),
    "city": ("city", "town"),
    "birthday": ("birthday", "birthdate", "dateofbirth"),
    "source": ("source", "utmsource"),
}
_DATES = (
    "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y",
    "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%m/%d/%Y", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d",
    "%d-%m-%Y %H:%M", "%d-%m-%Y",
)  # fmt: skip
_AMBIGUOUS = {"%d/%m/%Y": "%m/%d/%Y", "%d/%m/%Y %H:%M": "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M:%S": "%m/%d/%Y %H:%M:%S"}
_MONEY = ("price", "amount", "cost", "shipping", "tax", "discount")
_AFTER_COMMA = re.compile(r",\d{1,2}\D*$")
_AFTER_POINT = re.compile(r"\.\d+\D*$")


def guess_mapping(header: Sequence[str], sample: Sequence[Sequence[str]], kind: Kind, *, zone: str) -> Mapping:
    """The mapping that the names of the columns suggest; moments are local to the company's `zone`.

    Raises InvalidInput that names what could not be found, and when dates can be read in two ways.
    """
    columns = _match(header, {name: _FIELD_NAMES[name] for name in _FIELD_NAMES if name in FIELDS[kind]})
    order_from = ("order_id",) if kind is not Kind.ORDERS or "order_id" in columns else (ROW,)
    missing = missing_fields(kind, set(columns), order_from=order_from)
    if missing:
        raise InvalidInput(
            f"no column was found for {'; nor for '.join(missing)}. The file has {', '.join(header)}. "
            "Write a mapping and give it with --map (docs/guides/bring-your-own-orders.md)"
        )
    rest = [name for name in header if name not in columns.values()]
    traits = _match(rest, _TRAIT_NAMES) if kind is not Kind.EVENTS else {}
    rest = [name for name in rest if name and name not in traits.values()]
    return Mapping(
        name=kind.value,
        kind=kind,
        columns=columns,
        traits=traits | ({name: name for name in rest} if kind is Kind.CUSTOMERS else {}),
        properties={name: name for name in rest} if kind is Kind.EVENTS else {},
        date_formats=_dates(header, sample, columns.get("date")),
        decimal=_decimal(header, sample, columns),
        zone=zone,
        order_from=order_from,
    )


def _match(header: Sequence[str], wanted: dict[str, tuple[str, ...]]) -> dict[str, str]:
    bare = {re.sub(r"[^0-9a-z]", "", name.casefold()): name for name in reversed(header)}
    found: dict[str, str] = {}
    for field, names in wanted.items():
        column = next((bare[name] for name in names if name in bare and bare[name] not in found.values()), None)
        if column is not None:
            found[field] = column
    return found


def _cells(header: Sequence[str], sample: Sequence[Sequence[str]], column: str) -> list[str]:
    place = list(header).index(column)
    return [row[place].strip() for row in sample if len(row) > place and row[place].strip()]


def _dates(header: Sequence[str], sample: Sequence[Sequence[str]], column: str | None) -> tuple[str, ...]:
    """The one format in which the sample can be read; none where ISO 8601 does."""
    if column is None:
        return ()
    cells = _cells(header, sample, column)
    # A single bad date must not spoil the guess: nine of ten have to fit.
    fitting = [form for form in ("", *_DATES) if sum(_fits(cell, form) for cell in cells) * 10 >= len(cells) * 9]
    if not fitting and cells:
        raise InvalidInput(
            f"the dates in {column} (such as {cells[0]!r}) are in no usual form: give formats.dates in a mapping"
        )
    both = [form for form in fitting if _AMBIGUOUS.get(form) in fitting]
    if both and fitting[0] != "":
        raise InvalidInput(
            f"the dates in {column} (such as {cells[0]!r}) can be day first or month first: "
            "say which in a mapping, formats.dates"
        )
    return () if not fitting or fitting[0] == "" else (fitting[0],)


def _fits(cell: str, form: str) -> bool:
    if not form:
        return moment_of(cell, ()) is not None
    return moment_of(cell, (form,)) is not None and moment_of(cell, ()) is None


def _decimal(header: Sequence[str], sample: Sequence[Sequence[str]], columns: dict[str, str]) -> str:
    """The decimal sign that the money in the sample is written with."""
    cells = [cell for name in _MONEY if name in columns for cell in _cells(header, sample, columns[name])]
    commas = sum(bool(_AFTER_COMMA.search(cell)) for cell in cells)
    points = sum(bool(_AFTER_POINT.search(cell)) for cell in cells)
    return "," if commas > points else "."

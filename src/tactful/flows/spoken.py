"""What messages may say of a customer, and of the event that their run began with."""

from collections.abc import Mapping

from tactful.customers.queries import Profile
from tactful.sales.domain.matters import KINDS, Kind

DEALS = KINDS[Kind.PROPOSAL].opening | KINDS[Kind.PROPOSAL].closing
_NAMES = ("first_name", "last_name", "email", "city", "country", "language", "attributes")


def spoken_to(person: Profile | None) -> dict[str, object]:
    """What a template may call the customer by. Unset fields are absent, so that a default in the text applies."""
    if person is None:
        return {}
    return spoken({name: getattr(person, name) for name in _NAMES})


def spoken(known: Mapping[str, object]) -> dict[str, object]:
    """The same of fields by name; others than texts know are left out."""
    return {name: known[name] for name in _NAMES if known.get(name)}


def told_of(event: tuple[str, Mapping[str, object]] | None) -> dict[str, object]:
    """What a text may say of an event (name, properties): an order with its first product, a product, or a deal."""
    if event is None:
        return {}
    name, properties = event
    if not name.startswith("Order "):
        about = "product" if is_of_product(name) else "deal" if name in DEALS else ""
        return {about: dict(properties)} if about else {}
    lines = properties.get("products")
    first = lines[0] if isinstance(lines, list) and lines and isinstance(lines[0], dict) else {}
    return {"order": dict(properties), "product": first}


def is_of_product(name: str) -> bool:
    """Whether an event of this name carries a product, whose data may grow old."""
    return name.startswith("Product ")

"""What the demo company sells: a tea shop, with prices, costs and seasons."""

from dataclasses import dataclass

NAME = "Leaf & Kettle"
CURRENCY = "EUR"
ZONE = "Europe/Berlin"
ADDRESS = "Leaf & Kettle GmbH, Speicherstraße 12, 20457 Hamburg, Germany"
COLOUR = "#3f6b4f"


@dataclass(frozen=True, slots=True)
class Product:
    sku: str
    name: str
    category: str
    price: float
    cost: float


_RANGE = {
    "Green tea": (("Sencha", 11.9), ("Gyokuro", 24.5), ("Genmaicha", 9.9), ("Dragon Well", 18.0), ("Bancha", 7.9)),
    "Black tea": (("Assam", 8.9), ("Darjeeling", 14.5), ("Earl Grey", 9.5), ("Lapsang", 12.0), ("Ceylon", 8.5)),
    "Herbal": (("Rooibos", 6.9), ("Peppermint", 5.5), ("Chamomile", 5.9), ("Lemongrass", 6.5), ("Hibiscus", 6.2)),
    "Matcha": (("Ceremonial matcha", 32.0), ("Kitchen matcha", 17.5), ("Matcha whisk", 19.0)),
    "Teaware": (("Kyusu teapot", 48.0), ("Glass cup pair", 22.0), ("Steel infuser", 12.5), ("Kettle", 89.0)),
    "Gifts": (("Advent tea box", 39.0), ("Tasting set", 27.0), ("Gift card tin", 34.0)),
}
_MARGIN = {"Green tea": 0.58, "Black tea": 0.6, "Herbal": 0.66, "Matcha": 0.5, "Teaware": 0.38, "Gifts": 0.45}

# How much each month lifts or lowers demand, January first: tea is drunk in the cold, gifts are given in December.
MONTHS = (1.1, 1.05, 0.95, 0.9, 0.85, 0.75, 0.7, 0.75, 0.9, 1.05, 1.3, 1.7)
# The hours at which people shop, by their own clock.
HOURS = (1, 0, 0, 0, 0, 1, 2, 5, 7, 8, 8, 9, 10, 9, 8, 7, 7, 8, 10, 14, 16, 14, 8, 3)


def products() -> tuple[Product, ...]:
    found = []
    for group, (category, names) in enumerate(_RANGE.items()):
        for place, (name, price) in enumerate(names):
            cost = round(price * (1 - _MARGIN[category]), 2)
            found.append(Product(f"LK{group + 1}{place + 1:02}", name, category, price, cost))
    return tuple(found)


CATEGORIES = tuple(_RANGE)

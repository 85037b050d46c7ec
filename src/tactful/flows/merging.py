"""Two records were found to be one person: what every capability keeps follows."""

from collections.abc import Sequence

from tactful.catalog import services as catalog
from tactful.consent import services as consent
from tactful.customers import services as customers
from tactful.decisions import services as decisions
from tactful.delivery import services as delivery
from tactful.events import services as events
from tactful.journeys import services as journeys
from tactful.sales import services as sales
from tactful.segments import services as segments

Pairs = Sequence[tuple[int, int]]


def follow(pairs: Pairs) -> None:
    """Move everything of the first record of each pair to the second. Needs a transaction."""
    if not pairs:
        return
    customers.keep_moved("events", events.move_customers(pairs))
    catalog.move_customers(pairs)
    consent.move_customers(pairs)
    segments.move_customers(pairs)
    journeys.move_customers(pairs)
    decisions.move_customers(pairs)
    delivery.move_customers(pairs)
    sales.move_customers(pairs)

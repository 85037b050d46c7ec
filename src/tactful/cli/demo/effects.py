"""The effect of messages that the demo plants, and the book in which it is kept for checking reports."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

# Chance that a message of the journey, once opened, makes somebody buy who otherwise would not have.
PLANTED = {"after-first-purchase": 0.10, "reactivation-by-hypothesis": 0.12}
PLANTED_ELSEWHERE = 0.02


def planted_chance(journey: str) -> float:
    return PLANTED.get(journey, PLANTED_ELSEWHERE)


@dataclass
class Truth:
    """What really happened because of messages: known to the simulation, hidden from the engine."""

    messages: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    opened: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    caused_orders: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    caused_margin_minor: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    own_orders: int = 0

    def as_json(self) -> dict[str, Any]:
        """For each journey: messages, opens, the chance planted, the orders it caused and their margin."""
        journeys = {
            journey: {
                "messages": self.messages[journey],
                "opened_by_a_person": self.opened[journey],
                "planted_chance_per_open": planted_chance(journey),
                "caused_orders": len(self.caused_orders[journey]),
                "caused_margin_minor": self.caused_margin_minor[journey],
                "caused_order_ids": self.caused_orders[journey],
            }
            for journey in sorted(self.messages)
        }
        return {"own_orders": self.own_orders, "journeys": journeys}

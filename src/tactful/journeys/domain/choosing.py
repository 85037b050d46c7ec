"""How a journey chooses whom to meet, for those who ask why they were. Pure."""

from collections.abc import Mapping
from enum import StrEnum

from tactful.journeys.domain.calendar import OnDate
from tactful.journeys.domain.definition import Definition


class Chosen(StrEnum):
    """What was looked at before somebody was meant."""

    FITTING = "fitting"  # what is known of him: an event of his, a segment, a condition
    DATE = "customer"  # a date of his own
    ORDER = "order"  # a date of an order of his
    DEAL = "deal"  # a date of a proposal that was made to him
    EVERYBODY = "everybody"  # nothing


_BY_DATE: Mapping[str, Chosen] = {"customer": Chosen.DATE, "order": Chosen.ORDER, "deal": Chosen.DEAL}


def chosen_by(definition: Definition) -> Chosen:
    """How those are chosen whom a journey writes to."""
    entry = definition.entry
    if isinstance(entry.rule, OnDate):
        return _BY_DATE[entry.about]
    looked = entry.segment or entry.condition or definition.conditions_on_the_way
    return Chosen.FITTING if entry.rule is None or looked else Chosen.EVERYBODY

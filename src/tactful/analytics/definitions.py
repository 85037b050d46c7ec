"""The eight measures in words. Screens, the command line and docs/measures.md show these sentences."""

from dataclasses import dataclass
from enum import Enum

ASLEEP_DAYS = 60  # days without a purchase after which a buyer is asleep
CLICK_DAYS = 7  # days after a click in which a purchase is attributed to the message
OPEN_DAYS = 1  # the same after an open, which is weaker: machines open messages too
SILENT_AFTER = 3  # messages in the period after which a reader who opened none is called silent


class Unit(Enum):
    """What a value counts. Money is in minor units of the measures' currency."""

    SHARE = "share"
    MONEY = "money"
    DAYS = "days"
    CUSTOMERS = "customers"


@dataclass(frozen=True, slots=True)
class Definition:
    """A measure as people read it. `good` tells which way is better: "up", "down" or "" for neither."""

    name: str
    title: str
    unit: Unit
    good: str
    sentence: str


DEFINITIONS = {
    definition.name: definition
    for definition in (
        Definition(
            "second_purchase_share",
            "Bought a second time",
            Unit.SHARE,
            "up",
            "Of the customers who had bought at least once by the end of the period, "
            "the share who had bought at least twice by then.",
        ),
        Definition(
            "repeat_revenue",
            "Repeat revenue",
            Unit.MONEY,
            "up",
            "What purchases in the period brought, less what has come back of them, where the purchase was not "
            "the customer's first.",
        ),
        Definition(
            "days_between_purchases",
            "Days between purchases",
            Unit.DAYS,
            "",
            "Days from one day on which a customer bought to the next such day, where the later day lies in the "
            "period; the value is the median, several purchases on one day count as one.",
        ),
        Definition(
            "journey_conversion",
            "Scenarios that reached their goal",
            Unit.SHARE,
            "up",
            "Of the runs of journeys that began in the period, those held out for comparison left aside, "
            "the share that has reached the journey's goal.",
        ),
        Definition(
            "unsubscribe_rate",
            "Unsubscribed",
            Unit.SHARE,
            "down",
            "Of the messages sent in the period, service messages left aside, "
            "the share from which the reader unsubscribed.",
        ),
        Definition(
            "complaint_rate",
            "Complained",
            Unit.SHARE,
            "down",
            "Of the messages sent in the period, service messages left aside, "
            "the share that the reader marked as spam.",
        ),
        Definition(
            "silent_share",
            "Gone silent",
            Unit.SHARE,
            "down",
            f"Of the customers who were sent at least {SILENT_AFTER} messages in the period, "
            "the share who opened and clicked none of them.",
        ),
        Definition(
            "without_next_step_share",
            "Without a next step",
            Unit.SHARE,
            "down",
            "Of all customers at the end of the period, the share for whom no journey was under way, "
            "no task open and no message waiting.",
        ),
        Definition(
            "reactivated",
            "Woken up",
            Unit.CUSTOMERS,
            "up",
            f"Customers who bought in the period after more than {ASLEEP_DAYS} days without a purchase.",
        ),
        Definition(
            "margin_contribution",
            "Margin after contact",
            Unit.MONEY,
            "up",
            "Margin, less that of goods that came back, of purchases in the period that were made within "
            f"{CLICK_DAYS} days after the customer clicked in a message or {OPEN_DAYS} day after he opened one; "
            "an attribution, not proof of an effect.",
        ),
    )
}

FATIGUE = ("unsubscribe_rate", "complaint_rate", "silent_share")
FATIGUE_SENTENCE = (
    "Signs that the base has had enough: unsubscribes, complaints, and readers who open nothing any more."
)

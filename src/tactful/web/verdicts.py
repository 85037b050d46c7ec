"""How a verdict or the state of a message looks, and what each reason means. Interface rule 5."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Look:
    tone: str
    icon: str
    word: str


_LOOKS = {
    "send": Look("sent", "send", "Sent"),
    "hold": Look("held", "player-pause", "Held"),
    "drop": Look("dropped", "hand-stop", "Not sent"),
    "sent": Look("sent", "send", "Sent"),
    "queued": Look("accent", "hourglass", "On its way"),
    "claimed": Look("accent", "hourglass", "Being sent"),
    "dropped": Look("dropped", "hand-stop", "Not sent"),
    "failed": Look("failed", "alert-triangle", "Failed"),
    "in_doubt": Look("failed", "alert-triangle", "In doubt"),
    "pass": Look("sent", "check", "Passes"),
}


def look(name: str) -> Look:
    return _LOOKS.get(name, Look("", "circle-dot", name.replace("_", " ").capitalize()))


@dataclass(frozen=True, slots=True)
class Reason:
    """A rule as people read it: what it asks, a label where it stopped a message, and how a sentence goes on
    after "402 …" and "1 …": in words that agree with both."""

    asks: str
    label: str
    clause: str
    tone: str
    of_one: str = ""  # the clause after "1 …", where its verb is another

    def after(self, count: int) -> str:
        """How a sentence goes on after the number of customers."""
        return self.of_one if count == 1 and self.of_one else self.clause


REASONS = {
    "clear": Reason("Nothing", "Nothing stood against it", "had a reason and nothing stood against it", "sent"),
    "frequency_cap": Reason("Frequency caps", "Contacted lately", "had been contacted in the last days", "a"),
    "quiet_hours": Reason(
        "Quiet hours", "Quiet hours", "were asleep in their night", "h", "was asleep in the night"
    ),
    "consent": Reason("Consent", "No consent", "had not agreed to it", "e"),
    "status": Reason(
        "Still true",
        "No longer true",
        "had done it already, or it was no longer true of them",
        "b",
        "had done it already, or it was no longer true of him",
    ),
    "holdout": Reason("Holdout", "Holdout", "are left alone, for comparison", "d", "is left alone, for comparison"),
    "arbitration": Reason("Priority", "Something mattered more", "had something more important coming", "g"),
    "own_choice": Reason("Own choice", "Own choice", "asked for a pause or for less", "f"),
    "sales_hold": Reason(
        "Held by staff",
        "Held by staff",
        "were held by somebody who talks to them",
        "held",
        "was held by somebody who talks to him",
    ),
    "sales_sync": Reason("Under way", "Something is open", "had something open with a colleague", "held"),
    "region": Reason(
        "Law of his country",
        "Not allowed there",
        "live where the law asks for more",
        "e",
        "lives where the law asks for more",
    ),
    "personalisation": Reason("Fresh data", "Data too old", "would have seen data that are too old", "b"),
    "public_holiday": Reason("Public holidays", "Public holiday", "had a public holiday", "h"),
    "budget": Reason("Budget", "Budget spent", "had cost as much as they may", "d", "had cost as much as he may"),
    "sender_health": Reason("Sender health", "Sending paused", "waited for a paused sender", "failed"),
    "suppression": Reason(
        "Suppression", "Suppressed", "are on the suppression list", "failed", "is on the suppression list"
    ),
    "reachability": Reason("Address", "Not reachable", "have no working address", "c", "has no working address"),
    "erased": Reason(
        "In the base", "Not in the base", "are no longer in the base", "previous", "is no longer in the base"
    ),
    "test_person": Reason("A real person", "Test person", "are test people", "previous", "is a test person"),
}


def reason(name: str) -> Reason:
    words = name.replace("_", " ")
    return REASONS.get(
        name,
        Reason(words.capitalize(), words.capitalize(), f"were stopped by {words}", "e", f"was stopped by {words}"),
    )

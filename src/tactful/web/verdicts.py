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


REASONS = {
    "clear": Reason("Nothing", "Nothing stood against it", "had a reason and nothing stood against it", "sent"),
    "frequency_cap": Reason("Frequency caps", "Contacted lately", "had been contacted in the last days", "a"),
    "quiet_hours": Reason("Quiet hours", "Quiet hours", "would have been woken at night", "h"),
    "consent": Reason("Consent", "No consent", "had not agreed to it", "e"),
    "status": Reason("Still true", "No longer true", "had done it already, or it was no longer true of them", "b"),
    "holdout": Reason("Holdout", "Holdout", "got nothing, for comparison", "d"),
    "arbitration": Reason("Priority", "Something mattered more", "had something more important coming", "g"),
    "own_choice": Reason("Own choice", "Own choice", "asked for a pause or for less", "f"),
    "sales_hold": Reason("Held by staff", "Held by staff", "had a hold by somebody who talks to them", "held"),
    "sales_sync": Reason("Under way", "Something is open", "had something open with a colleague", "held"),
    "region": Reason("Law of his country", "Not allowed there", "lived where the law asks for more", "e"),
    "personalisation": Reason("Fresh data", "Data too old", "would have seen data that are too old", "b"),
    "public_holiday": Reason("Public holidays", "Public holiday", "had a public holiday", "h"),
    "budget": Reason("Budget", "Budget spent", "had cost as much as they may", "d"),
    "sender_health": Reason("Sender health", "Sending paused", "waited for a paused sender", "failed"),
    "suppression": Reason("Suppression", "Suppressed", "stood on the suppression list", "failed"),
    "reachability": Reason("Address", "Not reachable", "had no working address", "c"),
    "erased": Reason("In the base", "Not in the base", "had left the base", "previous"),
    "test_person": Reason("A real person", "Test person", "had been marked as a test", "previous"),
}


def reason(name: str) -> Reason:
    words = name.replace("_", " ")
    return REASONS.get(name, Reason(words.capitalize(), words.capitalize(), f"had {words} against them", "e"))

"""What a failed delivery means for the address and for us: for later, for now, because of us, or for good. Pure."""

from enum import StrEnum

from tactful.delivery.domain.codes import Meaning, meaning
from tactful.delivery.domain.incoming import Failure


class Fate(StrEnum):
    """From the least to the worst. The names are those of the property `bounce` of the event."""

    DELAYED = "delayed"
    CONTENT = "content"
    POLICY = "policy"
    SOFT = "soft"
    HARD = "hard"


_FATES = {
    Meaning.GONE: Fate.HARD,
    Meaning.SOFT: Fate.SOFT,
    Meaning.GREYLISTED: Fate.SOFT,
    Meaning.RATE: Fate.SOFT,
    Meaning.POLICY: Fate.POLICY,
    Meaning.CONTENT: Fate.CONTENT,
}


def fate(failure: Failure) -> Fate | None:
    """What one line of a delivery report means; None where it tells of no failure."""
    if failure.action in ("delivered", "relayed", "expanded"):
        return None
    if failure.action == "delayed":
        return Fate.DELAYED
    means = meaning(failure.status, failure.code, failure.text)
    if means is Meaning.UNKNOWN:
        # A free-form report that its reader knows as final names an address that is gone; a vague code may not.
        return Fate.SOFT if failure.status or failure.code else Fate.HARD
    return _FATES[means]


def refusal(reason: str) -> Fate | None:
    """What a server's words at the door mean; None where they say nothing of it: then the fault may lie on the way,
    with our own mail server or in the message, and counts against nobody."""
    means = meaning(None, None, reason)
    if means is Meaning.UNKNOWN:
        return None
    return Fate.SOFT if means is Meaning.GONE else _FATES[means]


def fate_of_text(reason: str, *, verdict: Fate) -> Fate:
    """What a provider tells. The receiver's words come before its `verdict`, but do not make it one for good."""
    means = meaning(None, None, reason)
    if means is Meaning.UNKNOWN or _FATES[means] is Fate.HARD:
        return verdict
    return _FATES[means]

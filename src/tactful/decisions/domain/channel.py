"""Which channel for a message that may go by any: open to him, as he prefers, where he answers. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from tactful.consent.domain.consent import allows
from tactful.decisions.domain.facts import SERVICE, Facts


@dataclass(frozen=True, slots=True)
class Way:
    """A channel to one customer. `sent` and `answered`: his messages of late, and those he opened or followed."""

    channel: str
    open: bool
    sent: int = 0
    answered: int = 0

    @property
    def affinity(self) -> float:
        """The share that he answers, with one message of each kind added: a single lucky one proves little."""
        return (self.answered + 1) / (self.sent + 2)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The channel, and by what: `preference`, `affinity`, `reachability` (the only open one) or `none` is open."""

    channel: str
    by: str


def is_open(facts: Facts, *, topic: str, category: str) -> bool:
    """Whether a message of this topic could go there at all: an address, not suppressed, agreed to."""
    agreed = category == SERVICE or allows(facts.consent, topic)
    return bool(facts.address) and not facts.suppressed and agreed


def choose(ways: Sequence[Way], preferred: str = "") -> Chosen:
    """The best of them; of equals the one named first. Needs at least one.

    Where none is open it is the first, and the rules say why nothing goes there.
    """
    usable = [way for way in ways if way.open]
    if not usable:
        return Chosen(ways[0].channel, "none")
    if len(usable) == 1:
        return Chosen(usable[0].channel, "reachability")
    if any(way.channel == preferred for way in usable):
        return Chosen(preferred, "preference")
    return Chosen(max(usable, key=lambda way: way.affinity).channel, "affinity")

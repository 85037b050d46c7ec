"""What each provider itself says of a failure, beside the receiver's words: for now, because of us, or for good.

Where it says nothing that is known here, a bounce is for good; what the provider did not even try is tried again
with the next message, and what it could not make of ours counts against nobody.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tactful.delivery.domain.sorting import Fate

_ONLY = "*"  # whatever the only field there is called
_UNKNOWN = {"rejected": Fate.SOFT, "failed": Fate.CONTENT, "deferred": Fate.SOFT}


@dataclass(frozen=True, slots=True)
class _Said:
    """Where a provider says it, and what follows; the first place whose word is known counts."""

    places: Sequence[Sequence[str]]
    fates: Mapping[str, Fate]


_SAID: Mapping[str, _Said] = {
    "amazon-ses": _Said([["bounce", "bounceType"]], {"Transient": Fate.SOFT, "Undetermined": Fate.SOFT}),
    "brevo": _Said([["event"]], {"soft_bounce": Fate.SOFT}),
    "mailersend": _Said([["data", "type"]], {"soft_bounced": Fate.SOFT}),
    "mailgun": _Said(
        [["event-data", "reason"]],
        {
            "old": Fate.SOFT,
            "greylisted": Fate.SOFT,
            "espblock": Fate.POLICY,
            "blacklisted": Fate.POLICY,
            "suppress-unsubscribe": Fate.SOFT,
            "suppress-complaint": Fate.SOFT,
        },
    ),
    "mailjet": _Said(
        [["error"], ["hard_bounce"]],
        {
            "quota exceeded": Fate.SOFT,
            "greylisted": Fate.SOFT,
            "system issue": Fate.SOFT,
            "protocol error": Fate.SOFT,
            "connection issue": Fate.SOFT,
            "relay/access denied": Fate.POLICY,
            "sender blocked": Fate.POLICY,
            "policy issue": Fate.POLICY,
            "content blocked": Fate.CONTENT,
            "False": Fate.SOFT,
        },
    ),
    "postmark": _Said(
        [["Type"]],
        {
            "SoftBounce": Fate.SOFT,
            "BadEmailAddress": Fate.HARD,
            "Blocked": Fate.POLICY,
            "DMARCPolicy": Fate.POLICY,
            "VirusNotification": Fate.CONTENT,
        },
    ),
    "sparkpost": _Said(
        [["msys", _ONLY, "bounce_class"]],
        {
            "1": Fate.SOFT,  # not to be told
            "20": Fate.SOFT,
            "21": Fate.SOFT,  # names could not be looked up
            "22": Fate.SOFT,  # full
            "23": Fate.CONTENT,  # too large
            "24": Fate.SOFT,  # in time
            "25": Fate.POLICY,
            "40": Fate.SOFT,  # no reason given
            "50": Fate.POLICY,
            "51": Fate.POLICY,
            "52": Fate.CONTENT,
            "53": Fate.CONTENT,  # an attachment
            "54": Fate.POLICY,  # relaying
            "70": Fate.SOFT,
        },
    ),
}


def verdict(vendor: str, what: str, said: Mapping[str, Any]) -> Fate:
    """What this provider's own word means for the address. `what` is anymail's name of the event."""
    known = _SAID[vendor].fates
    fates = (known[word] for word in _words(vendor, said) if word in known)
    return next(fates, _UNKNOWN.get(what, Fate.HARD))


def word(vendor: str, said: Mapping[str, Any]) -> str:
    """The provider's own word, to be shown where the receiver's are missing."""
    return next(iter(_words(vendor, said)), "")


def _words(vendor: str, said: Mapping[str, Any]) -> list[str]:
    return [str(found) for place in _SAID[vendor].places if (found := _at(said, place)) is not None]


def _at(said: Any, place: Sequence[str]) -> str | bool | None:
    for name in place:
        if not isinstance(said, Mapping):
            return None
        said = next(iter(said.values()), None) if name == _ONLY else said.get(name)
    return said if isinstance(said, (str, bool)) else None

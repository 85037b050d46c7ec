"""When a message that certainly did not go is tried again."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from tactful.delivery.domain.codes import Meaning


def _minutes(*numbers: int) -> Sequence[timedelta]:
    return [timedelta(minutes=number) for number in numbers]


# Outages last minutes or hours; after about a day the message is out of date.
_WAITS = _minutes(1, 5, 15, 60, 240, 480, 720)
_BY_MEANING: Mapping[Meaning, Sequence[timedelta]] = {
    Meaning.GREYLISTED: _minutes(5, 10, 20, 60, 240, 480, 720),  # most want to see us again after five minutes
    Meaning.RATE: _minutes(5, 15, 30, 60, 120, 240, 480, 480),
    Meaning.SOFT: _minutes(30, 120, 240, 480, 720),  # somebody must empty his mailbox first
    Meaning.POLICY: _minutes(30, 60, 240, 480, 720),  # somebody of ours must mend something first
}
ATTEMPTS = len(_WAITS) + 1
"""For refusals that mean nothing special."""


def wait_after(attempt: int, means: Meaning = Meaning.UNKNOWN) -> timedelta | None:
    """How long to wait after the attempt of this number (from 1); None when it was the last."""
    waits = _BY_MEANING.get(means, _WAITS)
    return waits[attempt - 1] if 1 <= attempt <= len(waits) else None

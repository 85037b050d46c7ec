"""When a message that certainly did not go is tried again."""

from datetime import timedelta

# Greylisting lasts minutes, full mailboxes and outages hours; after about a day the message is out of date.
_WAITS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=8),
    timedelta(hours=12),
)
ATTEMPTS = len(_WAITS) + 1


def wait_after(attempt: int) -> timedelta | None:
    """How long to wait after the attempt of this number (from 1); None when it was the last."""
    return _WAITS[attempt - 1] if 1 <= attempt <= len(_WAITS) else None

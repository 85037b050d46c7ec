"""Puts a broadcast and a journey of two letters into an installation that is running, beside its own processes.

Arguments: the data folder, and the moment of the broadcast as ISO text. As `bench.installation` does its letter.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

BROADCAST = "proof-broadcast"
JOURNEY = "proof-journey"
_COMMON: dict[str, Any] = {
    "owner": "Nobody",
    "failure_path": "Nothing depends on it.",
    "review_by": "2099-01-01",
    "category": "information",
    "topic": "tips",
}
_DONE = {"type": "exit"}


def _letter(following: str) -> dict[str, Any]:
    return {"type": "message", "template": "tips-after-purchase", "expires_hours": 48, "next": following}


def broadcast(at: datetime) -> dict[str, Any]:
    """To everybody, at a minute of the company's clocks, which show UTC."""
    once = {"date": at.date().isoformat(), "at": f"{at:%H:%M}", "zone": "company"}
    steps = {"letter": _letter("done"), "done": _DONE}
    return {
        **_COMMON,
        "slug": BROADCAST,
        "name": "A broadcast",
        "entry": {"once": once},
        "start": "letter",
        "steps": steps,
    }


def journey() -> dict[str, Any]:
    """Two letters with a minute between them."""
    steps = {
        "first": _letter("rest"),
        "rest": {"type": "wait", "minutes": 1, "next": "second"},
        "second": _letter("done"),
        "done": _DONE,
    }
    entry = {"event": "Course Begun"}
    return {**_COMMON, "slug": JOURNEY, "name": "Two letters", "entry": entry, "start": "first", "steps": steps}


def launch(data: Path, at: datetime) -> None:
    """Save and switch on both. Their mail is signed."""
    from tactful.cli import environment as here  # noqa: PLC0415 -- Django is configured only by now

    here.configure(data)
    env = here.connect(data, None)
    from tactful.delivery import queries, signing  # noqa: PLC0415 -- as above
    from tactful.delivery.domain.dkim import RSA  # noqa: PLC0415 -- as above
    from tactful.journeys import services as journeys  # noqa: PLC0415 -- as above

    now = datetime.now(UTC)
    signing.start_key(signing.make_key(queries.sender(), algorithm=RSA, now=now).id, now=now)
    for definition in (broadcast(at), journey()):
        journeys.activate(journeys.save(definition, now=now).slug, now=now)
    env.close()


if __name__ == "__main__":
    launch(Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2]))

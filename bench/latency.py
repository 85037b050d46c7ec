"""How long from an accepted event to its message at the mail server, while 200 events a second come in.

Prints JSON, times in milliseconds. A whole `tactful up` with an SMTP server behind it; each event is a request of
its own, and each tenth asks for a letter at once. Clients, mail server, database and all loops share this machine.
"""

import base64
import http.client
import json
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from bench.installation import Client, Installation, MailServer, identify, running, track, wait_until

RATE = 200  # events a second
SECONDS = 20.0
WARM_UP = 3.0  # seconds that are not counted
EVERY = 10  # events for one letter
CONNECTIONS = 8


class Visitor(threading.Thread):
    """One connection that stays open, and its share of the events at their moments."""

    def __init__(self, installation: Installation, numbers: range, began: float) -> None:
        super().__init__()
        self.accepted: dict[int, tuple[float, float]] = {}  # by event, when it was sent and when acknowledged
        self._installation = installation
        self._numbers = numbers
        self._began = began

    def run(self) -> None:
        word = base64.b64encode(f"{self._installation.key}:".encode()).decode()
        connection = http.client.HTTPConnection("127.0.0.1", self._installation.port, timeout=30)
        for number in self._numbers:
            time.sleep(max(0.0, self._began + number / RATE - time.time()))
            body = json.dumps(event(number))
            sent = time.time()
            connection.request("POST", "/v1/track", body, {"Authorization": f"Basic {word}"})
            answer = connection.getresponse()
            assert answer.status == 200, answer.read()
            answer.read()
            self.accepted[number] = (sent, time.time())


def event(number: int) -> dict[str, Any]:
    """Each tenth asks for a letter, for a customer who has not asked before; the others look at products."""
    asks = number % EVERY == 0
    return track(number // EVERY, "Letter Asked") if asks else track(number % 400, "Product Viewed")


def main() -> None:
    seconds = 6.0 if "--quick" in sys.argv else SECONDS
    with (
        tempfile.TemporaryDirectory(prefix="tactful-") as folder,
        MailServer() as mail,
        running(Path(folder), mail_port=mail.port) as installation,
    ):
        print(json.dumps(measure(installation, mail, seconds), indent=2))


def measure(installation: Installation, mail: MailServer, seconds: float) -> dict[str, float]:
    events = int(RATE * (WARM_UP + seconds))
    people = events // EVERY + 1
    register(installation, people)
    began = time.time() + 0.5
    visitors = [Visitor(installation, range(first, events, CONNECTIONS), began) for first in range(CONNECTIONS)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    accepted = {number: moments for visitor in visitors for number, moments in visitor.accepted.items()}
    wait_until(lambda: len(mail.arrived) >= people - 1, "all letters have come", within=60)
    arrived = {to: mail.arrived[ids.copy().pop()][0] for to, ids in mail.recipients.items()}
    counted = [number for number in accepted if number % EVERY == 0 and number >= RATE * WARM_UP]
    delays = [arrived[f"person{number // EVERY}@example.org"] - accepted[number][1] for number in counted]
    answers = [after - before for before, after in accepted.values()]
    finished = max(after for _, after in accepted.values())
    return {
        "events_per_s": round(len(accepted) / (finished - began)),
        "messages": len(delays),
        **{f"p{share}_ms": percentile(delays, share) for share in (50, 95, 99)},
        "longest_ms": percentile(delays, 100),
        "answer_p99_ms": percentile(answers, 99),
    }


def register(installation: Installation, people: int) -> None:
    """The customers, known and agreed before the first event."""
    client = Client(installation)
    for first in range(0, people, 100):
        known = [identify(number) for number in range(first, min(first + 100, people))]
        assert client.send(known, until=time.time() + 30)
    waiting = "SELECT count(*) FROM events_inbox"
    wait_until(lambda: installation.rows(waiting) == [(0,)], "all are known", within=60)


def percentile(values: list[float], share: float) -> int:
    """In milliseconds; the value that `share` percent of all do not exceed."""
    ordered = sorted(values)
    return round(1000 * ordered[max(0, -(-len(ordered) * int(share) // 100) - 1)])


if __name__ == "__main__":
    main()

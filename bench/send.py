"""How many messages a second go out, against smtplib in a loop with one constant body, to the same mail server.

Prints JSON. `path`: claim, render a ready template for each customer, sign it (DKIM, RSA), hand over by several
connections, write down.
`sender`: the same inside the whole sender, with the second look at consent, quiet hours and suppression, and the
events about it. Each by one process and by two at once, as an installation may run them; the constant body is one
of the same messages.
"""

import json
import os
import smtplib
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from datetime import time as hour
from pathlib import Path
from typing import TYPE_CHECKING

from tactful.cli import environment, postgres

if TYPE_CHECKING:
    from tactful.delivery.domain.dkim import SigningKey

MESSAGES = 3_000
BATCH = 250
ROUNDS = 3
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
TEMPLATE = "tips-after-purchase"


def main() -> None:
    if len(sys.argv) > 1:
        work(sys.argv[1])
        return
    with tempfile.TemporaryDirectory(prefix="tactful-bench-") as folder:
        os.environ["TACTFUL_SECRET_KEY"] = "bench"
        os.environ["TACTFUL_DATA"] = folder
        embedded = postgres.start(Path(folder))
        os.environ["TACTFUL_DATABASE_URL"] = embedded.url
        environment.configure(Path(folder))
        sink = Helper(str(Path(__file__).with_name("mail_sink.py")))
        try:
            print(json.dumps(measure(int(sink.hear())), indent=2))
        finally:
            sink.stop()
            embedded.close()


class Helper:
    """A process of ours that is told and heard line by line."""

    def __init__(self, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def tell(self, word: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()

    def hear(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()


def measure(port: int) -> dict[str, float]:
    """Messages per second, the best of some rounds that take turns, so that all meet the same machine."""
    customer_ids = set_up(port)
    constant = constant_body()
    helpers = {kind: [Helper(__file__, kind) for _ in range(2)] for kind in SENDING}
    best = dict.fromkeys(("smtplib_loop", *(f"{kind}_{count}" for kind in SENDING for count in (1, 2))), 0.0)
    for number in range(ROUNDS):
        for kind, both in helpers.items():
            for count in (1, 2):
                queue(customer_ids, f"{kind}:{count}:{number}")
                name = f"{kind}_{count}"
                best[name] = max(best[name], rate(together(both[:count])))
        best["smtplib_loop"] = max(best["smtplib_loop"], rate(lambda: send_in_loop(port, constant)))
    for helper in [helper for both in helpers.values() for helper in both]:
        helper.stop()
    loop = best["smtplib_loop"]
    return {
        **{f"{name}_messages_per_s": round(value) for name, value in best.items()},
        "render_messages_per_s": round(rate(lambda: [render_one() for _ in range(MESSAGES)])),
        "signatures_per_s": round(rate(lambda: [sign_one(constant) for _ in range(MESSAGES)])),
        "message_bytes": len(constant),
        **{f"{name}_to_smtplib_loop": round(value / loop, 2) for name, value in best.items()},
    }


def together(helpers: list[Helper]) -> Callable[[], None]:
    """Let these processes send what is queued, and wait until nothing is left."""

    def send() -> None:
        for helper in helpers:
            helper.tell("go")
        for helper in helpers:
            assert helper.hear() == "done"

    return send


def work(kind: str) -> None:
    """One sending process: for each line it hears, send until the outbox is empty."""
    environment.configure(Path(os.environ["TACTFUL_DATA"]))
    send = SENDING[kind]()
    for _ in sys.stdin:
        send()
        print("done", flush=True)


def rate(send: Callable[[], object]) -> float:
    began = time.perf_counter()
    send()
    return MESSAGES / (time.perf_counter() - began)


def set_up(port: int) -> list[int]:
    """Customers who agreed, the templates, a sender that knows the mail server; no quiet hours, no caps."""
    from django.core.management import call_command  # noqa: PLC0415 -- Django is configured only by now

    from tactful.consent import services as consent  # noqa: PLC0415 -- as above
    from tactful.content import services as content  # noqa: PLC0415 -- as above
    from tactful.customers import services as customers  # noqa: PLC0415 -- as above
    from tactful.decisions import services as decisions  # noqa: PLC0415 -- as above
    from tactful.delivery import services as delivery  # noqa: PLC0415 -- as above
    from tactful.delivery import signing  # noqa: PLC0415 -- as above
    from tactful.delivery.port import SenderSettings  # noqa: PLC0415 -- as above
    from tactful.events.domain.parse import locate, parse  # noqa: PLC0415 -- as above
    from tactful.kernel.time import QuietHours  # noqa: PLC0415 -- as above

    call_command("migrate", verbosity=0, interactive=False)
    content.install_ready(NOW)
    consent.ensure_topics()
    decisions.save_quiet_hours(QuietHours(hour(0), hour(0)))
    parsed = [parse(identify(number), source="bench", received_at=NOW) for number in range(MESSAGES)]
    ids = customers.resolve(parsed, now=NOW).customer_ids
    pairs = zip(parsed, ids, strict=True)
    consent.project([locate(event, customer_id=one, event_id=1) for event, one in pairs], now=NOW)
    sender = SenderSettings(
        provider="smtp",
        from_name="Leaf",
        from_address="hello@leaf.example",
        smtp_host="127.0.0.1",
        smtp_port=port,
        smtp_security="none",
    )
    delivery.save_sender(sender)
    signing.start_key(signing.make_key(sender, algorithm="rsa", now=NOW).id, now=NOW)
    return [one for one in ids if one is not None]


def identify(number: int) -> str:
    agreed = {"channel": "email", "topic": "tips", "granted": True, "method": "bench"}
    traits = {"email": f"person{number}@example.org", "firstName": f"Person {number}", "consents": [agreed]}
    moment = NOW.isoformat()
    return json.dumps(
        {"type": "identify", "messageId": str(number), "userId": str(number), "timestamp": moment, "traits": traits}
    )


def queue(customer_ids: list[int], name: str) -> None:
    from bench.decided import decide  # noqa: PLC0415 -- Django is configured only by now

    from tactful.delivery import services as delivery  # noqa: PLC0415 -- as above
    from tactful.delivery.domain.values import Intent  # noqa: PLC0415 -- as above
    from tactful.kernel.ids import key_of  # noqa: PLC0415 -- as above

    intents = [
        Intent(
            key=key_of(name, customer_id),
            decision_id=number + 1,
            customer_id=customer_id,
            channel="email",
            topic="tips",
            address=f"person{number}@example.org",
            template=TEMPLATE,
            template_version=1,
            due_at=NOW,
            context={"product": {"name": f"Tea number {number}", "category": "Tea"}},
        )
        for number, customer_id in enumerate(customer_ids)
    ]
    decide(intents, now=NOW)
    assert len(delivery.queue(intents, now=NOW)) == MESSAGES


def path() -> Callable[[], None]:
    """Claim, render, hand over, write down, with nothing around it."""
    from tactful.delivery import queries, services  # noqa: PLC0415 -- Django is configured only by now
    from tactful.delivery.domain.values import Ready, Site  # noqa: PLC0415 -- as above
    from tactful.delivery.preparing import prepare  # noqa: PLC0415 -- as above
    from tactful.delivery.providers import open_provider  # noqa: PLC0415 -- as above
    from tactful.delivery.signing_beside import Signer  # noqa: PLC0415 -- as above

    signer = Signer()
    sender = queries.sender()
    provider = open_provider(sender, data=Path(os.environ["TACTFUL_DATA"]))
    site = Site("Leaf", "#0f766e", "1 Road, Town", "https://m.leaf.example")
    name = f"bench:{os.getpid()}"

    def send() -> None:
        while claimed := services.claim(limit=BATCH, worker=name, now=NOW):
            ready = [Ready(item, {"customer": {"first_name": "Ada"}}) for item in claimed]
            results = provider.send(prepare(ready, site=site, sender=sender, signer=signer).outgoing)
            assert set(services.record(results, claimed=claimed, now=NOW).values()) == {"sent"}

    return send


def whole_sender() -> Callable[[], None]:
    """What the sender's process does."""
    from tactful.flows import dispatch  # noqa: PLC0415 -- Django is configured only by now
    from tactful.kernel.clock import VirtualClock  # noqa: PLC0415 -- as above

    name = f"bench:{os.getpid()}"

    def send() -> None:
        while dispatch.dispatch(worker=name, clock=VirtualClock(NOW), limit=BATCH):
            pass

    return send


SENDING: dict[str, Callable[[], Callable[[], None]]] = {"path": path, "sender": whole_sender}


def send_in_loop(port: int, body: bytes) -> None:
    with smtplib.SMTP("127.0.0.1", port) as server:
        for number in range(MESSAGES):
            server.sendmail("hello@leaf.example", f"person{number}@example.org", body)


def constant_body() -> bytes:
    """One of the messages, as it travels."""
    from tactful.delivery.domain.message import Letter, compose  # noqa: PLC0415 -- Django is configured only by now
    from tactful.kernel.ids import key_of  # noqa: PLC0415 -- as above

    made = render_one()
    return compose(
        Letter(
            key=key_of("constant"),
            from_name="Leaf",
            from_address="hello@leaf.example",
            to="person@example.org",
            subject="Three tips",
            html=str(made[0]),
            text=str(made[1]),
            date=NOW,
        )
    )


def sign_one(message: bytes) -> bytes:
    from tactful.delivery import queries, signing  # noqa: PLC0415 -- Django is configured only by now
    from tactful.delivery.domain.dkim import sign  # noqa: PLC0415 -- as above

    global _keys
    _keys = _keys or signing.keys_for(queries.sender())
    return sign(message, _keys)


def render_one() -> tuple[str, str]:
    from tactful.content import queries  # noqa: PLC0415 -- Django is configured only by now
    from tactful.content.domain.render import render  # noqa: PLC0415 -- as above

    global _version
    _version = _version or queries.latest(TEMPLATE)
    made = render(
        _version, {"customer": {"first_name": "Ada"}, "company": {"name": "Leaf"}, "links": {"shop": "x"}}
    )
    return made.html, made.text


_version = None
_keys: "list[SigningKey]" = []

if __name__ == "__main__":
    main()

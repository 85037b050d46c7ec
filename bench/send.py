"""How many messages a second go out, against smtplib in a loop with one constant body, to the same mail server.

Prints JSON. `path`: claim, render a ready template for each customer, hand over by several connections, write down.
`sender`: the same inside the whole sender, with the second look at consent, quiet hours and suppression, and the
events about it. Both do this in one process; the constant body is one of the same messages.
"""

import json
import os
import smtplib
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, time as hour
from pathlib import Path

from tactful.cli import environment, postgres

MESSAGES = 3_000
BATCH = 500
ROUNDS = 3
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
TEMPLATE = "tips-after-purchase"


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="tactful-bench-") as folder:
        os.environ["TACTFUL_SECRET_KEY"] = "bench"
        os.environ["TACTFUL_DATA"] = folder
        embedded = postgres.start(Path(folder))
        os.environ["TACTFUL_DATABASE_URL"] = embedded.url
        environment.configure(Path(folder))
        sink = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("mail_sink.py"))], stdout=subprocess.PIPE, text=True
        )
        try:
            assert sink.stdout is not None
            print(json.dumps(measure(int(sink.stdout.readline())), indent=2))
        finally:
            sink.terminate()
            sink.wait()
            embedded.close()


def measure(port: int) -> dict[str, float]:
    """Messages per second, the best of some rounds that take turns, so that all meet the same machine."""
    customer_ids = set_up(port)
    constant = constant_body()
    best = {"smtplib_loop": 0.0, "path": 0.0, "sender": 0.0}
    for number in range(ROUNDS):
        for name, send in (("path", send_path), ("sender", send_whole)):
            queue(customer_ids, f"{name}:{number}")
            best[name] = max(best[name], rate(send))
        best["smtplib_loop"] = max(best["smtplib_loop"], rate(lambda: send_in_loop(port, constant)))
    return {
        **{f"{name}_messages_per_s": round(value) for name, value in best.items()},
        "render_messages_per_s": round(rate(lambda: [render_one() for _ in range(MESSAGES)])),
        "message_bytes": len(constant),
        "path_to_smtplib_loop": round(best["path"] / best["smtplib_loop"], 2),
        "sender_to_smtplib_loop": round(best["sender"] / best["smtplib_loop"], 2),
    }


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
    delivery.save_sender(
        SenderSettings(
            provider="smtp",
            from_name="Leaf",
            from_address="hello@leaf.example",
            smtp_host="127.0.0.1",
            smtp_port=port,
            smtp_security="none",
        )
    )
    return [one for one in ids if one is not None]


def identify(number: int) -> str:
    agreed = {"channel": "email", "topic": "tips", "granted": True, "method": "bench"}
    traits = {"email": f"person{number}@example.org", "firstName": f"Person {number}", "consents": [agreed]}
    moment = NOW.isoformat()
    return json.dumps(
        {"type": "identify", "messageId": str(number), "userId": str(number), "timestamp": moment, "traits": traits}
    )


def queue(customer_ids: list[int], name: str) -> None:
    from tactful.delivery import services as delivery  # noqa: PLC0415 -- Django is configured only by now
    from tactful.delivery.domain.values import Intent  # noqa: PLC0415 -- as above
    from tactful.kernel.ids import key_of  # noqa: PLC0415 -- as above

    intents = [
        Intent(
            key=key_of(name, customer_id),
            decision_id=1,
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
    assert len(delivery.queue(intents, now=NOW)) == MESSAGES


def send_path() -> None:
    """Claim, render, hand over, write down, with nothing around it."""
    from tactful.delivery import queries, services  # noqa: PLC0415 -- Django is configured only by now
    from tactful.delivery.domain.values import Ready, Site  # noqa: PLC0415 -- as above
    from tactful.delivery.preparing import prepare  # noqa: PLC0415 -- as above
    from tactful.delivery.providers import open_provider  # noqa: PLC0415 -- as above

    sender = queries.sender()
    provider = open_provider(sender, data=Path(os.environ["TACTFUL_DATA"]))
    site = Site("Leaf", "#0f766e", "1 Road, Town", "https://m.leaf.example")
    while claimed := services.claim(limit=BATCH, worker="bench", now=NOW):
        ready = [Ready(item, {"customer": {"first_name": "Ada"}}) for item in claimed]
        results = provider.send(prepare(ready, site=site, sender=sender).outgoing)
        assert set(services.record(results, claimed=claimed, now=NOW).values()) == {"sent"}
    provider.close()


def send_whole() -> None:
    """What the sender's process does."""
    from tactful.delivery import queries  # noqa: PLC0415 -- Django is configured only by now
    from tactful.flows import dispatch  # noqa: PLC0415 -- as above
    from tactful.kernel.clock import VirtualClock  # noqa: PLC0415 -- as above

    while dispatch.dispatch(worker="bench", clock=VirtualClock(NOW)):
        pass
    assert set(queries.state_counts()) == {"sent"}


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

if __name__ == "__main__":
    main()

"""One signed call: an HTTP POST as the Standard Webhooks specification has it, to a public address."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from standardwebhooks import Webhook

from tactful.hooks.domain.values import Answer, Claimed
from tactful.kernel import outside
from tactful.kernel.outside import Resolve, resolved

_TIMEOUT = 10.0  # seconds, for each step of an attempt
_READ = 10_000  # bytes of an answer
_AT_ONCE = 8


def send(calls: Sequence[Claimed], *, secret: str, now: datetime, resolve: Resolve = resolved) -> list[Answer]:
    """Make the calls, several at once; an answer for each, in their order. Never raises for what goes wrong there.

    `secret` is base64, as the receiver has it to check the signature.
    """
    signer = Webhook(secret)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(lambda call: _send(call, signer, now, resolve), calls))


def _send(call: Claimed, signer: Webhook, now: datetime, resolve: Resolve) -> Answer:
    name = f"msg_{call.key.hex}"
    headers = {
        "content-type": "application/json",
        "webhook-id": name,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signer.sign(name, now, call.body),
    }
    try:
        answer = outside.ask(
            "POST",
            call.url,
            headers=headers,
            content=call.body.encode(),
            timeout=_TIMEOUT,
            most=_READ,
            resolve=resolve,
        )
    except outside.Refused as error:
        return Answer(call.id, call.attempt, 0, error.message, refused=True)
    except outside.Unanswered as error:
        return Answer(call.id, call.attempt, 0, f"no answer: {error.message}")
    return Answer(call.id, call.attempt, answer.status, answer.body.decode(errors="replace"))

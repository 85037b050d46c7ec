"""One signed call: an HTTP POST as the Standard Webhooks specification has it, to a public address."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from urllib.parse import urlsplit

import httpx2
from standardwebhooks import Webhook

from tactful.hooks.domain.values import Answer, Claimed
from tactful.kernel.outside import Refused, Resolve, public_address, resolved

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
        "user-agent": "Tactful",
        "webhook-id": name,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signer.sign(name, now, call.body),
    }
    try:
        status, words = _post(call, headers, resolve)
    except Refused as error:
        return Answer(call.id, call.attempt, 0, error.message, refused=True)
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError) as error:
        return Answer(call.id, call.attempt, 0, f"no answer: {type(error).__name__}")
    return Answer(call.id, call.attempt, status, words)


def _post(call: Claimed, headers: dict[str, str], resolve: Resolve) -> tuple[int, str]:
    parts = urlsplit(call.url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    # The name is resolved once, and the call goes to that very address: a name cannot answer twice.
    pinned = public_address(host, port, resolve=resolve)
    literal = f"[{pinned}]" if ":" in pinned else pinned
    target = parts._replace(netloc=f"{literal}:{port}", fragment="").geturl()
    with (
        httpx2.Client(timeout=_TIMEOUT, follow_redirects=False, trust_env=False) as client,
        client.stream(
            "POST",
            target,
            content=call.body.encode(),
            headers={**headers, "host": parts.netloc.rpartition("@")[2]},
            extensions={"sni_hostname": host},
        ) as answer,
    ):
        said = b""
        for chunk in answer.iter_bytes(_READ):
            said += chunk
            if len(said) >= _READ:
                break
        return answer.status_code, said.decode(errors="replace")

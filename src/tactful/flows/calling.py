"""Calls that journeys make to other systems: claimed, made, settled."""

from tactful.hooks import client
from tactful.hooks import services as hooks
from tactful.hooks.keys import signing_secret
from tactful.kernel.clock import Clock

_BATCH = 32


def call_out(*, clock: Clock) -> int:
    """Make a batch of due calls; returns how many were claimed. The claim is committed before anything is sent."""
    claimed = hooks.claim(limit=_BATCH, now=clock.now())
    if claimed:
        answers = client.send(claimed, secret=signing_secret(), now=clock.now())
        hooks.settle(answers, now=clock.now())
    return len(claimed)

"""The process that signs beside a sender: the same bytes, and nothing hangs on its life."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from uuid import UUID

import psutil
import pytest
from tests.delivery.outbox_kit import NOW
from tests.delivery.test_delivery_dkim import KEYS, RAW

from tactful.delivery import queries, services, signing, signing_beside
from tactful.delivery.domain.dkim import ED25519, RSA, sign, unsigned
from tactful.delivery.domain.values import Claimed
from tactful.delivery.port import Outgoing, Result, SenderSettings
from tactful.delivery.signing_beside import SHEET, Signer
from tactful.delivery.testing import FakeProvider
from tactful.flows import dispatch
from tactful.kernel.clock import VirtualClock
from tactful.worker import sender

BOTH = [KEYS[RSA], KEYS[ED25519]]
SENDER = SenderSettings(provider="smtp", from_address="hello@leaf.example", smtp_host="mail.leaf.example")
_STARTS_ONE = """
import psutil, time
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tactful.delivery.domain.dkim import ED25519, SigningKey, in_pem, unsigned
from tactful.delivery.signing_beside import Signer

signer = Signer()
key = SigningKey("leaf.example", "one", ED25519, in_pem(Ed25519PrivateKey.generate()))
sheets = signer.sheets(100)
for _ in range(100):
    sheets.add(unsigned(b"From: a\\r\\n\\r\\nHello", [key]))
sheets.hand_over()
print(psutil.Process().children()[0].pid, flush=True)
time.sleep(60)
"""


def helpers() -> list[psutil.Process]:
    """The processes that sign for this one."""
    children = [one for one in psutil.Process().children() if one.status() != psutil.STATUS_ZOMBIE]
    return [one for one in children if any("signing_process" in word for word in one.cmdline())]


def begun(signer: Signer, count: int) -> list[Callable[[], bytes]]:
    """A batch of messages that is being signed; each gives its signatures."""
    sheets = signer.sheets(count)
    found = []
    for number in range(count):
        found.append(sheets.add(unsigned(numbered(number), BOTH)))
        if number % SHEET == SHEET - 1:
            sheets.hand_over()
    sheets.hand_over()
    return found


def numbered(number: int) -> bytes:
    return RAW.replace(b"Hello", b"Hello %d" % number)


def are_right(signatures: Sequence[Callable[[], bytes]]) -> bool:
    return all(top() + numbered(number) == sign(numbered(number), BOTH) for number, top in enumerate(signatures))


@contextmanager
def stopped(process: psutil.Process) -> Iterator[None]:
    process.suspend()
    yield
    if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
        process.resume()


@pytest.fixture
def signer() -> Iterator[Signer]:
    one = Signer()
    yield one
    one.close()
    assert helpers() == []


def test_messages_are_signed_beside_with_the_bytes_that_they_would_get_here(signer: Signer) -> None:
    assert are_right(begun(signer, 90))
    assert are_right(begun(signer, 47)), "the last sheet is not full"
    assert len(helpers()) == 1, "one process for all batches"


def test_no_key_is_among_the_arguments_of_the_process(signer: Signer) -> None:
    begun(signer, 90)
    (process,) = helpers()
    assert not any("PRIVATE KEY" in word for word in [*process.cmdline(), *process.environ().values()])


def test_a_few_messages_are_signed_here(signer: Signer) -> None:
    assert are_right(begun(signer, 10))
    assert helpers() == []


def test_what_a_killed_process_has_not_signed_is_signed_here_and_the_next_batch_starts_another(
    signer: Signer,
) -> None:
    are_right(begun(signer, 90))
    (first,) = helpers()
    with stopped(first):
        under_way = begun(signer, 40)
        first.kill()
        assert are_right(under_way)
    assert are_right(begun(signer, 90))
    (second,) = helpers()
    assert second.pid != first.pid


def test_a_process_that_is_stuck_is_ended_and_holds_nobody_up(
    signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    are_right(begun(signer, 90))
    (first,) = helpers()
    monkeypatch.setattr(signing_beside, "_PATIENCE", 0.2)
    with stopped(first):
        assert are_right(begun(signer, 900)), "more than fits into a pipe"
        assert helpers() == [] or helpers()[0].pid != first.pid


def test_where_no_process_can_be_started_messages_are_signed_here(
    signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert are_right(begun(signer, 90))


def test_who_stops_the_whole_group_does_not_stop_the_process_before_its_sender(signer: Signer) -> None:
    are_right(begun(signer, 90))
    (process,) = helpers()
    for request in (signal.SIGTERM, signal.SIGINT):
        process.send_signal(request)
    assert are_right(begun(signer, 90))
    assert [one.pid for one in helpers()] == [process.pid]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_sender_that_is_killed_leaves_no_process_behind(number: int) -> None:
    killed = subprocess.Popen([sys.executable, "-c", _STARTS_ONE], stdout=subprocess.PIPE, text=True)
    assert killed.stdout is not None
    process = psutil.Process(int(killed.stdout.readline()))
    killed.send_signal(number)
    killed.wait()
    killed.stdout.close()
    process.wait(10)
    assert not process.is_running()


@pytest.mark.django_db(transaction=True)
def test_a_sender_that_is_asked_to_stop_ends_its_process(monkeypatch: pytest.MonkeyPatch) -> None:
    stop = threading.Event()

    def last_batch(**_: object) -> int:
        begun(dispatch._signer, 90)
        assert len(helpers()) == 1
        stop.set()
        return 90

    monkeypatch.setattr(dispatch, "dispatch", last_batch)
    sender.run(stop)
    assert helpers() == []


class _Killing(FakeProvider):
    """Kills the process that signs before it asks for the first message."""

    def send(self, messages: Sequence[Outgoing]) -> list[Result]:
        for process in helpers():
            process.kill()
        self.raw = [message.signed() for message in messages]
        self.expected = [message.raw for message in messages]
        return super().send(messages)


@pytest.mark.django_db(transaction=True)
def test_a_killed_signing_process_loses_no_message_and_leaves_none_in_doubt(
    queued: Callable[..., list[UUID]], monkeypatch: pytest.MonkeyPatch
) -> None:
    services.save_sender(SENDER)
    key = signing.make_key(SENDER, algorithm=RSA, now=NOW)
    signing.start_key(key.id, now=NOW)
    queued(100)
    provider = _Killing()

    def everybody(claimed: Sequence[Claimed], **_: object) -> dispatch.Guarded:
        return dispatch.Guarded(claimed, {}, {})

    monkeypatch.setattr(dispatch._provider, "for_settings", lambda _settings: provider)
    monkeypatch.setattr(dispatch, "look_again", everybody)
    send = partial(dispatch.dispatch, worker="w", clock=VirtualClock(NOW), limit=50)
    assert [send(), send()] == [50, 50]
    assert provider.raw == [sign(raw, signing.keys_for(SENDER)) for raw in provider.expected]
    assert queries.state_counts() == {"sent": 100}
    assert len({message.recipient for message in provider.sent}) == 100
    dispatch.close()
    assert helpers() == []


def test_memory_does_not_grow_with_what_was_signed(signer: Signer) -> None:
    for _ in range(3):
        are_right(begun(signer, 200))
    before = sum(one.memory_info().rss for one in [psutil.Process(os.getpid()), *helpers()])
    began = time.monotonic()
    for _ in range(20):
        assert len([top() for top in begun(signer, 200)]) == 200
    after = sum(one.memory_info().rss for one in [psutil.Process(os.getpid()), *helpers()])
    assert after - before < 8_000_000, f"after {time.monotonic() - began:.1f} s"

"""Loops outlive the database, leave when they are asked to or their parent is gone, and stand by for each other."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import InterfaceError, OperationalError, connection

from tactful.api.door import conninfo
from tactful.jobs import queries as jobs_now
from tactful.jobs import services as jobs
from tactful.kernel.clock import SystemClock
from tactful.worker import clock, loop

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "_RECONNECT_AFTER", 0.01)
    monkeypatch.setattr(loop, "_ASK_AGAIN_AFTER", 0.01)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "fault", [OperationalError, InterfaceError, psycopg.OperationalError, psycopg.errors.AdminShutdown]
)
def test_a_loop_goes_on_when_the_database_was_away(fault: type[Exception]) -> None:
    stop, turns = threading.Event(), []

    def work() -> None:
        turns.append(1)
        if len(turns) == 3:
            stop.set()
        raise fault("server closed the connection unexpectedly")

    loop.run("test", work, stop)
    assert len(turns) == 3


@pytest.mark.django_db(transaction=True)
def test_a_fault_that_is_not_the_databases_ends_the_process_for_its_supervisor_to_see() -> None:
    def work() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        loop.run("test", work, threading.Event())


@pytest.mark.django_db(transaction=True)
def test_a_loop_gets_a_new_connection_after_its_own_was_cut() -> None:
    stop, servers = threading.Event(), []

    def work() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (own,) = cursor.fetchone()
        servers.append(own)
        if len(servers) == 2:
            stop.set()
            return
        with psycopg.connect(conninfo(), autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", [own])
        loop.wait_for_notice(5.0)  # where a loop usually is when it happens

    loop.run("test", work, stop)
    assert len(set(servers)) == 2


@pytest.mark.django_db(transaction=True)
def test_one_works_and_the_other_takes_over_when_the_first_is_gone() -> None:
    stop, turns = threading.Event(), []

    def work() -> None:
        turns.append(1)
        stop.set()

    other = psycopg.connect(conninfo(), autocommit=True)
    other.execute("SELECT pg_advisory_lock(%s)", [jobs.lock_number("test")])
    standing_by = threading.Thread(target=loop.run_alone, args=("test", work, stop))
    standing_by.start()
    time.sleep(0.2)
    assert turns == []
    other.close()  # as when its process is killed
    standing_by.join(10)
    assert turns == [1]


@pytest.mark.django_db(transaction=True)
def test_a_notice_wakes_at_once() -> None:
    loop.listen("tactful_test")

    def notify() -> None:
        with psycopg.connect(conninfo(), autocommit=True) as other:
            other.execute("NOTIFY tactful_test")

    later = threading.Timer(0.2, notify)
    later.start()
    began = time.monotonic()
    loop.wait_for_notice(20.0)
    assert time.monotonic() - began < 10
    later.join()


@pytest.mark.parametrize("end", ["terminate", "parent"])
def test_a_process_leaves_when_it_is_asked_to_or_its_parent_is_gone(end: str) -> None:
    parent = os.getpid() if end == "terminate" else os.getppid()  # one that is not the process's parent
    program = (
        "import django; django.setup()\n"
        f"from tactful.worker import loop; stop = loop.stop_on_signals(parent={parent})\n"
        "print('ready', flush=True); stop.wait(60); print('left', stop.is_set(), flush=True)"
    )
    waiting = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "tactful.config.settings"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert waiting.stdout is not None
    assert waiting.stdout.readline() == "ready\n"
    if end == "terminate":
        waiting.terminate()
    assert waiting.stdout.read() == "left True\n"
    assert waiting.wait(10) == 0


Duty = tuple[str, timedelta, Callable[[datetime], object]]


def turn(*duties: Duty) -> None:
    """Let the clock look once at what is due."""
    for name, every, work in duties:
        clock._run_if_due(name, every, work, SystemClock())


@pytest.mark.django_db
def test_a_broken_duty_is_shown_to_staff_and_does_not_keep_the_others_from_theirs() -> None:
    done: list[datetime] = []

    def broken(_now: datetime) -> None:
        raise ValueError("no such file")

    turn(("broken", timedelta(minutes=1), broken), ("good", timedelta(minutes=1), done.append))
    assert len(done) == 1
    assert {row.name: row.error for row in jobs_now.periodic()} == {
        "broken": "ValueError: no such file",
        "good": "",
    }


@pytest.mark.django_db
def test_a_duty_waits_for_its_next_turn() -> None:
    done: list[datetime] = []
    duty: Duty = ("good", timedelta(minutes=1), done.append)
    turn(duty, duty)
    assert len(done) == 1


@pytest.mark.django_db
def test_a_duty_for_which_the_database_went_away_is_left_to_the_loop() -> None:
    def away(_now: datetime) -> Any:
        raise psycopg.OperationalError("the connection is lost")

    with pytest.raises(psycopg.OperationalError):
        turn(("away", timedelta(minutes=1), away))

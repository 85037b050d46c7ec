"""`tactful up`: refuses what cannot work, stops without leftovers, comes back after it was killed."""

import os
import signal
import smtplib
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
from bench.installation import LOOPS, ROOT, Installation, environment, free_port, start, wait_until
from django.db import connection
from tests.certificates import write_certificate

from tactful.cli import supervisor
from tactful.cli.environment import Environment
from tactful.kernel.errors import Conflict


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="tactful-") as name:  # short, because of the socket in it
        yield Path(name)


def processes_of(folder: Path) -> list[str]:
    """What still runs for this folder."""
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        words = process.info["cmdline"] or []
        if any(str(folder) in word for word in words) and process.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(" ".join(words))
    return found


def up(folder: Path, port: int, *words: str) -> Installation:
    running = Installation(folder, port, "", start(folder, port, *words))
    wait_until(running.answers, "it answers", within=90)
    wait_until(lambda: all(map(running.pid_of, LOOPS)), "all loops run", within=60)
    return running


def takes_mail_under_tls(port: int, certificate: Path) -> bool:
    try:
        with smtplib.SMTP("127.0.0.1", port, timeout=5) as server:
            server.starttls(context=ssl.create_default_context(cafile=str(certificate)))
            return server.noop()[0] == 250
    except ConnectionError:
        return False


def said(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tactful.cli.main", *words, "--data", folder],
        cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=90, check=False,
    )  # fmt: skip


@pytest.mark.timeout(240)
def test_one_life_of_an_installation(folder: Path) -> None:
    port = free_port()
    first = up(folder, port)
    try:
        # A second one on the folder is refused, whatever its port.
        second = said(folder, "up", "--port", str(free_port()))
        assert second.returncode == 1
        assert second.stderr == (
            f"tactful: another 'tactful up' is running on {folder}: "
            "stop it first, or use another folder with --data\n"
        )
        # Killed itself, it leaves nobody behind but the database, and the next one begins at once on the same port.
        first.process.kill()
        first.process.wait()
        mail_port = free_port()
        certificate, key = write_certificate(folder)
        tls = ["--mail-certificate", str(certificate), "--mail-key", str(key)]
        first = up(folder, port, "--mail-port", str(mail_port), *tls)
        assert first.process.poll() is None
        wait_until(lambda: takes_mail_under_tls(mail_port, certificate), "mail is taken in", within=30)
        assert len([line for line in processes_of(folder) if "worker engine" in line]) == 1
        # Stopped, it leaves nothing.
        assert first.stop() < 15
        assert first.process.returncode == 0
        assert processes_of(folder) == []
        assert "Traceback" not in (folder / "up.log").read_text()
    finally:
        first.process.kill()


@pytest.mark.parametrize(
    ("host", "reached"),
    [
        ("127.0.0.1", "http://127.0.0.1:8064"),
        ("0.0.0.0", "http://127.0.0.1:8064"),  # noqa: S104 -- read, not bound
        ("::", "http://[::1]:8064"),
        ("crm.lan", "http://crm.lan:8064"),
    ],
)
def test_it_is_reached_on_the_port_it_was_given(host: str, reached: str) -> None:
    assert supervisor.address_of(host, 8064) == reached


def test_a_port_that_is_taken_is_refused_before_anything_is_touched(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = said(tmp_path, "up", "--port", str(port))
    assert refused.returncode == 1
    assert refused.stderr == f"tactful: port {port} on 127.0.0.1 is taken: choose another with --port\n"
    assert not (tmp_path / "postgres").exists()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (
            ["--mail-certificate", "none.pem", "--mail-port", "2525"],
            "none.pem cannot be read: No such file or directory",
        ),
        (["--mail-key", "none.key", "--mail-port", "2525"], "the key none.key needs a certificate beside it"),
    ],
)
def test_a_certificate_that_cannot_be_used_is_refused_before_anything_is_touched(
    tmp_path: Path, words: list[str], why: str
) -> None:
    refused = said(tmp_path, "up", *words)
    assert refused.returncode == 1
    assert refused.stderr.startswith("tactful: ")
    assert why in refused.stderr
    assert not (tmp_path / "postgres").exists()


def test_a_certificate_without_a_port_for_mail_has_no_effect_and_is_refused(tmp_path: Path) -> None:
    certificate, key = write_certificate(tmp_path)
    refused = said(tmp_path, "up", "--mail-certificate", str(certificate), "--mail-key", str(key))
    assert refused.returncode == 1
    assert "name its port" in refused.stderr


def test_an_address_of_another_machine_is_refused_with_a_word(tmp_path: Path) -> None:
    claim = supervisor.claim(tmp_path, host="no-such-host.invalid", port=free_port())
    with pytest.raises(Conflict, match=r"no-such-host\.invalid is not an address"), claim:
        pass


def test_a_claim_is_given_back(tmp_path: Path) -> None:
    for _ in range(2):
        with supervisor.claim(tmp_path, host="127.0.0.1", port=free_port()):
            again = supervisor.claim(tmp_path, host="127.0.0.1", port=free_port())
            with pytest.raises(Conflict, match="another 'tactful up'"), again:
                pass


@pytest.mark.timeout(240)
def test_on_a_server_of_ones_own_no_database_is_started(django_db_setup: None, tmp_path: Path) -> None:
    words = connection.get_connection_params()
    name = f"own_{os.getpid()}"
    with psycopg.connect(host=words["host"], user="postgres", dbname="postgres", autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
        try:
            url = f"postgresql://postgres:@/{name}?host={words['host']}"
            listed = said(tmp_path, "segment", "list", "--json", "--database-url", url)
            assert (listed.returncode, listed.stderr) == (0, "")
            assert not (tmp_path / "postgres").exists()
        finally:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def test_a_server_that_does_not_answer_is_a_sentence(tmp_path: Path) -> None:
    away = said(tmp_path, "segment", "list", "--database-url", f"postgresql://x@127.0.0.1:{free_port()}/x")
    assert away.returncode == 1
    assert away.stderr.startswith("tactful: the database does not answer: ")
    assert len(away.stderr.splitlines()) == 1


class Sleeper:
    """Stands for a loop: a process that does nothing."""

    def __init__(self) -> None:
        self.starts: list[float] = []

    def __call__(self, _loop: str, *, restless: int = 0) -> supervisor._Child:
        self.starts.append(time.monotonic())
        return supervisor._Child(subprocess.Popen([sys.executable, "-c", ""]), restless)


def test_what_falls_over_again_and_again_is_started_more_and_more_slowly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = supervisor.Supervisor(Environment(tmp_path, "", None), host="127.0.0.1", port=1)
    sleeper = Sleeper()
    monkeypatch.setattr(keeper, "_started", sleeper)
    keeper._children["engine"] = sleeper("engine")
    until = time.monotonic() + 4.5
    while time.monotonic() < until:
        keeper._look_after_children()
        time.sleep(0.02)
    gaps = [later - earlier for earlier, later in zip(sleeper.starts, sleeper.starts[1:], strict=False)]
    assert len(gaps) == 3  # at once, after 1 s, after 2 s; the next would come after 4 s
    assert gaps[1] >= 1.0
    assert gaps[2] >= 2.0


def test_a_signal_to_any_command_lets_it_leave_in_order(tmp_path: Path) -> None:
    waiting = subprocess.Popen(
        [sys.executable, "-c", "import time; from tactful.cli import main; import signal\n"
         "signal.signal(signal.SIGTERM, main._leave)\n"
         "try:\n print('ready', flush=True); time.sleep(60)\nfinally:\n print('left', flush=True)"],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert waiting.stdout is not None
    assert waiting.stdout.readline() == "ready\n"
    waiting.send_signal(signal.SIGTERM)
    assert waiting.stdout.read() == "left\n"
    assert waiting.wait(10) == 128 + signal.SIGTERM

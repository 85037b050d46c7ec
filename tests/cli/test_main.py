"""The command: faults in a sentence, exit codes, where options may stand."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.certificates import write_certificate

from tactful.cli import environment, main
from tactful.cli.commands import segment, up
from tactful.cli.environment import Environment
from tactful.kernel.errors import NotFound, TactfulError

ROOT = Path(__file__).parents[2]


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """No command reaches a database; the folders that would have been opened."""
    opened: list[Path] = []

    def connect(data: Path, url: str | None) -> Environment:
        opened.append(data)
        return Environment(data=data, url=url or "", embedded=None)

    monkeypatch.setattr(environment, "configure", lambda _data: None)
    monkeypatch.setattr(environment, "connect", connect)
    monkeypatch.setattr(environment, "migrate", lambda: None)
    monkeypatch.setattr(Environment, "close", lambda _self: None)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    return opened


def command(monkeypatch: pytest.MonkeyPatch, fault: BaseException | None = None) -> None:
    def run(_args: object, _env: object) -> int:
        if fault:
            raise fault
        return 0

    monkeypatch.setattr(segment, "run", run)


class Pity(TactfulError):
    """Something is not as it should be: put it right."""


@pytest.mark.parametrize(
    ("fault", "code", "said"),
    [
        (None, 0, ""),
        (NotFound("there is no segment 'x'; see tactful segment list"), 1, "there is no segment 'x'"),
        (Pity(), 1, "tactful: Something is not as it should be: put it right.\n"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_the_exit_code_tells_how_it_went_and_a_fault_is_a_sentence(
    fault: BaseException | None,
    code: int,
    said: str,
    nowhere: list[Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    command(monkeypatch, fault)
    assert main.main(["segment", "list"]) == code
    err = capsys.readouterr().err
    assert said in err
    assert "Traceback" not in err


def test_a_fault_of_ours_is_not_hidden_behind_a_sentence(
    nowhere: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    command(monkeypatch, RuntimeError("a bug"))
    with pytest.raises(RuntimeError, match="a bug"):
        main.main(["segment", "list"])


@pytest.mark.parametrize(
    "words",
    [
        ["segment", "--data", "/somewhere/there", "list"],
        ["segment", "list", "--data", "/somewhere/there"],
        ["segment", "--data", "/somewhere/elsewhere", "list", "--data", "/somewhere/there"],
    ],
)
def test_the_folder_may_stand_before_or_after_the_action(
    words: list[str], nowhere: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    command(monkeypatch)
    assert main.main(words) == 0
    assert nowhere == [Path("/somewhere/there")]


def test_the_folder_comes_from_the_environment_else_it_is_data_here(
    nowhere: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    command(monkeypatch)
    monkeypatch.setenv("TACTFUL_DATA", "/somewhere/of-the-environment")
    main.main(["segment", "list"])
    monkeypatch.delenv("TACTFUL_DATA")
    main.main(["segment", "list"])
    assert nowhere == [Path("/somewhere/of-the-environment"), Path.cwd() / "data"]


@pytest.mark.parametrize("words", [[], ["no-such-command"], ["segment"], ["segment", "count", "--no-such-option"]])
def test_words_that_are_not_understood_are_answered_with_usage(
    words: list[str], nowhere: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main.main(words)
    assert left.value.code == 2
    assert "usage: tactful" in capsys.readouterr().err
    assert nowhere == []


def test_help_names_every_command(nowhere: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main.main(["--help"])
    assert left.value.code == 0
    out = capsys.readouterr().out
    assert [name for name in main.COMMANDS if f"\n    {name}" not in out] == []


def test_a_process_of_up_does_not_migrate_again(nowhere: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    migrated: list[bool] = []
    monkeypatch.setattr(environment, "migrate", lambda: migrated.append(True))
    monkeypatch.setattr("tactful.cli.serving.serve", lambda **_: None)
    main.main(["worker", "web", "--parent", "1"])
    assert migrated == []
    main.main(["worker", "web"])
    assert migrated == [True]


def test_a_certificate_is_for_the_loop_that_takes_mail(
    nowhere: list[Path], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    certificate, key = write_certificate(tmp_path)
    assert main.main(["worker", "engine", "--certificate", str(certificate), "--key", str(key)]) == 1
    assert "for the loop inbound alone" in capsys.readouterr().err


def test_a_claim_stands_from_before_the_database_until_the_end(
    nowhere: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_args: object) -> None:
        raise NotFound("taken")

    monkeypatch.setattr(up, "before", refuse)
    assert main.main(["up"]) == 1
    assert nowhere == []


def test_an_address_that_is_none_is_a_sentence_too(tmp_path: Path) -> None:
    said = subprocess.run(
        [
            sys.executable,
            "-m",
            "tactful.cli.main",
            "segment",
            "list",
            "--database-url",
            "mysql://x",
            "--data",
            tmp_path,
        ],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith("TACTFUL_")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 1
    assert said.stderr.strip() == "tactful: TACTFUL_DATABASE_URL must begin with postgresql://, not mysql://"

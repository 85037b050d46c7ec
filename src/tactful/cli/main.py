"""The command `tactful`."""

import argparse
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from pathlib import Path
from types import FrameType, ModuleType

from django.db import OperationalError

from tactful.cli import environment
from tactful.kernel.errors import TactfulError

# Each is a module of `cli.commands` with HELP, add_arguments(parser) and run(args, env) -> exit code; one that must
# hold something before the database is touched has before(args) -> context manager.
COMMANDS = (
    "up",
    "demo",
    "user",
    "import",
    "customer",
    "metrics",
    "segment",
    "journey",
    "export",
    "apply",
    "decisions",
    "audit",
    "worker",
    "lake",
)


def main(argv: list[str] | None = None) -> int:
    """Run one command. Faults that a person can mend are said in a sentence, with exit code 1."""
    words = sys.argv[1:] if argv is None else argv
    _configure(words)
    # Only what is asked for: some commands need half a second of imports that the others do not.
    asked = words[:1] if words and words[0] in COMMANDS else COMMANDS
    modules = {name: import_module(f"tactful.cli.commands.{_module(name)}") for name in asked}
    args = _parser(modules).parse_args(words)
    signal.signal(signal.SIGTERM, _leave)  # in order, so that the database is not left running
    try:
        return _run(modules[args.command], args)
    except TactfulError as fault:
        print(f"tactful: {fault.message}", file=sys.stderr)  # noqa: T201 -- this is the terminal
        return 1
    except OperationalError as fault:
        print(f"tactful: the database does not answer: {_first_line(fault)}", file=sys.stderr)  # noqa: T201 -- as above
        return 1
    except KeyboardInterrupt:
        return 130


def entry() -> None:
    sys.exit(main())


def _run(module: ModuleType, args: argparse.Namespace) -> int:
    args.data = args.data.absolute()
    before: AbstractContextManager[None] = module.before(args) if hasattr(module, "before") else nullcontext()
    with before:
        env = environment.connect(args.data, args.database_url)
        try:
            if getattr(args, "parent", None) is None:  # else `tactful up` has done it, once for all its processes
                environment.migrate()
            code: int = module.run(args, env)
        finally:
            env.close()
    return code


def _first_line(fault: Exception) -> str:
    return next(iter(str(fault).strip().splitlines()), type(fault).__name__)


def _leave(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)


def _configure(words: list[str]) -> None:
    """Django reads its settings when command modules are imported, so the folder is peeked at first."""
    peek = _common(add_help=False)
    known, _ = peek.parse_known_args([word for word in words if word not in {"-h", "--help"}])
    environment.configure(known.data.absolute())


def _common(*, add_help: bool) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(add_help=add_help)
    parser.add_argument(
        "--data",
        type=Path,
        default=Path(os.environ.get("TACTFUL_DATA", "data")),
        help="the folder with database, lake, mailbox and keys (default: $TACTFUL_DATA or ./data)",
    )
    parser.add_argument(
        "--database-url",
        default=os.environ.get("TACTFUL_DATABASE_URL") or None,
        help="a PostgreSQL server of your own (default: $TACTFUL_DATABASE_URL, else the embedded one)",
    )
    return parser


def _parser(modules: dict[str, ModuleType]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tactful", description="CRM marketing without spam.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    common = _common(add_help=False)
    for name, module in modules.items():
        child = commands.add_parser(name, help=module.HELP, description=module.HELP, parents=[common])
        module.add_arguments(child)
        for action in _actions(child):
            # Also after the action's name; without a default of its own, so that the one before it stands.
            action.add_argument("--data", type=Path, default=argparse.SUPPRESS, help=argparse.SUPPRESS)
            action.add_argument("--database-url", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    return parser


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """The parsers of a command's own actions, such as `segment count`."""
    for group in parser._actions:
        if isinstance(group, argparse._SubParsersAction):
            yield from group.choices.values()


def _module(name: str) -> str:
    return "importing" if name == "import" else name


if __name__ == "__main__":
    entry()

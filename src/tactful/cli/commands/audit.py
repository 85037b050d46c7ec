"""`tactful audit`: what must hold, proved again from the log."""

import argparse
from dataclasses import asdict

from tactful.cli.environment import Environment
from tactful.cli.output import add_json, console, say_json, say_table
from tactful.flows import audit
from tactful.kernel.clock import SystemClock
from tactful.kernel.texts import noun
from tactful.kernel.time import parse_moment

HELP = "prove that every message that left was allowed to"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="WHAT")
    restraint = actions.add_parser("restraint", help="judge every sent message again; ends with 1 for a breach")
    restraint.add_argument("--since", help="a moment, such as 2026-03-01T00:00:00Z (default: the beginning)")
    restraint.add_argument("--until", help="a moment (default: now)")
    add_json(restraint)


def run(args: argparse.Namespace, env: Environment) -> int:  # noqa: ARG001 -- every command takes both
    now = SystemClock().now()
    since = parse_moment(args.since) if args.since else None
    made = audit.audit(since=since, until=parse_moment(args.until) if args.until else now, now=now)
    if args.json:
        say_json(asdict(made))
    else:
        say_table(
            ["message", "customer", "rule", "saw"],
            [(one["delivery"], one["customer"], one["rule"], one["saw"]) for one in made.breaches],
        )
        checked, found = noun(made.checked, "message"), noun(made.found, "breach", "breaches")
        console.print(f"{made.checked} marketing {checked} checked, {made.found} {found}")
    return 1 if made.found else 0

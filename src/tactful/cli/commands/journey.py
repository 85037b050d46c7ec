"""`tactful journey`: journeys and their counts."""

import argparse
from collections.abc import Mapping
from dataclasses import asdict

from tactful.cli.commands import journey_backtest
from tactful.cli.environment import Environment
from tactful.cli.output import add_json, console, say_json, say_table
from tactful.journeys import queries as journeys
from tactful.journeys import services
from tactful.kernel.clock import SystemClock

HELP = "list and show journeys, switch them on and off"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    add_json(actions.add_parser("list", help="all journeys with their counts"))
    show = actions.add_parser("show", help="one journey with the counts of each step")
    show.add_argument("slug")
    add_json(show)
    for name, text in (("activate", "let customers in"), ("pause", "let nobody in, act for nobody")):
        actions.add_parser(name, help=text).add_argument("slug")
    journey_backtest.add_arguments(actions.add_parser("backtest", help=journey_backtest.HELP))
    actions.add_parser("install", help="add the ready journeys as drafts")


def run(args: argparse.Namespace, env: Environment) -> int:  # noqa: ARG001 -- every command takes both
    actions = {
        "list": _list,
        "show": _show,
        "activate": _switch,
        "pause": _switch,
        "install": _install,
        "backtest": journey_backtest.run,
    }
    actions[args.action](args)
    return 0


def _list(args: argparse.Namespace) -> None:
    rows = [_plain(summary) for summary in journeys.journeys()]
    if args.json:
        say_json(rows)
        return
    columns = ["slug", "status", "entered", "active", "goal", "in_holdout"]
    say_table(columns, [[{**row, **row["counts"]}[column] for column in columns] for row in rows])


def _show(args: argparse.Namespace) -> None:
    detail = journeys.journey(args.slug)
    summary = _plain(detail.summary)
    if args.json:
        steps = {name: asdict(count) for name, count in detail.steps.items()}
        say_json({**summary, "steps": steps, "outcomes": detail.outcomes})
        return
    console.print(f"[bold]{detail.summary.name}[/bold] ({detail.summary.status}, version {detail.summary.version})")
    say_table(["step", "came", "here", "left by"], [_step(name, count) for name, count in detail.steps.items()])


def _switch(args: argparse.Namespace) -> None:
    {"activate": services.activate, "pause": services.pause}[args.action](args.slug, now=SystemClock().now())
    console.print(f"{args.slug}: {'active' if args.action == 'activate' else 'paused'}")


def _install(_args: argparse.Namespace) -> None:
    added = services.install_ready(now=SystemClock().now())
    console.print(", ".join(added) if added else "all ready journeys are here already")


def _step(name: str, count: journeys.StepCount) -> tuple[str, int, int, str]:
    return name, count.came, count.here, ", ".join(f"{edge} {number}" for edge, number in count.edges.items())


def _plain(summary: journeys.Summary) -> Mapping[str, dict[str, int]]:
    return {
        **{
            name: getattr(summary, name)
            for name in ("slug", "name", "status", "version", "created_at", "updated_at")
        },
        "counts": asdict(summary.counts),
    }

"""`tactful journey backtest`: a journey tried on the base's own past. Nothing is written, nothing is sent."""

import argparse
from datetime import timedelta

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from tactful.cli.output import add_json, console, count, say_json, say_pairs, say_table
from tactful.flows.backtest import READING, Asked, Report, Standing, backtest, definition_of, moment_of
from tactful.flows.nightly import FOLDER
from tactful.kernel.clock import SystemClock
from tactful.kernel.money import exponent
from tactful.kernel.texts import counted
from tactful.kernel.time import zone
from tactful.team.queries import workspace

HELP = "try a journey on the base's own past: who would have got what, what would have been held back"
_PERIOD = timedelta(days=365)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "journey",
        metavar="FILE|SLUG",
        help="a YAML or JSON file, a saved journey (slug@2: version 2), or a ready one",
    )
    parser.add_argument("--from", dest="since", metavar="DAY", help="the first day (default: a year before --to)")
    parser.add_argument("--to", dest="until", metavar="DAY", help="the day after the last (default: now)")
    parser.add_argument(
        "--beside",
        action="store_true",
        help="count what the journey really sent as pressure, instead of leaving it out of the past",
    )
    parser.add_argument(
        "--people", type=count, default=0, metavar="N", help="tell the whole story of N customers as well"
    )
    add_json(parser)


def run(args: argparse.Namespace) -> None:
    definition, journey_id = definition_of(args.journey)
    zone = workspace().zone
    until = moment_of(args.until, zone) if args.until else SystemClock().now()
    since = moment_of(args.since, zone) if args.since else until - _PERIOD
    standing = Standing.BESIDE if args.beside else Standing.INSTEAD
    asked = Asked(definition, since, until, journey_id, standing)
    with _bar() as bar:
        task = bar.add_task(READING, total=None)

        def tell(phase: str, done: int, total: int | None) -> None:
            bar.update(task, description=phase, completed=done, total=total)

        report = backtest(asked, folder=FOLDER, keep=args.people, progress=tell)
    if args.json:
        say_json(report.as_json())
    else:
        _say(report)


def _bar() -> Progress:
    # On the error stream: what the command answers can be piped.
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)


def _say(report: Report) -> None:
    here = zone(workspace().zone)
    first, end = (moment.astimezone(here) for moment in (report.since, report.until))
    console.print(
        Text.assemble(
            (report.name, "bold"),
            f", {first:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} by the company's clocks",
        )
    )
    say_pairs(
        {
            "entered": f"{counted(report.entered, 'time')}, {counted(report.customers, 'customer')}",
            "left alone, for comparison": f"{report.left_alone:,}",
            "still inside at the end": f"{report.still_inside:,}",
            "messages sent": f"{report.sent:,}",
            "messages that waited": f"{report.waited:,}",
            "messages dropped": f"{report.dropped:,}",
            "their cost": _cost(report),
        }
    )
    _say_steps(report)
    _say_pressure(report)
    for person, story in report.stories.items():
        console.print(f"\ncustomer {person}")
        say_table(
            ["at", "what", "step", "said"],
            [(f"{each.at:%Y-%m-%d %H:%M}", each.what, each.step, " ".join(each.said)) for each in story],
        )
    console.print()
    for note in report.notes:
        console.print(f"- {note}")


def _cost(report: Report) -> str:
    if report.cost_minor is None:
        return "no price of messages is set: Settings, Restraint"
    return f"{report.cost_minor / 10 ** exponent(report.currency):,.2f} {report.currency}"


def _say_steps(report: Report) -> None:
    say_table(
        ["step", "came", "left by"],
        [
            (each.step, f"{each.came:,}", ", ".join(f"{way} {count:,}" for way, count in each.left.items()))
            for each in report.steps
        ],
    )
    if report.messages:
        say_table(
            ["message at", "ended as", "because of", "how many"],
            [(each.step, each.verdict, each.reason, f"{each.count:,}") for each in report.messages],
        )
    if report.work:
        say_table(
            ["tasks for", "in all", "a day", "most on one day"],
            [
                (
                    each.assignee or "nobody named",
                    f"{each.tasks:,}",
                    f"{each.each_day:.1f}",
                    f"{each.most} ({each.most_on})",
                )
                for each in report.work
            ],
        )


def _say_pressure(report: Report) -> None:
    pressure = report.pressure
    said = ", ".join(f"{verdict} {count:,}" for verdict, count in pressure.busy.items()) or "none"
    say_pairs(
        {
            "touches of each who entered": f"{pressure.each_before:.2f} before, {pressure.each_after:.2f} with it",
            "customers at or near a cap": f"{pressure.busy_customers:,}",
            "decisions on their messages": said,
            "real messages that would have lost their slot": f"{pressure.crowded_out:,}",
        }
    )

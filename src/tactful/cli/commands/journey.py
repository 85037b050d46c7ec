"""`tactful journey`: journeys and their counts."""

import argparse
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from rich.text import Text

from tactful.cli.commands import journey_backtest
from tactful.cli.environment import Environment
from tactful.cli.output import add_json, agreed, console, say_json, say_table
from tactful.flows import journey_care, scenarios
from tactful.flows.launching import launch
from tactful.flows.scenarios import Offer
from tactful.journeys import queries as journeys
from tactful.journeys import services
from tactful.journeys.domain.findings import Finding, Severity
from tactful.journeys.scenarios import STARTERS
from tactful.kernel.clock import SystemClock
from tactful.kernel.documents import read_file, read_yaml
from tactful.kernel.errors import Conflict, InvalidInput
from tactful.kernel.texts import counted, noun

HELP = "list, show and judge journeys, switch them on and off, take ready ones"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    add_json(actions.add_parser("list", help="all journeys with their counts"))
    show = actions.add_parser("show", help="one journey with the counts of each step")
    show.add_argument("slug")
    add_json(show)
    switches = (
        ("activate", "let customers in"),
        ("pause", "let nobody in, act for nobody"),
        ("restore", "make an archived journey a draft again"),
    )
    for name, text in switches:
        actions.add_parser(name, help=text).add_argument("slug")
    ended = actions.add_parser("archive", help="end a journey for good, and the way of all who are in it")
    ended.add_argument("slug")
    ended.add_argument("--yes", action="store_true", help="without asking")
    journey_backtest.add_arguments(actions.add_parser("backtest", help=journey_backtest.HELP))
    add_json(actions.add_parser("ready", help="the ready scenarios, and what each still needs here"))
    install = actions.add_parser("install", help="add ready scenarios as drafts, with their segments and templates")
    install.add_argument("slugs", nargs="*", metavar="SLUG", help="which (default: the two to begin with)")
    actions.add_parser(
        "remove", help="delete a journey that nobody ever entered; archive one that has a history"
    ).add_argument("slug")
    judged = actions.add_parser("lint", help="what is wrong with journeys; ends with 1 if anything must be mended")
    judged.add_argument("what", nargs="?", metavar="SLUG|FILE", help="a journey or a file (default: all journeys)")
    add_json(judged)


def run(args: argparse.Namespace, env: Environment) -> int:  # noqa: ARG001 -- every command takes both
    if args.action == "lint":
        return _lint(args)
    actions = {
        "list": _list,
        "show": _show,
        "activate": _switch,
        "pause": _switch,
        "restore": _switch,
        "archive": _archive,
        "ready": _ready,
        "install": _install,
        "remove": _remove,
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
    standing = f" ({detail.summary.status}, version {detail.summary.version})"
    console.print(Text.assemble((detail.summary.name, "bold"), standing))
    say_table(["step", "came", "here", "left by"], [_step(name, count) for name, count in detail.steps.items()])


def _switch(args: argparse.Namespace) -> None:
    now = SystemClock().now()
    match args.action:
        case "activate":
            launch(args.slug, by="command line", now=now)
        case "pause":
            services.pause(args.slug, now=now)
        case "restore":
            services.bring_back(args.slug, now=now)
    console.print(f"{args.slug}: {journeys.journey(args.slug).summary.status}")


def _archive(args: argparse.Namespace) -> None:
    inside = journeys.journey(args.slug).summary.counts.active
    told = f"{counted(inside, 'customer')} {noun(inside, 'is', 'are')} on the way"
    if inside and not args.yes and not agreed(f"{told}, which ends here. Archive it?"):
        raise Conflict(f"{args.slug}: nothing was done, for {told}; give --yes to end it")
    ended = services.archive(args.slug, now=SystemClock().now())
    console.print(f"{args.slug}: archived; the way of {counted(ended, 'customer')} ended")


def _ready(args: argparse.Namespace) -> None:
    offers = scenarios.offers(now=SystemClock().now())
    if args.json:
        say_json([_offer(offer) for offer in offers])
        return
    say_table(
        ["slug", "for", "here", "needs first"],
        [
            (
                offer.scenario.slug,
                ", ".join(offer.scenario.businesses),
                offer.status,
                ", ".join(
                    (
                        *offer.missing_events,
                        *offer.missing_attributes,
                        *offer.missing_templates,
                        *([offer.later] if offer.later else []),
                    )
                ),
            )
            for offer in offers
        ],
    )


def _offer(offer: Offer) -> dict[str, object]:
    missing = ("missing_events", "missing_attributes", "missing_templates")
    return {
        "slug": offer.scenario.slug,
        "for": list(offer.scenario.businesses),
        "what": offer.scenario.what,
        "status": offer.status,
        "usable": offer.usable,
        "later": offer.later,
        **{name: list(getattr(offer, name)) for name in missing},
    }


def _install(args: argparse.Namespace) -> None:
    now = SystemClock().now()
    brought = [scenarios.install(slug, now=now) for slug in args.slugs or STARTERS]
    for one in brought:
        console.print(f"{one.slug}: {'a draft now' if one.journey else 'is here already'}")
        for what, names in (("segments", one.segments), ("templates", one.templates)):
            if names:
                console.print(f"  {what}: {', '.join(names)}")


def _remove(args: argparse.Namespace) -> None:
    gone = services.remove(args.slug, now=SystemClock().now())
    console.print(f"{args.slug}: {'removed' if gone else 'archived, for customers were in it'}")


def _lint(args: argparse.Namespace) -> int:
    now = SystemClock().now()
    found = _judged(args.what, now) if args.what else journey_care.findings(now=now)
    rows = [(slug, one) for slug, each in found.items() for one in each]
    if args.json:
        say_json([{"journey": slug, **asdict(one)} for slug, one in rows])
    elif rows:
        for slug, one in rows:
            console.print(f"{one.severity} {slug} {one.where}: {one.words}; {one.remedy} ({one.rule})")
    else:
        console.print("nothing is wrong with the journeys")
    return 1 if any(one.severity is Severity.MUST for _, one in rows) else 0


def _judged(what: str, now: datetime) -> dict[str, list[Finding]]:
    """A file where there is one of that name, else a journey."""
    path = Path(what)
    if not path.is_file():
        return {what: journey_care.of_journey(what, now=now)}
    text = read_file(path)
    try:
        return {what: journey_care.of_definition(read_yaml(text), now=now)}
    except InvalidInput as fault:
        raise InvalidInput(f"{what}: {fault.message}") from None


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

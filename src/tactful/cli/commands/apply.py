"""`tactful apply`: files made true. First the plan, then, on a yes, all of it or nothing."""

import argparse
import getpass
from dataclasses import asdict
from pathlib import Path

from rich.text import Text

from tactful.cli.environment import Environment
from tactful.cli.output import add_json, agreed, console, say_json
from tactful.content import queries as content
from tactful.flows.files import applying, folder
from tactful.flows.files.applying import CHANGE, CREATE, KEPT, Change, Plan
from tactful.flows.files.parts import TEMPLATE
from tactful.kernel.clock import SystemClock
from tactful.kernel.errors import InvalidInput
from tactful.team import queries as staff
from tactful.team import services as team

HELP = (
    "make topics, segments, journeys, templates, caps and quiet hours as files say: the plan first, then on a yes"
)
_SIGNS = {CREATE: ("+", "green"), CHANGE: ("~", "yellow")}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("place", type=Path, metavar="DIR|FILE")
    parser.add_argument("--yes", action="store_true", help="apply without asking")
    parser.add_argument(
        "--by", metavar="EMAIL", help="who of the staff wrote it; needed where somebody else reads texts"
    )
    add_json(parser)


def run(args: argparse.Namespace, env: Environment) -> int:  # noqa: ARG001 -- every command takes both
    parts = folder.read(args.place)
    plan = applying.plan(parts, now=SystemClock().now())
    if not args.json:
        _say(plan)
    wanted = bool(plan.to_do) and (args.yes or (not args.json and agreed(f"Apply these {len(plan.to_do)}?")))
    if wanted:
        now, by = SystemClock().now(), _author(args.by, plan)
        applying.apply(parts, seen=plan, now=now, by=by)
        team.audit(actor=by, action="files applied", subject=str(args.place), now=now, detail=_counts(plan))
    if args.json:
        say_json({"applied": wanted, **_counts(plan), "changes": [asdict(change) for change in plan.changes]})
    elif wanted:
        console.print(f"done: {len(plan.to_do)} applied; new journeys are drafts")
    elif plan.to_do:
        console.print("nothing was applied; give --yes to apply it")
    return 0


def _author(named: str | None, plan: Plan) -> str:
    """Who wrote what is applied. A name of the machine is nobody of the staff, and so no first pair of eyes."""
    if named:
        known = staff.user(named)
        if known is None:
            raise InvalidInput(f"nobody here signs in as {named!r}: --by takes an address of the staff")
        return known.email
    if content.rules().second_pair_of_eyes and any(change.kind == TEMPLATE for change in plan.to_do):
        raise InvalidInput("somebody else must read changed texts: say who wrote them, as in --by you@example.com")
    return getpass.getuser()


def _say(plan: Plan) -> None:
    for change in plan.to_do:
        console.print(
            Text.assemble(
                _SIGNS[change.act], f" {change.kind} ", (change.slug, "bold"), "  ", (str(change.file), "dim")
            )
        )
        _say_fields(change)
    if kept := [f"{change.kind} {change.slug}" for change in plan.changes if change.act == KEPT]:
        console.print(f"not in the files, and kept (files remove nothing): {', '.join(kept)}", highlight=False)
    console.print(" · ".join(f"{count} {act}" for act, count in _counts(plan).items()))


def _say_fields(change: Change) -> None:
    for field in change.fields:
        console.print(f"    {field.path}: {field.before} → {field.after}", highlight=False)


def _counts(plan: Plan) -> dict[str, int]:
    acts = [change.act for change in plan.changes]
    return {act: acts.count(act) for act in (CREATE, CHANGE, applying.SAME, KEPT)}

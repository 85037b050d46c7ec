"""`tactful segment`: segments, their sizes, and why somebody is in one."""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.text import Text

from tactful.cli.environment import Environment
from tactful.cli.finding import find_customer
from tactful.cli.output import add_json, console, say_json, say_table
from tactful.customers import queries as customers
from tactful.flows import segment_care
from tactful.flows.tables import TABLES
from tactful.kernel.clock import SystemClock
from tactful.kernel.documents import read_file
from tactful.kernel.errors import InvalidInput
from tactful.kernel.texts import counted
from tactful.kernel.time import parse_moment
from tactful.segments import queries as segments
from tactful.segments import services
from tactful.segments.domain.explaining import Line, lines
from tactful.segments.domain.files import parse_file
from tactful.segments.domain.nodes import Node
from tactful.segments.domain.reading import read

HELP = "list, count and explain segments"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    add_json(actions.add_parser("list", help="all segments with their sizes"))
    count = actions.add_parser("count", help="how many fulfil a rule, now or at a past moment")
    count.add_argument("name", nargs="?", help="a segment")
    count.add_argument("--file", type=Path, help="a rule in YAML, or a file of a segment")
    count.add_argument("--as-of", help="a moment, such as 2026-03-01T00:00:00Z (default: now)")
    count.add_argument("--ids", action="store_true", help="also the company's own ids")
    add_json(count)
    explain = actions.add_parser("explain", help="why a customer is in a segment, or is not")
    explain.add_argument("name")
    explain.add_argument("customer", help="the company's own id, an e-mail, a phone or a card number")
    add_json(explain)
    actions.add_parser("install", help="add the ready segments")
    add_json(actions.add_parser("lint", help="what is wrong with having these segments; ends with 1 if anything"))


def run(args: argparse.Namespace, env: Environment) -> int:
    if args.action == "lint":
        return _lint(args)
    actions = {"list": _list, "count": _count, "explain": _explain, "install": _install}
    actions[args.action](args, env)
    return 0


def _lint(args: argparse.Namespace) -> int:
    found = segment_care.findings()
    if args.json:
        say_json([{"segment": each.slug, "fault": str(each.fault), "message": each.message} for each in found])
    elif found:
        say_table(
            ["segment", "fault", "what to do"], [(each.slug, str(each.fault), each.message) for each in found]
        )
    else:
        console.print("nothing is wrong with the segments")
    return 1 if found else 0


def _list(args: argparse.Namespace, _env: Environment) -> None:
    rows = [
        {
            "name": row.segment.slug,
            "title": row.segment.name,
            "size": row.size,
            "reading": read(row.segment.tree),
        }
        for row in segments.summaries(now=SystemClock().now())
    ]
    if args.json:
        say_json(rows)
    else:
        say_table(["name", "size", "reading"], [(row["name"], row["size"], row["reading"]) for row in rows])


def _count(args: argparse.Namespace, env: Environment) -> None:
    rule = _rule(args)
    at = parse_moment(args.as_of) if args.as_of else SystemClock().now()
    ids = services.ids(rule, at=at, tables=TABLES, folder=env.data / "lake")
    own = customers.external_ids(ids) if args.ids else {}
    named = sorted(own.get(customer_id, f"#{customer_id}") for customer_id in ids) if args.ids else []
    if args.json:
        say_json({"count": len(ids), **({"ids": named} if args.ids else {})})
        return
    console.print(counted(len(ids), "customer"))
    for name in named:
        console.print(name)


def _explain(args: argparse.Namespace, _env: Environment) -> None:
    customer = find_customer(args.customer)
    answer = services.explain(args.name, customer.id, now=SystemClock().now(), tables=TABLES)
    stays = [{"entered": move.entered, "at": move.at} for move in segments.stays(args.name, customer.id)]
    if args.json:
        say_json({**answer, "stays": stays})
        return
    console.print(f"{'in' if answer['matches'] else 'not in'} {args.name}: {answer['reading']}")
    tree = answer["tree"]
    for line in lines(tree, {row.slug: row.name for row in segments.stages()}):
        _say(line)
    for change in answer["changes"] if isinstance(answer["changes"], list) else ():
        verb = "would have to be among those" if change["should"] else "would have to be no longer among those"
        console.print(f"to change that, he {verb} {change['reading']}{_beside(change['beside'])}")
    if answer["active"] and not answer["changes"]:
        console.print("nothing that can still happen would change that")
    for stay in stays:
        console.print(f"{'entered' if stay['entered'] else 'left'} it {stay['at']:%Y-%m-%d %H:%M} UTC")


def _beside(others: Sequence[Mapping[str, object]]) -> str:
    """What must go on being so."""
    return "".join(f", and {'still' if each['should'] else 'not'} {each['reading']}" for each in others)


def _install(_args: argparse.Namespace, _env: Environment) -> None:
    added = services.install_ready(now=SystemClock().now())
    console.print(", ".join(added) if added else "all ready segments are here already")


def _say(line: Line, *, deeper: int = 0) -> None:
    """One condition or group; of earlier stages their names, and the rule of the one in which he is."""
    mark = ("yes", "green") if line.met else ("no ", "red")
    value = f"  (is {_said(line.value)})" if line.asks else ""
    names = f" ({', '.join(stage.name for stage in line.earlier)})" if line.earlier and line.met else ""
    console.print(Text.assemble("  " * (line.depth + deeper), mark, f" {line.reading}{names}{value}"))
    for inner in line.here.lines if line.here else ():
        _say(inner, deeper=line.depth + deeper + 1)


def _said(value: object) -> object:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "nothing" if value is None else value


def _rule(args: argparse.Namespace) -> Node | str:
    if args.file:
        return parse_file(read_file(args.file))
    if not args.name:
        raise InvalidInput("name a segment, or give a rule with --file")
    return str(args.name)

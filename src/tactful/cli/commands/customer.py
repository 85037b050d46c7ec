"""`tactful customer`: one person."""

import argparse
import getpass

from tactful.cli.environment import Environment
from tactful.cli.finding import find_customer
from tactful.cli.output import add_json, agreed, console, say_json
from tactful.flows import erasing
from tactful.flows.tables import TABLES
from tactful.kernel.clock import SystemClock
from tactful.kernel.texts import counted, noun
from tactful.lake import services as lake

HELP = "erase one person"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=["erase"])
    parser.add_argument("customer", help="the company's own id, an e-mail or a phone number")
    parser.add_argument("--yes", action="store_true", help="without asking")
    add_json(parser)


def run(args: argparse.Namespace, env: Environment) -> int:
    found = find_customer(args.customer)
    known = erasing.known(found.id)
    question = (
        f"Erase {found.name}? {counted(known.events, 'event')} and what"
        f" {counted(known.messages, 'message')} said go for ever;"
        f" {counted(known.orders, 'order')} {noun(known.orders, 'stays', 'stay')} without a name."
    )
    if not args.yes and not agreed(question):
        console.print(f"{question} Nothing was done; give --yes to erase.")
        return 1
    now = SystemClock().now()
    gone = erasing.erase(found.id, by=getpass.getuser(), now=now)
    lake.flush(TABLES, folder=env.data / "lake", now=now)
    if args.json:
        say_json({"customer": found.id, "records": len(gone.ids), "addresses": len(gone.addresses)})
    else:
        told = f"{counted(len(gone.addresses), 'address', 'addresses')} {noun(len(gone.addresses), 'gets', 'get')}"
        console.print(f"customer {found.id}: erased; {told} nothing from now on")
    return 0

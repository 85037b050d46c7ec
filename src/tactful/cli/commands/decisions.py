"""`tactful decisions`: what was considered for one customer, and why it was sent, held or dropped."""

import argparse

from tactful.cli.environment import Environment
from tactful.cli.finding import find_customer
from tactful.cli.output import add_json, say_json, say_table
from tactful.decisions import queries as decisions
from tactful.journeys import queries as journeys

HELP = "what was decided for a customer, with every reason"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("customer", help="the company's own id, an e-mail, a phone or a card number")
    parser.add_argument("--limit", type=int, default=50)
    add_json(parser)


def run(args: argparse.Namespace, env: Environment) -> int:  # noqa: ARG001 -- every command takes both
    customer = find_customer(args.customer)
    names = {journey.id: journey.slug for journey in journeys.journeys()}
    rows = decisions.of_customer(customer.id, limit=args.limit).rows
    found = [
        {
            "at": row.at,
            "verdict": row.verdict,
            "reason": row.reason,
            "reasons": [
                {"rule": seen.rule, "verdict": seen.verdict, "reason": seen.reason, "saw": dict(seen.saw)}
                for seen in row.reasons
            ],
            "hold_until": row.hold_until,
            "journey": names.get(row.journey_id or 0),
            "step": row.step,
            "channel": row.channel,
            "topic": row.topic,
        }
        for row in rows
    ]
    if args.json:
        say_json(found)
    else:
        say_table(
            ["at", "verdict", "reason", "journey", "step"],
            [
                (f"{one['at']:%Y-%m-%d %H:%M}", one["verdict"], one["reason"], one["journey"], one["step"])
                for one in found
            ],
        )
    return 0

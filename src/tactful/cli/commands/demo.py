"""`tactful demo`: a lifelike company, made in a minute or two by the real engine, then served."""

import argparse
import gc
import time
from datetime import datetime

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from tactful.cli.demo.company import Company, Plan, midnight
from tactful.cli.environment import Environment
from tactful.cli.output import console
from tactful.cli.supervisor import address_of, supervise
from tactful.customers import queries as customers
from tactful.kernel.clock import SystemClock
from tactful.kernel.errors import Conflict
from tactful.kernel.texts import counted
from tactful.kernel.time import parse_moment
from tactful.team import services as team

HELP = "build the demo company and serve it"
EMAIL, PASSWORD = "demo@example.com", "tea-without-spam"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--customers", type=int, default=5000)
    parser.add_argument("--days", type=int, default=180)
    parser.add_argument("--seed", default="1", help="the same seed gives the same company")
    parser.add_argument("--until", type=parse_moment, help="the day on which it ends (default: today)")
    parser.add_argument("--no-serve", action="store_true", help="build only")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--host", default="127.0.0.1")


def run(args: argparse.Namespace, env: Environment) -> int:
    marker = env.data / "truth.json"
    if not marker.exists():
        _build(args, env)
    console.print(Text.assemble("Sign in as ", (EMAIL, "bold"), " with the password ", (PASSWORD, "bold")))
    if not args.no_serve:
        supervise(env, host=args.host, port=args.port)
    return 0


def _build(args: argparse.Namespace, env: Environment) -> None:
    if customers.total():
        raise Conflict(f"{env.data} holds customers already: give the demo an empty folder with --data")
    now = SystemClock().now()
    end = midnight(args.until or now)
    plan = Plan(customers=args.customers, days=args.days, seed=args.seed, end=end, folder=env.data)
    console.print(
        f"{counted(args.customers, 'customer')}, {counted(args.days, 'day')}, seed {args.seed}:"
        " the engine works them through ..."
    )
    began = time.monotonic()
    # Batches make many short-lived objects, and what is loaded by now stays: fewer rounds of the collector.
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    team.follow_address(address_of(args.host, args.port))  # what is sent while it is built links there, too
    team.create_user(email=EMAIL, name="Demo", role="admin", password=PASSWORD, now=now)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("history", total=args.days)

        def show(day: datetime) -> None:
            bar.update(task, advance=1, description=f"{day:%Y-%m-%d}")

        Company(plan).build(progress=show)
    console.print(
        f"Built in {time.monotonic() - began:.0f} s. What messages really caused: {env.data / 'truth.json'}"
    )

"""`tactful worker`: one loop in this process. `tactful up` starts all of them."""

import argparse
from importlib import import_module

from tactful.cli import serving
from tactful.cli.environment import Environment

HELP = "run one loop: engine, sender, clock, caller or web"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("loop", choices=["engine", "sender", "clock", "caller", "web"])
    parser.add_argument("--port", type=int, default=8000, help="for web (default: 8000)")
    parser.add_argument("--host", default="127.0.0.1", help="for web (default: 127.0.0.1)")
    # The process without which this one shall not go on: that of `tactful up`, which may be killed.
    parser.add_argument("--parent", type=int, help=argparse.SUPPRESS)


def run(args: argparse.Namespace, env: Environment) -> int:  # noqa: ARG001 -- every command takes both
    if args.loop == "web":
        serving.serve(host=args.host, port=args.port, parent=args.parent)
        return 0
    # The loops live above this layer's neighbours: commands start them by name.
    loops = import_module("tactful.worker.loop")
    import_module(f"tactful.worker.{args.loop}").run(loops.stop_on_signals(parent=args.parent))
    return 0

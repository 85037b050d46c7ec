"""`tactful worker`: one loop in this process. `tactful up` starts all of them."""

import argparse
from importlib import import_module
from pathlib import Path

from tactful.cli import serving
from tactful.cli.environment import Environment
from tactful.delivery.tls import own_certificate
from tactful.kernel.errors import InvalidInput

WEB_PORT, MAIL_PORT = 8000, 2525
HELP = "run one loop: engine, sender, clock, caller, web, or inbound (mail that comes in by SMTP)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("loop", choices=["engine", "sender", "clock", "caller", "web", "inbound"])
    parser.add_argument("--port", type=int, help="for web (default: 8000) and inbound (default: 2525)")
    parser.add_argument("--host", default="127.0.0.1", help="for web and inbound (default: 127.0.0.1)")
    parser.add_argument(
        "--certificate", type=Path, metavar="FILE", help="for inbound: offer STARTTLS with it (PEM)"
    )
    parser.add_argument("--key", type=Path, metavar="FILE", help="its key, where that is not in the same file")
    # The process without which this one shall not go on: that of `tactful up`, which may be killed.
    parser.add_argument("--parent", type=int, help=argparse.SUPPRESS)


def run(args: argparse.Namespace, env: Environment) -> int:  # noqa: ARG001 -- every command takes both
    own = own_certificate(args.certificate, args.key)
    if own and args.loop != "inbound":
        raise InvalidInput(
            "--certificate is for the loop inbound alone: put a web server with TLS before the others"
        )
    if args.loop == "web":
        serving.serve(host=args.host, port=args.port or WEB_PORT, parent=args.parent)
        return 0
    # The loops live above this layer's neighbours: commands start them by name.
    loops = import_module("tactful.worker.loop")
    stop = loops.stop_on_signals(parent=args.parent)
    if args.loop == "inbound":
        import_module("tactful.worker.inbound").run(stop, host=args.host, port=args.port or MAIL_PORT, own=own)
        return 0
    import_module(f"tactful.worker.{args.loop}").run(stop)
    return 0

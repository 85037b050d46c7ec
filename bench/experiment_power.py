"""How many customers an experiment takes: `python bench/experiment_power.py`, the table of docs/experiments.md.

Two texts, half each; a look every 100 customers; the share of worlds decided by then, and the median.
"""

import sys

import numpy as np
from numpy.typing import NDArray

from tactful.experiments.domain.sequential import FEW, FIRST_LOOK, stretch

ALPHA, WORLDS, EVERY = 0.05, 200, 100
CASES = ((0.02, 0.2), (0.05, 0.1), (0.05, 0.2), (0.05, 0.4), (0.2, 0.1), (0.2, 0.2), (0.2, 0.4))


def took(rate: float, lift: float, *, seed: int = 1) -> NDArray[np.int64]:
    """Customers of both texts until the better is named, in each world; the last look where it never was."""
    size = int(60 * (1 - rate) / rate / lift**2)
    chance = np.random.default_rng(seed)
    looks = np.arange(1, size // EVERY + 1) * EVERY
    shape = (WORLDS, len(looks))
    half = EVERY // 2
    hits = [np.cumsum(chance.binomial(half, p, shape), axis=1) for p in (rate, rate * (1 + lift))]
    each = looks / 2
    worse, better = (hit / each for hit in hits)
    error = np.sqrt((worse * (1 - worse) + better * (1 - better)) / (each - 1))
    reach = np.array([stretch(int(count), alpha=ALPHA) for count in looks])
    won = (better - worse > error * reach) & (each >= FIRST_LOOK) & (np.minimum(*hits) >= FEW)
    won[:, -1] = True
    return looks[np.argmax(won, axis=1)]


def main() -> None:
    """Print the table."""
    lines = ["| share who do it | lift | customers, median | nine of ten by |", "|---|---|---|---|"]
    for rate, lift in CASES:
        found = took(rate, lift)
        median, most = np.quantile(found, [0.5, 0.9])
        lines.append(f"| {rate:.0%} | {lift:+.0%} | {median:,.0f} | {most:,.0f} |")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()

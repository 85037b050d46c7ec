"""What is counted on the way. Tallies of parts of the base add up to that of the whole."""

from collections import Counter
from dataclasses import dataclass, field, fields
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that would have happened: `entered`, `decided`, `task`, `ended`.

    `said`: of a decision its verdict and reason, of a task its assignee, of an end its outcome.
    """

    at: datetime
    what: str
    step: str
    said: tuple[str, ...] = ()


@dataclass(slots=True)
class Tally:
    """Counts of a backtest; every mapping adds up.

    Of runs left alone for comparison only `held_out` is counted: `entered` is the sum of `outcomes` and `open`.
    entered, left: runs and ways out by step. decisions: (step, verdict, reason). settled: the same of messages,
    each once: as it ended, or as it still waited at the end. messages, tasks: per day, tasks by assignee.
    touches: (before, after) of customers who entered. busy: verdicts on messages to customers with one free slot or
    none. crowded_out: real messages that would have found their slot taken. stories: what happened, by customer.
    """

    entered: int = 0
    customers: int = 0
    held_out: int = 0
    open: int = 0
    waited: int = 0
    came: Counter[str] = field(default_factory=Counter)
    left: Counter[tuple[str, str]] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    decisions: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    settled: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    entries: Counter[date] = field(default_factory=Counter)
    messages: Counter[date] = field(default_factory=Counter)
    tasks: Counter[tuple[str, date]] = field(default_factory=Counter)
    acts: Counter[str] = field(default_factory=Counter)
    touches: Counter[tuple[int, int]] = field(default_factory=Counter)
    busy: Counter[str] = field(default_factory=Counter)
    busy_customers: int = 0
    crowded_out: int = 0
    stories: dict[int, list[Happening]] = field(default_factory=dict)

    def add(self, other: "Tally", *, keep: int) -> None:
        """Take another part's counts in, and of its stories so many that there are at most `keep`."""
        for one in fields(self):
            mine, theirs = getattr(self, one.name), getattr(other, one.name)
            if isinstance(mine, Counter):
                mine.update(theirs)
            elif isinstance(mine, int):
                setattr(self, one.name, mine + theirs)
        together = self.stories | other.stories
        self.stories = {customer_id: together[customer_id] for customer_id in sorted(together)[:keep]}

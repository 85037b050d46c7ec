"""What was known of a customer at a moment of the past, in the words of the policy. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tactful.consent.domain.consent import ConsentFacts, State, Word, Words, say
from tactful.consent.domain.reading import Choice
from tactful.decisions.domain.expected import Lifts, expected
from tactful.decisions.domain.facts import (
    SERVICE,
    Candidate,
    Facts,
    OpenMatter,
    Policy,
    Profile,
    Spending,
    StaffHold,
    TouchSeen,
)
from tactful.decisions.domain.pressure import has_slot
from tactful.kernel.ids import key_of
from tactful.kernel.time import zone_or
from tactful.sales.domain.holding import Hold, later

_YEAR = timedelta(days=365)

# Real messages so soon after ours were decided with it: the engine's batches are shorter.
_TOGETHER = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Real:
    """A message that the customer really got, of which journey, and how important that is."""

    seen: TouchSeen
    priority: int
    journey_id: int | None
    number: int


@dataclass(frozen=True, slots=True)
class Matter:
    """A ticket, proposal or task, from when to when it was open; `closed_at` is None while it still is."""

    what: OpenMatter
    closed_at: datetime | None

    def is_open(self, now: datetime) -> bool:
        return self.what.since <= now and (self.closed_at is None or self.closed_at > now)


@dataclass(frozen=True, slots=True)
class Bought:
    """A completed order: margin less what came back, and discount, in minor units of the company's currency."""

    at: datetime
    margin_minor: int
    discount_minor: int


@dataclass(slots=True)
class History:
    """One customer: what stays (as it is known today), and what was said and done, each list by its moments."""

    customer_id: int
    zone: str | None = None
    country: str | None = None
    is_test: bool = False
    in_holdout: bool = False
    addresses: Mapping[str, str] = field(default_factory=dict)
    silenced: Mapping[str, datetime] = field(default_factory=dict)
    words: Sequence[Word] = ()
    choices: Sequence[Choice] = ()
    holds: Sequence[Hold] = ()
    real: Sequence[Real] = ()
    met: Sequence[TouchSeen] = ()  # calls and tickets
    matters: Sequence[Matter] = ()
    orders: Sequence[Bought] = ()
    spoken: Mapping[str, object] = field(default_factory=dict)  # what a text may call him by, where one asks for it


@dataclass(frozen=True, slots=True)
class Pressure:
    """Marketing touches on a customer in a period, before and with those added; real ones that lost their slot."""

    before: int
    after: int
    crowded_out: int


class Timeline:
    """A customer's facts as time passes: asked at moments that never go back."""

    def __init__(
        self, history: History, *, topics: frozenset[str], policy: Policy, retired: frozenset[str] = frozenset()
    ) -> None:
        self.customer_id = history.customer_id
        self._history = history
        self._topics = topics
        self._never = ConsentFacts(retired=retired)
        self._policy = policy
        self._states: dict[str, Words] = {}
        self._paused: datetime | None = None
        self._weekly: int | None = None
        self._hold: Hold | None = None
        self._words = iter(history.words)
        self._next_word = next(self._words, None)
        self._choices = iter(history.choices)
        self._next_choice = next(self._choices, None)
        self._holds = iter(history.holds)
        self._next_hold = next(self._holds, None)
        self._how: dict[str, dict[str, str]] = {}
        self._real = [each.seen for each in history.real]
        self.added: list[TouchSeen] = []
        self.tasks: list[OpenMatter] = []

    def at(self, now: datetime, channel: str) -> Facts:
        """The facts for a message on a channel. Touches are the real ones before it and those `added`; the matters
        are those open then and the `tasks` that the journey would have given somebody."""
        self._listen(now)
        history = self._history
        silenced = history.silenced.get(channel)
        hold = self._hold
        return Facts(
            profile=Profile.PRESENT,
            is_test=history.is_test,
            address=history.addresses.get(channel),
            suppressed=silenced is not None and silenced <= now,
            consent=self._consent(channel),
            touches=tuple(self._pressure(now)),
            zone=history.zone,
            in_holdout=history.in_holdout,
            sales_hold=StaffHold(hold.until, hold.by, hold.reason) if hold and hold.until else None,
            country=history.country,
            matters=(*(each.what for each in history.matters if each.is_open(now)), *self.tasks),
            spending=self.spending(now),
            agreed_how=dict(self._how.get(channel, {})),
        )

    @property
    def spoken(self) -> Mapping[str, object]:
        return self._history.spoken

    def spending(self, now: datetime) -> Spending:
        """What he brought and cost in the year before; what came back since is taken off, as it is today."""
        of_year = [order for order in self._history.orders if now - _YEAR < order.at <= now]
        if not of_year:
            return Spending()
        since = now - timedelta(days=self._policy.guards.budget_days)
        return Spending(
            margin_minor=sum(order.margin_minor for order in of_year),
            discount_minor=sum(order.discount_minor for order in of_year if order.at > since),
            orders=len(of_year),
            discounted=sum(order.discount_minor > 0 for order in of_year),
        )

    def rivals(self, now: datetime, lifts: Lifts) -> list[Candidate]:
        """The real messages that were decided at this moment too: they compete for its slot."""
        return [
            Candidate(
                key=key_of("rival", each.number),
                customer_id=self._history.customer_id,
                channel=each.seen.channel,
                topic=each.seen.topic,
                category=each.seen.category,
                expires_at=now + _TOGETHER,
                priority=each.priority,
                expected_minor=expected(each.journey_id, self.spending(now), lifts)[0],
            )
            for each in self._history.real
            if now <= each.seen.at < now + _TOGETHER
        ]

    def pressure_in(self, since: datetime, until: datetime) -> Pressure:
        """What the added touches do to the customer's pressure in a period."""
        real = [each for each in self._real if since <= each.at < until and each.category != SERVICE]
        added = [touch for touch in self.added if touch.category != SERVICE]
        lost = sum(self._lost(touch) for touch in real) if added else 0
        return Pressure(len(real), len(real) + len(added), lost)

    def _lost(self, touch: TouchSeen) -> bool:
        """Whether a real touch fitted under the caps as it was, and would not fit any more."""
        before = [each for each in (*self._real, *self._history.met) if each.at < touch.at]
        both = before + [each for each in self.added if each.at < touch.at]
        caps, where = self._policy.caps, zone_or(self._history.zone, self._policy.fallback_zone)
        fitted = has_slot(caps, before, message=touch, where=where)
        return fitted and not has_slot(caps, both, message=touch, where=where)

    def _pressure(self, now: datetime) -> Iterator[TouchSeen]:
        since = now - self._policy.memory
        yield from (touch for touch in self._real if since < touch.at < now)
        yield from (touch for touch in (*self._history.met, *self.added) if since < touch.at <= now)

    def _consent(self, channel: str) -> ConsentFacts:
        states = self._states.get(channel)
        if states is None and self._paused is None and self._weekly is None:
            return self._never
        topics = {topic: state.granted for topic, state in (states or {}).items()}
        return ConsentFacts(topics, self._paused, self._weekly, self._never.retired)

    def _listen(self, now: datetime) -> None:
        while self._next_word is not None and self._next_word.at <= now:
            word = self._next_word
            known: dict[str, State] = self._states.setdefault(word.channel, {})
            say(known, word, topics=self._topics)
            if word.granted:
                self._how.setdefault(word.channel, {})[word.topic] = word.method
            self._next_word = next(self._words, None)
        while self._next_choice is not None and self._next_choice.at <= now:
            choice = self._next_choice
            self._paused = choice.paused_until if "paused_until" in choice.said else self._paused
            self._weekly = choice.per_week if "per_week" in choice.said else self._weekly
            self._next_choice = next(self._choices, None)
        while self._next_hold is not None and self._next_hold.said_at <= now:
            self._hold = later(self._hold, self._next_hold)
            self._next_hold = next(self._holds, None)

"""What every part of a backtest is given besides its rows: read once, handed to each process."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tactful.consent import queries as consent
from tactful.content import queries as content
from tactful.content.domain.render import demands
from tactful.content.domain.values import Version
from tactful.decisions import queries as decisions
from tactful.decisions.domain.expected import Lifts
from tactful.decisions.domain.facts import Policy
from tactful.experiments import queries as experiments
from tactful.flows.backtest.question import Asked, Standing
from tactful.flows.tables import TABLES
from tactful.journeys import queries as journeys
from tactful.journeys.domain.definition import BEST, SENDABLE
from tactful.journeys.domain.steps import Condition, Message
from tactful.segments import services as segments
from tactful.segments.domain.tree import parse
from tactful.segments.services import PastRules
from tactful.team.queries import workspace

_CUTS_EVERY = 30  # days


@dataclass(frozen=True, slots=True)
class World:
    """The house as it is today: zone and currency of the company, restraint, topics (and those
    retired), holdout, suppressed addresses
    (hash -> since when, by channel).

    `entry` asks the condition at the door, `way` those that a run meets later, in the order of `keys`.
    `told_since`: from when on the log itself tells of segments. `priorities`: of journeys, by id. `texts`: those
    that print something with no default, by slug. `lifts`: what journeys were proven to bring.
    """

    asked: Asked
    policy: Policy
    company: str
    currency: str
    topics: frozenset[str]
    retired: frozenset[str]
    holdout: tuple[str, float] | None
    suppressed: Mapping[str, Mapping[str, datetime]]
    entry: PastRules | None
    way: PastRules | None
    keys: tuple[str, ...]
    told_since: datetime
    priorities: Mapping[int, int]
    texts: Mapping[str, Version]
    lifts: Lifts
    keep: int

    @property
    def channels(self) -> frozenset[str]:
        return frozenset(self.suppressed)

    @property
    def without(self) -> int | None:
        """The journey whose real messages are left out of the past."""
        return self.asked.journey_id if self.asked.standing is Standing.INSTEAD else None


def of_today(asked: Asked, *, told_since: datetime, keep: int, folder: Path) -> World:
    """The house as it is now, with the journey's conditions made ready. Raises InvalidInput."""
    definition, company = asked.definition, workspace()
    steps = [step for step in definition.steps.values() if isinstance(step, Message)]
    channels = {step.channel or definition.channel for step in steps} | {definition.channel}
    channels = {each for one in channels for each in (SENDABLE if one == BEST else (one,))}
    found = experiments.holdout()
    conditions = definition.conditions_on_the_way
    entry = definition.entry.condition
    return World(
        asked=asked,
        policy=decisions.policy(fallback_zone=company.zone),
        company=company.zone,
        currency=company.currency,
        topics=frozenset(topic.slug for topic in consent.topics()),
        retired=consent.retired_topics(),
        holdout=(found.seed, found.share) if found and found.share else None,
        suppressed={channel: consent.all_suppressed(channel) for channel in channels},
        entry=_ready([entry] if entry else [], asked, folder),
        way=_ready(conditions, asked, folder),
        keys=tuple(condition.key for condition in conditions),
        told_since=told_since,
        texts=_demanding(definition.templates),
        lifts=decisions.lifts(),
        priorities={row.id: row.definition.priority for row in journeys.journeys() if row.definition},
        keep=keep,
    )


def _demanding(slugs: Collection[str]) -> dict[str, Version]:
    texts = content.versions(content.latest_numbers(set(slugs)).items())
    return {slug: version for (slug, _), version in texts.items() if demands(version)}


def missing_templates(asked: Asked) -> list[str]:
    """Texts that the journey names and nobody has written."""
    there = content.latest_numbers(set(asked.definition.templates))
    return [slug for slug in asked.definition.templates if slug not in there]


def _ready(conditions: Sequence[Condition], asked: Asked, folder: Path) -> PastRules | None:
    rules = segments.past_rules([parse(condition.tree) for condition in conditions])
    if rules is None:
        return None
    days = (asked.until - asked.since).days
    moments = [
        asked.since + (asked.until - asked.since) * part / (days // _CUTS_EVERY + 1)
        for part in range(days // _CUTS_EVERY + 1)
    ]
    return segments.with_cuts(rules, moments, tables=TABLES, folder=folder)

"""“What if the cap were another?”: the question as it stands in an address, and its answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tactful.decisions import queries as decisions
from tactful.decisions import what_if
from tactful.decisions.domain.facts import PERIODS, CapRule
from tactful.decisions.queries import Page
from tactful.decisions.what_if import Answer
from tactful.web.forms import WhatIfForm

_SIDES = {"go", "wait"}


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """The form, the answer once it was asked well, and which of its two numbers is opened: go, wait or none."""

    form: WhatIfForm
    answer: Answer | None = None
    opened: str = ""

    def page(self, *, before: int | None) -> Page:
        """The decisions behind the number that is opened."""
        ids: tuple[int, ...] = getattr(self.answer.judged, self.opened) if self.answer and self.opened else ()
        return what_if.page(ids, before=before)


def ask(asked: Mapping[str, str], *, since: datetime, until: datetime, journey_id: int | None) -> Hypothesis:
    """What the address asks; the form offers the first cap as it is now where it asks nothing."""
    if "cap" not in asked and "window" not in asked:
        now = next((cap for cap in decisions.caps() if cap.is_global), None)
        return Hypothesis(WhatIfForm(initial={"cap": now.count if now else 2, "window": now.days if now else 7}))
    form = WhatIfForm(asked)
    if not form.is_valid():
        return Hypothesis(form)
    data = form.cleaned_data
    cap = cap_of(data, count=data["cap"], days=data["window"])
    found = what_if.answer(cap, since=since, until=until, journey_id=journey_id)
    would = asked.get("would", "")
    return Hypothesis(form, found, would if would in _SIDES else "")


def cap_of(data: Mapping[str, Any], *, count: int, days: int) -> CapRule:
    """The cap that a form of windows describes; a calendar period has days of its own."""
    period = data["period"]
    return CapRule(
        count, PERIODS.get(period, days), data["channel"], data["category"], data["topic"], period=period
    )

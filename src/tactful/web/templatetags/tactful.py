"""The tags and filters of our templates: how things look, in one place."""

import json
import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from django import template
from django.forms import BoundField
from django.template.context import Context
from django.utils.html import format_html, format_html_join, json_script
from django.utils.safestring import SafeString

from tactful.customers.queries import Profile
from tactful.decisions.domain.facts import CapRule
from tactful.journeys.domain.places import place_of
from tactful.kernel.time import zone_or
from tactful.web import charts, journey_map, pages, people, segment_faults, verdicts, words

register = template.Library()
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")


register.filter("place", place_of)


@register.simple_tag
def asset(name: str) -> str:
    return pages.asset(name)


@register.simple_tag
def icon(name: str, extra: str = "") -> SafeString:
    """An icon that means nothing by itself: a word stands beside it, or the control has a label."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true"><use href="{}#{}"></use></svg>',
        extra,
        pages.asset("sprite.svg"),
        name,
    )


@register.simple_tag
def verdict(name: str) -> SafeString:
    """What became of a message: one colour and one icon for each, everywhere."""
    look = verdicts.look(name)
    return format_html('<span class="verdict {}">{}{}</span>', look.tone, icon(look.icon), look.word)


@register.simple_tag
def badge(text: str, tone: str = "", symbol: str = "") -> SafeString:
    return format_html('<span class="verdict {}">{}{}</span>', tone, icon(symbol) if symbol else "", text)


def _own_zone(context: Context) -> ZoneInfo:
    """The zone in which the reader wants times; without a wish of his, the company's."""
    user = getattr(context.get("request"), "user", None)
    return zone_or(getattr(user, "zone", None), context["reader"].zone)


# Numbers, money, moments.
register.filter("number", words.number)
register.filter("share", words.share)
register.filter("span", words.span)
register.filter("first_sentence", words.first_sentence)


@register.filter
def digits(value: float | None, places: int) -> str:
    return words.number(value, places)


@register.filter
def counted(count: int, noun: str) -> str:
    """`{{ 3|counted:"customer" }}` and `{{ 3|counted:"person,people" }}`."""
    one, _, many = noun.partition(",")
    return words.count_of(count, one, many or None)


@register.filter
def after(reason: verdicts.Reason, count: int) -> str:
    """`{{ why|after:1 }}`: is on the suppression list."""
    return reason.after(count)


@register.filter
def cap_window(cap: CapRule) -> str:
    return words.cap_window(cap)


@register.filter
def beyond(count: int, shown: Sequence[Any]) -> int:
    """How many there are besides those shown."""
    return count - len(shown)


@register.simple_tag
def share_of(part: float, whole: float) -> str:
    return words.share_of(part, whole)


@register.simple_tag
def ratio(part: float, whole: float) -> str:
    """18 %, of what the words around it say."""
    return words.share(part / whole if whole else None)


@register.simple_tag(takes_context=True)
def money(context: Context, minor: int | None, currency: str = "") -> str:
    return words.money(minor, currency or context["reader"].currency)


@register.simple_tag(takes_context=True)
def exact(context: Context, minor: int | None, currency: str = "") -> str:
    return words.exact_money(minor, currency or context["reader"].currency)


@register.simple_tag(takes_context=True)
def ago(context: Context, moment: datetime | Literal[""] | None) -> str:
    """Relative time, with the absolute on hover in the reader's zone. Nothing for a moment that never was."""
    if not moment:
        return words.NOTHING
    reader = context["reader"]
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        moment.isoformat(),
        words.stamp_in(moment, _own_zone(context)),
        words.ago(moment, reader.now),
    )


@register.simple_tag(takes_context=True)
def stamp(context: Context, moment: datetime | None, zone: str = "") -> str:
    """The absolute moment; in the customer's zone when that is given, which is then named."""
    if zone:
        return words.stamp_in(moment, zone_or(zone, context["reader"].zone))
    return words.stamp(moment, _own_zone(context))


@register.simple_tag(takes_context=True)
def clock(context: Context, moment: datetime) -> str:
    zone = _own_zone(context)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        moment.isoformat(),
        words.stamp_in(moment, zone),
        words.clock(moment, zone),
    )


@register.simple_tag(takes_context=True)
def day(context: Context, value: date | datetime | None) -> str:
    return words.day(value, _own_zone(context))


@register.simple_tag(takes_context=True)
def day_changed(context: Context, moment: datetime) -> str:
    """The heading of the day when it is another than the one before; empty within a day."""
    heading = words.day_heading(moment, context["reader"].now, _own_zone(context))
    if context.render_context.get("day_heading") == heading:
        return ""
    context.render_context["day_heading"] = heading
    return heading


# Small drawings.
@register.inclusion_tag("web/parts/spark.html")
def spark(values: Sequence[float | None], before: Sequence[float | None] = (), label: str = "") -> dict[str, Any]:
    """A trend the size of a word; the period before in thin grey."""
    return {"line": charts.spark_path(values, before), "label": label}


@register.simple_tag
def bar(share: float | None, tone: str = "", label: str = "") -> SafeString:
    width = f"{max(0.0, min(1.0, share or 0)) * 100:.2f}%"
    return format_html(
        '<svg class="bar" role="img" aria-label="{}"><rect class="{}" width="{}" height="100%"></rect></svg>',
        label or words.share(share),
        tone,
        width,
    )


@register.simple_tag
def box_text(box: journey_map.Box) -> SafeString:
    """What stands in a box of a drawn journey, placed from its upper left corner."""

    def at(right: int, down: int) -> tuple[int, int]:
        return round(box.x) + right, round(box.y) + down

    symbol = format_html(
        '<svg class="step-icon" x="{}" y="{}" width="16" height="16"><use href="{}#{}"></use></svg>',
        *at(14, 11),
        pages.asset("sprite.svg"),
        box.icon,
    )
    texts = [("title", *at(36, 24), box.title), ("detail", *at(14, 43), box.detail)]
    texts.append(("came", *at(14, 64), f"{words.number(box.came)} came"))
    if box.left:
        texts.append(("gone", *at(122, 64), f"{words.number(box.left)} left"))
    if box.here:
        texts.append(("here", *at(220, 64), f"{words.number(box.here)} here"))
    return symbol + format_html_join("", '<text class="{}" x="{}" y="{}">{}</text>', texts)


@register.simple_tag
def silence_bar(summary: dict[str, Any]) -> SafeString:
    """Sent and each reason against it, as parts of everybody who had a reason to hear from us."""
    parts = [("sent", summary["sent"])] + [(why.tone, count) for _, count, why in summary["against"]]
    place, drawn = 0.0, []
    for tone, count in parts:
        width = count / summary["total"] * 100
        drawn.append((tone, f"{place:.3f}%", f"{max(0.0, width - 0.25):.3f}%"))
        place += width
    return format_html_join("", '<rect class="{}" x="{}" width="{}" height="100%"></rect>', drawn)


@register.inclusion_tag("web/parts/chart.html")
def chart(drawing: charts.Chart, tall: str = "") -> dict[str, Any]:
    """A chart with its table, from the same numbers."""
    return {
        "chart": drawing,
        "tall": tall,
        "data": json_script(drawing.spec(), f"chart-{drawing.name}"),
        "rows": drawing.rows(),
    }


# Lists.
@register.simple_tag(takes_context=True)
def query(context: Context, **changes: Any) -> str:
    """This page's query string with some parts changed; an empty value takes a part out."""
    asked = context["request"].GET.copy()
    for name, value in changes.items():
        if value in ("", None):
            asked.pop(name, None)
        else:
            asked[name] = str(value)
    text = asked.urlencode()
    return f"?{text}" if text else "?"


@register.inclusion_tag("web/parts/column.html", takes_context=True)
def column(context: Context, title: str, sort: str, align: str = "") -> dict[str, Any]:
    """A header that sorts: first press down, second up."""
    current = context.get("sort", "")
    down = current == f"-{sort}"
    return {
        "title": title,
        "sort": sort,
        "align": align,
        "order": "descending" if down else "ascending" if current == sort else "",
        "url": query(context, sort=sort if down else f"-{sort}", page=""),
    }


@register.inclusion_tag("web/parts/pages.html", takes_context=True)
def pager(context: Context, pages_of: Any) -> dict[str, Any]:
    return {"pager": pages_of, "request": context["request"]}


@register.inclusion_tag("web/parts/field.html")
def field(bound: BoundField, hint: str = "") -> dict[str, Any]:
    """A control with its label, its hint, and its error beside it."""
    kind = getattr(bound.field.widget, "input_type", "")
    if kind == "select":
        look = "form-select"
    elif kind == "checkbox":
        look = "form-check-input"
    else:
        look = "form-control form-control-color" if kind == "color" else "form-control"
    told: dict[str, str | bool] = {"class": look + (" is-invalid" if bound.errors else "")}
    told |= {"class": f"{told['class']} code"} if bound.field.widget.attrs.get("data-code") else {}
    notes = [f"{bound.auto_id}-{part}" for part, there in (("error", bound.errors), ("hint", hint)) if there]
    if notes:
        told["aria-describedby"] = " ".join(notes)
    return {"bound": bound, "control": bound.as_widget(attrs=told), "hint": hint, "check": kind == "checkbox"}


@register.filter
def pretty(value: Any) -> str:
    """JSON as a person reads it."""
    return json.dumps(value, ensure_ascii=False, indent=2, default=str)


@register.filter
def saw_name(name: str) -> str:
    return name.replace("_", " ")


@register.simple_tag(takes_context=True)
def saw_value(context: Context, value: Any) -> str:
    """A fact that a rule saw, as a person says it: yes and no, moments in the reader's zone, lists in words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or value == "":
        return "nothing"
    if isinstance(value, dict):
        return "; ".join(f"{saw_name(str(name))}: {saw_value(context, one)}" for name, one in value.items())
    if isinstance(value, list):
        return " / ".join(saw_value(context, one) for one in value)
    if isinstance(value, float):
        return f"{value:,.2f}".rstrip("0").rstrip(".").replace(",", words.GAP)
    if isinstance(value, str) and _MOMENT.match(value):
        return words.stamp(datetime.fromisoformat(value), _own_zone(context))
    return str(value)


@register.filter
def rule_fault(message: str, known: segment_faults.Fault | None) -> str:
    """What is wrong with a rule that was not saved, in words of the builder."""
    return segment_faults.told(message, known)


@register.filter
def known_by(person: Profile) -> str:
    """What tells apart those who are called the same."""
    return people.known_by(person)


@register.filter
def outcome_words(outcome: str | None) -> str:
    """How a run ended: finished, goal reached, left because …"""
    kind, _, why = (outcome or "finished").partition(":")
    words_of = {"goal": "reached the goal", "holdout": "left alone", "exited": "left", "failed": "failed"}
    said = words_of.get(kind, kind.replace("_", " "))
    return f"{said}: {why}" if why else said


@register.filter
def get(mapping: dict[Any, Any], key: Any) -> Any:
    return mapping.get(key)

"""How numbers, money, shares and moments are said. Everywhere the same."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from tactful.decisions.domain.facts import CapRule
from tactful.kernel.money import exponent
from tactful.kernel.texts import noun

THIN = "\u202f"  # between thousands
GAP = "\u00a0"  # between a number and its unit
MINUS = "\u2212"
NOTHING = "–"  # noqa: RUF001 -- an en dash is how a table says that there is nothing


def number(value: float | None, digits: int = 0) -> str:
    """1 204 with thin spaces, as they do not break; a dash where there is none."""
    if value is None:
        return NOTHING
    text = f"{abs(value):,.{digits}f}".replace(",", THIN)
    return f"{MINUS}{text}" if value < 0 and float(f"{value:.{digits}f}") else text


def money(minor: int | float | None, currency: str) -> str:
    """An amount of minor units: cents below a thousand, none above, where they would be false precision."""
    if minor is None:
        return NOTHING
    places = exponent(currency)
    major = minor / 10**places
    digits = places if abs(major) < 1000 and round(minor) % 10**places else 0
    return f"{number(major, digits)}{GAP}{currency}"


def exact_money(minor: int | None, currency: str) -> str:
    """An amount to the last cent, for orders and invoices."""
    if minor is None:
        return NOTHING
    places = exponent(currency)
    return f"{number(minor / 10**places, places)}{GAP}{currency}"


def share(value: float | None) -> str:
    """18 %; one digit below ten, two below one, because there they tell something."""
    if value is None:
        return NOTHING
    percent = value * 100
    digits = 0 if abs(percent) >= 10 or percent == 0 else 1 if abs(percent) >= 1 else 2
    return f"{number(percent, digits)}{GAP}%"


def share_of(part: float, whole: float) -> str:
    """18 % of 4 120: a share says of what."""
    if not whole:
        return f"of {number(0)}"
    return f"{share(part / whole)} of {number(whole)}"


def count_of(count: int, one: str, many: str | None = None) -> str:
    """3 customers, 1 customer."""
    return f"{number(count)} {noun(count, one, many)}"


def ago(moment: datetime | None, now: datetime) -> str:
    """3 hours ago, in 2 days, yesterday: relative, coarse, short."""
    if moment is None:
        return NOTHING
    seconds = (moment - now).total_seconds()
    size = abs(seconds)
    if size < 45:
        return "just now"
    for limit, length, unit in (
        (45 * 60, 60, "minute"),
        (22 * 3600, 3600, "hour"),
        (26 * 86400, 86400, "day"),
        (320 * 86400, 30.4 * 86400, "month"),
    ):
        if size < limit:
            return _directed(max(1, round(size / length)), unit, seconds)
    return _directed(max(1, round(size / (365.25 * 86400))), "year", seconds)


def _directed(count: int, unit: str, seconds: float) -> str:
    words = f"{count} {unit}{'' if count == 1 else 's'}"
    return f"in {words}" if seconds > 0 else f"{words} ago"


def stamp(moment: datetime | None, zone: ZoneInfo) -> str:
    """Sun 22 Nov 2026, 16:10: the absolute in the reader's zone."""
    if not moment:
        return NOTHING
    local = moment.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M}"


def stamp_in(moment: datetime | None, zone: ZoneInfo) -> str:
    """Sun 22 Nov 2026, 16:10 Europe/Berlin: where it could be another's zone, it is named."""
    return f"{stamp(moment, zone)} {zone.key}" if moment else NOTHING


def first_sentence(text: str) -> str:
    """What stands before the first full stop that ends a sentence."""
    return text.partition(". ")[0].rstrip(".")


def day(value: date | datetime | None, zone: ZoneInfo | None = None) -> str:
    """22 Nov 2026."""
    if value is None:
        return NOTHING
    if isinstance(value, datetime) and zone:
        value = value.astimezone(zone)
    return f"{value.day} {value:%b %Y}"


def short_day(value: date) -> str:
    """22 Nov, for the axis of a chart."""
    return f"{value.day} {value:%b}"


def clock(value: datetime, zone: ZoneInfo) -> str:
    """16:10."""
    return f"{value.astimezone(zone):%H:%M}"


def day_heading(moment: datetime, now: datetime, zone: ZoneInfo) -> str:
    """Today, Yesterday, Thursday 19 November, 3 March 2025."""
    local, today = moment.astimezone(zone).date(), now.astimezone(zone).date()
    if local == today:
        return "Today"
    if local == today - timedelta(days=1):
        return "Yesterday"
    if local.year == today.year:
        return f"{local:%A} {local.day} {local:%B}"
    return f"{local.day} {local:%B %Y}"


def span(seconds: float) -> str:
    """34 days, 5 hours, 20 minutes: one unit is enough."""
    for length, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= length:
            return count_of(round(seconds / length), unit)
    return count_of(round(seconds), "second")


def aware(moment: datetime) -> datetime:
    """The moment with UTC where the source (a column of the lake) carries no zone."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def cap_window(cap: CapRule) -> str:
    """What a cap counts: "in any 7 days", "in a calendar week by email about tips"."""
    first = f"in a calendar {cap.period}" if cap.period else f"in any {count_of(cap.days, 'day')}"
    rest = [(" by ", cap.channel), (" of ", cap.category), (" about ", cap.topic)]
    return first + "".join(word + value for word, value in rest if value)

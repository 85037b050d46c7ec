"""The customers of a segment, or of a number that was opened, as a CSV file. Streamed: memory is that of a part."""

import csv
from collections.abc import Iterator, Sequence

from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect

from tactful.catalog import queries as catalog
from tactful.customers import queries as customers
from tactful.customers.queries import Profile
from tactful.kernel.money import exponent
from tactful.segments import queries as segments
from tactful.web.access import EDITORS, staff
from tactful.web.acting import note
from tactful.web.members import chosen
from tactful.web.pages import reader

_PART = 2_000
_COLUMNS = (
    "number", "email", "phone", "first_name", "last_name", "language", "country", "region", "city", "birth_date",
    "owner", "known_since", "last_seen", "stage", "orders", "revenue", "last_order",
)  # fmt: skip
_RISKY = ("=", "+", "-", "@", "\t", "\r")  # with these a spreadsheet takes a text for a formula


@staff(*EDITORS)
def download(request: HttpRequest) -> HttpResponseBase:
    """Whom the address chooses (`segment`, or `from` and `to`); everybody is not handed out so lightly."""
    who = reader()
    about = chosen(request, who, segments.segments())
    if about.ids is None:
        return redirect("customers")
    name = about.first or "customers"
    note(request, "customers exported", name, {"customers": len(about.ids)})
    answer = StreamingHttpResponse(
        _lines(list(about.ids), exponent(who.currency)), content_type="text/csv; charset=utf-8"
    )
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    answer["Cache-Control"] = "private, no-store"
    return answer


def _lines(ids: Sequence[int], places: int) -> Iterator[str]:
    writer = csv.writer(_Line())
    yield "\ufeff" + writer.writerow(_COLUMNS)  # by the mark spreadsheets know UTF-8
    for first in range(0, len(ids), _PART):
        part = ids[first : first + _PART]
        people, stages, bought = customers.cards(part), segments.stages_of(part), catalog.order_facts(part)
        for number in part:
            if number not in people:
                continue
            facts, stage = bought.get(number), stages.get(number)
            orders = (
                (facts.count, f"{facts.revenue_minor / 10**places:.{places}f}", facts.last_at)
                if facts
                else (0, 0, "")
            )
            yield writer.writerow(
                [_plain(cell) for cell in (*_of(people[number]), stage.name if stage else "", *orders)]
            )


def _of(person: Profile) -> tuple[object, ...]:
    return (
        person.external_id or person.id, person.email, person.phone, person.first_name, person.last_name,
        person.language, person.country, person.region, person.city, person.birth_date, person.owner,
        person.created_at, person.last_seen_at,
    )  # fmt: skip


def _plain(cell: object) -> object:
    """A cell that is a text to every spreadsheet; moments in ISO 8601, in UTC."""
    if hasattr(cell, "isoformat"):
        return cell.isoformat()
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_RISKY) and not _is_phone(cell) else cell


def _is_phone(text: str) -> bool:
    return text[1:].isdecimal() and text.startswith("+")


class _Line:
    """What a CSV writer writes to: hands each line back."""

    def write(self, line: str) -> str:
        return line

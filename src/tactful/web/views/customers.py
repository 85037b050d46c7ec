"""Customers: the list, and the card that knows everything."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST
from pyroaring import BitMap64

from tactful.catalog import queries as catalog
from tactful.catalog.domain.orders import PURCHASE_RULE
from tactful.consent import queries as consent
from tactful.consent.domain.consent import EVERYTHING, ConsentFacts, allows
from tactful.customers import queries as customers
from tactful.customers.queries import Profile, Sort
from tactful.decisions import queries as decisions
from tactful.decisions.queries import DecisionRow, Filters
from tactful.delivery import queries as delivery
from tactful.events import queries as events
from tactful.flows import erasing, merging
from tactful.journeys import queries as journeys
from tactful.kernel.errors import InvalidInput, TactfulError
from tactful.kernel.time import parse_moment
from tactful.sales import queries as sales
from tactful.sales import replies
from tactful.segments import queries as segments
from tactful.team import queries as team
from tactful.web import coming, merges, people, standing, timeline, verdicts
from tactful.web.access import ADMIN, EDITORS, may, staff
from tactful.web.acting import note
from tactful.web.care_forms import HoldForm, OwnerForm
from tactful.web.members import chosen, page_of
from tactful.web.pages import CLOCK, page, reader
from tactful.web.paging import SIZE, Pager, page_number
from tactful.web.shell import Reader

CARERS = (*EDITORS, "sales", "service")
"""Who talks to customers, and so looks after them and may let marketing wait. An analyst reads."""
NOBODY = "nobody"
_TIMELINE = 40
_SORTS = {"name": Sort.NAME, "-created": Sort.NEWEST, "-seen": Sort.LAST_SEEN}


@staff()
def listing(request: HttpRequest) -> HttpResponse:
    who = reader()
    text, sort = request.GET.get("q", "").strip(), request.GET.get("sort", "")
    known = segments.segments()
    about = chosen(request, who, known)
    number = page_number(request)
    owner = request.GET.get("owner", "").strip().lower()
    rows, total = _people(text, sort, about.ids, owner, offset=(number - 1) * SIZE)
    filtered = bool(text or owner) or about.ids is not None
    ids = [row.id for row in rows]
    context = {
        "rows": rows,
        "facts": catalog.order_facts(ids),
        "stages": segments.stages_of(ids),
        "pages": Pager(number, len(rows), total),
        "text": text,
        "chosen": about,
        "filtered": filtered,
        "segments": known,
        "owner": owner,
        "owners": _owners(owner),
        "nobody": NOBODY,
        "sort": sort or ("-created" if about.ids is None else ""),
        "everybody": customers.total() if filtered else total,
        "may_export": may(request, *EDITORS),
    }
    return page(request, "web/customers.html", context, title="Customers")


@staff()
def card(request: HttpRequest, customer_id: int) -> HttpResponse:
    profile = customers.card(customer_id)
    if profile is None:
        raise Http404
    if profile.id != customer_id:
        return redirect("customer", profile.id)
    return show(request, profile)


def show(
    request: HttpRequest,
    profile: Profile,
    *,
    owner_form: OwnerForm | None = None,
    hold_form: HoldForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The card; with a form that could not be carried out, its errors beside the fields."""
    who = reader()
    facts = catalog.order_facts([profile.id]).get(profile.id)
    runs = journeys.runs_of_customer(profile.id)
    orders = catalog.orders_of(profile.id, limit=20)
    agreement = _consent(profile)
    context = {
        "customer": profile,
        "place": people.place_of(profile),
        "facts": facts,
        "lateness": people.lateness(facts, now=who.now),
        "offer": standing.offer(profile.id) if facts else None,
        "reach": standing.reach(profile, who),
        "orders": orders,
        "products": _product_names(orders),
        "purchase_rule": PURCHASE_RULE,
        "names": [(people.identifier_word(name.kind), name) for name in customers.identifiers(profile.id)],
        "points": customers.contact_points(profile.id),
        "company_of": customers.companies([profile.company_id]).get(profile.company_id)
        if profile.company_id
        else None,
        "merges": [merges.told(row) for row in customers.merges(profile.id)],
        "may_edit": may(request, *EDITORS),
        "may_admin": may(request, ADMIN),
        "consent": agreement,
        "agreed": _agreed(agreement),
        "segments": segments.of_customer(profile.id),
        "stage": segments.stages_of([profile.id]).get(profile.id),
        "coming": coming.coming(profile.id, runs),
        "on_their_way": coming.on_their_way(profile.id),
        "past_runs": [run for run in runs if run.ended_at is not None],
        "tasks": sales.of_customer(profile.id),
        "erasable": erasing.known(profile.id) if _may_erase(request, profile) else None,
    }
    context |= _care(request, profile, who, owner_form, hold_form) | _timeline(request, profile)
    return page(request, "web/customer.html", context, title=profile.name, status=status)


def _may_erase(request: HttpRequest, profile: Profile) -> bool:
    return may(request, ADMIN) and profile.erased_at is None and profile.merged_into_id is None


def _care(
    request: HttpRequest,
    profile: Profile,
    who: Reader,
    owner_form: OwnerForm | None,
    hold_form: HoldForm | None,
) -> dict[str, Any]:
    """Who looks after him, and whether marketing waits."""
    word = sales.holds([profile.id]).get(profile.id)
    colleagues = [row for row in team.users() if row.is_active]
    return {
        "may_care": may(request, *CARERS) and profile.erased_at is None,
        "owner_name": standing.staff_name(profile.owner) if profile.owner else "",
        "owner_form": owner_form or OwnerForm({"owner": profile.owner or ""}, staff=colleagues),
        "owner_failed": owner_form is not None,
        "hold": word if word and word.holds(who.now) else None,
        "unread": replies.waits([profile.id], now=who.now).get(profile.id),
        "hold_by": standing.staff_name(word.by) if word else "",
        "hold_form": hold_form or HoldForm(initial={"span": "7"}),
        "hold_failed": hold_form is not None,
    }


@staff(*EDITORS)
@require_POST
def undo_merge(request: HttpRequest, merge_id: int) -> HttpResponse:
    found = customers.merge(merge_id)
    if found is None:
        raise Http404
    try:
        merging.undo(merge_id, now=CLOCK.now())
    except TactfulError as fault:
        messages.error(request, f"Not undone: {fault.message}.")
    else:
        subject = f"record {found.from_id} out of {found.into_id}"
        note(request, "merge undone", subject, {name: count for name, count in found.moved.items() if count})
        messages.success(request, f"Record {found.from_id} stands by itself again, and stays apart.")
    return redirect("customer", found.into_id)


@staff()
def more_timeline(request: HttpRequest, customer_id: int) -> HttpResponse:
    """The timeline by itself: another filter, or what came before."""
    profile = customers.card(customer_id)
    if profile is None:
        raise Http404
    context = {"customer": profile, "reader": reader()} | _timeline(request, profile)
    return render(request, "web/parts/timeline.html", context)


def _owners(asked: str) -> list[tuple[str, str]]:
    """Who may be chosen in the list: all staff, and whoever is asked for though he works here no more."""
    known = [(row.email, row.name or row.email) for row in team.users()]
    strange = asked and asked != NOBODY and asked not in dict(known)
    return [*known, (asked, asked)] if strange else known


def _people(text: str, sort: str, ids: BitMap64 | None, owner: str, *, offset: int) -> tuple[list[Profile], int]:
    """A page and how many there are. Members in their plain order are cut from their set, however many."""
    if ids is not None and not text and not owner and sort not in _SORTS:
        return page_of(ids, offset=offset, limit=SIZE), len(ids)
    looked_after = None if not owner else "" if owner == NOBODY else owner
    order = _SORTS.get(sort, Sort.NEWEST)
    return customers.page(text=text, ids=ids, owner=looked_after, sort=order, offset=offset, limit=SIZE)


@dataclass(frozen=True, slots=True)
class Consent:
    """Consent at a glance, with its proof."""

    states: list[consent.StateRow]
    chosen: ConsentFacts
    proof: list[consent.Proof]
    suppressed: consent.SuppressionRow | None
    topics: dict[str, str]


def _consent(profile: Profile) -> Consent:
    return Consent(
        # A yes to everything grants nothing by itself: the topics say what was agreed to.
        states=[row for row in consent.states_of(profile.id) if row.topic != EVERYTHING or not row.granted],
        chosen=consent.facts([profile.id], channel="email")[profile.id],
        proof=consent.proof(profile.id),
        suppressed=consent.suppression(profile.email, channel="email") if profile.email else None,
        topics={"*": "everything"} | {row.slug: row.name for row in consent.every_topic()},
    )


def _agreed(agreement: Consent) -> str:
    """To what the customer agreed by e-mail, in a few words; empty when to nothing."""
    yes = [topic for topic in agreement.chosen.topics if topic != EVERYTHING and allows(agreement.chosen, topic)]
    if len(yes) > 2:
        return f"{len(yes)} topics"
    return ", ".join(agreement.topics.get(topic, topic) for topic in yes)


def _product_names(orders: list[catalog.OrderRow]) -> dict[str, str]:
    known = catalog.products_by_sku({line.sku for order in orders for line in order.lines})
    return {sku: product.name or sku for sku, product in known.items()}


def _timeline(request: HttpRequest, profile: Profile) -> dict[str, Any]:
    chosen = request.GET.get("show", "")
    _, names = timeline.FILTERS.get(chosen, timeline.FILTERS[""])
    before = _moment(request.GET.get("before"))
    items: list[timeline.Item] = []
    if names is None or names:
        found = events.timeline(
            profile.id, before=(before, 0) if before else None, limit=_TIMELINE + 1, names=names
        )
        links = _messages(found)
        items += [
            timeline.of_event(row, url=links.get(str(row.properties.get("message_key")), "")) for row in found
        ]
    if chosen in ("", "decisions"):
        items += [
            _decision(row)
            for row in decisions.page(Filters(customer_id=profile.id, until=before), limit=_TIMELINE + 1).rows
            if chosen or row.verdict != "send"  # what was sent is there as an event
        ]
    shown, older = _cut(sorted(items, key=lambda item: item.at, reverse=True))
    return {"items": shown, "older": older, "show": chosen, "filters": timeline.FILTERS}


def _cut(items: list[timeline.Item]) -> tuple[list[timeline.Item], datetime | None]:
    """The page, whole at its last moment, and that moment when something older is left."""
    if len(items) <= _TIMELINE:
        return items, None
    last = items[_TIMELINE - 1].at
    return [item for item in items if item.at >= last], last


def _messages(found: list[events.EventRow]) -> dict[str, str]:
    """Addresses of the messages that these events speak of, by message key."""
    keys = {str(row.properties["message_key"]) for row in found if row.properties.get("message_key")}
    return {
        str(key): f"/mailbox/{number}/" for key, number in delivery.ids_by_key([UUID(key) for key in keys]).items()
    }


def _decision(row: DecisionRow) -> timeline.Item:
    look = verdicts.look(row.verdict)
    step = (row.step or row.topic).replace("-", " ").replace("_", " ")
    settled = row.settled_by
    return timeline.Item(
        at=row.at,
        icon=look.icon,
        tone=look.tone,
        title=f"{look.word}: {step}",
        detail=settled.reason if settled else "",
        url=f"/decisions/{row.id}/",
    )


def _moment(text: str | None) -> datetime | None:
    try:
        return parse_moment(text) if text else None
    except InvalidInput:
        return None

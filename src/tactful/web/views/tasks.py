"""Tasks: what a person should do, and doing it."""

import json

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from tactful.customers import queries as customers
from tactful.events import services as events
from tactful.journeys import queries as journeys
from tactful.kernel.errors import NotFound
from tactful.kernel.ids import key_of
from tactful.sales import queries as sales
from tactful.sales import services as tasks
from tactful.sales.queries import TaskFacts
from tactful.web.access import staff
from tactful.web.acting import actor, carry_out
from tactful.web.forms import DoneForm
from tactful.web.pages import CLOCK, page, reader
from tactful.web.paging import SIZE, Pager, page_number


@staff()
def listing(request: HttpRequest) -> HttpResponse:
    number, who = page_number(request), reader()
    state = request.GET.get("state", "open")
    state = state if state in sales.STATES else "open"
    rows, total = sales.page(
        state, now=who.now, assignee=request.GET.get("assignee") or None, offset=(number - 1) * SIZE, limit=SIZE
    )
    _, tonight = sales.due_by_tonight(now=who.now, zone_name=who.zone, limit=1)
    context = {
        "rows": [(row, row.overdue(who.now)) for row in rows],
        "people": customers.cards({row.customer_id for row in rows}),
        "journeys": {row.id: row for row in journeys.names()},
        "pages": Pager(number, len(rows), total),
        "tonight": tonight,
        "counts": sales.counts(who.now),
        "states": {"open": "Open", "overdue": "Overdue", "done": "Done"},
        "state": state,
    }
    return page(request, "web/tasks.html", context, title="Tasks")


@staff()
def one(request: HttpRequest, task_id: int) -> HttpResponse:
    try:
        task = sales.task(task_id)
    except NotFound:
        raise Http404 from None
    form = DoneForm(request.POST or None)
    if request.method == "POST" and carry_out(
        request,
        form,
        lambda data: _complete(request, task, data["result"]),
        action="task done",
        done=f"Done: {task.title}",
    ):
        return redirect("tasks")
    journey = next((row for row in journeys.names() if row.id == task.journey_id), None)
    context = {
        "task": task,
        "customer": customers.card(task.customer_id),
        "journey": journey,
        "form": form,
        "overdue": task.overdue(CLOCK.now()),
    }
    return page(request, "web/task.html", context, title=task.title, status=422 if form.errors else 200)


@transaction.atomic
def _complete(request: HttpRequest, task: TaskFacts, result: str) -> None:
    """At once on the task, and through the one door for the customer's timeline."""
    now = CLOCK.now()
    tasks.complete_task(task.id, result=result, now=now)
    event = {
        "type": "track",
        "event": "Task Done",
        "messageId": str(key_of("task done", task.key)),
        "timestamp": now.isoformat(),
        "customerId": task.customer_id,
        "properties": {"task_id": task.id, "title": task.title, "result": result, "by": actor(request)},
    }
    events.append([("staff", False, json.dumps(event))], now=now)

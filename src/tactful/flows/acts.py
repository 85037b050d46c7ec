"""What journeys do besides writing to customers: tasks and notices for staff, what they say of him, calls."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from tactful.customers import queries as customers
from tactful.events import services as events
from tactful.hooks import services as hooks
from tactful.hooks.domain.values import NewCall
from tactful.journeys.domain.runs import Act, WantCall, WantNotice, WantTask, WantUpdate
from tactful.kernel.ids import key_of
from tactful.sales import services as sales
from tactful.sales.services import NewTask
from tactful.segments import services as segments
from tactful.team import services as team
from tactful.team.services import NewNotice

_SOURCE = "journeys"
_OWNER = "owner"
_LISTS = {"join": "List Joined", "leave": "List Left"}


def perform(acts: Sequence[Act], *, now: datetime) -> None:
    """Do all of it in a few statements. Each has a key of its own: what was done before is not done again."""
    tasks = [_task(act) for act in acts if isinstance(act, WantTask)]
    sales.create_tasks(tasks)
    segments.look_again({task.customer_id for task in tasks}, now=now)
    _notify([act for act in acts if isinstance(act, WantNotice)])
    hooks.queue([_call(act) for act in acts if isinstance(act, WantCall)])
    updates = [act for act in acts if isinstance(act, WantUpdate)]
    events.append([(_SOURCE, False, said) for act in updates for said in _said(act)], now=now)


def _notify(notices: Sequence[WantNotice]) -> None:
    """To the one named; `owner` is who looks after the customer, and everybody where nobody does."""
    people = customers.cards({act.customer_id for act in notices if act.to == _OWNER}) if notices else {}
    team.notify(
        [
            NewNotice(
                key=act.key,
                to=(people[act.customer_id].owner or "") if act.to == _OWNER else act.to,
                text=act.text,
                customer_id=act.customer_id,
                at=act.at,
            )
            for act in notices
        ]
    )


def _said(act: WantUpdate) -> list[str]:
    """The update as payloads for the one door, each with an id that is the same if it is said again."""
    about = {"timestamp": act.at.isoformat(), "customerId": act.customer_id}
    payloads: list[dict[str, object]] = []
    if act.set:
        payloads.append({**about, "type": "identify", "traits": act.set, "messageId": str(act.key)})
    for names, event in ((act.join, _LISTS["join"]), (act.leave, _LISTS["leave"])):
        payloads += [
            {
                **about,
                "type": "track",
                "event": event,
                "properties": {"list": name},
                "messageId": str(key_of(str(act.key), event, name)),
            }
            for name in names
        ]
    return [msgspec.json.encode(payload).decode() for payload in payloads]


def _call(act: WantCall) -> NewCall:
    about = {"journey": act.journey_id, "run": act.run_id, "step": act.step, "customer": act.customer_id}
    return NewCall(
        key=act.key,
        url=act.url,
        body={"type": "journey.step", "timestamp": act.at.isoformat(), "data": {**about, **act.body}},
        customer_id=act.customer_id,
        journey_id=act.journey_id,
        run_id=act.run_id,
        step=act.step,
        at=act.at,
    )


def _task(want: WantTask) -> NewTask:
    return NewTask(
        key=want.key,
        customer_id=want.customer_id,
        journey_id=want.journey_id,
        run_id=want.run_id,
        title=want.title,
        note=want.note,
        assignee=want.assignee,
        created_at=want.created_at,
        due_at=want.due_at,
    )

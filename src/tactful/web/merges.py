"""Merges as the customer card tells them: by what, and what would be taken back."""

from dataclasses import dataclass

from tactful.customers.queries import MergeRow
from tactful.web.people import identifier_word
from tactful.web.words import count_of

# What came with a record, in the order of telling: the name it is kept under, one, many.
_KINDS = (
    ("identifiers", "identifier", "identifiers"),
    ("events", "event", "events"),
    ("orders", "order", "orders"),
    ("returns", "return", "returns"),
    ("consents", "record of consent", "records of consent"),
    ("runs", "journey run", "journey runs"),
    ("decisions", "decision", "decisions"),
    ("deliveries", "message", "messages"),
    ("tasks", "task", "tasks"),
)


@dataclass(frozen=True, slots=True)
class Told:
    """A merge in words. `parts` is what goes back to the other record."""

    row: MergeRow
    rule: str
    parts: str


def told(row: MergeRow) -> Told:
    parts = [count_of(row.moved[name], one, many) for name, one, many in _KINDS if row.moved.get(name)]
    # A merge of an alias call is by the id that was used before.
    rule = "earlier id" if row.rule == "alias" else identifier_word(row.rule)
    return Told(row, rule, _listed(parts) or "only the record itself")


def _listed(parts: list[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)

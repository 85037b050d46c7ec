"""The mark that tells the lake which rows have changed since its last flush."""

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models.expressions import RawSQL

if TYPE_CHECKING:
    _Field = models.Field[Any, Any]
else:
    _Field = models.Field


class ChangedIn(_Field):
    """The transaction (xid8) that last wrote the row: set by default on insert, by trigger on update.

    Transaction ids, unlike sequences, can be compared with a snapshot: everything below its xmin is
    settled, so a flush never skips a row that a slower transaction commits later.
    """

    def __init__(self, **options: Any) -> None:
        options.setdefault("db_default", RawSQL("pg_current_xact_id()", ()))
        options.setdefault("editable", False)
        super().__init__(**options)

    def db_type(self, connection: Any) -> str:  # noqa: ARG002 -- the signature is Django's
        return "xid8"


class Tracked(models.Model):
    """A table with a copy in the lake."""

    changed_in = ChangedIn(db_index=True)

    class Meta:
        abstract = True

"""What a lake table is: declared once, in the capability that owns the rows.

From one declaration come the flush to Parquet, the hot tail and the rows of touched customers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


class Order(Enum):
    """How the files of a table are sorted."""

    TIME = "time"  # append-only: new files at the end; a recent window reads few of them
    CUSTOMER = "customer"  # rewritten sorted by customer: grouping by customer is 3 times faster


class Type(Enum):
    """Column types, in the engine's words. Moments are UTC without zone; JSON travels as text."""

    BIGINT = "BIGINT"
    INTEGER = "INTEGER"
    DOUBLE = "DOUBLE"
    BOOLEAN = "BOOLEAN"
    TEXT = "VARCHAR"
    MOMENT = "TIMESTAMP"
    DATE = "DATE"
    JSON = "JSON"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the lake and the PostgreSQL expression that gives it; its own name by default."""

    name: str
    type: Type
    expression: str = ""

    @property
    def sql(self) -> str:
        source = self.expression or self.name
        if self.type is Type.MOMENT:
            return f"({source}) AT TIME ZONE 'UTC'"
        if self.type is Type.JSON:
            return f"({source})::text"
        return source


@dataclass(frozen=True, slots=True)
class LakeTable:
    """A table of the lake.

    `source` is the PostgreSQL table (tracked: it has `changed_in`); `key` its unique bigint column, `customer`
    the column with the customer's id, `moment` the column that orders a TIME table. Every table has the columns
    `key` and `customer_id` in the lake.
    """

    name: str
    source: str
    columns: tuple[Column, ...]
    order: Order
    key: str = "id"
    customer: str = "customer_id"

    def select(self) -> str:
        """The PostgreSQL SELECT list and FROM of this table, to which a WHERE can be added."""
        listed = ", ".join(f"{column.sql} AS {column.name}" for column in self.columns)
        return f"SELECT {listed} FROM {self.source}"  # noqa: S608 -- declared by code, never by input

    def types(self) -> Mapping[str, Type]:
        return {column.name: column.type for column in self.columns}

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
        """The PostgreSQL expression, in the type that travels."""
        source = f"({self.expression})" if self.expression else f'"{self.name}"'
        if self.type is Type.MOMENT:
            return f"{source} AT TIME ZONE 'UTC'"
        if self.type is Type.JSON:
            return f"{source}::text"
        return source


@dataclass(frozen=True, slots=True)
class LakeTable:
    """A table of the lake.

    `source` is the PostgreSQL table (tracked: it has `changed_in`); `key` its unique bigint column, `customer`
    its column with the customer's id. In the lake these two are the columns `key` and `customer_id`, which every
    table has. `moment` is the lake column that orders the rows of a TIME table, and is its alone.
    """

    name: str
    source: str
    columns: tuple[Column, ...]
    order: Order
    key: str = "id"
    customer: str = "customer_id"
    moment: str = ""

    def __post_init__(self) -> None:
        needed = {self.key, "customer_id"} | ({self.moment} if self.order is Order.TIME else set())
        if missing := needed - {column.name for column in self.columns}:
            raise ValueError(f"the lake table {self.name} lacks the columns {sorted(missing)}")

    def select(self) -> str:
        """The PostgreSQL SELECT list and FROM of this table, to which a WHERE can be added."""
        listed = ", ".join(f'{column.sql} AS "{column.name}"' for column in self.columns)
        return f"SELECT {listed} FROM {self.source}"  # noqa: S608 -- declared by code, never by input

    def types(self) -> Mapping[str, Type]:
        return {column.name: column.type for column in self.columns}

    @property
    def sorted_by(self) -> tuple[str, str]:
        """The columns that files of this table are sorted by."""
        return (self.moment if self.order is Order.TIME else "customer_id", self.key)

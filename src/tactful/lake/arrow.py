"""The declared types in Arrow's words."""

import pyarrow as pa

from tactful.lake.tables import LakeTable, Type

_ARROW: dict[Type, pa.DataType] = {
    Type.BIGINT: pa.int64(),
    Type.INTEGER: pa.int32(),
    Type.DOUBLE: pa.float64(),
    Type.BOOLEAN: pa.bool_(),
    Type.TEXT: pa.string(),
    Type.MOMENT: pa.timestamp("us"),
    Type.DATE: pa.date32(),
    Type.JSON: pa.string(),
}


def schema_of(table: LakeTable) -> pa.Schema:
    """The schema that rows of this table have everywhere: in files, in the tail, in the live scope."""
    return pa.schema([pa.field(name, _ARROW[type_]) for name, type_ in table.types().items()])


def no_rows(table: LakeTable) -> pa.Table:
    return schema_of(table).empty_table()

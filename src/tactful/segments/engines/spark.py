"""Spark Connect: Spark's own server and Sail, which speaks the same protocol. They must reach the lake's files."""

import importlib
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa

from tactful.segments.engines.errors import EngineCannot, EngineMissing
from tactful.segments.engines.shown import Shown, shown
from tactful.segments.engines.source import Source
from tactful.segments.engines.spark_words import SAIL, SPARK
from tactful.segments.engines.translating import Dialect

_TYPES: Mapping[pa.DataType, str] = {
    pa.int64(): "bigint",
    pa.int32(): "int",
    pa.float64(): "double",
    pa.bool_(): "boolean",
    pa.string(): "string",
    pa.timestamp("us"): "timestamp_ntz",
    pa.date32(): "date",
}
_PORT = 15002
_PATIENCE = 5.0  # seconds
_QUESTION_ENDS_AT = "JVM stacktrace"


@dataclass(frozen=True, slots=True)
class SparkConnect:
    """A server at a URL such as sc://127.0.0.1:15002. Each question has a session of its own."""

    url: str
    dialect: Dialect = SPARK

    def numbers(self, sql: str, source: Source) -> list[int]:
        with _session(self.url) as session:
            for each in shown(source):
                _show(session, each)
            try:
                column = session.sql(sql).toArrow().column(0)
            except _errors() as fault:
                said = str(fault).split(_QUESTION_ENDS_AT)[0].strip()
                raise EngineCannot(f"{self.dialect.engine} cannot answer that: {said[:300]}") from fault
            return [int(value) for value in column.to_pylist()]


def sail(url: str) -> SparkConnect:
    return SparkConnect(url, SAIL)


@contextmanager
def _session(url: str) -> Iterator[Any]:
    try:
        spark = importlib.import_module("pyspark.sql.connect.session").SparkSession
    except ImportError as missing:
        raise EngineMissing("pyspark is not installed: `uv sync --group engines`") from missing
    _knock(url)
    try:
        session = spark.builder.remote(url).create()
        session.conf.set("spark.sql.session.timeZone", "UTC")
        session.conf.set("spark.sql.variable.substitute", "false")  # ${x} in a rule is a text
    except _errors() as fault:
        raise EngineMissing(f"nobody answers at {url}") from fault
    try:
        yield session
    finally:
        session.stop()


def _knock(url: str) -> None:
    """The protocol's own client tries for minutes."""
    place = urlsplit(url)
    try:
        socket.create_connection((place.hostname or "", place.port or _PORT), timeout=_PATIENCE).close()
    except OSError as fault:
        raise EngineMissing(f"nobody answers at {url}") from fault


def _errors() -> tuple[type[Exception], ...]:
    return (
        importlib.import_module("pyspark.errors").PySparkException,
        importlib.import_module("grpc").RpcError,
    )


def _show(session: Any, each: Shown) -> None:
    """A view of the files, the tail beside them and without what no longer holds."""
    frame = None
    if each.paths:
        frame = session.read.parquet(*(path.as_posix() for path in each.paths)).select(*each.columns)
        if each.masked is not None:
            masked = session.createDataFrame(each.masked)
            frame = frame.join(masked, frame[each.key] == masked["key"], "left_anti")
    if each.rows is not None:
        rows = _sent(session, each.rows)
        frame = rows if frame is None else frame.unionAll(rows)
    if frame is None:
        raise ValueError(f"nothing is known of {each.name}")
    frame.createOrReplaceTempView(each.name)


def _sent(session: Any, rows: pa.Table) -> Any:
    """Rows of ours. Their moments would come with the session's zone; those of the lake have none."""
    typed = [(field.name, _TYPES[field.type]) for field in rows.schema]
    if not rows.num_rows:
        nothing = ", ".join(f"CAST(NULL AS {type_}) AS `{name}`" for name, type_ in typed)
        return session.sql(f"SELECT {nothing} WHERE false")
    return session.createDataFrame(rows).selectExpr(
        *(f"CAST(`{name}` AS {type_}) AS `{name}`" for name, type_ in typed)
    )

"""What a document's text shows before it is opened never leaves out a row that the comparison would find."""

import json

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from tactful.segments.compiler import literals
from tactful.segments.compiler.hints import hint
from tactful.segments.domain.comparisons import Comparison, Holds, Op, Value

DOCUMENT = exp.column("doc")
TEXTS = st.text(alphabet="aTea 1e.5-_/\\\"'üß\n", max_size=12) | st.sampled_from(
    ["1e3", "true", "null", "nan", "Tea"]
)
VALUES = (
    TEXTS | st.integers(-10, 1000) | st.floats(allow_nan=False, allow_infinity=False) | st.booleans() | st.none()
)


def _hint(*texts: str) -> str:
    comparison = Comparison(Op.IN, tuple(Value(Holds.TEXT, text) for text in texts))
    found = hint(DOCUMENT, comparison)
    return found.sql("duckdb") if found else ""


@pytest.fixture(scope="module")
def link() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


@settings(max_examples=400, deadline=None)
@given(value=VALUES | st.lists(VALUES, max_size=2), text=TEXTS, is_plain=st.booleans())
def test_no_document_with_the_value_is_left_out(
    link: duckdb.DuckDBPyConnection,
    value: object,
    text: str,
    is_plain: bool,
) -> None:
    document = json.dumps({"p": value}, ensure_ascii=is_plain)
    opened = literals.within_json(exp.Literal.string(document), "p").sql("duckdb")
    for wanted in {text, link.execute(f"SELECT {opened}").fetchone()[0] or ""}:
        condition = _hint(wanted)
        if condition:
            asked = f"SELECT {opened} = $wanted, {condition} FROM (SELECT $document AS doc)"  # noqa: S608 -- ours
            equal, shown = link.execute(asked, {"wanted": wanted, "document": document}).fetchone()
            assert shown or not equal


@pytest.mark.parametrize(
    ("texts", "shown"),
    [
        (("Tea",), "CONTAINS(doc, 'Tea')"),
        (("Grüner Tee",), "CONTAINS(doc, 'ner Tee')"),
        (("Tea", "Cups"), "CONTAINS(doc, 'Tea') OR CONTAINS(doc, 'Cups')"),
        (("1e3",), ""),
        (("12.50",), ""),
        (("",), ""),
        (("Tea", ""), ""),
        (tuple("abcde"), ""),
    ],
)
def test_the_longest_part_that_surely_stands_there_is_looked_for(texts: tuple[str, ...], shown: str) -> None:
    assert _hint(*texts).upper() == shown.upper()


@pytest.mark.parametrize("op", [Op.IS_NOT, Op.CONTAINS, Op.STARTS, Op.SET, Op.GREATER])
def test_other_comparisons_show_nothing_beforehand(op: Op) -> None:
    assert hint(DOCUMENT, Comparison(op, (Value(Holds.TEXT, "Tea"),))) is None

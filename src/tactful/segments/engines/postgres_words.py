"""PostgreSQL (17 or newer), in the words of the compiler."""

from collections.abc import Mapping

from sqlglot import exp

from tactful.segments.engines.translating import Dialect

# DuckDB writes a number with a fraction as the shortest double that reads back, 100.0 and 1e-7; whole numbers as
# they are. jsonb keeps 12.50; a double's own text is 1e-07 here and loses the .0.
_DOUBLE = """(CASE
    WHEN NOT pg_input_is_valid({text}, 'float8') THEN {text}
    WHEN abs({text}::float8) >= 1e21 OR (abs({text}::float8) < 1e-6 AND {text}::float8 <> 0)
        THEN regexp_replace(regexp_replace({text}::float8::text, 'e\\+', 'e'), 'e-0', 'e-')
    ELSE trim_scale({text}::float8::text::numeric)::text
        || CASE WHEN trim_scale({text}::float8::text::numeric)::text LIKE '%.%' THEN '' ELSE '.0' END
    END)"""
# Lists and objects: no space outside their texts. One that holds a fraction would have to be written number by
# number: the cast that fails refuses it.
_BARE = """regexp_replace({text}, '("(?:[^"\\\\]|\\\\.)*")|\\s', '\\1', 'g')"""
_HOLDS_FRACTION = """regexp_replace({text}, '"(?:[^"\\\\]|\\\\.)*"', '', 'g') LIKE '%.%'"""
_VALUE = "(({0})::jsonb -> {1})"
_TEXT = f"({_VALUE} #>> '{{{{}}}}')"
_JSON_TEXT = f"""(CASE jsonb_typeof({_VALUE})
    WHEN 'number' THEN CASE WHEN {_TEXT} LIKE '%.%' THEN {_DOUBLE.format(text=_TEXT)} ELSE {_TEXT} END
    WHEN 'string' THEN {_TEXT} WHEN 'boolean' THEN {_TEXT} WHEN 'null' THEN NULL
    ELSE CASE WHEN {_HOLDS_FRACTION.format(text=_TEXT)} THEN ('a list with a fraction: ' || {_TEXT})::bigint::text
              ELSE {_BARE.format(text=_TEXT)} END
    END)"""

_NUMBER = """(CASE
    WHEN pg_input_is_valid({0}, 'float8') THEN ({0})::float8
    WHEN NOT pg_input_is_valid({0}, 'numeric') THEN ({0})::float8
    WHEN abs(({0})::numeric) < 1 THEN 0
    ELSE sign(({0})::numeric)::float8 * 'Infinity'::float8 END)"""

# A text that the compiler has found to look like a moment. An offset counts only after seconds, as in DuckDB.
_OFFSET = "substring({0} from '([+-][0-9]{{2}}:[0-9]{{2}})$')"
_REAL = "^.{{10}}$|^.{{11}}..:[0-5].$|^.{{11}}..:[0-5].:[0-5].(\\.[0-9]+)?(Z|[+-].....)?$"
_MOMENT = f"""(CASE
    WHEN NOT pg_input_is_valid(left({{0}}, 10), 'date') OR NOT {{0}} ~ '{_REAL}' THEN NULL
    WHEN length({{0}}) = 10 THEN left({{0}}, 10)::timestamp
    ELSE left({{0}}, 10)::timestamp + make_interval(
        hours => substr({{0}}, 12, 2)::int - coalesce(left({_OFFSET}, 3), '0')::int,
        mins => substr({{0}}, 15, 2)::int - coalesce(left({_OFFSET}, 1) || right({_OFFSET}, 2), '0')::int,
        secs => coalesce(substring({{0}} from '^.{{{{17}}}}([0-9.]+)'), '0')::float8)
    END)"""

_MICROSECONDS = "(extract(epoch from ({1}) - ({0})) * 1000000)"

WORDS: Mapping[str, str] = {
    # Types
    "as_timestamp": "CAST({0} AS timestamp)",
    "moment": "CAST({0} AS timestamp)",
    "day": "CAST({0} AS date)",
    "as_date": "CAST({0} AS date)",
    "as_double": "CAST({0} AS float8)",
    "as_varchar": "CAST({0} AS text)",
    "as_int": "CAST({0} AS int)",
    "as_int128": "CAST({0} AS numeric)",
    "as_bigint": "CAST({0} AS bigint)",
    # Text. Collation: code points, and letters one by one as in DuckDB
    "lower": 'lower({0} COLLATE "pg_c_utf8")',
    "replace": "replace({0}, {1}, {2})",
    "contains": "(strpos({0}, {1}) > 0)",
    "starts_with": "starts_with({0}, {1})",
    "regexp_full_match": "({0} ~ ('^(?:' || {1} || ')$'))",
    "json_text": _JSON_TEXT,
    "json_text_of_any_key": _JSON_TEXT,
    "md5": "md5({0})",
    "substr": 'substr({0}, {1}, {2}) COLLATE "C"',
    "text_as_number": _NUMBER,
    "text_as_decimal": "({0})::numeric(38, 9)",
    "text_as_date": "(CASE WHEN pg_input_is_valid({0}, 'date') THEN ({0})::date END)",
    "text_as_moment": _MOMENT,
    # Moments
    "later_by_days": "(({0}) + make_interval(days => {1}))",
    "earlier_by_days": "(({0}) - make_interval(days => {1}))",
    "in_zone": "(({0}) AT TIME ZONE 'UTC' AT TIME ZONE {1})",
    "date_sub_day": f"trunc({_MICROSECONDS} / 86400000000)",
    "date_diff_day": "(({1}) - ({0}))",
    "date_diff_microsecond": _MICROSECONDS,
    "to_years": "make_interval(years => {0})",
    "year": "extract(year from {0})::int",
    "month": "extract(month from {0})::int",
    # Numbers
    "divided": "(({0})::float8 / ({1})::float8)",
    "average_of_decimals": "(({0} * 1e9)::float8 / ({1} * 1e9)::float8)",
    "least": "least({all})",
    "pow": "power({0}, {1})",
    **{name: name + "({0})" for name in ("abs", "sin", "cos", "asin", "sqrt", "radians", "bool_and", "bool_or")},
    "differ": "({0} IS DISTINCT FROM {1})",
}


def _only_existing(node: exp.Expr) -> exp.Expr:
    """Semi and anti joins, which PostgreSQL has under another name."""
    if not isinstance(node, exp.Select):
        return node
    joins = node.args.get("joins") or []
    for join in [each for each in joins if each.kind in {"SEMI", "ANTI"}]:
        join.pop()
        rows = exp.select("1").from_(join.this).where(join.args["on"])
        found = exp.Exists(this=rows)
        node = node.where(found if join.kind == "SEMI" else exp.Not(this=found), copy=False)
    return node


POSTGRES = Dialect("PostgreSQL", "postgres", WORDS, {exp.Select: _only_existing})

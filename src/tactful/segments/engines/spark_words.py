"""Spark 4 and Sail, which speaks nearly the same, in the words of the compiler. The session's zone is UTC."""

# ruff: noqa: RUF001, E501 -- letters and expressions of SQL, as they are

from collections.abc import Mapping

from tactful.segments.engines.translating import Dialect

# Java writes doubles from 10 million on, and below a thousandth, as 1.2E7; DuckDB writes 12000000.0. The text alone
# does not tell a number from a text that looks like it, but a text stands in the document in quotes.
_LOOKS_WRITTEN = "({value} RLIKE '\\\\A-?[0-9][.][0-9]+E-?[0-9]+\\\\z')"
_QUOTED = "contains({0}, concat('\"', {value}, '\"'))"
_WRITTEN = """(CASE
    WHEN abs(CAST({value} AS double)) >= 1e21 OR abs(CAST({value} AS double)) < 1e-6
        THEN lower(replace({value}, '.0E', 'E'))
    WHEN abs(CAST({value} AS double)) < 1
        THEN regexp_replace(CAST(CAST({value} AS decimal(38, 24)) AS string), '0+$', '')
    ELSE regexp_replace(regexp_replace(CAST(CAST({value} AS decimal(38, 12)) AS string), '0+$', ''), '[.]$', '.0')
    END)"""
_LIST_WITH_SUCH = (
    """({value} RLIKE '\\\\A[\\\\[{{]' AND regexp_replace({value}, '"(?:[^"\\\\\\\\]|\\\\\\\\.)*"', '') """
    """RLIKE '[0-9]E-?[0-9]')"""
)


def _json(value: str) -> str:
    """The text of a key as DuckDB writes it; what it cannot tell is refused by an error."""
    parts = (_LOOKS_WRITTEN, _QUOTED, _WRITTEN, _LIST_WITH_SUCH)
    looks, quoted, written, such = (part.replace("{value}", value) for part in parts)
    return f"""(CASE
        WHEN {looks} THEN CASE WHEN {quoted} THEN raise_error(concat('the text ', {value})) ELSE {written} END
        WHEN {such} THEN raise_error(concat('the list ', {value}))
        ELSE {value} END)"""


_ANY_KEY = "try_element_at(from_json({0}, 'map<string,string>'), {1})"
_ONE_KEY = "get_json_object({0}, concat('$[\\'', {1}, '\\']'))"

_NUMBER_AT = "CAST(substr({{0}}, {start}, 2) AS bigint)"
_OFFSET = "regexp_extract({{0}}, '([+-])([0-9][0-9]):([0-9][0-9])$', {group})"
_SIGN = f"(CASE WHEN {_OFFSET.format(group=1)} = '-' THEN -1 ELSE 1 END)"
_OFFSET_MINUTES = (
    f"(CASE WHEN {_OFFSET.format(group=1)} = '' THEN 0 ELSE {_SIGN} * (CAST({_OFFSET.format(group=2)} AS bigint) * 60"
    f" + CAST({_OFFSET.format(group=3)} AS bigint)) END)"
)
# A text that the compiler has found to look like a moment. An offset counts only after seconds, as in DuckDB.
_MOMENT = f"""(CASE
    WHEN NOT {{0}} RLIKE '\\\\A.{{{{10}}}}(.([0-9][0-9]:[0-5].|[0-9][0-9]:[0-5].:[0-5].([.][0-9]+)?(Z|[+-].....)?))?\\\\z'
        THEN NULL
    ELSE CAST(timestamp_micros(
        unix_date(try_cast(substr({{0}}, 1, 10) AS date)) * 86400000000
        + (CASE WHEN length({{0}}) > 10 THEN {_NUMBER_AT.format(start=12)} * 3600000000
            + ({_NUMBER_AT.format(start=15)} - {_OFFSET_MINUTES}) * 60000000 ELSE 0 END)
        + (CASE WHEN length({{0}}) > 18 THEN {_NUMBER_AT.format(start=18)} * 1000000 ELSE 0 END)
        + CAST(rpad(regexp_extract({{0}}, '[.]([0-9]+)', 1), 6, '0') AS bigint)) AS timestamp_ntz)
    END)"""

_MICROSECONDS = "(unix_micros(CAST({1} AS timestamp)) - unix_micros(CAST({0} AS timestamp)))"

WORDS: Mapping[str, str] = {
    # Types
    "moment": "CAST({0} AS timestamp_ntz)",
    "day": "CAST({0} AS date)",
    "as_timestamp": "CAST({0} AS timestamp_ntz)",
    "as_date": "CAST({0} AS date)",
    "as_double": "CAST({0} AS double)",
    "as_varchar": "CAST({0} AS string)",
    "as_int": "CAST({0} AS int)",
    "as_bigint": "CAST({0} AS bigint)",
    "as_int128": "CAST({0} AS decimal(30, 0))",
    # Text. Java lowers a sigma with an eye on its neighbours
    "lower": "lower(translate({0}, 'Σ', 'σ'))",
    "replace": "replace({0}, {1}, {2})",
    "contains": "contains({0}, {1})",
    "starts_with": "startswith({0}, {1})",
    "regexp_full_match": "({0} RLIKE concat('\\\\A(?:', {1}, ')\\\\z'))",
    "json_text": _json(_ONE_KEY),
    "json_text_of_any_key": _json(_ANY_KEY),
    "md5": "md5({0})",
    "substr": "substr({0}, {1}, {2})",
    "text_as_number": "try_cast({0} AS double)",
    "text_as_decimal": "try_cast({0} AS decimal(38, 9))",
    "text_as_date": "try_cast({0} AS date)",
    "text_as_moment": _MOMENT,
    # Moments
    "later_by_days": "({0} + make_dt_interval({1}))",
    "earlier_by_days": "({0} - make_dt_interval({1}))",
    "in_zone": "convert_timezone('UTC', {1}, {0})",
    "date_sub_day": f"({_MICROSECONDS} DIV 86400000000)",
    "date_diff_day": "datediff({1}, {0})",
    "date_diff_microsecond": _MICROSECONDS,
    "to_years": "make_ym_interval({0})",
    "year": "year({0})",
    "month": "month({0})",
    # Numbers
    "divided": "(CAST({0} AS double) / CAST({1} AS double))",
    "average_of_decimals": "(CAST({0} * CAST(1000000000 AS decimal(10, 0)) AS double) / (nullif({1}, 0) * 1e9D))",
    "least": "least({all})",
    "pow": "pow({0}, {1})",
    **{name: name + "({0})" for name in ("abs", "sin", "cos", "asin", "sqrt", "radians", "bool_and", "bool_or")},
    "differ": "({0} IS DISTINCT FROM {1})",
}

SPARK = Dialect("Spark", "spark", WORDS)

# Sail writes doubles as DuckDB does, but whole numbers beyond 64 bits as 1e+20, and reads no decimal from 1e2.
_SAIL_BIG = "regexp_replace({value}, '\"(?:[^\"\\\\\\\\]|\\\\\\\\.)*\"', '') RLIKE '[0-9]e[+][0-9]'"
_SAIL_JSON = f"""(CASE WHEN {_SAIL_BIG.replace("{value}", _ANY_KEY)} THEN raise_error(concat('the number ', {_ANY_KEY}))
    ELSE {_ANY_KEY} END)"""
SAIL = Dialect(
    "Sail",
    "spark",
    {
        **WORDS,
        "json_text": _SAIL_JSON,
        "json_text_of_any_key": _SAIL_JSON,
        "text_as_decimal": """(CASE WHEN {0} RLIKE '[eE]' THEN CAST(raise_error(concat('the number ', {0})) AS decimal(38, 9))
            ELSE try_cast({0} AS decimal(38, 9)) END)""",
    },
)

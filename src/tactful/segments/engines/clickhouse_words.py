"""ClickHouse, in the words of the compiler, with the settings that make NULL mean what it means elsewhere."""

# ruff: noqa: RUF001 -- letters and expressions of SQL, as they are

from collections.abc import Mapping

from sqlglot import exp

from tactful.segments.engines.translating import Dialect

SETTINGS = (
    "join_use_nulls = 1, aggregate_functions_null_for_empty = 1, session_timezone = 'UTC', cast_keep_nullable = 1,"
    " short_circuit_function_evaluation = 'force_enable', output_format_json_escape_forward_slashes = 0,"
    " schema_inference_make_columns_nullable = 1, transform_null_in = 0, date_time_overflow_behavior = 'throw'"
)

_TEXT = "JSONExtractString({0}, {1})"
# A double loses its .0; one within a list cannot be told from a whole number any more.
_FRACTION_SOMEWHERE = "replaceRegexpAll(assumeNotNull({0}), '\"(?:[^\"\\\\\\\\]|\\\\\\\\.)*\"', '') LIKE '%.%'"
# Each branch may be looked at for each row: what refuses says itself which rows it means.
_KIND = "toString(JSONType({0}, {1}))"
_REFUSED = f"throwIf({_KIND} IN ('Array', 'Object') AND {_FRACTION_SOMEWHERE}, 'a list beside a fraction')"
_JSON_TEXT = f"""multiIf({_KIND} = 'Null' OR {_REFUSED} != 0, NULL,
    {_KIND} = 'Double' AND NOT match({_TEXT}, '[.e]'), concat({_TEXT}, '.0'), {_TEXT})"""

_NUMBER_AT = "toInt64OrZero(substring({{0}}, {start}, 2))"
_OFFSET = "extract({0}, '[+-][0-9][0-9]:[0-9][0-9]$')"
_OFFSET_MINUTES = (
    f"(if(startsWith({_OFFSET}, '-'), -1, 1) * (toInt64OrZero(substring({_OFFSET}, 2, 2)) * 60"
    f" + toInt64OrZero(substring({_OFFSET}, 5, 2))))"
)
# Days are known from 1900 to 2299 here; a text that names an impossible day comes back as another.
_DAY = "toDate32OrNull(substring({0}, 1, 10))"
_NO_DAY = f"(ifNull(toString({_DAY}), '') != substring({{0}}, 1, 10))"
_FAR = (
    "throwIf(ifNull(match({0}, '^[0-9]{{4}}-[0-9][0-9]-[0-9][0-9]') AND NOT match({0}, '^(19|2[012])'), 0),"
    " 'a year before 1900 or after 2299')"
)
_IS_DAY = f"({_FAR} = 0 AND NOT {_NO_DAY})"
# A text that the compiler has found to look like a moment. An offset counts only after seconds, as in DuckDB.
_MOMENT = f"""(CASE
    WHEN NOT match({{0}}, '^.{{{{10}}}}(.([0-9][0-9]:[0-5].|[0-9][0-9]:[0-5].:[0-5].([.][0-9]+)?(Z|[+-].....)?))?$')
        THEN NULL
    WHEN {_IS_DAY} THEN fromUnixTimestamp64Micro(
        toInt64({_DAY}) * 86400000000
        + {_NUMBER_AT.format(start=12)} * 3600000000
        + ({_NUMBER_AT.format(start=15)} - {_OFFSET_MINUTES}) * 60000000
        + if(length({{0}}) > 18, {_NUMBER_AT.format(start=18)}, 0) * 1000000
        + toInt64OrZero(rightPad(extract({{0}}, '[.]([0-9]+)'), 6, '0')), 'UTC')
    END)"""

_MICROSECONDS = "(toUnixTimestamp64Micro({1}) - toUnixTimestamp64Micro({0}))"

WORDS: Mapping[str, str] = {
    # Types
    "moment": "fromUnixTimestamp64Micro(toInt64({1}), 'UTC')",
    "day": "toDate32({0})",
    "as_timestamp": "fromUnixTimestamp64Micro(toInt64({0}) * 86400000000, 'UTC')",
    "as_date": "toDate32({0})",
    "as_double": "toFloat64({0})",
    "as_varchar": "toString({0})",
    "as_int": "toInt32({0})",
    "as_bigint": "toInt64({0})",
    "as_int128": "toInt128({0})",
    # Text. ICU lowers a sigma with an eye on its neighbours
    "lower": "lowerUTF8(replaceAll({0}, 'Σ', 'σ'))",
    "replace": "replaceAll({0}, {1}, {2})",
    "contains": "(position({0}, {1}) > 0)",
    "starts_with": "startsWith({0}, {1})",
    "regexp_full_match": "match({0}, concat('^(?:', {1}, ')$'))",
    "json_text": _JSON_TEXT,
    "json_text_of_any_key": _JSON_TEXT,
    "md5": "lower(hex(MD5({0})))",
    "substr": "substring({0}, {1}, {2})",
    "text_as_number": "toFloat64OrNull({0})",
    "text_as_decimal": "toDecimal128OrNull(toString(round(toDecimal256OrNull({0}, 40), 9)), 9)",
    "text_as_date": f"if({_IS_DAY}, {_DAY}, NULL)",
    "text_as_moment": _MOMENT,
    # Moments: counted in microseconds
    "later_by_days": "addMicroseconds({0}, {1} * 86400000000)",
    "earlier_by_days": "subtractMicroseconds({0}, {1} * 86400000000)",
    "in_zone": "toTimeZone({0}, {1})",
    "date_sub_day": f"intDiv({_MICROSECONDS}, 86400000000)",
    "date_diff_day": "(toInt64({1}) - toInt64({0}))",
    "date_diff_microsecond": _MICROSECONDS,
    "to_years": "toIntervalYear({0})",
    "year": "toYear({0})",
    "month": "toMonth({0})",
    # Numbers
    "divided": "(toFloat64({0}) / toFloat64({1}))",
    "average_of_decimals": "(toFloat64({0} * 1000000000) / (toFloat64({1}) * 1e9))",
    "least": "least({all})",
    "pow": "pow({0}, {1})",
    **{name: name + "({0})" for name in ("abs", "sin", "cos", "asin", "sqrt", "radians")},
    "bool_and": "min({0})",
    "bool_or": "max({0})",
    "differ": "ifNull({0} != {1}, isNull({0}) != isNull({1}))",
}


def _named(node: exp.Expr) -> exp.Expr:
    """Beside a join the columns of a subquery would carry their table's name."""
    for column in list(node.args["expressions"]):
        if isinstance(column, exp.Column):
            column.replace(exp.alias_(column.copy(), column.name, quoted=True))
    return node


CLICKHOUSE = Dialect("ClickHouse", "clickhouse", WORDS, {exp.Select: _named})

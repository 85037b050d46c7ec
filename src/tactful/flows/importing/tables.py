"""Files as rows of texts: CSV in any usual encoding and delimiter, XLSX, Parquet. Streamed, a batch at a time."""

import codecs
import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import Any

import charset_normalizer
import pyarrow as pa
import pyarrow.parquet as pq
from python_calamine import CalamineError, CalamineWorkbook

from tactful.flows.importing.values import text_of
from tactful.kernel.errors import InvalidInput

Cells = list[str]

WHITESPACE = "whitespace"
REASON = "reason"  # the last column of a file of rejected rows
BATCH = 10_000
_DELIMITERS = (",", ";", "\t", "|")
_NAMES = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|", "\\t": "\t"}
_CHUNK = 1 << 20
_SAMPLE_LINES = 200
_SAMPLE_BYTES = 64 * 1024
_LONGEST_CELL = 1 << 20
# The code pages that exports come in. Guessing among all of them goes wrong on short texts.
_CODE_PAGES = [
    "cp1252", "cp1251", "cp1250", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "iso8859_2", "koi8_r", "cp866",
    "shift_jis", "euc_jp", "gb18030", "big5", "euc_kr",
]  # fmt: skip
_APOSTROPHE = re.compile(r"'[=+\-@\t\r]")
_RISKY = re.compile(r"[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?[\d., ]+")


@dataclass(frozen=True, slots=True)
class Table:
    """A file being read. `total` is its number of rows where the format tells, else None.

    `corrected` says that it is a file of rejected rows coming back: its rows complete what is known already.
    """

    header: Cells
    rows: Iterator[Cells]
    total: int | None
    corrected: bool = False


@dataclass(frozen=True, slots=True)
class Notation:
    """What the mapping says about how the file is written; None is found out."""

    decimal: str = "."
    encoding: str | None = None
    delimiter: str | None = None
    header: tuple[str, ...] = ()


def open_table(path: Path, notation: Notation) -> Table:
    """The file's header and rows; blank lines are no rows. Raises InvalidInput when it cannot be read."""
    if not path.is_file():
        raise InvalidInput(f"there is no file {path}")
    readers = {".parquet": _parquet, ".pq": _parquet, ".xlsx": _workbook, ".xls": _workbook, ".ods": _workbook}
    read = readers.get(path.suffix.lower(), _text)
    table = read(path, notation)
    if not table.header:
        raise InvalidInput(f"{path.name} is empty")
    repeated = sorted({name for name in table.header if name and table.header.count(name) > 1})
    if repeated:
        raise InvalidInput(f"{path.name} has two columns {', '.join(repeated)}: rename one")
    return table


def _parquet(path: Path, notation: Notation) -> Table:
    try:
        file = pq.ParquetFile(path)
    except (OSError, ValueError) as fault:
        raise InvalidInput(f"{path.name} is not a Parquet file: {fault}") from None

    def rows() -> Iterator[Cells]:
        decimal = notation.decimal
        with file:
            for batch in file.iter_batches(batch_size=BATCH):
                yield from map(list, zip(*(_texts(column, decimal) for column in batch.columns), strict=True))

    return Table(list(file.schema_arrow.names), rows(), file.metadata.num_rows)


def _texts(column: "pa.Array[Any]", decimal: str) -> list[str]:
    """A column as texts; Arrow itself writes what it can."""
    if pa.types.is_integer(column.type) or pa.types.is_timestamp(column.type) or pa.types.is_string(column.type):
        return [(text or "").strip() for text in column.cast(pa.string()).to_pylist()]
    return [text_of(value, decimal) for value in column.to_pylist()]


def _workbook(path: Path, notation: Notation) -> Table:
    """The first sheet. calamine holds a sheet in memory; a sheet has at most 1,048,576 rows."""
    try:
        sheet = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
    except (CalamineError, OSError, ValueError, IndexError) as fault:
        raise InvalidInput(f"{path.name} is not a workbook that can be read: {fault}") from None
    cells = ([text_of(value, notation.decimal) for value in row] for row in sheet.iter_rows())
    return _with_header(_unblank(cells), notation, total=None)


def _text(path: Path, notation: Notation) -> Table:
    encoding = notation.encoding or encoding_of(path)
    lines = _lines(path, encoding)
    delimiter = _NAMES.get(notation.delimiter or "", notation.delimiter) or _delimiter_of(path, encoding)
    first = next(iter(_lines(path, encoding)), "")
    if _is_rejected(first):
        delimiter = ","
    if delimiter == WHITESPACE:
        return _with_header(_unblank(line.split() for line in lines), notation, total=None)
    return _with_header(_unblank(_records(lines, delimiter, path)), notation, total=None)


def _with_header(rows: Iterator[Cells], notation: Notation, *, total: int | None) -> Table:
    first = next(rows, [])
    names = [cell.strip() for cell in first]
    corrected = bool(names) and names[-1] == REASON
    if notation.header and not corrected and names != list(notation.header):
        # The file has no line of names: the mapping gives them, and the first line is a row.
        return Table(list(notation.header), _first_and(first, rows), total)
    if not corrected:
        return Table(names, rows, total)
    return Table(names[:-1], (_corrected(row, len(names)) for row in rows), total, corrected=True)


def _corrected(row: Cells, width: int) -> Cells:
    """A row of rejects without its reason, and without the apostrophes that made it safe to open."""
    cells = row[:-1] if len(row) == width else row
    return [cell[1:] if _APOSTROPHE.match(cell) else cell for cell in cells]


def safe_cell(text: str) -> str:
    """The text so that a spreadsheet takes it for a text, not for a formula. Numbers stay as they are."""
    return f"'{text}" if _RISKY.match(text) and not _NUMBER.fullmatch(text) else text


def _first_and(first: Cells, rows: Iterator[Cells]) -> Iterator[Cells]:
    yield first
    yield from rows


def _unblank(rows: Iterable[Cells]) -> Iterator[Cells]:
    return (row for row in rows if any(row))


def _records(lines: Iterable[str], delimiter: str, path: Path) -> Iterator[Cells]:
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True)
    try:
        yield from reader
    except csv.Error as fault:
        raise InvalidInput(
            f"{path.name} cannot be read on from line {reader.line_num}: {fault}. Is a quote not closed before?"
        ) from None


def _lines(path: Path, encoding: str) -> Iterator[str]:
    """Lines with their ends; newline="" leaves line ends inside quotes as they are."""
    with path.open("rb") as raw, TextIOWrapper(raw, encoding, errors="replace", newline="") as file:
        yield from file


def _is_rejected(line: str) -> bool:
    cells = next(csv.reader([line.rstrip("\r\n")]), [])
    return len(cells) > 1 and cells[-1] == REASON


def encoding_of(path: Path) -> str:
    """UTF-8 when the whole file is, else what its byte order mark or its non-ASCII lines tell."""
    with path.open("rb") as file:
        start = file.read(4)
    if start.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if len(start) > 1 and 0 in start[:2]:
        return "utf-16-be" if start[0] == 0 else "utf-16-le"
    foreign = _foreign_lines(path)
    return "utf-8" if foreign is None else _guess(foreign)


def _foreign_lines(path: Path) -> list[bytes] | None:
    """None when the file is UTF-8 throughout, else a sample of its lines that are not ASCII."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        with path.open("rb") as file:
            return list(islice((line for line in file if not line.isascii()), _SAMPLE_LINES))
    return None


def _guess(lines: Sequence[bytes]) -> str:
    # A broken line in a UTF-8 file does not make it another encoding: the row will be refused.
    if sum(_is_utf8(line) for line in lines) > len(lines) / 2:
        return "utf-8"
    best = charset_normalizer.from_bytes(b"".join(lines)[:_SAMPLE_BYTES], cp_isolation=_CODE_PAGES).best()
    return best.encoding if best else "cp1252"


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _delimiter_of(path: Path, encoding: str) -> str:
    """The delimiter under which the first lines have the most columns, the same number in nearly all of them."""
    sample = list(islice((line for line in _lines(path, encoding) if line.strip()), _SAMPLE_LINES))
    best = max(_DELIMITERS, key=lambda sign: _regularity(csv.reader(sample, delimiter=sign)))
    if _regularity(csv.reader(sample, delimiter=best))[0]:
        return best
    return WHITESPACE if _regularity(line.split() for line in sample)[0] else ","


def _regularity(rows: Iterable[Sequence[str]]) -> tuple[int, int]:
    """How many rows have as many columns as the first, counted only where those are more than one; and how many."""
    try:
        widths = [len(row) for row in rows if row]
    except csv.Error:
        return 0, 0
    if not widths or widths[0] < 2:
        return 0, 0
    same = sum(width == widths[0] for width in widths)
    return (same, widths[0]) if same * 2 > len(widths) else (0, 0)

import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tactful.flows.importing.rejects import Rejects
from tactful.flows.importing.tables import Notation, encoding_of, open_table, safe_cell
from tactful.kernel.errors import InvalidInput


def write(folder: Path, content: bytes, name: str = "file.csv") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def read(path: Path, notation: Notation | None = None) -> list[list[str]]:
    table = open_table(path, notation or Notation())
    return [table.header, *table.rows]


WANTED = [["id", "city"], ["1", "Köln"], ["2", "Graz"]]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_delimiter_and_line_ends_are_found_out(tmp_path: Path, delimiter: str, end: str) -> None:
    text = end.join(delimiter.join(row) for row in WANTED) + end
    assert read(write(tmp_path, text.encode())) == WANTED


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_the_encoding_is_found_out(tmp_path: Path, encoding: str) -> None:
    text = "id,city\n1,Köln\n2,Graz\n" + "3,Düsseldorf am schönen Rhein\n"
    assert read(write(tmp_path, text.encode(encoding)))[:3] == WANTED


def test_cyrillic_of_a_windows_program_is_read(tmp_path: Path) -> None:
    text = "id;город\n" + "".join(f"{n};Нижний Новгород, улица Большая Покровская\n" for n in range(20))
    path = write(tmp_path, text.encode("cp1251"))
    assert encoding_of(path) == "cp1251"
    assert read(path)[1] == ["0", "Нижний Новгород, улица Большая Покровская"]


def test_letters_that_first_appear_far_down_are_seen(tmp_path: Path) -> None:
    text = "id,city\n" + "1,Graz\n" * 200_000 + "2,Köln am schönen Rhein\n3,Düsseldorf\n"
    rows = read(write(tmp_path, text.encode("cp1252")))
    assert rows[-2] == ["2", "Köln am schönen Rhein"]


def test_one_broken_line_does_not_make_a_file_another_encoding(tmp_path: Path) -> None:
    good = "".join(f"{n},Köln\n" for n in range(20)).encode()
    path = write(tmp_path, b"id,city\n" + good + b"21,K\xf6ln\n")
    rows = read(path)
    assert rows[1] == ["0", "Köln"]
    assert rows[-1] == ["21", "K\ufffdln"]


def test_quotes_hold_delimiters_and_line_ends(tmp_path: Path) -> None:
    path = write(tmp_path, b'id,note\r\n1,"a, ""b""\r\nc"\r\n\r\n2,d\r\n')
    assert read(path) == [["id", "note"], ["1", 'a, "b"\r\nc'], ["2", "d"]]


def test_columns_apart_by_blanks_are_read_like_cdnow(tmp_path: Path) -> None:
    path = write(
        tmp_path, b" id  date   dollars\r\n 00001 19970101    11.77\r\n 00002 19970112    12.00\r\n", "cd.txt"
    )
    assert read(path) == [["id", "date", "dollars"], ["00001", "19970101", "11.77"], ["00002", "19970112", "12.00"]]


def test_a_file_without_names_takes_them_from_the_mapping(tmp_path: Path) -> None:
    path = write(tmp_path, b"1,Graz\n2,Linz\n")
    assert read(path, Notation(header=("id", "city"))) == [["id", "city"], ["1", "Graz"], ["2", "Linz"]]


def test_a_single_column_is_a_table_too(tmp_path: Path) -> None:
    assert read(write(tmp_path, b"email\na@b.example\n")) == [["email"], ["a@b.example"]]


_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_WORKBOOK = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"/>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="w" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
    '<sheet name="Orders" sheetId="1" r:id="a"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="a" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="b" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
    "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><cellXfs>'
    '<xf numFmtId="0"/><xf numFmtId="22"/></cellXfs></styleSheet>',
}


def workbook(path: Path, cells: str) -> Path:
    """The smallest workbook: one sheet with these rows."""
    with zipfile.ZipFile(path, "w") as book:
        for name, content in _WORKBOOK.items():
            book.writestr(name, content)
        book.writestr(
            "xl/worksheets/sheet1.xml", f'<worksheet xmlns="{_MAIN}"><sheetData>{cells}</sheetData></worksheet>'
        )
    return path


def test_a_workbook_gives_texts(tmp_path: Path) -> None:
    def text(place: str, word: str) -> str:
        return f'<c r="{place}" t="inlineStr"><is><t>{word}</t></is></c>'

    names = "".join(
        text(f"{column}1", word) for column, word in zip("ABCD", ["id", "price", "date", "note"], strict=True)
    )
    row = '<c r="A2"><v>17850</v></c><c r="B2"><v>2.55</v></c><c r="C2" s="1"><v>40725.3513888889</v></c>'
    path = workbook(tmp_path / "file.xlsx", f'<row r="1">{names}</row><row r="2">{row}</row>')
    assert read(path) == [["id", "price", "date", "note"], ["17850", "2.55", "2011-07-01 08:26:00", ""]]
    assert read(path, Notation(decimal=","))[1][1] == "2,55"


def test_parquet_gives_texts_and_tells_its_length(tmp_path: Path) -> None:
    path = tmp_path / "file.parquet"
    rows = {"id": [1, None], "price": [2.5, 3.0], "when": [datetime(2011, 7, 1, 8, 26), None], "name": ["a ", None]}  # noqa: DTZ001 -- as files have it
    pq.write_table(pa.table(rows), path)
    table = open_table(path, Notation())
    assert table.total == 2
    assert [row[:2] + row[3:] for row in table.rows] == [["1", "2.5", "a"], ["", "3", ""]]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.csv", b"", "empty"),
        ("twice.csv", b"id,id\n1,2\n", "two columns id"),
        ("bad.parquet", b"no", "not a Parquet file"),
        ("bad.xlsx", b"no", "not a workbook"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        open_table(write(tmp_path, content, name), Notation())


def test_a_quote_that_is_never_closed_is_told_with_its_line(tmp_path: Path) -> None:
    path = write(tmp_path, b'id,note\n1,"open\n' + b"2,x\n" * 400_000)
    with pytest.raises(InvalidInput, match="quote"):
        read(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no file"):
        open_table(tmp_path / "no.csv", Notation())


@pytest.mark.parametrize(
    ("cell", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("-5", "-5"),
        ("-5,50", "-5,50"),
        ("@x", "'@x"),
        ("+49 30", "+49 30"),
        ("-x", "'-x"),
        ("a", "a"),
    ],
)
def test_a_rejected_cell_is_no_formula(cell: str, safe: str) -> None:
    assert safe_cell(cell) == safe


@pytest.fixture
def rejects(tmp_path: Path) -> Iterator[Rejects]:
    found = Rejects(
        folder=tmp_path, stem="file", header=["id", "note"], now=datetime.fromisoformat("2026-03-01T12:00")
    )
    yield found
    found.discard()


def test_rejected_rows_come_back_as_they_were(rejects: Rejects) -> None:
    rows = [["1", "=1+1"], ["-2", 'a "b", c'], ["3", "line\nend"], ["4", "'quoted"]]
    rejects.add([(row, "bad") for row in rows])
    path = rejects.close()
    assert path is not None
    table = open_table(path, Notation(delimiter="whitespace", header=("id", "note")))
    assert table.corrected
    assert (table.header, list(table.rows)) == (["id", "note"], rows)


def test_rejects_of_a_second_import_do_not_overwrite_what_somebody_corrects(tmp_path: Path) -> None:
    now = datetime.fromisoformat("2026-03-01T12:00")
    paths = set()
    for _ in range(2):
        found = Rejects(folder=tmp_path, stem="file", header=["id"], now=now)
        found.add([(["1"], "bad")])
        paths.add(found.close())
    assert len(paths) == 2


def test_an_import_that_fails_leaves_no_half_of_a_file(tmp_path: Path) -> None:
    found = Rejects(folder=tmp_path, stem="file", header=["id"], now=datetime.fromisoformat("2026-03-01T12:00"))
    found.add([(["1"], "bad")])
    found.discard()
    assert list(tmp_path.iterdir()) == []

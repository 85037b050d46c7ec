"""Documents that people write by hand, and the files they name."""

from pathlib import Path

import pytest

from tactful.kernel.documents import read_file, read_yaml
from tactful.kernel.errors import InvalidInput


def test_yaml_keeps_on_yes_and_no_as_words_and_dates_as_text() -> None:
    assert read_yaml("{on: entered, yes: a, no: b, country: NO, day: 2027-01-31, flag: true, count: 3}") == {
        "on": "entered",
        "yes": "a",
        "no": "b",
        "country": "NO",
        "day": "2027-01-31",
        "flag": True,
        "count": 3,
    }


def test_yaml_that_cannot_be_read_says_where() -> None:
    with pytest.raises(InvalidInput, match="line 2"):
        read_yaml("a: 1\nb: [")


@pytest.mark.parametrize("text", ["[" * 5000, "a: !!int x", "!!python/object:os.system x", "{"])
def test_what_no_reader_can_make_sense_of_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="this is not YAML or JSON"):
        read_yaml(text)


def test_a_file_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\xff")
    for path, said in (
        (tmp_path / "none.yaml", "there is no file"),
        (tmp_path, "cannot be read: Is a directory"),
        (tmp_path / "picture.png", "is no text in UTF-8"),
    ):
        with pytest.raises(InvalidInput, match=said):
            read_file(path)

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


@pytest.mark.parametrize("said", ["01067", "10:30", "1_000", "0x1f", "007", "NO", "2026-01-01"])
def test_what_looks_like_a_number_of_another_kind_stays_text(said: str) -> None:
    assert read_yaml(f"is: {said}") == {"is": said}


@pytest.mark.parametrize(
    ("said", "number"),
    [("0", 0), ("-3", -3), ("10", 10), ("0.5", 0.5), ("1e3", 1000.0), ("2.", 2.0), (".5", 0.5), ("-.5", -0.5)],
)
def test_decimal_numbers_are_numbers(said: str, number: float) -> None:
    assert read_yaml(f"is: {said}") == {"is": number}


def test_a_key_that_stands_twice_is_refused_for_one_of_the_two_would_be_lost() -> None:
    with pytest.raises(InvalidInput, match="line 2: 'all' stands twice"):
        read_yaml("all: [a]\nall: [b]")


def test_what_anchors_name_is_counted_each_time_before_anything_is_made_of_it() -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    lines += [
        f"{new}: &{new} [{', '.join([f'*{old}'] * 10)}]" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    with pytest.raises(InvalidInput, match="anchors that name each other multiply"):
        read_yaml("\n".join(lines))
    assert read_yaml("a: &a {b: 1}\nc: *a") == {"a": {"b": 1}, "c": {"b": 1}}
    with pytest.raises(InvalidInput, match="more than"):
        read_yaml("&a [*a]")


@pytest.mark.parametrize("text", ["x" * 1_000_001, "[" * 300])
def test_what_is_too_long_or_too_deep_is_refused_at_once(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"longer than|hundreds deep"):
        read_yaml(text)


@pytest.mark.parametrize(
    "tagged", ["!!bool maybe", "!!timestamp x", '!!int ""', "!!set [a]", "!!float '_'", "!!omap [a]"]
)
def test_a_tag_on_what_it_does_not_fit_is_refused_in_words(tagged: str) -> None:
    with pytest.raises(InvalidInput, match="this is not YAML or JSON"):
        read_yaml(f"everyone: {tagged}")

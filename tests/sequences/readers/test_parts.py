"""Workbooks of several sheets and NPZ files of several arrays: one is read, and the others can be asked for."""

from __future__ import annotations

import io

import numpy as np
import openpyxl
import pytest

from lstm_viz.sequences import SequenceError, read_sequence, read_table
from tests.sequences.readers.hostile_files import npz, workbook

SHEETS = ([["The river"]], [["t", "flow"], [1, 2.5], [2, 3.5]], [], [["rain"], [7], [8], [9]])
BOOK = workbook(*SHEETS)
LONG = np.arange(24.0).reshape(2, 4, 3)
ARCHIVE = {"y": np.arange(5.0), "x": np.eye(5), "train": LONG, "test": LONG[:1], "t": np.arange(3)}


@pytest.mark.parametrize(
    ("part", "read", "columns", "rows"),
    [
        ("", "Sheet2", ["t", "flow"], 2),
        ("Sheet2", "Sheet2", ["t", "flow"], 2),
        ("Sheet4", "Sheet4", ["rain"], 3),
        (" Sheet4 ", "Sheet4", ["rain"], 3),
    ],
)
def test_a_sheet_that_is_asked_for_is_read(part: str, read: str, columns: list[str], rows: int) -> None:
    table = read_table(BOOK, "a.xlsx", part=part)
    assert (list(table.columns), table.rows, table.part) == (columns, rows, read)
    assert table.parts == ("Sheet1", "Sheet2", "Sheet3", "Sheet4")
    assert table.notes[0].startswith(f"The sheet “{read}” was read; not read: “Sheet1”")


@pytest.mark.parametrize("part", ["train", "test", "x", "t"])
def test_an_array_that_is_asked_for_is_read_with_those_beside_it(part: str) -> None:
    table, array = read_table(npz(**ARCHIVE), "a.npz", part=part), ARCHIVE[part]
    assert table.parts == ("x", "train", "test", "t") and table.part == part
    own = [values for name, values in table.columns.items() if name.split("_")[0] in (part, "feature")]
    np.testing.assert_array_equal(np.stack(own, axis=-1).reshape(array.shape), array)
    assert ("y" in table.columns) == (part == "x")


def test_an_array_beside_a_larger_one_is_read_with_it() -> None:
    table = read_table(npz(**ARCHIVE), "a.npz", part="y")
    assert table.part == "x" and list(table.columns) == ["y", *(f"x_{place}" for place in range(1, 6))]
    assert read_table(npz(**ARCHIVE), "a.npz").part == "x", "the largest"


def test_one_call_takes_the_part_too() -> None:
    assert read_sequence(BOOK, "a.xlsx", part="Sheet4", standardise=False).original.ravel().tolist() == [7, 8, 9]
    assert read_sequence(npz(**ARCHIVE), part="test").values.shape == (4, 1, 3)


@pytest.mark.parametrize(
    ("data", "part", "sentence"),
    [
        (BOOK, "Sheet3", "The sheet “Sheet3” is empty. Choose another."),
        (BOOK, "Sheet9", "There is no sheet “Sheet9”. Choose one of “Sheet1”, “Sheet2”, “Sheet3”, “Sheet4”."),
        (npz(**ARCHIVE), "z", "There is no array “z”. Choose one of “y”, “x”, “train”, “test”, “t”."),
        (b"a,b\n1,2\n", "a", "The file is one table, of which no part can be chosen; “a” was."),
    ],
)
def test_a_part_that_cant_be_read_is_refused(data: bytes, part: str, sentence: str) -> None:
    with pytest.raises(SequenceError) as refusal:
        read_table(data, part=part)
    assert str(refusal.value).startswith(sentence)


def test_an_array_that_was_refused_says_why_where_it_is_asked_for() -> None:
    data = npz(a=np.arange(3.0), b=np.ones((2, 2, 2, 2)))
    assert read_table(data).parts == ("a",)
    with pytest.raises(SequenceError, match="1, 2 or 3 axes"):
        read_table(data, part="b")


def test_a_sheet_that_is_a_chart_is_no_table() -> None:
    book = openpyxl.load_workbook(io.BytesIO(BOOK))
    book.create_chartsheet("Chart", 0)
    stream = io.BytesIO()
    book.save(stream)
    table = read_table(stream.getvalue(), part="Sheet4")
    assert table.parts == ("Sheet1", "Sheet2", "Sheet3", "Sheet4") and list(table.columns) == ["rain"]

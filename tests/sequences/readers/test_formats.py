"""Each format, read through the reading process, against the values that pandas or the writer knows."""

from __future__ import annotations

import datetime
import decimal
import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from lstm_viz.sequences import SequenceError, Table, read_pasted, read_table
from lstm_viz.sequences.read import display_name
from tests.sequences.readers.hostile_files import npy, npz, parquet, workbook

DAYS = pd.date_range("2024-01-01", periods=3)


def values(table: Table) -> dict[str, list[object]]:
    return {name: column.tolist() for name, column in table.columns.items()}


@pytest.mark.parametrize("name", ["river.csv", "river.tsv", "river.txt", "river", "RIVER.CSV"])
def test_text_tables(name: str) -> None:
    separator = "\t" if name.endswith("tsv") else ","
    data = "time,flow,place\n2024-01-01,1.5,up\n2024-01-02,,down\n".replace(",", separator)
    table = read_table(data.encode(), name)
    assert table.columns["time"].dtype == "datetime64[ns]"
    np.testing.assert_array_equal(table.columns["flow"], [1.5, np.nan])
    assert list(table.columns["place"]) == ["up", "down"]
    assert table.format == ("tsv" if separator == "\t" else "csv")
    assert table.source == name
    assert table.notes == ()


def test_a_path_is_read_and_shown_by_its_last_part(tmp_path: Path) -> None:
    path = tmp_path / "river.csv"
    path.write_text("flow\n1\n2\n")
    for given in (path, str(path)):
        assert values(read_table(given)) == {"flow": [1.0, 2.0]}
        assert read_table(given).source == "river.csv"


@pytest.mark.parametrize("path", ["no/such/file.csv", "https://example.org/river.csv", "."])
def test_a_path_to_no_file_is_refused(path: str) -> None:
    with pytest.raises(SequenceError, match="file"):
        read_table(path)


def test_given_bytes_a_name_is_never_opened(tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("secret\n1\n")
    assert list(read_table(b"flow\n1\n", str(other)).columns) == ["flow"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\data\\river.csv", "river.csv"),
        ("ri\x00v\x1b[31m\ner.csv", "riv[31mer.csv"),
        ("\u202ecsv.exe", "csv.exe"),
        ("", ""),
        ("x" * 500 + ".csv", "x" * 95 + "….csv"),
    ],
)
def test_names_are_shown_without_paths_and_control_characters(name: str, shown: str) -> None:
    assert display_name(name) == shown
    assert len(display_name(name)) <= 100


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        ("1,5;2,25", [1.5, 2.25]),
        ("1.234,5;2,25", [1234.5, 2.25]),
        ('"1,234.5";2.25', [1234.5, 2.25]),
        ("+1.5;-.5", [1.5, -0.5]),
        ("1e3;1E-2", [1000.0, 0.01]),
        (" 7 ; 8 ", [7.0, 8.0]),
    ],
)
def test_numbers_as_people_write_them(cells: str, numbers: list[float]) -> None:
    first, second = cells.split(";")
    assert values(read_table(f"a;b\n{first};0\n{second};1\n".encode(), "a.csv"))["a"] == numbers


def test_lines_are_counted_over_quotes_comments_and_blank_lines() -> None:
    data = b'# flow\n\n"a\nb",c\n1,"x\ny"\n\n2,z\nwet,z\n3,z\n'
    assert "“wet” (line 9)" in " ".join(read_table(data, "a.csv").notes)


def test_an_empty_line_in_one_column_is_a_gap() -> None:
    np.testing.assert_array_equal(read_table(b"a\n1\n\n3\n", "a.csv").columns["a"], [1, np.nan, 3])


@pytest.mark.parametrize("cell", ["w\n \nw", "w\n\nw", "a\n \n\n  \nb", 'say ""\n\n""!'])
def test_blank_lines_within_quotes_belong_to_their_cell(cell: str) -> None:
    data = f'n,word\n1,"{cell}"\n \n2,x\n\n3,x\nwet,x\n  \n'
    table, expected = read_table(data.encode(), "a.csv"), pd.read_csv(io.StringIO(data), skip_blank_lines=True)
    assert table.columns["word"].tolist() == expected["word"].dropna().tolist()
    place = data[: data.index("wet")].count("\n") + 1
    assert "2 blank lines between the rows left out." in table.notes[0] and f"“wet” (line {place})" in table.notes[1]


@pytest.mark.parametrize("row", ['""', '" "', "9"])
def test_a_line_with_something_on_it_is_no_blank_line(row: str) -> None:
    with pytest.raises(SequenceError, match=r"1 value where the header has 2|split into values"):
        read_table(f"a,b\n1,2\n{row}\n3,4\n".encode(), "a.csv")


def test_yes_and_no_are_numbers() -> None:
    table = read_table(b"on\nTrue\nFalse\n\ntrue\n", "a.csv")
    np.testing.assert_array_equal(table.columns["on"], [1, 0, np.nan, 1])
    assert "“false” as 0, “true” as 1" in table.notes[0]


def test_parquet_of_every_kind() -> None:
    frame = {
        "f": [1.5, None],
        "i": pa.array([1, 2], pa.int8()),
        "yes": [True, None],
        "dec": pa.array([decimal.Decimal("1.25"), None]),
        "day": pa.array([datetime.date(2024, 1, 1), None]),
        "zone": pa.array([DAYS[0], None], pa.timestamp("us", "Europe/Berlin")),
        "wait": pa.array([datetime.timedelta(seconds=90), None]),
        "word": ["a", None],
        "kind": pa.array(["x", "y"]).dictionary_encode(),
        "old": pa.array([datetime.date(1, 1, 1), datetime.date(2024, 1, 1)]),
    }
    table = read_table(parquet(frame), "a.parquet")
    for name, expected in {"f": [1.5, np.nan], "i": [1, 2], "yes": [1, np.nan], "dec": [1.25, np.nan]}.items():
        np.testing.assert_array_equal(table.columns[name], expected)
    assert table.columns["day"][0] == table.columns["zone"][0] == table.columns["old"][1] == np.datetime64("2024-01-01")
    assert np.isnat(table.columns["old"][0])
    assert table.columns["wait"][0] == 90
    assert list(table.columns["word"]) == ["a", None]
    assert list(table.columns["kind"]) == ["x", "y"]
    assert any("before 1678" in note for note in table.notes)


def test_workbooks_keep_dates_truths_and_gaps() -> None:
    rows = [["day", "flow", "on", "word"], [DAYS[0].to_pydatetime(), 1.5, True, "a"], [None, None, False, None]]
    table = read_table(workbook(rows), "a.xlsx")
    assert table.columns["day"][0] == np.datetime64("2024-01-01")
    np.testing.assert_array_equal(table.columns["flow"], [1.5, np.nan])
    np.testing.assert_array_equal(table.columns["on"], [1, 0])
    assert list(table.columns["word"]) == ["a", None]


@pytest.mark.parametrize("orient", ["records", "columns", "split", "list"])
def test_json_as_pandas_writes_it(orient: str) -> None:
    frame = pd.DataFrame({"a": [1.0, 2.5], "b": ["x", "y"]})
    text = json.dumps(frame.to_dict("list")) if orient == "list" else frame.to_json(orient=orient)
    assert values(read_table(text.encode(), "a.json")) == {"a": [1.0, 2.5], "b": ["x", "y"]}


def test_json_lines_and_records_within_records() -> None:
    data = b'{"t":1,"wind":{"speed":2}}\n\n{"t":2,"wind":{"speed":3}}\n'
    assert values(read_table(data, "a.jsonl")) == {"t": [1.0, 2.0], "wind.speed": [2.0, 3.0]}


def test_json_under_a_key() -> None:
    table = read_table(b'{"station":"A","data":[{"a":1},{"a":2}]}', "a.json")
    assert values(table) == {"a": [1.0, 2.0]}
    assert "“data” was read; left out: “station”" in table.notes[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[1,2,null]", {"value": [1.0, 2.0, np.nan]}),
        ("[[1,2],[3,4]]", {"column_1": [1.0, 3.0], "column_2": [2.0, 4.0]}),
        ('[["a","b"],[3,4]]', {"a": [3.0], "b": [4.0]}),
        ("[[[1],[2]],[[3]]]", {"sequence": [1, 1, 2], "step": [1, 2, 1], "feature_1": [1, 2, 3]}),
    ],
)
def test_nested_lists(text: str, expected: dict[str, list[float]]) -> None:
    table = read_table(text.encode(), "a.json")
    assert list(table.columns) == list(expected)
    for name, column in expected.items():
        np.testing.assert_array_equal(table.columns[name], column)


def test_an_array_of_three_axes_is_a_long_table_with_roles() -> None:
    array = np.arange(24.0).reshape(2, 4, 3)
    for data, name in ((npy(array), "a.npy"), (npz(x=array), "a.npz")):
        table = read_table(data, name)
        assert dict(table.roles) == {"sequence": "sequence", "time": "step"}
        np.testing.assert_array_equal(table.columns["sequence"], np.repeat([1, 2], 4))
        np.testing.assert_array_equal(table.columns["feature_2"], array[:, :, 1].ravel())
        assert "2 sequences × 4 steps × 3 features" in " ".join(table.notes)


def test_an_array_of_records_has_named_columns() -> None:
    records = np.array([(1, 2.5, "x"), (2, 3.5, "y")], dtype=[("i", "i4"), ("f", "f8"), ("w", "U1")])
    assert values(read_table(npy(records), "a.npy")) == {"i": [1.0, 2.0], "f": [2.5, 3.5], "w": ["x", "y"]}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 2 3.5", {"value": [1.0, 2.0, 3.5]}),
        ("1, 2, 3.5,", {"value": [1.0, 2.0, 3.5]}),
        ("1\n2\n3.5\n", {"column_1": [1.0, 2.0, 3.5]}),
        ("1 2 3\n4 5\n", {"value": [1.0, 2.0, 3.0, 4.0, 5.0]}),
        ("t\tflow\n1\t2\n3\t4\n", {"t": [1.0, 3.0], "flow": [2.0, 4.0]}),
        ("[1, 2]", {"value": [1.0, 2.0]}),
        ('{"a": [1, 2]}', {"a": [1.0, 2.0]}),
        ("abc", {"character": ["a", "b", "c"]}),
        ("(()", {"character": ["(", "(", ")"]}),
        ("[ok]", {"character": ["[", "o", "k", "]"]}),
    ],
)
def test_pasted_text(text: str, expected: dict[str, list[object]]) -> None:
    assert values(read_pasted(text)) == expected


def test_an_empty_paste_is_refused_in_its_own_words() -> None:
    with pytest.raises(SequenceError, match="The text is empty"):
        read_pasted("  \n")


def test_a_poem_is_characters_line_ends_included() -> None:
    table = read_table("Röslein, Röslein,\r\nrot\n".encode(), "poem.txt")
    assert "".join(table.columns["character"]) == "Röslein, Röslein,\nrot\n"
    assert (table.format, table.notes) == ("text", ())

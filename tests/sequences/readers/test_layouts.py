"""What stands around a table: metadata above, units, second headers, sums below, and rows that are whole series."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_viz.sequences import Limits, Table, read_pasted, read_sequence
from lstm_viz.sequences.readers import read
from lstm_viz.sequences.reading_options import ReadingOptions
from tests.sequences.readers.hostile_files import npy, npz, workbook


def table_of(text: str | bytes, name: str = "a.csv", **options: object) -> Table:
    data = text.encode() if isinstance(text, str) else text
    return read(data, name, Limits(), options=ReadingOptions(**options))


def numbers(table: Table, *names: str) -> list[list[float]]:
    return [table.columns[name].tolist() for name in names]


def said(table: Table) -> str:
    return " ".join([*table.notes, *(question.sentence() for question in table.questions)])


BODY = "2024-01-01,1,5.5\n2024-01-02,2,6.5\n2024-01-03,3,7.5\n"

AROUND = {
    "units below the header": ("time,n,temp\n,,degC\n" + BODY, "“temp” (degC)"),
    "units in every column": ("time,n,temp\nUTC,-,degC\n" + BODY, "“time” (UTC)"),
    "two lines of metadata": ("Plot Title: 10328\nSerial,77\ntime,n,temp\n" + BODY, "“Plot Title: 10328”, “Serial,77”"),
    "many lines of metadata": ("".join(f"meta {n}\n" for n in range(30)) + "time,n,temp\n" + BODY, "30 lines"),
    "logger's environment, units and process": (
        '"TOA5","CR1000","CR1000","12345","prog"\n"time","n","temp"\n"TS","RN","degC"\n"","","Avg"\n' + BODY,
        "“temp” (Avg)",
    ),
    "comments within the table": ("time,n,temp\n" + BODY.replace("\n", "\n# moved\n", 1), "1 line beginning with #"),
    "a separator too many": ("time,n,temp\n" + BODY.replace("\n", ",\n"), "3 rows ended in separators"),
    "averages below": ("time,n,temp\n" + BODY + "Average,2,6.5\n", "“Average 2 6.5” (first: line 5)"),
    "sums between": ("time,n,temp\n" + BODY.replace("2024-01-03", "Subtotal,3,12\n2024-01-03"), "“Subtotal 3 12”"),
    "a shorter footer": (
        "time,n,temp\n" + BODY + "\nTotal: 3 rows\nexported by X\n",
        "“Total: 3 rows”, “exported by X”",
    ),
    "the end of the file": ("time,n,temp\n" + BODY + "END OF FILE,,\n", "END OF FILE"),
    "the header again": ("time,n,temp\n" + BODY.replace("2024-01-03", "time,n,temp\n2024-01-03"), "1 repetition"),
    "sep=,": ("sep=,\ntime,n,temp\n" + BODY, ""),
    "Ctrl-Z": ("time,n,temp\n" + BODY + "\x1a", ""),
    "a blank behind separators": (
        '"time", "n", "temp"\n'
        + "".join(", ".join(f'"{cell}"' for cell in row.split(",")) + "\n" for row in BODY.split()),
        "",
    ),
}


@pytest.mark.parametrize("name", ["a.csv", "a.txt"])
@pytest.mark.parametrize("case", AROUND)
def test_what_stands_around_a_table_is_no_step_and_is_said(case: str, name: str) -> None:
    text, words = AROUND[case]
    table = table_of(text, name)
    assert list(table.columns) == ["time", "n", "temp"]
    assert numbers(table, "n", "temp") == [[1, 2, 3], [5.5, 6.5, 7.5]]
    assert table.columns["time"].dtype.kind == "M" and not np.isnat(table.columns["time"]).any()
    assert words.replace("30 lines", "“meta 0”") in said(table)


def test_excel_says_what_separates() -> None:
    assert numbers(table_of("sep=;\ndate;flow\n1;1,5\n2;2,5\n"), "date", "flow") == [[1, 2], [1.5, 2.5]]


def test_forcing_of_a_catchment_under_three_numbers() -> None:
    text = "46.86\n250.3\n5847\nYear Mnth Day prcp(mm/day)\n1980 01 01 0.00\n1980 01 02 1.50\n1980 01 03 2.25\n"
    table = table_of(text, "01013500_lump_forcing_leap.txt")
    assert numbers(table, "Year", "prcp(mm/day)") == [[1980] * 3, [0, 1.5, 2.25]]
    assert "“46.86”, “250.3”, “5847”" in said(table)


def test_types_below_the_header_of_a_gauge_are_no_step() -> None:
    rows = "".join(f"USGS\t01013500\t2024-01-0{day}\t{day}.5\tA\n" for day in range(1, 6))
    text = f"# data\n#\nagency_cd\tsite_no\tdatetime\tflow\tflow_cd\n5s\t15s\t20d\t14n\t10s\n{rows}"
    table = table_of(text, "nwis.rdb")
    assert table.rows == 5 and table.columns["flow"].tolist() == [1.5, 2.5, 3.5, 4.5, 5.5]
    two = text + text.replace("01013500", "01014000")
    assert table_of(two, "nwis.rdb").rows == 10


@pytest.mark.parametrize("quoted", ['"a" "b"\n"r1" 1 2\n"r2" 3 4\n', "a,b\nr1,1,2\nr2,3,4\n"])
def test_rows_names_of_r_become_a_column(quoted: str) -> None:
    table = table_of(quoted.replace(" ", ","))
    assert numbers(table, "a", "b") == [[1, 3], [2, 4]] and next(iter(table.columns)) == "row"


@pytest.mark.parametrize("names", ["# x,y,z", "#x, y, z", "# x y z"])
def test_names_in_the_last_comment(names: str) -> None:
    separator = "," if "," in names else " "
    table = table_of(f"# made by numpy\n{names}\n" + "1.5,2,3\n4.5,5,6\n".replace(",", separator), "a.txt")
    assert numbers(table, "x", "y", "z") == [[1.5, 4.5], [2, 5], [3, 6]]


def test_pandas_without_names_and_with_two_rows_of_names() -> None:
    frame = pd.DataFrame(np.array([[0.5, 0.7], [0.6, 0.8], [0.7, 0.9]]))
    assert numbers(table_of(frame.to_csv()), "0", "1") == [[0.5, 0.6, 0.7], [0.7, 0.8, 0.9]]
    assert numbers(table_of(frame.to_csv(index=False)), "0", "1") == [[0.5, 0.6, 0.7], [0.7, 0.8, 0.9]]
    levels = pd.MultiIndex.from_tuples([("flow", "up"), ("flow", "low"), ("rain", "up")])
    index = pd.date_range("2024-01-01", periods=6, name="day")
    wide = pd.DataFrame(np.arange(18.0).reshape(6, 3), index, levels)
    table = table_of(wide.to_csv())
    assert list(table.columns) == ["day", "flow up", "flow low", "rain up"] and table.rows == 6
    assert table.columns["flow low"].tolist() == wide[("flow", "low")].tolist()


def test_numbers_that_may_be_names_are_asked_about() -> None:
    text = "0,1,2\n0.5,0.7,1\n0.6,0.8,2\n"
    table = table_of(text)
    assert [question.option for question in table.questions] == ["header"] and table.rows == 2
    assert table_of(text, header=False).rows == 3 and list(table_of(text, header=True).columns) == ["0", "1", "2"]
    assert table_of("1,2,3\n2,3,4\n").rows == 2


COLUMNS = st.lists(st.floats(-1e4, 1e4).map(lambda number: round(number, 2) + 0.25), min_size=5, max_size=20)


@settings(max_examples=80, deadline=None)
@given(
    values=COLUMNS,
    above=st.lists(st.sampled_from(["Station: Kassel", "Elevation 163 m", "made 2024", "note"]), max_size=6),
    units=st.booleans(),
    footer=st.sampled_from(["", "Sum,{sum}", "Total rows: 5", "End of report"]),
    separator=st.sampled_from([",", ";", "\t", "|"]),
)
def test_whatever_stands_around_any_table_the_table_comes_back(
    values: list[float], above: list[str], units: bool, footer: str, separator: str
) -> None:
    days = pd.date_range("2024-01-01", periods=len(values))
    rows = [["day", "flow"], *([["", "m3/s"]] if units else [])]
    rows += [[str(day.date()), f"{value:.2f}"] for day, value in zip(days, values, strict=True)]
    rows += [footer.format(sum="5.5").split(",")] if footer else []
    text = "\n".join([*above, *(separator.join(row) for row in rows)]) + "\n"
    table = table_of(text, missing=())
    assert list(table.columns) == ["day", "flow"]
    np.testing.assert_allclose(table.columns["flow"], [float(f"{value:.2f}") for value in values])
    np.testing.assert_array_equal(table.columns["day"], days.to_numpy("M8[ns]"))


# Fixed width, and what falls to characters


def test_fixed_width_with_blanks_as_pandas_reads_it() -> None:
    frame = pd.DataFrame({"t": range(8), "a": np.arange(8) / 4, "b": np.arange(8) * 10.0})
    frame.loc[3, "a"] = None
    lines = ["   t     a     b"]
    lines += [
        f"{int(t):4d}{'' if np.isnan(a) else f'{a:.2f}':>6}{b:6.1f}" for t, a, b in frame.to_numpy(float).tolist()
    ]
    text = "\n".join(lines) + "\n"
    table = table_of(text, "a.txt")
    expected = pd.read_fwf(io.StringIO(text))
    for name in ("t", "a", "b"):
        np.testing.assert_array_equal(table.columns[name], expected[name])


def test_a_table_that_falls_to_characters_is_said_with_why() -> None:
    table = table_of("1 2 3\n4 5\n6 7 8 9\n1\n2 3\n", "a.txt")
    assert table.format == "text" and "line 2 has 2 values where line 1 has 3" in said(table)
    assert table_of("Well, well.\nSo, we meet.\n", "a.txt").notes == ()


def test_exponents_with_d_are_numbers() -> None:
    assert numbers(table_of("1.5D+02 1\n2.5d-01 2\n", "a.txt"), "column_1") == [[150.0, 0.25]]


def test_a_decimal_comma_alone_on_its_line() -> None:
    assert numbers(table_of("flow\n1,5\n2,25\n"), "flow") == [[1.5, 2.25]]
    asked = read_pasted("1,5\n2,5\n3,25")
    assert asked.columns["column_1"].tolist() == [1.5, 2.5, 3.25] and asked.questions[0].option == "decimal"
    assert list(read_pasted("1,5\n2,5\n3,25", decimal=".").columns) == ["column_1", "column_2"]


PASTED = {
    "1,5 2,5 3,25": [1.5, 2.5, 3.25],
    "1,5; 2,5; 3,25": [1.5, 2.5, 3.25],
    "(1, 2, 3.5, 4)": [1, 2, 3.5, 4],
    "{1, 2, 3}": [1, 2, 3],
    "array([1., 2., 3.5])": [1, 2, 3.5],
    "tensor([1., 2.], dtype=torch.float64)": [1, 2],
    "[1.0, 2.0,\n 3.5]": [1, 2, 3.5],
    "x = [4, 5, 6]": [4, 5, 6],
    "1,234 2,345": [1234, 2345],
}


@pytest.mark.parametrize("text", PASTED)
def test_pasted_numbers_with_brackets_and_commas(text: str) -> None:
    assert read_pasted(text).columns["value"].tolist() == PASTED[text]


@pytest.mark.parametrize("text", ["np.array([[1., 2], [3, .5]])", "[[1. 2. ]\n [3. 0.5]]", "x = [[1, 2.0], [3, 0.5]];"])
def test_pasted_rows_as_numpy_prints_them(text: str) -> None:
    assert numbers(read_pasted(text), "column_1", "column_2") == [[1, 3], [2, 0.5]]


# Rows that are whole series


def test_one_row_is_always_turned() -> None:
    for data, name in ((b"800, 803, 805, 802", "line.txt"), (npy(np.array([[800.0, 803, 805, 802]])), "a.npy")):
        table = read(data, name, Limits())
        assert numbers(table, "value") == [[800, 803, 805, 802]] and table.rows == 4


YEARS = "country,code,1990,1991,1992\nA,AA,1.5,2.5,3.5\nB,BB,4,5,\n"


def test_years_across_are_a_sequence_a_row() -> None:
    table = table_of(YEARS)
    assert table.questions[0].option == "row_is" and dict(table.roles) == {"sequence": "country", "time": "time"}
    assert table.columns["country"].tolist() == ["A AA"] * 3 + ["B BB"] * 2
    assert numbers(table, "time", "value") == [[1990, 1991, 1992, 1990, 1991], [1.5, 2.5, 3.5, 4, 5]]
    turned = table_of(YEARS, row_is="feature")
    assert numbers(turned, "time", "A AA") == [[1990, 1991, 1992], [1.5, 2.5, 3.5]]
    assert list(table_of(YEARS, row_is="step").columns) == ["country", "code", "1990", "1991", "1992"]


def test_dates_and_counts_across() -> None:
    text = "Province/State,Country/Region,Lat,Long,1/22/20,1/23/20,1/24/20\n"
    text += ",Chad,15,19,0,1,2\nACT,Australia,-35,149,0,3,4\n"
    table = table_of(text)
    assert table.columns["time"][1] == np.datetime64("2020-01-23") and numbers(table, "value") == [[0, 1, 2, 0, 3, 4]]
    m5 = "id,dept," + ",".join(f"d_{n}" for n in range(1, 6)) + "\nx,f,1,2,3,4,5\ny,f,6,7,8,9,10\n"
    assert numbers(table_of(m5), "time")[0] == [1, 2, 3, 4, 5] * 2


def test_series_in_rows_by_how_values_lie() -> None:
    rng = np.random.default_rng(0)
    series = np.cumsum(rng.normal(size=(40, 60)), axis=1) + rng.normal(size=(40, 1)) * 9
    rows, columns = read(npy(series), "a.npy", Limits()), read(npy(series.T.copy()), "a.npy", Limits())
    assert rows.questions[0].taken.value == "sequence" and rows.rows == 2400
    np.testing.assert_array_equal(rows.columns["value"], series.ravel())
    assert next(iter(columns.columns)) == "column_1" and columns.rows == 60
    again = read(npy(series), "a.npy", Limits(), options=ReadingOptions(row_is="step"))
    assert again.rows == 40


def test_sensors_that_are_numbered_stay_features() -> None:
    head = "unit,cycle," + ",".join(f"s{n}" for n in range(1, 22))
    rows = [f"1,{cycle}," + ",".join(str(100 * n + cycle / 10) for n in range(21)) for cycle in range(1, 40)]
    table = table_of("\n".join([head, *rows]))
    assert not table.questions and len(table.columns) == 23


def test_steps_before_sequences_in_an_array() -> None:
    array = np.random.default_rng(0).normal(size=(30, 1, 4))
    table = read(npy(array), "a.npy", Limits())
    assert table.questions[0].taken.value == "step" and table.rows == 30
    np.testing.assert_array_equal(table.columns["feature_2"], array[:, 0, 1])
    assert (table.columns["sequence"] == 1).all()
    both = np.arange(24.0).reshape(2, 3, 4)
    swapped = read(npy(both), "a.npy", Limits(), options=ReadingOptions(row_is="step"))
    np.testing.assert_array_equal(swapped.columns["feature_1"], both.swapaxes(0, 1)[..., 0].ravel())


# Padding


def test_gaps_at_the_end_of_a_sequence_end_it() -> None:
    array = np.arange(24.0).reshape(2, 4, 3)
    array[1, 2:] = np.nan
    batch = read_sequence(npy(array), "a.npy", standardise=False)
    assert batch.lengths.tolist() == [4, 2] and batch.filled is None


@pytest.mark.parametrize("number", [0.0, -1.0])
def test_numbers_that_fill_up_the_ends_are_asked_about(number: float) -> None:
    array = np.random.default_rng(0).normal(size=(3, 6, 2)) + 5
    array[1, 4:], array[2, 1:] = number, number
    table = read(npy(array), "a.npy", Limits())
    assert table.rows == 6 + 4 + 1 and table.questions[0].option == "padding"
    assert "2 sequences of 3 end in steps of nothing but" in table.questions[0].example
    assert read(npy(array), "a.npy", Limits(), options=ReadingOptions(padding=())).rows == 18
    whole = np.random.default_rng(0).normal(size=(3, 6, 2))
    whole[1, 2] = 0
    assert not read(npy(whole), "a.npy", Limits()).questions


def test_lengths_beside_an_array_end_its_sequences() -> None:
    array = np.zeros((3, 5, 2))
    for word in ("lengths", "seq_len"):
        batch = read_sequence(npz(x=array + np.arange(3)[:, None, None], **{word: np.array([5, 3, 1])}), "a.npz")
        assert batch.lengths.tolist() == [5, 3, 1]


def test_arrays_of_several_lengths_are_sequences() -> None:
    data = npz(run_1=np.ones((3, 2)), run_2=np.ones((5, 2)) * 2)
    batch = read_sequence(data, "a.npz")
    assert batch.lengths.tolist() == [3, 5] and batch.sequence_names == ("run_1", "run_2")


# Workbooks


def test_a_title_of_two_cells_above_a_wide_table() -> None:
    rows = [["Station", "Kassel", None, None, None], ["t", "a", "b", "c", "d"], [1, 2, 3, 4, 5], [2, 3, 4, 5, 6]]
    table = read(workbook(rows), "a.xlsx", Limits())
    assert list(table.columns) == ["t", "a", "b", "c", "d"] and "“Station”, “Kassel”" in said(table)


def test_a_workbook_with_titles_units_and_a_sum() -> None:
    rows = [["River gauge", None], [None, None], ["day", "flow"], [None, "m3/s"], [1, 2.5], [2, 3.5], ["Total", 6.0]]
    table = read(workbook(rows), "a.xlsx", Limits())
    assert numbers(table, "day", "flow") == [[1, 2], [2.5, 3.5]]
    assert "“River gauge”" in said(table) and "“flow” (m3/s)" in said(table) and "Total 6" in said(table)

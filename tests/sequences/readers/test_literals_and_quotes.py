"""Files that hold a list as a program prints it, cells in quotes of other kinds, and times as the keys of JSON."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pandas as pd
import pytest

from lstm_viz.sequences.choices import suggest_choices
from lstm_viz.sequences.limits import Limits
from lstm_viz.sequences.readers import read

LISTS = {
    "[1.0, 2.0, 3.5, 4.5]\n": [1.0, 2.0, 3.5, 4.5],
    "[1.0, 2.0,\n 3.5, 4.5]\n": [1.0, 2.0, 3.5, 4.5],
    repr(np.array([1.0, 2.0, 3.5])): [1.0, 2.0, 3.5],
    str(np.arange(30.0)): list(np.arange(30.0)),
    "x = (1, 2, 4)": [1.0, 2.0, 4.0],
    " [1] 1.5 2.5\n [3] 3.5": [1.5, 2.5, 3.5],
}


@pytest.mark.parametrize("name", ["x.txt", "x.csv"])
@pytest.mark.parametrize("written", LISTS)
def test_a_file_that_holds_a_list_is_its_numbers(written, name):
    columns = read(written.encode(), name, Limits()).columns
    assert [values.tolist() for values in columns.values()] == [LISTS[written]]


def test_numbers_in_brackets_stay_below_zero():
    columns = read(b"v\n(4)\n5\n(6)\n", "x.csv", Limits()).columns
    assert columns["v"].tolist() == [-4.0, 5.0, -6.0]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_single_quotes_around_cells_belong_to_no_cell(separator):
    out = io.StringIO()
    rows = [["date", "v"], ["2024-01-03", 3.5], ["2024-01-02", 2.5], ["2024-01-01", 1.5]]
    csv.writer(out, delimiter=separator, quotechar="'", quoting=csv.QUOTE_ALL).writerows(rows)
    table = read(out.getvalue().encode(), "x.csv", Limits())
    assert suggest_choices(table).time == "date"
    assert table.columns["v"].tolist() == [3.5, 2.5, 1.5]


def test_what_r_writes_with_quotes_and_blanks():
    rows = "".join(f'"{day}" "2024-01-{day:02}" "Ulm south" {day * 1.5}\n' for day in range(1, 10))
    table = read(f'"date" "place" "v"\n{rows}'.encode(), "x.txt", Limits())
    assert table.columns["v"].tolist() == [day * 1.5 for day in range(1, 10)]
    assert set(table.columns["place"]) == {"Ulm south"}
    assert suggest_choices(table).time == "date"


@pytest.mark.parametrize("orient", ["index", "columns"])
@pytest.mark.parametrize("start", ["1995-06-01", "2024-03-30 12:00"])
def test_pandas_index_of_times_is_time(orient, start):
    frame = pd.DataFrame({"v": [3.5, 2.5, 1.5]}, index=pd.date_range(start, periods=3, freq="h")[::-1])
    written = json.loads(frame.to_json(orient=orient))
    table = read(json.dumps(written).encode(), "x.json", Limits())
    assert table.columns["time"].tolist() == frame.index.astype("datetime64[ns]").asi8.tolist()
    assert table.columns["v"].tolist() == [3.5, 2.5, 1.5]


def test_a_header_of_years_with_a_separator_behind_it():
    rows = "".join(f'"C{i}","C0{i}","GDP","{i}.5","{i}.6","{i}.7",\n' for i in range(1, 7))
    head = '"Data Source","Indicators",\n\n"Name","Code","Indicator","1990","1991","1992",\n'
    table = read(f"{head}{rows}".encode(), "x.csv", Limits())
    assert table.columns["value"][:3].tolist() == [1.5, 1.6, 1.7]
    assert len(set(table.columns[table.roles["sequence"]])) == 6

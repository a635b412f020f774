"""Files that hold a list as a program prints it, cells in quotes of other kinds, and times as the keys of JSON."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pandas as pd
import pytest

from lstm_viz.sequences.choices import suggest_choices
from lstm_viz.sequences.errors import SequenceError
from lstm_viz.sequences.features import build_features
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
    keys = [str(time.value // 10**6) for time in frame.index]  # as to_json writes an index of times
    values = dict(zip(keys, frame["v"], strict=True))
    written = {"v": values} if orient == "columns" else {key: {"v": value} for key, value in values.items()}
    table = read(json.dumps(written).encode(), "x.json", Limits())
    assert table.columns["time"].tolist() == frame.index.astype("datetime64[ns]").asi8.tolist()
    assert table.columns["v"].tolist() == [3.5, 2.5, 1.5]


def test_a_header_of_years_with_a_separator_behind_it():
    rows = "".join(f'"C{i}","C0{i}","GDP","{i}.5","{i}.6","{i}.7",\n' for i in range(1, 7))
    head = '"Data Source","Indicators",\n\n"Name","Code","Indicator","1990","1991","1992",\n'
    table = read(f"{head}{rows}".encode(), "x.csv", Limits())
    assert table.columns["value"][:3].tolist() == [1.5, 1.6, 1.7]
    assert len(set(table.columns[table.roles["sequence"]])) == 6


def test_words_over_words_ask_whether_the_first_row_names_them():
    table = read(b"Peter\tB-PER\nlives\tO\nin\tO\nBerlin\tB-LOC\n", "x.tsv", Limits())
    assert "header" in [question.option for question in table.questions]


def test_words_set_apart_by_blanks_are_characters_and_say_so():
    table = read(b"EU NNP B-ORG\nrejects VBZ O\n\nPeter NNP B-PER\n", "x.txt", Limits())
    assert any("words separated by blanks" in note for note in table.notes)


def test_a_treebank_is_refused_with_what_to_save():
    words = "1\tHi\thi\tINTJ\tUH\t_\t0\troot\t_\t_\n2\tyou\tyou\tPRON\tP\t_\t1\tobj\t_\t_\n"
    for name in ("x.conllu", "x.txt"):
        with pytest.raises(SequenceError, match="CoNLL-U"):
            read(f"# sent_id = 1\n{words}".encode(), name, Limits())


def test_a_nominal_attribute_is_words():
    header = "@RELATION x\n@ATTRIBUTE a NUMERIC\n@ATTRIBUTE class {1,2}\n@DATA\n"
    assert read(f"{header}1.5,1\n2.5,2\n".encode(), "x.arff", Limits()).columns["class"].tolist() == ["1", "2"]


def test_a_list_in_records_keeps_its_name():
    lines = "".join(json.dumps({"start": "2024-01-01", "target": [k, 2 * k]}) + "\n" for k in (1, 2))
    table = read(lines.encode(), "x.jsonl", Limits())
    assert table.columns["target"].tolist() == [1.0, 2.0, 2.0, 4.0]
    assert "2 lists of 2 numbers: each was read as a sequence." in table.notes


def test_what_is_the_same_within_each_sequence_is_no_feature():
    rows = [(site, f"2024-01-{day:02}", day * site, 50.5 + site, "north") for site in (1, 2) for day in (1, 2, 3)]
    frame = pd.DataFrame(rows, columns=["site_id", "date", "flow", "latitude", "part"])
    table = read(frame.to_csv(index=False).encode(), "x.csv", Limits())
    assert suggest_choices(table).features == ("flow",)
    assert "`latitude` (the same within each sequence)" in prepare_notes(table)


@pytest.mark.parametrize("name", ["#", "RECORD"])
def test_a_loggers_count_of_records_is_no_feature(name):
    frame = pd.DataFrame(
        {"time": pd.date_range("2024-01-01", periods=9), name: np.arange(9) + 7, "v": np.arange(9) * 2}
    )
    assert suggest_choices(read(frame.to_csv(index=False).encode(), "x.csv", Limits())).features == ("v",)


def prepare_notes(table) -> str:
    notes: list[str] = []
    build_features(table, suggest_choices(table), notes)
    return " ".join(notes)

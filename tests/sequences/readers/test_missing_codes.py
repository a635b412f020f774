"""Codes for missing values: found where they lie, believed where the file names them, never taken in silence."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_viz.sequences import Limits, Table
from lstm_viz.sequences.readers import read
from lstm_viz.sequences.reading_options import ReadingOptions
from tests.sequences.readers.hostile_files import npy, parquet

CODES = (
    *(-99.9, -999, -999.9, -9999, -99999, 9999, 999.9, -888.88, 1e20, 9.96921e36, 1e30, -1e30, 65535, -32768),
    *(2147483647, 3.4028235e38, -7777, 99999),
)
FLOWS = [12.5, 14.25, 13.0, 15.75, 12.0, 16.5, 13.5]


def table_of(values: list[float], **options: object) -> Table:
    text = "flow,n\n" + "".join(f"{value!r},{place % 3}\n" for place, value in enumerate(values))
    return read(text.encode(), "a.csv", Limits(), options=ReadingOptions(**options))


@pytest.mark.parametrize("code", CODES)
def test_a_code_far_from_all_others_is_a_gap_and_asked_about(code: float) -> None:
    values = [*FLOWS[:3], code, *FLOWS[3:], code]
    table = table_of(values)
    expected = [np.nan if value == code else value for value in values]
    np.testing.assert_array_equal(table.columns["flow"], expected)
    (question,) = table.questions
    assert question.option == "missing" and "2 times in “flow” (first in row 4)" in question.example
    assert table_of(values, missing=()).columns["flow"].tolist() == pytest.approx(values)
    assert table_of(values, missing=question.taken.value).questions[0].taken.label == "missing"


@pytest.mark.parametrize(
    "values",
    [
        [0.0, 1, 0, 1, 0, 0, 1, 1],
        [0.0, 0, 0, 0, 0, 250.5, 0, 0, 300, 0, 0],
        [-99.0, -60, -20, 5, 40, -80, 12],
        [990.5, 1013.25, 999.9, 1005, 999.0, 998],
        [99.0, 98, 97, 99, 95, 99, 90],
        [float(number) for number in range(9990, 10010)],
        [1e20, 2e20, 3e20, 1.5e20],
        [32767.0, -32768, 30000, -31000, 100, 20000],
    ],
)
def test_plausible_values_are_kept(values: list[float]) -> None:
    assert table_of(values).columns["flow"].tolist() == values


def test_what_is_far_and_comes_often_is_asked_about_also_where_no_list_has_it() -> None:
    values = [*FLOWS, 123456.0, 123456.0, 123456.0]
    assert np.isnan(table_of(values).columns["flow"][-3:]).all() and table_of(values).questions


def test_two_codes_and_several_columns_are_one_question() -> None:
    rows = "".join(f"{a},{b}\n" for a, b in zip([1, -999, 2, -9999, 3], [5, 6, -999, 7, 8], strict=True))
    (question,) = read(f"a,b\n{rows}".encode(), "a.csv", Limits()).questions
    assert set(question.taken.value) == {-999.0, -9999.0}
    assert {answer.label for answer in question.others} == {"numbers", "only -9999 missing", "only -999 missing"}
    only = read(f"a,b\n{rows}".encode(), "a.csv", Limits(), options=ReadingOptions(missing=-9999))
    assert only.columns["a"][1] == -999 and np.isnan(only.columns["a"][3])


def test_a_file_that_names_its_code_is_believed() -> None:
    head = "# GRDC\n# Missing value: -999.000\n#\n"
    rows = "".join(f"2020-01-{day:02d};--:--;   {value:.3f}\n" for day, value in enumerate([5, -999, 6, 7], 1))
    table = read(f"{head}YYYY-MM-DD;hh:mm; Value\n{rows}".encode("latin-1"), "6335020_Q_Day.Cmd.txt", Limits())
    np.testing.assert_array_equal(table.columns["Value"], [5, np.nan, 6, 7])
    assert not table.questions and "The file says that -999 stands for a missing value." in table.notes
    kept = read(f"# no data: 12\nn,v\n1,12\n2,13\n".encode(), "a.csv", Limits())  # noqa: F541
    assert np.isnan(kept.columns["v"][0]) and "The file says that 12" in " ".join(kept.notes)
    said = read(b"# no data: 12\nn,v\n1,12\n2,13\n", "a.csv", Limits(), options=ReadingOptions(missing=()))
    assert said.columns["v"].tolist() == [12, 13]


def test_codes_are_found_in_every_format() -> None:
    values = np.array([1.0, 2, -999, 3, 4])
    for data, name in ((npy(values), "a.npy"), (parquet({"flow": values}), "a.parquet")):
        table = read(data, name, Limits())
        assert np.isnan(next(iter(table.columns.values()))[2]) and table.questions


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.floats(-50, 50).map(lambda value: round(value, 2)), min_size=4, max_size=30),
    st.sampled_from([-999.0, -9999.0, 1e20, 65535.0]),
    st.data(),
)
def test_nothing_is_taken_for_a_gap_without_a_question(values: list[float], code: float, data: st.DataObject) -> None:
    places = data.draw(st.sets(st.integers(0, len(values) - 1), max_size=2))
    mixed = [code if place in places else value for place, value in enumerate(values)]
    table = table_of(mixed)
    gaps = set(np.flatnonzero(np.isnan(table.columns["flow"])))
    assert bool(gaps) == bool(table.questions and table.questions[0].taken.value)
    if len(set(values)) > 2:
        assert places <= gaps

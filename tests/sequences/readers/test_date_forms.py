"""Dates in the many ways in which people and programs write them, as the days that they are."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from lstm_viz.sequences import read_table
from lstm_viz.sequences.readers.dates import parse_dates
from lstm_viz.sequences.readers.numeric_dates import parse_numeric_dates

FORMS: dict[str, tuple[list[str], list[str]]] = {
    "quarter, colon": (["2023:Q4", "2023:Q1"], ["2023-10-01", "2023-01-01"]),
    "quarter, French": (["T4 2023", "T1 2023"], ["2023-10-01", "2023-01-01"]),
    "quarter, German words": (["3. Quartal 2023", "1. Quartal 2024"], ["2023-07-01", "2024-01-01"]),
    "quarter, Roman": (["2023-IV", "2023-III"], ["2023-10-01", "2023-07-01"]),
    "quarter, fiscal": (["FY24Q4", "FY2024 Q1"], ["2024-10-01", "2024-01-01"]),
    "half year": (["H2 2024", "H1 2024"], ["2024-07-01", "2024-01-01"]),
    "week before its year": (["9. KW 2024", "1. KW 2024"], ["2024-02-26", "2024-01-01"]),
    "zone by its place": (["2024-01-31 10:00 Europe/Berlin"], ["2024-01-31T10"]),
    "month, Roman": (["16.III.2024", "7.XII.2024"], ["2024-03-16", "2024-12-07"]),
    "month, Stata": (["2022m12", "2022m9"], ["2022-12-01", "2022-09-01"]),
    "month, SDMX": (["2022-M01", "2022-M12"], ["2022-01-01", "2022-12-01"]),
    "SAS date": (["23FEB2024", "01MAR2024"], ["2024-02-23", "2024-03-01"]),
    "SAS datetime": (["16JAN2024:15:00:00", "17JAN2024:01:30:00"], ["2024-01-16T15", "2024-01-17T01:30"]),
    "season": (["2020/21", "1999/00"], ["2020-01-01", "1999-01-01"]),
    "month behind a slash": (["2020/01", "2020/02", "2020/03"], ["2020-01-01", "2020-02-01", "2020-03-01"]),
    "week, German": (["KW 23/2023", "KW 1/2024"], ["2023-06-05", "2024-01-01"]),
    ".NET": (["/Date(1704207600000)/", "/Date(1704207600000+0100)/"], ["2024-01-02T15", "2024-01-02T15"]),
    "Google charts": (["Date(2024,0,15)", "Date(2024,11,15)"], ["2024-01-15", "2024-12-15"]),
    "span": (["Feb 15, 2024 - Mar 14, 2024", "Jan 15, 2024 - Feb 14, 2024"], ["2024-02-15", "2024-01-15"]),
    "span, pandas": (["2023-09-04/2023-09-10", "2023-09-11/2023-09-17"], ["2023-09-04", "2023-09-11"]),
    "span of hours": (["13.01.2024 00:00 - 13.01.2024 01:00"], ["2024-01-13"]),
    "zone in brackets": (["2024-02-04T15:00:00+01:00[Europe/Berlin]"], ["2024-02-04T14"]),
    "hours in Chinese": (["2024年1月6日 18时", "2024年1月6日 19时"], ["2024-01-06T18", "2024-01-06T19"]),
    "a and p without m": (["1/2/2024 12:00a", "1/13/2024 1:30p"], ["2024-01-02", "2024-01-13T13:30"]),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_days_of(form: str) -> None:
    cells, days = FORMS[form]
    found = parse_dates(pa.array(cells))
    assert found is not None
    assert found.values.tolist() == np.array(days, "datetime64[ns]").tolist()


@pytest.mark.parametrize("cells", [["12 abc 34", "13 abc 35"], ["T1-10", "T2-15"], ["2024-13", "2024-14"]])
def test_what_is_no_date_is_none(cells: list[str]) -> None:
    assert parse_dates(pa.array(cells)) is None


def test_digits_that_end_with_the_year() -> None:
    found = parse_numeric_dates("date", np.array([23022024.0, 1032024.0]))
    assert found is not None and found.values.astype("M8[D]").astype(str).tolist() == ["2024-02-23", "2024-03-01"]
    assert parse_numeric_dates("population", np.array([23022024.0, 1032024.0])) is None


def test_digits_that_may_be_two_dates_are_asked() -> None:
    found = parse_numeric_dates("date", np.array([3042024.0, 5062024.0]))
    assert found is not None and [question.option for question in found.questions] == ["day_first"]


def test_days_as_a_workbook_counts_them() -> None:
    found = parse_numeric_dates("Datum", np.array([45292.0, 45292.5]))
    assert found is not None and found.values.astype("M8[h]").astype(str).tolist() == ["2024-01-01T00", "2024-01-01T12"]


def test_a_text_of_which_some_lines_are_utf8_is_read_line_by_line() -> None:
    lines = [f"2024-01-{day:02},Zürich,{day}\n".encode("utf-8" if day < 9 else "cp1252") for day in range(1, 17)]
    table = read_table(b"day,place,x\n" + b"".join(lines), "a.csv")
    assert set(table.columns["place"]) == {"Zürich"} and "Some lines of the text are UTF-8" in " ".join(table.notes)


def test_words_that_may_be_times_are_said_beside_a_counter() -> None:
    table = read_table(b"n,date,x\n1,day 9 of 2024,4\n2,day 8 of 2024,3\n3,day 7 of 2024,2\n", "a.csv")
    assert table.roles["time"] == "n" and any("“date”: not understood as times" in note for note in table.notes)

"""Every way to write a date that files were seen with, in any order of rows, with odd cells between."""

from __future__ import annotations

import random

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_viz.sequences.readers.dates import looks_like_dates, parse_dates
from lstm_viz.sequences.reading_options import ReadingOptions
from tests.sequences.files import order_of, table_of

GERMAN = ["Jan", "Feb", "Mrz", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez"]
FRENCH = ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."]
SPANISH = ["ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sept", "oct", "nov", "dic"]
ITALIAN = ["gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto", "settembre", "ottobre"]
ITALIAN += ["novembre", "dicembre"]

#: A name, a form and the precision to which it is written.
FORMS = {
    "iso": ("%Y-%m-%d", "D"),
    "iso with time": ("%Y-%m-%d %H:%M", "m"),
    "iso T seconds": ("%Y-%m-%dT%H:%M:%S", "s"),
    "iso Z": ("%Y-%m-%dT%H:%M:%SZ", "s"),
    "iso UTC": ("%Y-%m-%d %H:%M:%S UTC", "s"),
    "iso +00": ("%Y-%m-%d %H:%M:%S+00", "s"),
    "iso blank +0000": ("%Y-%m-%d %H:%M:%S +0000", "s"),
    "iso microseconds": ("%Y-%m-%d %H:%M:%S.%f", "us"),
    "Y.m.d": ("%Y.%m.%d", "D"),
    "Y/m/d": ("%Y/%m/%d", "D"),
    "Y m d without zeros": ("%Y-%-m-%-d", "D"),
    "d.m.Y": ("%d.%m.%Y", "D"),
    "d.m.Y H:M": ("%d.%m.%Y %H:%M", "m"),
    "d. m. Y": ("%-d. %-m. %Y", "D"),
    "d/m/Y fraction": ("%d/%m/%Y %H:%M:%S.%f", "us"),
    "12 hours": ("%Y-%m-%d %I:%M:%S %p", "s"),
    "12 hours m/d": ("%m/%d/%Y %I:%M %p", "m"),
    "month name": ("%d %B %Y", "D"),
    "month first": ("%B %d, %Y", "D"),
    "short month": ("%d-%b-%Y", "D"),
    "month behind the year": ("%Y-%b-%d", "D"),
    "weekday first": ("%A, %d %B %Y", "D"),
    "ctime": ("%a %b %d %H:%M:%S %Y", "s"),
    "ctime with a zone": ("%a %b %d %H:%M:%S UTC %Y", "s"),
    "RFC 2822": ("%a, %d %b %Y %H:%M:%S +0000", "s"),
    "HTTP": ("%a, %d %b %Y %H:%M:%S GMT", "s"),
    "Apache": ("[%d/%b/%Y:%H:%M:%S +0000]", "s"),
    "basic": ("%Y%m%dT%H%M%SZ", "s"),
    "basic with a blank": ("%Y%m%d %H%M%S", "s"),
    "digits": ("%Y%m%d", "D"),
    "digits to the hour": ("%Y%m%d%H", "h"),
    "digits to the minute": ("%Y%m%d%H%M", "m"),
    "digits to the second": ("%Y%m%d%H%M%S", "s"),
    "day of the year": ("%Y-%j", "D"),
    "ISO week": ("%G-W%V-%u", "D"),
    "Japanese": ("%Y年%m月%d日", "D"),
    "Japanese with time": ("%Y年%m月%d日 %H時%M分", "m"),
    "Korean": ("%Y년 %m월 %d일", "D"),
    "epoch": ("%s", "s"),
}


def written(time: pd.Timestamp, form: str) -> str:
    return str(int(time.timestamp())) if form == "%s" else time.strftime(form)


@pytest.mark.parametrize("name", FORMS)
@given(
    start=st.datetimes(pd.Timestamp("1982-01-01"), pd.Timestamp("2024-12-31")),
    minutes=st.sampled_from([1, 7, 60, 1440, 1440 * 7, 1440 * 31]),
    count=st.integers(20, 60),
    order=st.sampled_from(["rising", "falling", "shuffled"]),
    seed=st.integers(0, 10**6),
)
@settings(max_examples=6, deadline=None)
def test_a_table_comes_back_in_order_whatever_its_dates_look_like(name, start, minutes, count, order, seed):
    form, unit = FORMS[name]
    step = pd.Timedelta(minutes=max(minutes, {"D": 1440, "h": 60}.get(unit, 1)))
    times = [pd.Timestamp(start).floor("s") + step * place for place in range(count)]
    times = [pd.Timestamp(np.datetime64(time.to_datetime64(), unit)) for time in times]
    rows = [(written(time, form), place) for place, time in enumerate(times)]
    if order == "falling":
        rows.reverse()
    elif order == "shuffled" and "m/d" not in name and "d/m" not in name:
        random.Random(seed).shuffle(rows)
    text = "when;x\n" + "".join(f"{cell};{value}\n" for cell, value in rows)
    assert order_of(text) == list(map(float, range(count)))
    read = np.sort(table_of(text).columns["when"])
    assert np.array_equal(read, np.array(times, "datetime64[ns]"))


@pytest.mark.parametrize("months", [GERMAN, FRENCH, SPANISH, ITALIAN])
@pytest.mark.parametrize(
    "form", ["{month} {year}", "1 {month} {year}", "1. {month} {year}", "{month}-{short}", "{year} {month}"]
)
def test_months_by_their_names(months, form):
    cells = [form.format(month=month, year=2023, short=23) for month in months]
    values = parse_dates(pa.array(cells)).values
    assert np.array_equal(values, np.arange("2023-01", "2024-01", dtype="M8[M]").astype("M8[ns]"))


@pytest.mark.parametrize(
    ("cell", "time"),
    [
        ("2024-Q2", "2024-04-01"),
        ("2024Q2", "2024-04-01"),
        ("Q2 2024", "2024-04-01"),
        ("2Q24", "2024-04-01"),
        ("2024-H2", "2024-07-01"),
        ("2024-W05", "2024-01-29"),
        ("2024W05", "2024-01-29"),
        ("2024-01-12 24:00", "2024-01-13"),
        ("12.01.2024 24:00", "2024-01-13"),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59"),
        ("2024-06-17 14:30 +0200", "2024-06-17T12:30"),
        ("2024-06-17 14:30 CEST", "2024-06-17T12:30"),
        ("2024-06-17 02:30 p.m.", "2024-06-17T14:30"),
        ("2024-06-17 12:30 a.m.", "2024-06-17T00:30"),
        ("17/Jun/2024:14:30:00 +0200", "2024-06-17T12:30"),
        ("Jun-24", "2024-06-01"),
        ("June 17th, 2024", "2024-06-17"),
        ("17 de junio de 2024", "2024-06-17"),
        ("1er juin 2024", "2024-06-01"),
        ("Mon, 17.06.2024 14:30 Uhr", "2024-06-17T14:30"),
        ("2024-06-17 00:00:00:250", "2024-06-17T00:00:00.250"),
        ("2024-06-17T14:30:00,5", "2024-06-17T14:30:00.500"),
        ("2024年6月17日", "2024-06-17"),
        ("06/2024", "2024-06-01"),
    ],
)
def test_single_forms(cell, time):
    assert parse_dates(pa.array([cell] * 3)).values.tolist() == [np.datetime64(time, "ns").item()] * 3


ODD_CELLS = [
    "",
    "NA",
    "units",
    "Sum",
    "-",
    "31.02.2024",
    "99.99.9999",
    "::",
    "0",
    "T",
    "Z",
    "2024",
    "24:61",
    "\x00x",
    "💧",
]


@pytest.mark.parametrize(
    "form", ["%d.%m.%Y", "%d/%m/%Y", "%Y/%m/%d", "%d %b %Y", "%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ", "%s"]
)
@given(
    cells=st.lists(st.sampled_from(ODD_CELLS) | st.text(max_size=12), min_size=1, max_size=5), seed=st.integers(0, 99)
)
@settings(max_examples=15, deadline=None)
def test_no_cell_however_odd_refuses_a_column_of_dates(form, cells, seed):
    times = pd.date_range("2024-01-01", periods=20, freq="31D")
    column: list[str] = [written(time, form) for time in times]
    for cell in cells:
        column.insert(random.Random(seed).randrange(len(column)), cell)
    found = parse_dates(pa.array(column))
    if form == "%s":
        assert found is None
        return
    known = found.values[~np.isnat(found.values)]
    assert set(times.to_numpy().astype("M8[ns]")) <= set(known)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("Datum;Wert\n01.05.2024;1\n02.05.2024;2\n;3\n04.05.2024;4\n", [1, 2, 3, 4]),
        ("Datum;Wert\n04.05.2024;4\n;3\n02.05.2024;2\n01.05.2024;1\n", [1, 2, 3, 4]),
        ("day,x\n2024-01-01,1\n,2\n2024-01-03,3\n", [1, 2, 3]),
        ("t,x\n2016-12-31T23:59:58Z,1\n2016-12-31T23:59:60Z,2\n2017-01-01T00:00:01Z,3\n", [1, 2, 3]),
        ("t,x\n2024-01-01T00:00:59Z,1\n2024-01-01T00:00:61Z,2\n2024-01-01T00:01:02Z,3\n", [1, 2, 3]),
        ("d,x\n1/5/2024,1\n31/5/2024,2\n1/6/2024,3\nNA,4\n2024-06-03,5\n", [1, 2, 3, 4, 5]),
    ],
)
def test_rows_whose_date_can_not_be_read_stay_where_the_file_has_them(text, values):
    assert order_of(text) == values


@pytest.mark.parametrize(
    ("cells", "first"),
    [
        (["01-Jan-67", "01-Jan-68", "01-Jan-69", "01-Jan-70"], "1967-01-01"),
        (["01.02.55", "01.02.68", "01.02.69", "01.02.94"], "1955-02-01"),
        (["31/12/98", "31/12/99", "31/12/00", "31/12/01"], "1998-12-31"),
        (["31/12/01", "31/12/00", "31/12/99", "31/12/98"], "2001-12-31"),
        (["01-Jan-24", "01-Jan-25", "01-Jan-27", "01-Jan-30"], "2024-01-01"),
    ],
)
def test_two_digit_years_lie_where_the_file_is_in_order(cells, first):
    assert str(parse_dates(pa.array(cells)).values[0])[:10] == first


def test_the_first_year_can_be_said():
    said = ReadingOptions(first_year=1900)
    assert str(parse_dates(pa.array(["01.02.10", "01.02.11"]), said).values[0])[:10] == "1910-02-01"


@pytest.mark.parametrize(
    ("cells", "order"),
    [
        (["4/1/2024", "3/4/2024", "2/5/2024", "1/1/2024"], "mdy"),  # newest first
        (["1/4/2024", "4/3/2024", "5/2/2024", "1/1/2024"], "dmy"),
        ([f"{month}/{day}/2024" for _ in "AB" for month in (1, 2, 3) for day in (2, 5, 9, 12)], "mdy"),  # two sites
        ([f"{month}/1/{year}" for year in (2022, 2023) for month in range(1, 13)], "mdy"),  # evenly monthly
        ([f"1/{month}/{year}" for year in (2022, 2023) for month in range(1, 13)], "dmy"),
        (["1/2/2024 3:00 PM", "1/3/2024 3:00 PM"], "mdy"),
        (["13/2/2024", "1/3/2024"], "dmy"),
        (["2/13/2024", "3/1/2024"], "mdy"),
    ],
)
def test_day_or_month_first_is_decided_by_the_file(cells, order):
    found = parse_dates(pa.array(cells))
    day_first = order == "dmy"
    expected = pd.to_datetime(pd.Series(cells), dayfirst=day_first, format="mixed")
    assert np.array_equal(found.values, expected.to_numpy().astype("M8[ns]"))
    assert found.questions == ()


@pytest.mark.parametrize(
    "cells", [["3/4/2024", "5/6/2024"], ["1/1/2024", "2/1/2024", "3/1/2024"], ["3-4-2024", "5-6-2024"]]
)
def test_what_the_file_does_not_decide_is_asked(cells):
    found = parse_dates(pa.array(cells), name="day")
    (question,) = found.questions
    assert question.option == "day_first" and "“day”" in question.example
    for answer in (question.taken, *question.others):
        values = parse_dates(pa.array(cells), ReadingOptions(day_first=answer.value)).values
        expected = pd.to_datetime(pd.Series(cells), dayfirst=answer.value, format="mixed")
        assert np.array_equal(values, expected.to_numpy().astype("M8[ns]"))
        again = parse_dates(pa.array(cells), ReadingOptions(day_first=answer.value)).questions[0]
        assert {again.taken.value, again.others[0].value} == {True, False} and again.taken.value == answer.value


def test_the_first_of_every_month_is_proposed_before_the_first_days_of_january():
    assert str(parse_dates(pa.array(["1/1/2024", "2/1/2024", "3/1/2024"])).values[1])[:10] == "2024-02-01"


@pytest.mark.parametrize("cells", [["24-06-07", "24-06-08"], ["05-06-07", "05-06-08"]])
def test_the_year_may_be_first_or_last(cells):
    found = parse_dates(pa.array(cells))
    assert found.questions[0].option == "year_first"
    assert str(found.values[0])[:10] == f"20{cells[0]}"
    other = parse_dates(pa.array(cells), ReadingOptions(year_first=False, day_first=True)).values[0]
    assert str(other)[:10] == "20" + "-".join(reversed(cells[0].split("-")))


@pytest.mark.parametrize(
    "cells", [["12:30", "12:31"], ["18.00.00", "19.00.00"], ["wet", "dry"], ["a1", "b2"], ["1.2.3", "1.2.4"]]
)
def test_what_is_no_date_is_not_said_to_look_like_one(cells):
    assert parse_dates(pa.array(cells)) is None
    assert cells[0] == "1.2.3" or not looks_like_dates(pa.array(cells))


def test_dates_that_are_not_understood_are_said():
    notes = table_of("day,x\n12 Thermidor 8,1\n13 Thermidor 8,2\n14 Thermidor 8,3\n").notes
    assert any("looks like dates" in note and "12 Thermidor 8" in note for note in notes)

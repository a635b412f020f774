"""Which column orders time in files as people have them, and what order comes of it."""

from __future__ import annotations

import random

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_viz.sequences import read_sequence, suggest_choices
from tests.sequences.files import batch_of, order_of, table_of


def lines(header: str, *rows: str) -> str:
    return "\n".join((header, *rows)) + "\n"


#: Name: (file, the column that orders time, the values of the first feature in order).
FILES: dict[str, tuple[str, str | None, list[float]]] = {
    "date and time": (
        lines("Date,Time,temp", "2024-01-01,00:00,1", "2024-01-01,12:00,2", "2024-01-02,00:00,3", "2024-01-02,12:00,4"),
        "Date, Time",
        [1, 2, 3, 4],
    ),
    "uneven times, unsorted": (
        lines("Date,Time,temp", "2024-01-01,12:00,2", "2024-01-01,00:00,1", "2024-01-02,07:30,3"),
        "Date, Time",
        [1, 2, 3],
    ),
    "UCI air quality": (
        lines("Date;Time;CO(GT)", "10/03/2004;18.00.00;2,6", "10/03/2004;19.00.00;2", "13/03/2004;18.00.00;2,2"),
        "Date, Time",
        [2.6, 2, 2.2],
    ),
    "household power": (
        lines("Date;Time;P", "16/12/2006;17:24:00;4.2", "16/12/2006;17:25:00;5.3", "17/12/2006;00:00:00;1.0"),
        "Date, Time",
        [4.2, 5.3, 1.0],
    ),
    "12-hour clock": (
        lines("Date,Time,x", "2024-01-01,1:00 PM,3", "2024-01-01,12:00 AM,1", "2024-01-01,11:00 AM,2"),
        "Date, Time",
        [1, 2, 3],
    ),
    "PJM": (lines("date,HE,mw", "1/30/2024,24,2", "1/30/2024,1,1", "1/31/2024,1,3"), "date, HE", [1, 2, 3]),
    "HE01": (lines("date,HE,mw", "1/30/2024,HE24,2", "1/30/2024,HE01,1", "1/31/2024,HE01,3"), "date, HE", [1, 2, 3]),
    "Elexon": (
        lines("SETTLEMENT_DATE,SETTLEMENT_PERIOD,ND", "01-JAN-2024,2,2", "01-JAN-2024,1,1", "02-JAN-2024,1,3"),
        "SETTLEMENT_DATE, SETTLEMENT_PERIOD",
        [1, 2, 3],
    ),
    "hours of UTC": (
        lines("Data;Hora UTC;x", "2024/01/01;0100 UTC;2", "2024/01/01;0000 UTC;1"),
        "Data, Hora UTC",
        [1, 2],
    ),
    "hours as spans": (
        lines("Date;Hours;x", "14-01-2024;00 - 01;1", "14-01-2024;01 - 02;2", "15-01-2024;00 - 01;3"),
        "Date, Hours",
        [1, 2, 3],
    ),
    "months as periods, with the year's mean": (
        lines("Series,Year,Period,Value", *(f"A,2020,M{month:02},{month}" for month in (2, 1, 13, 3))),
        "Year, Period",
        [1, 2, 3],
    ),
    "year, month and day without names": (
        lines("9,x,2024,01,01,0.5", *(f"9,x,2024,01,{day:02},{day}" for day in (3, 2, 4, 6, 5))),
        "column_3, column_4, column_5",
        [9] * 6,
    ),
    "zones in a column": (
        lines("time,tz,x", "2024-03-10 01:00,EST,1", "2024-03-10 03:00,EDT,2", "2024-03-10 02:30,EST,3"),
        "time, tz",
        [1, 2, 3],
    ),
    "hours and minutes in one number": (
        lines("date,time,x", "2024-01-01,1430,2", "2024-01-01,30,1", "2024-01-02,0,3"),
        "date, time",
        [1, 2, 3],
    ),
    "date, hour, minute": (
        lines("date,hour,minute,x", "2024-01-01,1,30,2", "2024-01-01,1,0,1", "2024-01-01,2,0,3"),
        "date, hour, minute",
        [1, 2, 3],
    ),
    "macrodata": (lines("year,quarter,gdp", "1960,1,5", "1959,4,4", "1959,1,1"), "year, quarter", [1, 4, 5]),
    "quarter in words": (lines("year,quarter,gdp", "1960,Q1,5", "1959,Q4,4", "1959,Q1,1"), "year, quarter", [1, 4, 5]),
    "year and month": (lines("year,Month,x", "2024,2,2", "2024,1,1", "2025,1,3"), "year, Month", [1, 2, 3]),
    "year and month's name": (
        lines("year,month,x", "2024,Feb,2", "2024,Jan,1", "2025,Jan,3"),
        "year, month",
        [1, 2, 3],
    ),
    "El Niño": (lines("YR MON ANOM", "1950 2 2", "1950 1 1", "1951 1 3"), "YR, MON", [1, 2, 3]),
    "CAMELS-BR": (
        lines("year month day flow", "1980 01 03 3", "1980 01 02 2", "1980 01 01 1"),
        "year, month, day",
        [1, 2, 3],
    ),
    "LamaH": (lines("YYYY;MM;DD;qobs", "1981;1;2;2", "1981;1;1;1", "1981;2;1;3"), "YYYY, MM, DD", [1, 2, 3]),
    "CAMELS forcing": (lines("Year,Mnth,Day,Hr,x", "1980,1,1,12,1", "1980,1,2,12,2"), "Year, Mnth, Day, Hr", [1, 2]),
    "y m d": (lines("y,m,d,q", "1980,1,2,2", "1980,1,1,1", "1980,2,1,3"), "y, m, d", [1, 2, 3]),
    "year and day of the year": (lines("year,doy,q", "2024,3,3", "2024,2,2", "2023,365,1"), "year, doy", [1, 2, 3]),
    "decimal year": (lines("decimal_year,co2", "1958.3,3", "1958.2,2", "1958.1,1"), "decimal_year", [1, 2, 3]),
    "DWD": (
        lines("STATIONS_ID;MESS_DATUM;TMK", "44;20240103;3", "44;20240102;2", "44;20240101;1"),
        "MESS_DATUM",
        [1, 2, 3],
    ),
    "DWD hourly": (lines("MESS_DATUM;TT", "2024013112;3", "2024013111;2", "2024013110;1"), "MESS_DATUM", [1, 2, 3]),
    "digits, and a measurement that rises by one": (
        lines("date,flow", "20240131,1", "20240201,2", "20240202,3"),
        "date",
        [1, 2, 3],
    ),
    "year and month in digits": (lines("month,x", "202403,3", "202402,2", "202312,1"), "month", [1, 2, 3]),
    "epoch, newest first": (
        lines("timestamp,temp", "1711750800,3", "1711750200,2", "1711749600,1"),
        "timestamp",
        [1, 2, 3],
    ),
    "epoch with a repeat": (lines("ts,x", "1711750800,1", "1711750800,2", "1711750801,3"), "ts", [1, 2, 3]),
    "epoch in ms, shuffled": (
        lines("date,x", "1577923200000,2", "1577836800000,1", "1578009600000,3"),
        "date",
        [1, 2, 3],
    ),
    "epoch in µs": (lines("time,x", "1577923200000000,2", "1577836800000000,1"), "time", [1, 2]),
    "epoch in ns": (lines("time,x", "1577923200000000000,2", "1577836800000000000,1"), "time", [1, 2]),
    "epoch with a fraction": (
        lines("epoch,x", "1711750800.5,2", "1711750800.25,1", "1711750801,3"),
        "epoch",
        [1, 2, 3],
    ),
    "datetime of digits": (lines("datetime,x", "1711750802,3", "1711750801,2", "1711750800,1"), "datetime", [1, 2, 3]),
    "unix_time": (lines("unix_time,x", "1711750802,3", "1711750801,2", "1711750800,1"), "unix_time", [1, 2, 3]),
    "time_ms": (lines("time_ms,x", "300,3", "100,1", "200,2"), "time_ms", [1, 2, 3]),
    "Time [s]": (lines("Time [s],x", "0.3,3", "0.2,2", "0.1,1"), "Time [s]", [1, 2, 3]),
    "elapsed_ms": (lines("elapsed_ms,x", "30,3", "20,2", "10,1"), "elapsed_ms", [1, 2, 3]),
    "Binance": (
        lines("open_time,open,close_time", "1711750860000,2,1711750919999", "1711750800000,1,1711750859999"),
        "open_time",
        [1, 2],
    ),
    "report date": (
        lines("report,obs,x", "2024-06-01,2024-01-03,3", "2024-06-01,2024-01-02,2", "2024-06-01,2024-01-01,1"),
        "obs",
        [1, 2, 3],
    ),
    "FRED": (
        lines(
            "realtime_start,realtime_end,date,value",
            *(f"2024-06-01,2024-06-02,{year}-01-01,{year}" for year in (2023, 2022, 2021)),
        ),
        "date",
        [2021, 2022, 2023],
    ),
    "InfluxDB": (
        lines("_start,_stop,_time,_value", *(f"2024-01-01,2024-02-01,2024-01-0{day},{day}" for day in (3, 2, 1))),
        "_time",
        [1, 2, 3],
    ),
    "date written once a day": (
        lines("Date,Time,x", "2024-01-01,06:00,1", ",12:00,2", ",18:00,3", "2024-01-02,06:00,4", ",12:00,5"),
        "Date, Time",
        [1, 2, 3, 4, 5],
    ),
    "date written once a day, newest first": (
        lines("Date,x", "2024-01-02,4", ",3", "2024-01-01,2", ",1"),
        "Date",
        [1, 2, 3, 4],
    ),
    "clock times alone": (lines("time,x", "09:15,3", "09:10,2", "09:05,1"), "time", [1, 2, 3]),
    "clock times past midnight": (lines("time,x", "23:58,1", "23:59,2", "00:00,3", "00:01,4"), None, [1, 2, 3, 4]),
    "a counter": (lines("n,x", "0,4", "1,5", "2,3"), "n", [4, 5, 3]),
    "years": (lines("year,x", "2003,3", "2001,1", "2002,2"), "year", [1, 2, 3]),
    "months of no year, again and again": (lines("month,x", "1,5", "2,3", "1,7", "2,8"), None, [1, 2, 1, 2]),
    "reaction_time": (lines("reaction_time,x", "0.5,1", "0.3,5", "0.4,3"), None, [0.5, 0.3, 0.4]),
    "a population": (
        lines("year,population", "2001,1411778724", "2002,1411750000", "2003,1411700000"),
        "year",
        [1411778724, 1411750000, 1411700000],
    ),
    "stations of eight digits": (lines("x,code", "1,10101010", "2,10101010", "3,10101010"), "x", [10101010] * 3),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_the_order_of(name: str) -> None:
    text, time, values = FILES[name]
    batch = batch_of(text)
    assert suggest_choices(table_of(text)).time == time
    np.testing.assert_allclose(order_of(text), values, rtol=1e-6)
    parts = [] if time is None else time.split(", ")
    said = f"Ordered by {', '.join(f'`{part}`' for part in parts)}" if parts else "In the order of the file"
    assert said in batch.notes[0] and ("as one time" in batch.notes[0]) == (len(parts) > 1)
    assert not set(parts) & set(batch.names)


@pytest.mark.parametrize("name", ["date and time", "year and day of the year", "DWD hourly", "epoch, newest first"])
def test_the_library_reads_the_same(name: str) -> None:
    text, _, values = FILES[name]
    np.testing.assert_allclose(read_sequence(text.encode(), "file.csv").original[:, 0, 0], values, rtol=1e-6)


@given(
    rows=st.integers(12, 60),
    shape=st.sampled_from(["date time", "y m d", "y doy", "y m", "date hour", "digits", "epoch"]),
    order=st.sampled_from(["rising", "falling", "shuffled"]),
    start=st.dates(pd.Timestamp("1985-01-01").date(), pd.Timestamp("2024-06-01").date()),
    seed=st.integers(0, 10**6),
)
@settings(max_examples=60, deadline=None)
def test_a_time_in_parts_comes_back_in_order(rows, shape, order, start, seed):
    frequency = {"date time": "37min", "date hour": "h", "y m": "MS"}.get(shape, "D")
    times = pd.date_range(start, periods=rows, freq=frequency)
    columns = {
        "date time": {"Date": times.strftime("%d.%m.%Y"), "Time": times.strftime("%H:%M:%S")},
        "date hour": {"date": times.strftime("%Y-%m-%d"), "hour": times.hour},
        "y m d": {"YEAR": times.year, "MO": times.month, "DY": times.day},
        "y doy": {"year": times.year, "doy": times.day_of_year},
        "y m": {"year": times.year, "month": times.strftime("%b")},
        "digits": {"MESS_DATUM": times.strftime("%Y%m%d")},
        "epoch": {"ts": times.as_unit("s").astype("int64")},
    }[shape]
    frame = pd.DataFrame({**columns, "x": np.arange(rows)})
    frame = {"rising": frame, "falling": frame[::-1], "shuffled": frame.sample(frac=1, random_state=seed)}[order]
    text = frame.to_csv(index=False, sep=";")
    assert order_of(text) == list(range(rows))
    assert np.array_equal(np.sort(next(iter(table_of(text).columns.values()))), times.to_numpy().astype("M8[ns]"))


def test_a_choice_of_time_by_hand_is_kept_and_its_parts_may_be_features() -> None:
    text = FILES["year and month"][0]
    assert read_sequence(text, time="x").names == ("year", "Month")
    assert read_sequence(text, features=["Month", "x"]).names == ("Month", "x")
    assert read_sequence(text).names == ("x",)


def test_shuffled_rows_without_a_date_come_last_and_it_is_said() -> None:
    random.seed(1)
    rows = [f"2024-01-{day:02},{day}" for day in range(1, 21)]
    random.shuffle(rows)
    text = lines("d,x", *rows[:5], ",50", *rows[5:])
    assert order_of(text) == [*range(1, 21), 50]
    assert any("put last, since the file is in no order" in note for note in batch_of(text).notes)


def test_rows_with_the_same_time_in_a_file_that_falls_are_in_falling_order_too() -> None:
    assert order_of(lines("date,x", "2024-01-02,4", "2024-01-02,3", "2024-01-01,2", "2024-01-01,1")) == [1, 2, 3, 4]


@pytest.mark.parametrize("falling", [False, True])
def test_an_hour_that_comes_twice_stays_in_its_order(falling: bool) -> None:
    local = pd.date_range("2024-10-27 01:00", periods=16, freq="15min", tz="Europe/Berlin").strftime("%Y-%m-%d %H:%M")
    rows = [f"{time},{place}" for place, time in enumerate(local)]
    text = lines("time,x", *(rows[::-1] if falling else rows))
    assert order_of(text) == list(range(16))
    assert any("comes twice" in note for note in batch_of(text).notes)


def test_two_rows_in_the_wrong_order_are_no_hour_put_back() -> None:
    assert order_of(lines("time,x", *(f"2024-10-27 02:{place:02},{place}" for place in (0, 2, 1, *range(3, 30))))) == [
        *range(30)
    ]


@pytest.mark.parametrize("word", ["Day {}", "12-Thermidor-{}", "{} before launch 2024"])
def test_what_looks_like_a_time_and_is_not_understood_is_said(word: str) -> None:
    table = table_of(lines("day,x", *(f"{word.format(place)},{place}" for place in (9, 8, 7, 6))))
    assert any("understood" in note for note in table.notes)


def test_days_that_come_often_are_those_side_by_side() -> None:
    days = [f"02/{day:02}/2024" for day in (3, 4, 5) for _ in range(24)]
    table = table_of(lines("date,hour,x", *(f"{day},{n % 24},{n}" for n, day in enumerate(days))))
    assert str(table.columns["date"][-1])[:10] == "2024-02-05" and table.questions[0].option == "day_first"


def test_hours_of_sunshine_are_no_time() -> None:
    hours = random.Random(0)
    rows = [f"2024-01-{day:02},{site},{hours.randrange(24)}" for day in range(1, 31) for site in "ABCD"]
    assert suggest_choices(table_of(lines("date,station,sun_hr", *rows))).features == ("sun_hr",)


def test_a_number_beside_the_word_date_is_no_day() -> None:
    rows = [f"2024-01-{day:02},{30_000 + day * 7 % 30}" for day in range(1, 31)]
    assert suggest_choices(table_of(lines("date,date_count", *rows))).features == ("date_count",)


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ([f"{day}/{month}/2024" for month in (5, 6) for day in range(1, 13)], "day/month/year, by which they are in"),
        (["13/5/2024", "14/5/2024"], "day/month/year."),
        (["5/13/2024", "5/14/2024"], "month/day/year."),
        (["4/1/2024", "3/4/2024", "2/5/2024", "1/1/2024"], "month/day/year, by which they fall from row to row."),
    ],
)
def test_how_dates_were_read_is_always_said(days: list[str], said: str) -> None:
    notes = batch_of(lines("date,v", *(f"{day},{place}" for place, day in enumerate(days)))).notes
    assert any(f"dates were read as {said}" in note for note in notes), notes


#: Name: (file, words of the note or question, the features there are).
SAID = {
    "year, month and day without names, days missing": (
        "\n".join(f"01013500 2000 {month:02d} {day:02d} {month + day / 2:.2f} A"
                  for month, day in [(3, 4), (1, 2), (7, 28), (2, 2), (2, 3), (5, 9), (12, 1)]),
        "“column_2”, “column_3”, “column_4”: may be a time, as 2000-03-04 in row 1, or numbers.",
        ("column_1", "column_5"),
    ),
    "a start and a rate above the values": (
        lines("1711749600.000000", "4.000000", *(f"{30 + step / 10}" for step in range(20))),
        "looks like a start time (2024-03-29 22:00:00 UTC) and the second, 4, like a rate.",
        ("column_1",),
    ),
    "several columns of it": (
        lines("1711749600.0,1711749600.0", "32.0,32.0", *(f"{step % 7 - 3},{step % 5}" for step in range(20))),
        "looks like a start time (2024-03-29 22:00:00 UTC) and the second, 32, like a rate.",
        ("column_1", "column_2"),
    ),
    "a feature that rises by one": (
        lines("# x,y,z", "1.0,2.0,3.0", "2.0,3.0,4.0", "3.0,4.0,6.0"),
        "`x` is one more in each row: it may number the rows, or be measured.",
        ("y", "z"),
    ),
    "numbers that take turns beside one clock": (
        lines("zz,t,x", *(f"{1 + row % 2},2024-01-01 00:{row:02d}:00,{row % 2 * 100 + row}" for row in range(12))),
        "`zz` (“1”, “2”) may tell sequences apart.",
        ("zz", "x"),
    ),
    "days with two signs between their parts": (
        lines("date,v", "2024~~06~~18,3", "2024~~06~~17,2", "2024~~06~~14,1"),
        "Column “date”: not understood as times, such as “2024~~06~~18”",
        ("v",),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", SAID.values(), ids=SAID)
def test_what_may_be_meant_otherwise_is_said(case: tuple[str, str, tuple[str, ...]]) -> None:
    file, said, features = case
    batch = batch_of(file)
    assert any(said in note for note in batch.notes), batch.notes
    assert batch.names == features


def test_numbers_that_are_no_time_after_all_are_features() -> None:
    assert "column_2" in batch_of(SAID["year, month and day without names, days missing"][0], time="").names
    assert batch_of(SAID["a feature that rises by one"][0], time="").names == ("x", "y", "z")


@pytest.mark.parametrize("day", ["%A, %B %d, %Y", "%a, %d %b %Y", "%B %d, %Y", "%d %B, %Y"])
@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_days_with_commas_beside_another_separator(day: str, separator: str) -> None:
    days = pd.date_range("2024-06-14", periods=4)[::-1]
    rows = (f"{own.strftime(day)}{separator}{place}" for place, own in enumerate(days))
    assert order_of(lines(f"date{separator}v", *rows)) == [3, 2, 1, 0]

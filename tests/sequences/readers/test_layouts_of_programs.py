"""Layouts that programs, agencies and people write, each with the values that a careful person would read from it."""

from __future__ import annotations

import gzip
import io
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lstm_viz.sequences import SequenceError, Table, read_pasted, read_sequence, read_table
from lstm_viz.sequences.readers.dialect import without_drawn_lines
from tests.sequences.readers.hostile_files import workbook

DAYS = [f"2024-01-{day:02}" for day in range(1, 13)]
VALUES = [13.83, 10.44, 12.64, 16.32, 17.58, 15.64, 10.2, 13.96, 9.43, 5.67, 8.52, 6.7]
ROWS = "".join(f"{day},{value}\n" for day, value in zip(DAYS, VALUES, strict=True))


def table_of(text: str, name: str = "a.csv", **options: object) -> Table:
    return read_table(text.encode(), name, **options)


def column(table: Table, name: str) -> list[float]:
    return table.columns[name].tolist()


@pytest.mark.parametrize("sign", ["%", "//", "!", "*", "REM", ";", "'"])
def test_comments_of_any_sign_above_the_header(sign: str) -> None:
    table = table_of(f"{sign} Logger 12, Elm Creek\n{sign} calibrated, gain=1.02, offset=0.1\nday,v\n{ROWS}")
    assert list(table.columns) == ["day", "v"] and column(table, "v") == VALUES


@pytest.mark.parametrize("header", ["day,v", "day,v,", "day;v", "day\tv", "day,v,comment"])
def test_a_header_that_does_not_quite_fit_its_rows(header: str) -> None:
    table = table_of(f"{header}\n{ROWS}")
    assert list(table.columns) == ["day", "v"] and column(table, "v") == VALUES


def test_names_and_units_in_two_comments() -> None:
    rows = "".join(f"2024 02 28 {hour:02} 00 {8 + hour}.5 1.0\n" for hour in range(10))
    table = table_of("#YY  MM DD hh mm WSPD  WVHT\n#yr  mo dy hr mn m/s     m\n" + rows, "a.txt")
    assert column(table, "WSPD") == [8.5 + hour for hour in range(10)]


def test_rows_that_describe_columns_are_no_steps() -> None:
    table = table_of("day,TempA,TempB\nS/N,10412233,10412234\nUnit,°C,°C\n" + ROWS.replace("\n", ",1\n"))
    assert column(table, "TempA") == VALUES
    assert any("S/N 10412233" in note for note in table.notes)


def test_the_lower_header_below_settings_of_the_same_width() -> None:
    top = "Security,SPX Index,\nPeriod,D,\nCurrency,USD,\nDate,PX_LAST,VOLUME\n"
    table = table_of(top + ROWS.replace("\n", ",5\n"))
    assert list(table.columns) == ["Date", "PX_LAST", "VOLUME"] and column(table, "PX_LAST") == VALUES


def test_a_word_in_place_of_one_date_stays_a_row() -> None:
    assert column(table_of(f"day,v\nunknown,3\n{ROWS}"), "v") == [3, *VALUES]


@pytest.mark.parametrize("end", ["***End_of_Header***", "[Data]"])
def test_settings_that_say_where_they_end(end: str) -> None:
    top = f"Separator\tTab\nDate\t2019/07/22\nTime\t17:18:18,93\n{end}\n\nX_Value\tUntitled\tComment\n"
    table = table_of(top + "".join(f"{step}\t{value}\n" for step, value in enumerate(VALUES)), "a.lvm")
    assert column(table, "Untitled") == VALUES


def test_a_remark_behind_the_last_column_is_left_out_and_said() -> None:
    table = table_of(f"day,v\n{ROWS}2024-01-13,5.5,pump off, rain\n")
    assert column(table, "v") == [*VALUES, 5.5]
    assert any("pump off" in note for note in table.notes)


def test_more_numbers_than_names_are_refused() -> None:
    with pytest.raises(SequenceError, match="has 3 values where the header has 2"):
        table_of(f"day,v\n{ROWS}2024-01-13,5,5\n")


@pytest.mark.parametrize(
    ("rule", "edge"),
    [("+-----+-----+\n", "|"), ("-----+-----\n", ""), ("|-----|-----|\n", "|"), ("|====|====|\n", "|")],
)
def test_drawn_tables(rule: str, edge: str) -> None:
    rows = "".join(f"{edge} {day} | {value} {edge}\n" for day, value in zip(DAYS, VALUES, strict=True))
    table = table_of(f"{edge} day | v {edge}\n{rule}{rows}", "a.txt")
    assert list(table.columns) == ["day", "v"] and column(table, "v") == VALUES


@pytest.mark.parametrize("piece", ["-", "--- ", "---:", "---  "])
def test_a_long_line_that_draws_and_then_says_something_is_tried_once(piece: str) -> None:
    """In all the ways in which its signs can be shared out it would take longer than anyone waits."""
    text = f"{piece * 300}x\n|day|v|\n|1|2|\n"
    assert without_drawn_lines(text) == text


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["1,76,729.50", "98,765.25", "12,34,56,789.00"], [176729.5, 98765.25, 123456789.0]),
        (["R$ 1.767,29", "R$ 12,50", "R$ 1.000,00"], [1767.29, 12.5, 1000.0]),
        (["'13.83", "'10.44", "'7"], [13.83, 10.44, 7.0]),
        (["1.77M", "1.82M", "2.00M"], [1.77e6, 1.82e6, 2e6]),
        (["1.77M", "950K", "2.00M"], [1.77e6, 9.5e5, 2e6]),
        (["5}", "6}", "7}"], [5.0, 6.0, 7.0]),
    ],
)
def test_numbers_as_people_write_them(cells: list[str], values: list[float]) -> None:
    table = table_of("t;v\n" + "".join(f"{place};{cell}\n" for place, cell in enumerate(cells)))
    assert column(table, "v") == pytest.approx(values, rel=1e-15)


def test_both_decimal_marks_in_one_column_are_asked_about() -> None:
    text = "t;v\n0;3,5\n1;2.75\n2;4,25\n3;1.234,5\n"
    table = table_of(text)
    assert column(table, "v") == [3.5, 2.75, 4.25, 1234.5]
    assert [question.option for question in table.questions] == ["decimal"]
    assert np.isnan(column(table_of(text, decimal=","), "v")[1])
    assert column(table_of(text, decimal="both"), "v") == [3.5, 2.75, 4.25, 1234.5]


def test_months_across_are_one_series_and_asked_about() -> None:
    months = "Jan,Feb,Mar,Apr,May,Jun,Jul,Aug,Sep,Oct,Nov,Dec"
    rows = "".join(
        f"{year},{','.join(str(100 * year + month) for month in range(12))}\n" for year in (2001, 2002, 2003)
    )
    table = table_of(f"year,{months}\n{rows}")
    assert column(table, "value") == [100 * year + month for year in (2001, 2002, 2003) for month in range(12)]
    assert table.columns["time"][13] == np.datetime64("2002-02-01")
    assert [question.option for question in table.questions] == ["row_is"]
    assert list(table_of(f"year,{months}\n{rows}", row_is="step").columns)[1] == "Jan"


def test_hours_across_are_one_series() -> None:
    header = ",".join(f"{hour:02}:00" for hour in range(24))
    rows = "".join(f"2024-01-0{day},{','.join(str(100 * day + hour) for hour in range(24))}\n" for day in (1, 2, 3))
    table = table_of(f"date,{header}\n{rows}")
    assert column(table, "value") == [100 * day + hour for day in (1, 2, 3) for hour in range(24)]
    assert table.columns["time"][25] == np.datetime64("2024-01-02T01:00")


def test_years_and_months_without_names_and_the_missing_code_below() -> None:
    rows = "".join(
        f" {year} {' '.join(f'{month + year / 1e4:8.4f}' for month in range(12))}\n" for year in (2000, 2001)
    )
    last = f" 2002 {' '.join(['  1.5000'] * 6 + [' -99.90'] * 6)}\n"
    table = table_of(f" 1997 2002\n{rows}{last}  -99.9\n  index from NOAA\n", "pdo.data")
    values = np.array(column(table, "value"))
    assert len(values) == 36 and np.isnan(values[30:]).all() and (values[:30] > 0).all()


def test_months_in_names_and_products_in_rows() -> None:
    table = table_of("product,Jan-20,Feb-20,Mar-20,Apr-20\napples,1,2,3,4\npears,5,6,7,8\n")
    assert column(table, "value") == [1, 2, 3, 4, 5, 6, 7, 8]
    assert table.columns["time"][1] == np.datetime64("2020-02-01")


def test_a_class_at_a_rows_end_is_no_step() -> None:
    steps = np.round(np.cumsum(np.random.default_rng(1).normal(0, 0.1, (12, 40)), axis=1), 3)
    rows = "".join(",".join(map(str, [*row, place % 3])) + "\n" for place, row in enumerate(steps))
    table = table_of(rows)
    assert column(table, "value") == steps.ravel().tolist()
    assert any("column_41" in note for note in table.notes)


def test_padding_in_front_is_left_out() -> None:
    values = np.random.default_rng(2).normal(size=(3, 8, 2))
    for front, sequence in zip((0, 3, 5), values, strict=True):
        sequence[:front] = np.nan
    stream = io.BytesIO()
    np.save(stream, values)
    batch = read_sequence(stream.getvalue(), "a.npy", standardise=False)
    assert batch.lengths.tolist() == [8, 5, 3]


def test_the_first_sheet_with_a_table_is_read() -> None:
    cover = [["Report 2024", None], ["Author", "A. Person"], ["Version", "2"]]
    table = read_table(workbook(cover, [["t", "v"], [1, 2.5], [2, 3.5], [3, 4.5]]), "a.xlsx")
    assert table.part == "Sheet2" and column(table, "v") == [2.5, 3.5, 4.5]


def test_lists_in_parquet_are_sequences() -> None:
    stream = io.BytesIO()
    pq.write_table(pa.table({"item_id": ["a", "b"], "target": [[1.0, 2.0, 3.0], [4.0, 5.0]]}), stream)
    table = read_table(stream.getvalue(), "a.parquet")
    assert column(table, "target") == [1, 2, 3, 4, 5] and column(table, "sequence") == list("aaabb")


JSON_SHAPES = {
    "values under times": ({"a": {"20240115": 1.5, "20240116": 2.5, "20240117": 3.5}}, "a", [1.5, 2.5, 3.5]),
    "records deep inside": (
        {"properties": {"timeseries": [{"time": d, "data": {"instant": {"details": {"t": v}}}} for d, v in
                                       zip(DAYS, VALUES, strict=True)]}},
        "data.instant.details.t",
        VALUES,
    ),
    "JSON-stat": (
        {"class": "dataset", "id": ["geo", "time"], "size": [1, 3], "value": {"0": 1.5, "1": 2.5, "2": 3.5},
         "dimension": {"time": {"category": {"index": {"2000": 0, "2001": 1, "2002": 2}}}}},
        "value",
        [1.5, 2.5, 3.5],
    ),
    "segments with tokens": (
        [{"start": 2.5 * n, "logprob": -0.1 * n, "tokens": [n, 400]} for n in range(4)],
        "start",
        [0.0, 2.5, 5.0, 7.5],
    ),
    "points under epochs": (
        [{"metric": "cpu", "dps": {"1704067200": 1.5, "1704067260": 2.5}}], "value", [1.5, 2.5]
    ),
}  # fmt: skip


@pytest.mark.parametrize("shape", JSON_SHAPES)
def test_json_of_services(shape: str) -> None:
    value, name, values = JSON_SHAPES[shape]
    assert column(table_of(json.dumps(value), "a.json"), name) == values


def test_dotnet_dates() -> None:
    table = table_of(
        json.dumps([{"At": f"/Date({1704067200000 + 1000 * n})/", "v": n / 2} for n in range(3)]), "a.json"
    )
    assert table.columns["At"][2] == np.datetime64("2024-01-01T00:00:02")


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b'{"error": {"code": 401, "message": "Invalid API key."}}', "a.json", "Invalid API key"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d\nsize 12345\n", "a.csv", "git lfs pull"),
        (gzip.compress(b"X\n\x00\x00\x00\x03\x00\x04\x01\x02" + bytes(200), mtime=0), "d.rds", "write.csv"),
        (b"MATLAB 7.3 MAT-file, HDF5 schema 1.00 ." + bytes(200), "a.mat", "cut short"),
    ],
)
def test_files_without_data_are_called_what_they_are(data: bytes, name: str, words: str) -> None:
    with pytest.raises(SequenceError, match=words) as refusal:
        read_table(data, name)
    assert str(refusal.value).endswith(".")


@pytest.mark.parametrize(
    ("text", "values"),
    [
        (" [1] 13.83 10.44 12.64\n [4] 16.32 17.58", [13.83, 10.44, 12.64, 16.32, 17.58]),
        ("3.4, 2.5, 4.6, 1.1 and 9.5", [3.4, 2.5, 4.6, 1.1, 9.5]),
        ("1,234.5 2,345.6 1,111.1 3,021.0", [1234.5, 2345.6, 1111.1, 3021.0]),
        ("1,234.5, 2,345.6, 3,021.0", [1234.5, 2345.6, 3021.0]),
        ("5.870,0 5.868,5 4.498,0", [5870.0, 5868.5, 4498.0]),
        ("{'value': [13.83, 10.44, None], 'b': [1.5, 2.5, 3.5]}", [13.83, 10.44, np.nan]),
    ],
)
def test_pasted_numbers(text: str, values: list[float]) -> None:
    np.testing.assert_array_equal(read_pasted(text).columns["value"], values)


def test_pasted_rows_in_brackets() -> None:
    table = read_pasted("(0.1, 3.5)\n(0.2, 1.5)\n(0.3, 4.5)\n")
    assert [values.tolist() for values in table.columns.values()] == [[0.1, 0.2, 0.3], [3.5, 1.5, 4.5]]

"""JSON as web services and programs send it, down to the list that holds the values."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from lstm_viz.sequences import Limits, SequenceError, Table
from lstm_viz.sequences.readers import read


def table_of(value: object) -> Table:
    text = value if isinstance(value, str) else json.dumps(value)
    return read(text.encode(), "a.json", Limits())


def test_open_meteo() -> None:
    hourly = {"time": ["2024-01-01T00:00", "2024-01-01T01:00"], "temperature_2m": [1.5, 2.5]}
    table = table_of({"latitude": 51.3, "hourly_units": {"time": "iso8601"}, "hourly": hourly})
    assert list(table.columns) == ["time", "temperature_2m"] and table.columns["temperature_2m"].tolist() == [1.5, 2.5]
    assert "left out: “latitude”, “hourly_units”" in table.notes[0]


def test_coingecko() -> None:
    pairs = [[1704067200000, 5.5], [1704070800000, 6.5]]
    table = table_of({"prices": pairs, "market_caps": [[time, price * 2] for time, price in pairs]})
    assert list(table.columns) == ["time", "prices", "market_caps"] and table.columns["market_caps"].tolist() == [
        11,
        13,
    ]


def test_world_bank() -> None:
    rows = [{"indicator": {"id": "x", "value": "GDP"}, "date": year, "value": 5.5} for year in ("2020", "2019")]
    table = table_of([{"page": 1, "pages": 1}, rows])
    assert table.columns["date"].tolist() == [2020, 2019] and table.columns["value"].tolist() == [5.5, 5.5]


def test_prometheus() -> None:
    result = [
        {"metric": {"job": "a"}, "values": [[1704067200, "1.5"], [1704067260, "2.5"]]},
        {"metric": {"job": "b"}, "values": [[1704067200, "3.5"], [1704067260, "4.5"], [1704067320, "5"]]},
    ]
    table = table_of({"status": "success", "data": {"resultType": "matrix", "result": result}})
    assert table.columns["sequence"].tolist() == ["a", "a", "b", "b", "b"]
    assert table.columns["value"].tolist() == [1.5, 2.5, 3.5, 4.5, 5]


def test_dates_as_keys() -> None:
    days = {"2024-01-02": {"1. open": "5.5", "2. high": "6"}, "2024-01-01": {"1. open": "4.5", "2. high": "5"}}
    table = table_of({"Meta Data": {"1. Information": "x"}, "Time Series (Daily)": days})
    assert table.columns["time"].dtype.kind == "M" and table.columns["1. open"].tolist() == [5.5, 4.5]
    assert table_of({"2024-01-01": 5, "2024-01-02": 6}).columns["value"].tolist() == [5, 6]


def test_influx() -> None:
    series = {
        "name": "cpu",
        "columns": ["time", "load"],
        "values": [["2024-01-01T00:00:00Z", 1.5], ["2024-01-01T00:01:00Z", 2]],
    }
    table = table_of({"results": [{"statement_id": 0, "series": [series]}]})
    assert list(table.columns) == ["time", "load"] and table.columns["load"].tolist() == [1.5, 2]


def test_lists_of_records_are_their_sequences() -> None:
    text = (
        '{"start":"2024-01-01","target":[1,2,3,4],"item_id":"A"}\n{"start":"2024-01-01","target":[5,6],"item_id":"B"}\n'
    )
    table = table_of(text)
    assert table.columns["sequence"].tolist() == ["A"] * 4 + ["B"] * 2
    assert table.columns["target"].tolist() == [1, 2, 3, 4, 5, 6] and dict(table.roles)["sequence"] == "sequence"


@pytest.mark.parametrize("value", [[[1, 2, 3], [4, 5]], {"a": [1, 2, 3], "b": [4, 5]}])
def test_lists_of_unequal_lengths_are_sequences(value: object) -> None:
    table = table_of(value)
    assert table.columns["value"].tolist() == [1, 2, 3, 4, 5] and table.columns["step"].tolist() == [1, 2, 3, 1, 2]


def test_nan_as_python_writes_it_is_a_gap() -> None:
    rows = [{"a": 1.0, "w": "NaN \\" + '" NaN'}, {"a": float("nan"), "w": "x"}, {"a": float("-inf"), "w": "y"}]
    table = table_of(json.dumps(rows))
    np.testing.assert_array_equal(table.columns["a"], [1, np.nan, np.nan])
    assert table.columns["w"][0] == rows[0]["w"] and "2 values NaN or Infinity" in table.notes[0]
    with pytest.raises(SequenceError, match="broken"):
        table_of('{"a": NaN')
    with pytest.raises(SequenceError, match="broken"):
        table_of('[NaN, "' + '\\"' * 200_000)  # a text without an end, and another at each of its quotes


@pytest.mark.parametrize("orient", ["columns", "index", "records", "split", "table"])
def test_every_orient_of_pandas(orient: str) -> None:
    frame = pd.DataFrame({"flow": [1.5, 2.5, None], "rain": [1.0, 2.0, 3.0]})
    table = table_of(frame.to_json(orient=orient))
    np.testing.assert_array_equal(table.columns["flow"], frame["flow"])
    np.testing.assert_array_equal(table.columns["rain"], frame["rain"])


def test_of_several_lists_in_several_places_it_is_said_what_was_left() -> None:
    value = {"runs": [{"id": 1, "rows": [{"x": 1}, {"x": 2}, {"x": 3}]}, {"id": 2, "rows": [{"x": 4}]}]}
    table = table_of(value)
    assert "left out" in " ".join(table.notes)

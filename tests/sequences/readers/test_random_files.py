"""Tables written by pandas read back equal, and damaged files are refused with a sentence or read."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from lstm_viz.sequences import Limits, SequenceError, Table, read_table
from lstm_viz.sequences.readers import read
from lstm_viz.sequences.readers.columns import column_of_text
from lstm_viz.sequences.reading_options import ReadingOptions
from tests.sequences.readers.hostile_files import npy, npz, parquet, workbook
from tests.support.refusals import assert_tells_no_place

NUMBERS = st.floats(allow_infinity=False, allow_nan=True, width=64)
NAMES = st.text("abcdefghijklmnopqrstuvwxyz_ äß,;\"'", min_size=1, max_size=12).map(lambda name: f"x{name}x")
WORDS = st.one_of(st.none(), st.text("abcdefg xyz,;|\t\"'äλ\n", max_size=8).map(lambda word: f"w{word}w"))

#: Any number may come, also one that looks like a code for a gap.
AS_THEY_ARE = ReadingOptions(decimal=".", missing=())


@st.composite
def frames(draw: st.DrawFn) -> pd.DataFrame:
    """Two to five columns of numbers or words, one to thirty rows, a first column of plain numbers."""
    rows = draw(st.integers(1, 30))
    names = draw(st.lists(NAMES, min_size=1, max_size=4, unique=True))
    columns: dict[str, object] = {"step": np.arange(rows) + 0.5}
    for name in names:
        cells = draw(st.sampled_from([NUMBERS, WORDS]))
        columns[name] = draw(st.lists(cells, min_size=rows, max_size=rows))
    return pd.DataFrame(columns)


def assert_same(table: Table, frame: pd.DataFrame) -> None:
    assert list(table.columns) == list(frame.columns)
    for name, values in table.columns.items():
        if frame[name].isna().all():
            assert np.isnan(values.astype(float)).all()
        elif pd.api.types.is_numeric_dtype(frame[name]):
            np.testing.assert_array_equal(values, frame[name].to_numpy(float))
        else:
            assert [word or None for word in values] == [None if pd.isna(word) else word for word in frame[name]]


@settings(max_examples=60, deadline=None)
@given(frames(), st.sampled_from([",", ";", "\t", "|"]), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_a_csv_that_pandas_writes_reads_back_equal(frame: pd.DataFrame, separator: str, encoding: str) -> None:
    data = frame.to_csv(index=False, sep=separator).encode(encoding)
    assert_same(read(data, "a.csv", Limits(), options=AS_THEY_ARE), frame)


@settings(max_examples=30, deadline=None)
@given(frames())
def test_a_parquet_that_pandas_writes_reads_back_equal(frame: pd.DataFrame) -> None:
    assert_same(read(frame.to_parquet(), "a.parquet", Limits(), options=AS_THEY_ARE), frame)


@settings(max_examples=30, deadline=None)
@given(frames())
def test_records_of_json_read_back_equal(frame: pd.DataFrame) -> None:
    records = frame.astype(object).where(frame.notna(), None).to_dict("records")
    assert_same(read(json.dumps(records, allow_nan=False).encode(), "a.json", Limits(), options=AS_THEY_ARE), frame)


@settings(max_examples=60, deadline=None)
@given(
    hnp.arrays(
        st.sampled_from([np.float64, np.float32, np.int16, np.uint8, np.bool_]),
        hnp.array_shapes(min_dims=1, max_dims=3, max_side=6),
    )
)
def test_an_array_that_numpy_saves_reads_back_equal(array: np.ndarray) -> None:
    finite = np.where(np.isfinite(array), array, 0).astype(array.dtype)
    options = AS_THEY_ARE.but(row_is="sequence" if finite.ndim == 3 else "step", padding=())
    table = read(npy(finite), "a.npy", Limits(), options=options)
    features = [values for name, values in table.columns.items() if name not in ("sequence", "step")]
    flat = finite.reshape(-1, finite.shape[-1] if finite.ndim > 1 else 1)
    np.testing.assert_array_equal(np.stack(features, axis=1), flat.astype(np.float64))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(NUMBERS.map(repr), st.text(max_size=6)), min_size=1, max_size=12))
def test_any_cells_become_a_column_of_their_length(cells: list[str]) -> None:
    plain = [cell.encode("utf-8", "ignore").decode() for cell in cells]
    column = column_of_text(pa.array(plain, pa.string()), "x", "row {}".format)
    assert len(column.values) == len(plain)
    assert column.values.dtype.kind in "fMO"
    if column.values.dtype.kind == "f":
        assert not np.isinf(column.values).any()


WHOLE = {
    "a.csv": b"time,flow,name\n" + b"2024-01-01,1.5,x\n2024-01-02,NA,y\n" * 5,
    "a.json": b'[{"a":1,"b":"x"},{"a":2.5,"b":null}]',
    "a.npy": npy(np.arange(12.0).reshape(6, 2)),
    "a.npz": npz(a=np.arange(6.0), b=np.arange(6)),
    "a.parquet": parquet({"a": [1.0, 2.0, None], "b": ["x", "y", "z"]}),
    "a.xlsx": workbook([["t", "flow"], [1, 2.5], [2, "dry"]]),
}


@pytest.mark.parametrize("name", WHOLE)
@settings(max_examples=12, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32))
def test_a_damaged_file_is_refused_or_read(name: str, seed: int) -> None:
    """Bits flipped, a piece cut out or doubled: whatever a parser makes of it, one kind of error at most."""
    assert_refused_or_read(damaged(WHOLE[name], seed), name)


@settings(max_examples=12, deadline=None, derandomize=True)
@given(data=st.binary(min_size=1, max_size=300), name=st.sampled_from([*WHOLE, "a.txt", "a"]))
def test_random_bytes_are_refused_or_read(data: bytes, name: str) -> None:
    assert_refused_or_read(data, name)


def damaged(data: bytes, seed: int) -> bytes:
    random = np.random.default_rng(seed)
    spoiled = bytearray(data)
    for _ in range(random.integers(1, 6)):
        spoiled[random.integers(len(spoiled))] ^= 1 << random.integers(8)
    start, end = sorted(random.integers(0, len(spoiled), 2))
    return bytes([spoiled, spoiled[:start] + spoiled[end:], spoiled[:end] + spoiled[start:]][random.integers(3)])


def assert_refused_or_read(data: bytes, name: str) -> None:
    try:
        table = read_table(data, name)
    except SequenceError as refusal:
        assert_tells_no_place(str(refusal))
        assert str(refusal).endswith(".") and "\n" not in str(refusal)
    else:
        assert {len(values) for values in table.columns.values()} == {table.rows}

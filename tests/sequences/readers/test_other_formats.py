"""Compressed tables, and files of other programs, against the values that were written and against other libraries."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import wave

import h5py
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import xarray as xr
from pyarrow import feather

from lstm_viz.sequences import SequenceError, read_table
from tests.sequences.readers import written_files as written

CSV = b"time,flow\n2024-01-01,1.5\n2024-01-02,2.5\n"
RNG = np.random.default_rng(0)


PACKERS = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": lambda data: pa.Codec("zstd").compress(data, asbytes=True),
    "zip": lambda data: written.zipped({"river.csv": data, "__MACOSX/._river.csv": b"x"}),
}


@pytest.mark.parametrize("ending", PACKERS)
def test_one_table_in_a_compressed_file_is_read(ending: str) -> None:
    table = read_table(PACKERS[ending](CSV), f"river.csv.{ending}")
    assert table.columns["flow"].tolist() == [1.5, 2.5] and table.columns["time"].dtype.kind == "M"
    assert "unpacked by" in table.notes[0] or "“river.csv” of the archive" in table.notes[0]


def test_of_several_tables_in_an_archive_the_largest_is_read_and_others_can_be() -> None:
    data = written.zipped({"a.csv": CSV, "b/c.csv": b"rain\n1\n2\n" * 1, "note.md": b"hello"})
    table = read_table(data, "basins.zip")
    assert table.part == "a.csv" and "b/c.csv" in table.parts
    assert list(read_table(data, "basins.zip", part="b/c.csv").columns) == ["rain"]


def test_feather_as_pandas_writes_it() -> None:
    frame = pd.DataFrame({"day": pd.date_range("2024-01-01", periods=3), "flow": [1.5, None, 2.5], "word": list("abc")})
    for compression in ("uncompressed", "lz4", "zstd"):
        stream = io.BytesIO()
        feather.write_feather(frame, stream, compression=compression)
        table = read_table(stream.getvalue(), "a.feather")
        np.testing.assert_array_equal(table.columns["flow"], frame["flow"])
        np.testing.assert_array_equal(table.columns["day"], frame["day"].to_numpy("M8[ns]"))
        assert table.columns["word"].tolist() == list("abc")


def test_ods_rows_units_and_sums() -> None:
    data = written.ods([["t", "flow"], [None, "m3/s"], [1, 2.5], [2, 3.5], ["Sum", 6.0]])
    table = read_table(data, "a.ods")
    assert table.columns["t"].tolist() == [1, 2] and table.columns["flow"].tolist() == [2.5, 3.5]
    assert "“flow” (m3/s)" in " ".join(table.notes) and "Sum 6.0" in " ".join(table.notes)


def test_netcdf4_as_xarray_decodes_it(tmp_path) -> None:
    days = pd.date_range("1981-01-01", periods=5)
    flow = np.array([1.5, np.nan, 2.5, 3.5, 4.5], "f4")
    whole = xr.Dataset({"flow": ("date", flow), "rain": ("date", np.arange(5.0))}, {"date": days})
    encoding = {"flow": {"_FillValue": -999.0}, "rain": {"scale_factor": 0.5, "dtype": "i2", "_FillValue": -1}}
    whole.to_netcdf(tmp_path / "a.nc", engine="h5netcdf", encoding=encoding)
    table = read_table(tmp_path / "a.nc")
    np.testing.assert_array_equal(table.columns["date"], days.to_numpy("M8[ns]"))
    np.testing.assert_array_equal(table.columns["flow"], flow)
    np.testing.assert_array_equal(table.columns["rain"], np.arange(5.0))


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("record", [False, True])
def test_classic_netcdf(version: int, record: bool) -> None:
    columns = {
        "time": np.arange(4, dtype="i4"),
        "flow": np.array([1.5, -9.0, 2.5, 3.5], "f4"),
        "rain": np.array([1, 2, 3, 4], "i2"),
    }
    attributes = {
        "time": {"units": "hours since 1970-01-02 06:00"},
        "flow": {"_FillValue": -9.0},
        "rain": {"scale_factor": 0.1, "add_offset": 1.0},
    }
    table = read_table(written.netcdf3(columns, attributes, version=version, record=record), "a.nc")
    np.testing.assert_array_equal(table.columns["flow"], [1.5, np.nan, 2.5, 3.5])
    np.testing.assert_allclose(table.columns["rain"], [1.1, 1.2, 1.3, 1.4])
    assert table.columns["time"][1] == np.datetime64("1970-01-02T07:00")


def test_a_calendar_without_leap_days_stays_numbers_and_says_so() -> None:
    units = {"time": {"units": "days since 2000-01-01", "calendar": "noleap"}}
    table = read_table(written.netcdf3({"time": np.arange(3.0), "t": np.arange(3.0) / 2}, units), "a.nc")
    assert table.columns["time"].tolist() == [0, 1, 2] and "calendar noleap" in " ".join(table.notes)


@pytest.mark.parametrize("compressed", [False, True])
def test_matlab_level_5(compressed: bool) -> None:
    x, t = RNG.normal(size=(6, 2)), np.arange(6.0)
    table = read_table(written.mat5({"x": x, "t": t}, compressed=compressed), "a.mat")
    np.testing.assert_array_equal(table.columns["x_1"], x[:, 0])
    np.testing.assert_array_equal(table.columns["x_2"], x[:, 1])
    np.testing.assert_array_equal(table.columns["t"], t)


def test_matlab_level_7_3_and_plain_hdf5() -> None:
    x, t = RNG.normal(size=(6, 2)), np.arange(6.0)
    table = read_table(written.mat73({"x": x, "t": t}), "a.mat")
    np.testing.assert_array_equal(table.columns["x_2"], x[:, 1])
    np.testing.assert_array_equal(table.columns["t"], t)
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        file.create_dataset("group/flow", data=t, compression="gzip")
        file["names"] = np.array([b"a", b"b"])
    assert read_table(stream.getvalue(), "a.h5").columns["value"].tolist() == t.tolist()


@pytest.mark.parametrize(("dtype", "bits", "kind", "scale"), [("<i2", 16, 1, 2**15), ("<i4", 32, 1, 2**31)])
def test_wav_of_whole_numbers(dtype: str, bits: int, kind: int, scale: int) -> None:
    samples = RNG.integers(-scale, scale, size=(50, 2)).astype(dtype)
    stream = io.BytesIO()
    with wave.open(stream, "wb") as sound:
        sound.setnchannels(2)
        sound.setsampwidth(bits // 8)
        sound.setframerate(8000)
        sound.writeframes(samples.tobytes())
    table = read_table(stream.getvalue(), "a.wav")
    np.testing.assert_array_equal(table.columns["amplitude_2"], samples[:, 1] / scale)
    np.testing.assert_array_equal(table.columns["second"], np.arange(50) / 8000)
    assert dict(table.roles) == {"time": "second", "sequence": ""} and "8,000 samples a second" in table.notes[0]


def test_wav_of_8_and_24_bits_and_floats() -> None:
    low = np.array([[0], [128], [255]], "u1")
    np.testing.assert_array_equal(
        read_table(written.wav(low, bits=8), "a.wav").columns["amplitude"], [-1, 0, 127 / 128]
    )
    wide = np.array([-(2**23), 0, 2**23 - 1], "<i4").view("u1").reshape(-1, 4)[:, :3].reshape(3, 3)
    expected = np.array([-(2**23), 0, 2**23 - 1]) / 2**23
    packed = np.frombuffer(wide.tobytes(), "u1").reshape(-1, 1)
    np.testing.assert_array_equal(read_table(written.wav(packed, bits=24), "a.wav").columns["amplitude"], expected)
    floats = np.array([[0.5], [-0.25]], "<f4")
    found = read_table(written.wav(floats, kind=3, bits=32), "a.wav").columns["amplitude"]
    np.testing.assert_array_equal(found, [0.5, -0.25])


def test_edf_in_physical_units_at_its_rate() -> None:
    fast = RNG.integers(-32768, 32767, size=(3, 4))
    data = written.edf({"EEG Fpz": fast, "EEG Oz": fast[::-1], "Temp": np.zeros((3, 1), int)}, seconds=2.0)
    table = read_table(data, "a.edf")
    np.testing.assert_allclose(table.columns["EEG Fpz"], fast.ravel() / 10, atol=1e-9)
    np.testing.assert_allclose(table.columns["second"], np.arange(12) / 2)
    assert "Left out, since they have another sample rate" in " ".join(table.notes)


TS = "#comment\n@problemName x\n@timestamps false\n@univariate false\n@classLabel true a b\n@data\n"


def test_ts_series_with_dimensions_and_labels() -> None:
    table = read_table(f"{TS}1,2,3:4,5,6:a\n7,?:8,9:b\n".encode(), "x.ts")
    assert table.columns["sequence"].tolist() == ["1: a"] * 3 + ["2: b"] * 2
    np.testing.assert_array_equal(table.columns["dimension_1"], [1, 2, 3, 7, np.nan])
    assert table.columns["dimension_2"].tolist() == [4, 5, 6, 8, 9]


def test_tsf_series_by_name() -> None:
    head = "@relation x\n@attribute series_name string\n@attribute start date\n@frequency daily\n@missing true\n@data\n"
    table = read_table(f"{head}T1:1979-01-01 00-00-00:1,2,?\nT2:1980-01-01 00-00-00:4,5\n".encode(), "x.tsf")
    assert table.columns["sequence"].tolist() == ["T1"] * 3 + ["T2"] * 2
    np.testing.assert_array_equal(table.columns["value"], [1, 2, np.nan, 4, 5])


def test_arff_with_names_kinds_and_gaps() -> None:
    head = "% note\n@RELATION x\n@ATTRIBUTE 'sepal length' NUMERIC\n@attribute class {a,b}\n@DATA\n"
    table = read_table(f"{head}5.1,a\n?,b\n4.9,'a'\n".encode(), "x.arff")
    np.testing.assert_array_equal(table.columns["sepal length"], [5.1, np.nan, 4.9])
    assert table.columns["class"].tolist() == ["a", "b", "a"]


@pytest.mark.parametrize("name", ["video.ts", "code.ts"])
def test_a_text_that_is_called_ts_is_no_series(name: str) -> None:
    assert read_table(b"let x = 1;\nexport { x };\n", name).format == "text"


def test_what_a_person_is_told_of_kinds_that_are_not_read() -> None:
    for data, word in ((b"FEA1\x00\x00", "version 1"), (b"ORC\x00\x00", "ORC"), (b"\x7fELF\x00", "a program")):
        with pytest.raises(SequenceError, match=word):
            read_table(data, "a.bin")


def test_a_header_of_a_record_says_how_its_signals_are_exported() -> None:
    with pytest.raises(SequenceError, match="rdsamp -r record -c -H"):
        read_table(b"100 2 360 650000\n100.dat 212 200 11 1024 995 -22131 0 MLII\n", "100.hea")

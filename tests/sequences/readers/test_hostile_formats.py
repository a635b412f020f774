"""Hostile files of formats besides tables and arrays: each is refused in one sentence, or read, within its limits."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import zlib
from collections.abc import Callable

import h5py
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import feather

from lstm_viz.files.sizes import MEGABYTE
from lstm_viz.sequences import SequenceError, read_table
from lstm_viz.sequences.readers import make_table_reader
from tests.sequences.readers import written_files as written
from tests.sequences.readers.hostile_files import TIGHT, deflated, h5_file, packed_element, patched, raw_zip, zip_of
from tests.support.refusals import assert_tells_no_place

CSV = b"time,flow\n" + b"2024-01-01,1.5\n" * 50


def bomb(pack: Callable[[bytes], bytes]) -> Callable[[], bytes]:
    """320 MB of lines, as one stream after another."""
    return lambda: pack(b"1\n" * 2**21) * 80


def huge_hole(file: h5py.File) -> None:
    file.create_dataset("x", (2**40,), "f8", chunks=(1024,), compression="gzip")


def cycle(file: h5py.File) -> None:
    inner = file.create_group("a")
    inner["again"] = file["/"]
    inner["own"] = inner
    inner["x"] = np.arange(3.0)


def deep(file: h5py.File) -> None:
    group = file
    for _ in range(400):
        group = group.create_group("g")
    group["x"] = np.arange(3.0)


def outside(file: h5py.File) -> None:
    file["link"] = h5py.ExternalLink("/etc/passwd", "/")
    file["soft"] = h5py.SoftLink("/nowhere")
    file.create_dataset("e", (3,), "f8", external=[("/etc/hostname", 0, 24)])


def virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((3,), "f8")
    layout[:] = h5py.VirtualSource("/etc/hostname", "x", (3,))
    file.create_virtual_dataset("v", layout)


def many_objects(file: h5py.File) -> None:
    for place in range(10_100):
        file.create_group(f"g{place}")


def feather_of(columns: dict[str, object], **options: object) -> bytes:
    stream = io.BytesIO()
    feather.write_feather(pa.table(columns), stream, **options)
    return stream.getvalue()


WAV = written.wav(np.arange(64, dtype="<i2").reshape(-1, 1))
EDF = written.edf({"a": np.ones((2, 8), int), "b": np.ones((2, 8), int)})
MAT = written.mat5({"x": np.arange(12.0).reshape(6, 2)})
NC = written.netcdf3({"time": np.arange(4, dtype="i4"), "flow": np.arange(4.0)})
H5 = h5_file(lambda file: file.create_dataset("x", data=np.arange(8.0)))
ODS = written.ods([["a", "b"], [1, 2], [3, 4]])
ARROW = feather_of({"a": np.arange(50.0), "w": ["x"] * 50})
TS = b"@problemName x\n@univariate true\n@classLabel true a b\n@data\n1,2,3:a\n4,5,6:b\n"
ARFF = b"@relation x\n@attribute a numeric\n@attribute b numeric\n@data\n1,2\n3,4\n"
TSF = b"@relation x\n@attribute n string\n@frequency daily\n@data\nT1:1,2,3\nT2:4,5\n"
REPEAT = (
    '<table:table-row table:number-rows-repeated="{rows}"><table:table-cell table:number-columns-repeated="{columns}"'
)
VALUE = ' office:value="1"/></table:table-row>'

SOUND = {
    "a.csv.gz": gzip.compress(CSV),
    "a.csv.bz2": bz2.compress(CSV),
    "a.csv.xz": lzma.compress(CSV),
    "a.csv.zst": pa.Codec("zstd").compress(CSV, asbytes=True),
    "a.zip": written.zipped({"a.csv": CSV}),
    "a.wav": WAV,
    "a.edf": EDF,
    "a.mat": MAT,
    "b.mat": written.mat5({"x": np.arange(12.0).reshape(6, 2)}, compressed=True),
    "a.nc": NC,
    "b.nc": written.netcdf3({"time": np.arange(4, dtype="i4"), "flow": np.arange(4.0)}, record=True),
    "a.h5": H5,
    "a.ods": ODS,
    "a.feather": ARROW,
    "a.ts": TS,
    "a.tsf": TSF,
    "a.arff": ARFF,
}

#: Files made to do harm, with their names; each has to be refused.
HARM: dict[str, tuple[str, Callable[[], bytes]]] = {
    "gzip bomb": ("a.csv.gz", bomb(gzip.compress)),
    "gzip bomb of one line": ("a.csv.gz", lambda: gzip.compress(bytes(100 * MEGABYTE), 1)),
    "bzip2 bomb": ("a.csv.bz2", bomb(bz2.compress)),
    "xz bomb": ("a.csv.xz", bomb(lzma.compress)),
    "Zstandard bomb": ("a.csv.zst", lambda: pa.Codec("zstd").compress(b"1\n" * 15 * 10**7, asbytes=True)),
    "gzip in gzip": ("a.csv.gz", lambda: gzip.compress(gzip.compress(CSV))),
    "bzip2 in gzip": ("a.csv.gz", lambda: gzip.compress(bz2.compress(CSV))),
    "gzip of nothing": ("a.csv.gz", lambda: gzip.compress(b"")),
    "gzip header alone": ("a.csv.gz", lambda: b"\x1f\x8b\x08\x00" + bytes(6)),
    "gzip of a pickle": ("a.csv.gz", lambda: gzip.compress(b"\x80\x04\x95" + bytes(30))),
    "xz with a dictionary of 4 GB": (
        "a.xz",
        lambda: patched(lzma.compress(CSV, filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 4096}]), 15, b"\x28"),
    ),
    "bzip2 cut short": ("a.bz2", lambda: bz2.compress(CSV)[:40]),
    "Zstandard that says 2**60": (
        "a.zst",
        lambda: b"\x28\xb5\x2f\xfd\xe0" + struct.pack("<Q", 2**60) + b"\x01\0\0",
    ),
    "ZIP bomb": ("a.zip", lambda: raw_zip([("a.csv", deflated(b"1\n" * 2**19, 500), 500 * 2**20)])),
    "ZIP whose size lies": ("a.zip", lambda: raw_zip([("a.csv", deflated(b"1\n" * 2**19, 500), 100)])),
    "ZIP whose members overlap": (
        "a.zip",
        lambda: raw_zip([(f"{n}.csv", deflated(b"1\n" * 2**19, 1), 2**20) for n in range(5)], shared_start=True),
    ),
    "ZIP in ZIP": ("a.zip", lambda: written.zipped({"b.zip": written.zipped({"a.csv": CSV})})),
    "ZIP of a gzip": ("a.zip", lambda: written.zipped({"a.csv": gzip.compress(CSV)})),
    "ODS of a trillion cells": (
        "a.ods",
        lambda: written.ods([["a"]], REPEAT.format(rows=2**20, columns=2**20) + VALUE),
    ),
    "ODS with one far cell": (
        "a.ods",
        lambda: written.ods(
            [["a"]],
            REPEAT.format(rows=2**20, columns=16383) + "/><table:table-cell" + VALUE,
        ),
    ),
    "ODS of broken XML": ("a.ods", lambda: written.ods([["a"], [1]], "<table:table-row><table:table-cell")),
    "ODS without content": ("a.ods", lambda: zip_of({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"})),
    "ODS of a billion laughs": (
        "a.ods",
        lambda: zip_of(
            {
                "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
                "content.xml": b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><x>&b;</x>',
            }
        ),
    ),
    "HDF5 of 8 TB": ("a.h5", lambda: h5_file(huge_hole)),
    "HDF5 link out of the file": ("a.h5", lambda: h5_file(outside)),
    "HDF5 virtual dataset": ("a.h5", lambda: h5_file(virtual)),
    "HDF5 of words": ("a.h5", lambda: h5_file(lambda file: file.create_dataset("x", data=np.array([b"a", b"b"])))),
    "HDF5 of references": (
        "a.h5",
        lambda: h5_file(lambda file: file.create_dataset("x", data=[file.ref], dtype=h5py.ref_dtype)),
    ),
    "HDF5 of nothing": ("a.h5", lambda: h5_file(lambda file: None)),
    "HDF5 of 10,100 groups": ("a.h5", lambda: h5_file(many_objects)),
    "HDF5 signature alone": ("a.h5", lambda: b"\x89HDF\r\n\x1a\n" + bytes(600)),
    "netCDF of 2**31 records": (
        "a.nc",
        lambda: patched(SOUND["b.nc"], 4, b"\x7f" * 4),
    ),
    "netCDF growing": ("a.nc", lambda: patched(NC, 4, b"\xff" * 4)),
    "netCDF cut short": ("a.nc", lambda: NC[:-20]),
    "netCDF of a billion dimensions": ("a.nc", lambda: patched(NC, 12, b"\x3f\xff\xff\xff")),
    "netCDF of no variable": ("a.nc", lambda: b"CDF\x01" + bytes(28)),
    "MATLAB matrix past the end": ("a.mat", lambda: patched(MAT, 132, struct.pack("<I", 2**31))),
    "MATLAB shape that lies": ("a.mat", lambda: patched(MAT, 160, struct.pack("<ii", 2**30, 2**30))),
    "MATLAB shape below 0": ("a.mat", lambda: patched(MAT, 160, struct.pack("<ii", -6, -2))),
    "MATLAB bomb": (
        "a.mat",
        lambda: MAT[:128] + packed_element(zlib.compress(bytes(450 * MEGABYTE), 9)),
    ),
    "MATLAB level 4": ("a.mat", lambda: b"MATLAB 4" + bytes(200)),
    "MATLAB header alone": ("a.mat", lambda: MAT[:128]),
    "MATLAB struct": ("a.mat", lambda: patched(MAT, 144, struct.pack("<I", 2))),
    "MATLAB complex": ("a.mat", lambda: patched(MAT, 144, struct.pack("<I", 6 | 0x800))),
    "WAV of no samples": ("a.wav", lambda: WAV[:44]),
    "WAV without a format": ("a.wav", lambda: WAV[:12] + WAV[36:]),
    "WAV of compressed sound": ("a.wav", lambda: patched(WAV, 20, struct.pack("<H", 85))),
    "WAV of 65,535 channels": ("a.wav", lambda: patched(WAV, 22, b"\xff\xff")),
    "WAV of no channel": ("a.wav", lambda: patched(WAV, 22, b"\x00\x00")),
    "WAV at no rate": ("a.wav", lambda: patched(WAV, 24, bytes(4))),
    "WAV of 3 bits": ("a.wav", lambda: patched(WAV, 34, b"\x03\x00")),
    "WAV whose chunk is 4 GB": ("a.wav", lambda: patched(WAV, 16, b"\xff" * 4)),
    "WAV of 3 million samples": ("a.wav", lambda: written.wav(np.zeros((3_000_000, 1), "<i2"))),
    "WAV header alone": ("a.wav", lambda: b"RIFF\x04\x00\x00\x00WAVE"),
    "EDF of 9,999 signals": ("a.edf", lambda: patched(patched(EDF, 252, b"9999"), 184, b"2560000 ")),
    "EDF of no seconds": ("a.edf", lambda: patched(EDF, 244, b"0       ")),
    "EDF of endless seconds": ("a.edf", lambda: patched(EDF, 244, b"1e400   ")),
    "EDF of no records": ("a.edf", lambda: EDF[:768]),
    "EDF with a flat range": ("a.edf", lambda: patched(EDF, 256 + 2 * 120, b"-32768  -32768  -32768  -32768  ")),
    "EDF of negative samples": ("a.edf", lambda: patched(EDF, 256 + 2 * 216, b"-8      ")),
    "EDF of 10**8 samples": ("a.edf", lambda: patched(EDF, 256 + 2 * 216, b"99999999")),
    "EDF of words for numbers": ("a.edf", lambda: patched(EDF, 256 + 2 * 104, b"low     ")),
    "Feather cut short": ("a.feather", lambda: ARROW[: len(ARROW) // 2]),
    "Feather signature alone": ("a.feather", lambda: b"ARROW1\x00\x00" + bytes(40) + b"ARROW1"),
    "Feather of lists": ("a.feather", lambda: feather_of({"a": [[1], [2]]})),
    "Feather of no rows": ("a.feather", lambda: feather_of({"a": np.zeros(0)})),
    "Feather of 3,000 columns": ("a.feather", lambda: feather_of({f"c{n}": [1.0] for n in range(3000)})),
    "Feather of 3 million rows": ("a.feather", lambda: feather_of({"a": np.zeros(3 * 10**6)}, compression="zstd")),
    "Feather bomb": (
        "a.feather",
        lambda: feather_of({"a": np.zeros(6 * 10**7)}, compression="zstd", chunksize=6 * 10**7),
    ),
    "Feather whose footer is 2 GB": ("a.feather", lambda: ARROW[:-10] + struct.pack("<i", 2**31 - 1) + b"ARROW1"),
    "series without @data": ("a.arff", lambda: b"@relation x\n@attribute a numeric\n@data\n"),
    "series of other dimensions": ("a.ts", lambda: TS + b"1,2:3,4:a\n"),
    "dimensions of other lengths": (
        "a.ts",
        lambda: TS.replace(b"1,2,3:a", b"1,2:3,4,5:a").replace(b"4,5,6:b", b"4:5:b"),
    ),
    "series with times": ("a.ts", lambda: TS.replace(b"@univariate", b"@timestamps true\n@univariate")),
    "series of too few attributes": ("a.tsf", lambda: TSF.replace(b"T1:", b"")),
    "ARFF of sparse rows": ("a.arff", lambda: ARFF.replace(b"1,2", b"{0 1}")),
    "ARFF within ARFF": ("a.arff", lambda: ARFF.replace(b"b numeric", b"b relational")),
    "ARFF with other widths": ("a.arff", lambda: ARFF + b"1,2,3\n"),
    "ARFF of 3,000 attributes": (
        "a.arff",
        lambda: b"@relation x\n" + b"".join(b"@attribute a%d numeric\n" % n for n in range(3000)) + b"@data\n1,2\n",
    ),
    "three million series": ("a.ts", lambda: TS + b"1:a\n" * 3 * 10**6),
}


@pytest.mark.parametrize("case", HARM)
def test_a_harmful_file_is_refused_in_a_sentence(case: str) -> None:
    name, make = HARM[case]
    with pytest.raises(SequenceError) as refusal:
        read_table(make(), name, limits=TIGHT)
    said = str(refusal.value)
    assert said[0].isupper() and said.endswith(".") and "\n" not in said and len(said) < 450
    assert_tells_no_place(said)
    assert "seconds" not in said, "what ends it is no limit of time"


@pytest.mark.parametrize("fill", [cycle, deep])
def test_hdf5_that_turns_in_circles_or_goes_deep_is_read(fill: Callable[[h5py.File], None]) -> None:
    assert read_table(h5_file(fill), "a.h5", limits=TIGHT).columns["value"].tolist() == [0, 1, 2]


@pytest.mark.parametrize("name", SOUND)
def test_a_file_cut_anywhere_is_refused_or_read(name: str) -> None:
    data = SOUND[name]
    for end in np.linspace(1, len(data) - 1, 16).astype(int):
        assert_refused_or_read(data[:end], name)


@pytest.mark.parametrize("name", SOUND)
@pytest.mark.parametrize("lie", [b"\xff\xff\xff\x7f", b"9999"])
def test_a_count_that_lies_anywhere_is_refused_or_read(name: str, lie: bytes) -> None:
    data = SOUND[name]
    for place in np.linspace(8, min(len(data) - 4, 600), 8).astype(int):
        assert_refused_or_read(patched(data, int(place), lie), name)


@pytest.mark.parametrize("name", SOUND)
@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(places=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 7)), min_size=1, max_size=6))
def test_flipped_bits_are_refused_or_read(name: str, places: list[tuple[int, int]]) -> None:
    spoiled = bytearray(SOUND[name])
    for place, bit in places:
        spoiled[place % len(spoiled)] ^= 1 << bit
    assert_refused_or_read(bytes(spoiled), name)


def assert_refused_or_read(data: bytes, name: str) -> None:
    """What the child would do, in this process; HDF5 in a child, since its library may crash."""
    try:
        if name.endswith(".h5"):
            read_table(data, name, limits=TIGHT)
        else:
            make_table_reader(data, TIGHT, name=name, pasted=False, part="", options={})()
    except SequenceError as refusal:
        assert_tells_no_place(str(refusal))
        assert str(refusal).endswith(".") and "\n" not in str(refusal)

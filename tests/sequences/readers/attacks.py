"""Hostile files made by hand, format by format: each a lie that this format can tell, and what has to come of it."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import NamedTuple

import h5py
import numpy as np
import pyarrow as pa

from tests.sequences.readers import written_files as written
from tests.sequences.readers.hostile_files import deflated, raw_zip, zip_of

CSV = b"time,flow\n" + b"2024-01-01,1.5\n" * 50


class Attack(NamedTuple):
    """A file's name, its bytes, and either a part of the refusal or the values that are read."""

    name: str
    make: Callable[[], bytes]
    said: str = ""
    #: The columns that are right, or a part of a note, where the file can be read.
    read: dict[str, list[float]] | str | None = None


def patched(data: bytes, place: int, value: bytes) -> bytes:
    return data[:place] + value + data[place + len(value) :]


# --- WAV -------------------------------------------------------------------------------------------------------------
SAMPLES = np.array([[0], [16384], [-16384], [8192]], "<i2")
WAV = written.wav(SAMPLES)
AMPLITUDES = {"amplitude": [0.0, 0.5, -0.5, 0.25]}


def chunk(kind: bytes, body: bytes, size: int | None = None) -> bytes:
    return kind + struct.pack("<I", len(body) if size is None else size) + body + bytes(len(body) % 2)


def riff(*chunks: bytes, kind: bytes = b"RIFF", size: int | None = None) -> bytes:
    body = b"WAVE" + b"".join(chunks)
    return kind + struct.pack("<I", len(body) if size is None else size) + body


def fmt(kind: int = 1, channels: int = 1, rate: int = 8000, bits: int = 16, align: int | None = None) -> bytes:
    frame = channels * bits // 8 if align is None else align
    return chunk(b"fmt ", struct.pack("<HHIIHH", kind, channels, rate, rate * frame % 2**32, frame % 2**16, bits))


SOUND = SAMPLES.tobytes()
WAV_ATTACKS = {
    "data longer than the file": Attack(
        "a.wav", lambda: patched(WAV, 40, struct.pack("<I", 2**20)), read="of which 8 came"
    ),
    "frames cut in the middle": Attack("a.wav", lambda: WAV[:-1], read="of which 7 came"),
    "big-endian RIFX": Attack("a.wav", lambda: riff(fmt(), chunk(b"data", SOUND), kind=b"RIFX"), "WAV"),
    "RF64 of 2**63 bytes": Attack("a.wav", lambda: riff(fmt(), chunk(b"data", SOUND), kind=b"RF64"), "WAV"),
    "six million empty chunks": Attack("a.wav", lambda: riff(fmt(), b"junk\0\0\0\0" * 6_000_000), "chunks"),
    "a frame that is no whole number of samples": Attack(
        "a.wav", lambda: riff(fmt(channels=2, align=3), chunk(b"data", SOUND)), "frames of 3 bytes"
    ),
    "a second format that contradicts": Attack(
        "a.wav", lambda: riff(fmt(), fmt(channels=2), chunk(b"data", SOUND)), "two formats"
    ),
    "a second chunk of sound": Attack(
        "a.wav", lambda: riff(fmt(), chunk(b"data", SOUND), chunk(b"data", SOUND)), read="second part of sound"
    ),
    "sound before its format": Attack("a.wav", lambda: riff(chunk(b"data", SOUND), fmt()), "before it says"),
    "a list inside a list inside a list": Attack(
        "a.wav",
        lambda: riff(fmt(), chunk(b"LIST", chunk(b"LIST", b"LIST" + bytes(4)) * 3), chunk(b"data", SOUND)),
        read=AMPLITUDES,
    ),
    "NaN, infinity and the smallest float": Attack(
        "a.wav",
        lambda: riff(
            fmt(kind=3, bits=32), chunk(b"data", np.array([np.nan, np.inf, 2.0**-149, -1.0], "<f4").tobytes())
        ),
        read={"amplitude": [np.nan, np.nan, 2.0**-149, -1.0]},
    ),
    "extensible without its extension": Attack("a.wav", lambda: riff(fmt(kind=0xFFFE), chunk(b"data", SOUND)), "kind"),
    "a format of 15 bytes": Attack("a.wav", lambda: riff(chunk(b"fmt ", bytes(15)), chunk(b"data", SOUND)), "damaged"),
    "4 billion samples a second": Attack(
        "a.wav", lambda: riff(fmt(rate=2**32 - 1), chunk(b"data", SOUND)), read=AMPLITUDES
    ),
    "a RIFF that says it ends at once": Attack(
        "a.wav", lambda: riff(fmt(), chunk(b"data", SOUND), size=0), read=AMPLITUDES
    ),
    "another kind of RIFF": Attack("a.wav", lambda: WAV.replace(b"WAVE", b"AVI "), "WAV"),
}

# --- EDF -------------------------------------------------------------------------------------------------------------
EDF = written.edf({"a": np.ones((2, 8), int), "b": np.ones((2, 8), int)})


def edf_field(place: int, text: str, width: int = 8) -> Callable[[], bytes]:
    return lambda: patched(EDF, place, text.encode("latin-1").ljust(width)[:width])


SECOND = 256 + 2 * (16 + 80 + 8)  # where the physical minima stand
EDF_ATTACKS = {
    "more data than records": Attack("a.edf", edf_field(236, "1"), read="holds 2 records, of which its header says 1"),
    "records of -1, unknown": Attack("a.edf", edf_field(236, "-1"), read="does not say how many records"),
    "records of NaN": Attack("a.edf", edf_field(236, "nan"), "damaged"),
    "seconds of NaN": Attack("a.edf", edf_field(244, "nan"), "damaged"),
    "seconds below 0": Attack("a.edf", edf_field(244, "-1"), "damaged"),
    "seconds of 1e-320": Attack("a.edf", edf_field(244, "1e-320"), "damaged"),
    "a header that begins past itself": Attack(
        "a.bdf", lambda: patched(b"\xffBIOSEMI" + EDF[8:], 184, b"99999999"), "damaged"
    ),
    "minus three signals": Attack("a.edf", edf_field(252, "-3", 4), "EDF"),
    "one signal where two are": Attack("a.edf", edf_field(252, "1", 4), "EDF"),
    "a physical range of nothing": Attack(
        "a.edf", lambda: patched(EDF, SECOND, b"5       5       5       5       "), "damaged"
    ),
    "a physical range to infinity": Attack("a.edf", edf_field(SECOND, "-inf"), "damaged"),
    "a physical range past all floats": Attack(
        "a.edf", lambda: patched(EDF, SECOND, b"-1e308  -1e308  1e308   1e308   "), "damaged"
    ),
    "numbers of other alphabets": Attack("a.edf", edf_field(SECOND, "\xb2\xb3"), "damaged"),
    "both signals of one name": Attack(
        "a.edf", lambda: patched(EDF, 272, b"a".ljust(16)), read={"a": [0.1] * 16, "a_2": [0.1] * 16}
    ),
    "a name of control signs": Attack(
        "a.edf", lambda: patched(EDF, 256, b"\x1b[2J\x00\x07\n<b>".ljust(16)), read="signal"
    ),
    "annotations alone": Attack("a.edf", lambda: patched(EDF, 256, b"EDF Annotations EDF Annotations "), "annotations"),
    "samples of none in one signal": Attack(
        "a.edf", lambda: patched(EDF, 256 + 2 * 216, b"0       "), read="or none, or are annotations"
    ),
    "a last record cut short": Attack("a.edf", lambda: EDF[:-5], read="promises 2 records, of which 1 came"),
    "BDF of an odd number of bytes": Attack(
        "a.bdf", lambda: patched(b"\xffBIOSEMI" + EDF[8:], 192, b"24BIT")[:-1], read="records"
    ),
}

# --- netCDF ----------------------------------------------------------------------------------------------------------
NC = written.netcdf3({"time": np.arange(4, dtype="i4"), "flow": np.arange(4.0)})
GROWING = written.netcdf3({"time": np.arange(4, dtype="i4"), "flow": np.arange(4.0)}, record=True)


def nc_of(
    dimensions: list[tuple[str, int]], variables: list[tuple[str, list[int], int, int]], body: bytes = b""
) -> bytes:
    """A classic file whose header says what it likes: (name, axes, type, begin) of each variable."""

    def name(word: str) -> bytes:
        return struct.pack(">i", len(word)) + word.encode() + bytes(-len(word) % 4)

    out = b"CDF\x01" + struct.pack(">i", 0)
    out += struct.pack(">ii", 10, len(dimensions)) + b"".join(
        name(one) + struct.pack(">I", size) for one, size in dimensions
    )
    out += bytes(8) + struct.pack(">ii", 11, len(variables))
    for called, axes, kind, begin in variables:
        out += name(called) + struct.pack(f">i{len(axes)}i", len(axes), *axes) + bytes(8)
        out += struct.pack(">iii", kind, 0, begin)
    return out + body


NUMBERS = np.arange(8.0).astype(">f8").tobytes()
NETCDF_ATTACKS = {
    "numbers that lie in the header": Attack("a.nc", lambda: nc_of([("t", 4)], [("x", [0], 6, 0)], NUMBERS), "damaged"),
    "two variables of one name": Attack(
        "a.nc", lambda: nc_of([("t", 4)], [("x", [0], 6, 88), ("x", [0], 6, 88)], NUMBERS * 4), "damaged"
    ),
    "numbers past the end": Attack("a.nc", lambda: nc_of([("t", 4)], [("x", [0], 6, 2**31 - 1)], NUMBERS), "damaged"),
    "numbers before the beginning": Attack("a.nc", lambda: nc_of([("t", 4)], [("x", [0], 6, -8)], NUMBERS), "damaged"),
    "a type that is none": Attack("a.nc", lambda: nc_of([("t", 4)], [("x", [0], 99, 60)], NUMBERS), "damaged"),
    "an axis that is none": Attack("a.nc", lambda: nc_of([("t", 4)], [("x", [7], 6, 60)], NUMBERS), "damaged"),
    "40 axes": Attack("a.nc", lambda: nc_of([("t", 4)], [("x", [0] * 40, 6, 60)], NUMBERS), "damaged"),
    "32 axes of two billion": Attack(
        "a.nc", lambda: nc_of([("t", 2**31 - 1)], [("x", [0] * 32, 6, 60)], NUMBERS), "damaged"
    ),
    "an axis below 0": Attack("a.nc", lambda: nc_of([("t", 2**32 - 1)], [("x", [0], 6, 60)], NUMBERS), "damaged"),
    "ten thousand variables of the same bytes": Attack(
        "a.nc",
        lambda: nc_of([("t", 30_000)], [(f"v{n}", [0], 1, 500_000) for n in range(9_999)], bytes(600_000)),
        "damaged",
    ),
    "a growing axis that is not the first": Attack(
        "a.nc", lambda: nc_of([("n", 0), ("t", 4)], [("x", [1, 0], 6, 60)], NUMBERS), "no variable"
    ),
    "a name without an end": Attack("a.nc", lambda: patched(NC, 16, struct.pack(">I", 2**31 - 1)), "damaged"),
    "a list inside no list": Attack("a.nc", lambda: patched(NC, 8, struct.pack(">i", 12)), "damaged"),
    "ten thousand attributes of none": Attack(
        "a.nc", lambda: b"CDF\x01" + bytes(4) + bytes(8) + struct.pack(">ii", 12, 20_000) + bytes(10**6), "damaged"
    ),
    "words alone": Attack("a.nc", lambda: nc_of([("t", 4)], [("x", [0], 2, 80)], NUMBERS), "no variable"),
    "a fill value past all numbers of its type": Attack(
        "a.nc",
        lambda: written.netcdf3(
            {"time": np.arange(4, dtype="i4"), "flow": np.arange(4, dtype="i2")}, {"flow": {"missing_value": 1e300}}
        ),
        read={"flow": [0.0, 1.0, 2.0, 3.0]},
    ),
    "scaled by NaN, moved by infinity": Attack(
        "a.nc",
        lambda: written.netcdf3(
            {"time": np.arange(4, dtype="i4"), "flow": np.arange(4.0)},
            {"flow": {"scale_factor": np.nan, "add_offset": np.inf}},
        ),
        read={"flow": [0.0, 1.0, 2.0, 3.0]},
    ),
    "days since the 45th of the 13th": Attack(
        "a.nc",
        lambda: written.netcdf3(
            {"time": np.arange(4, dtype="i4"), "flow": np.arange(4.0)}, {"time": {"units": "days since 2024-13-45"}}
        ),
        read={"time": [0.0, 1.0, 2.0, 3.0]},
    ),
    "CDF-5 of 2**62 dimensions": Attack(
        "a.nc", lambda: b"CDF\x05" + bytes(8) + struct.pack(">iq", 10, 2**62) + bytes(64), "damaged"
    ),
    "records that share their bytes": Attack("a.nc", lambda: patched(GROWING, 4, struct.pack(">i", 5)), "damaged"),
}

# --- MATLAB ----------------------------------------------------------------------------------------------------------
MAT = written.mat5({"x": np.arange(12.0).reshape(6, 2)})
HEAD, MATRIX = MAT[:128], MAT[128:]


def matrix(shape: bytes, numbers: bytes, *, kind: int = 9, of: int = 6, name: bytes = b"x") -> bytes:
    body = struct.pack("<IIII", 6, 8, of, 0) + written.element(5, shape) + written.element(1, name)
    body += written.element(kind, numbers)
    return struct.pack("<II", 14, len(body)) + body


def shape(*sizes: int) -> bytes:
    return struct.pack(f"<{len(sizes)}i", *sizes)


def packed(raw: bytes) -> bytes:
    return struct.pack("<II", 15, len(raw)) + raw


SIX = np.arange(6.0).tobytes()
MATLAB_ATTACKS = {
    "two arrays of one name": Attack("a.mat", lambda: MAT + matrix(shape(6, 2), SIX + SIX), "two arrays"),
    "packed in packed in packed": Attack(
        "a.mat", lambda: HEAD + packed(zlib.compress(packed(zlib.compress(MATRIX)))), "no array of numbers"
    ),
    "packed bytes cut short": Attack("a.mat", lambda: HEAD + packed(zlib.compress(MATRIX)[:-20]), "damaged"),
    "packed bytes that are none": Attack("a.mat", lambda: HEAD + packed(b"\x78\x9c" + bytes(40)), "damaged"),
    "packed nothing": Attack("a.mat", lambda: HEAD + packed(zlib.compress(b"")), "no array of numbers"),
    "the other byte order": Attack("a.mat", lambda: patched(MAT, 126, b"MI"), "damaged"),
    "no byte order": Attack("a.mat", lambda: patched(MAT, 126, b"\0\0"), "damaged|binary"),
    "an axis for each of 100 sizes": Attack(
        "a.mat", lambda: HEAD + matrix(shape(*[1] * 100), bytes(8)), "damaged|no array"
    ),
    "no axis": Attack("a.mat", lambda: HEAD + matrix(b"", bytes(8)), "damaged|no array"),
    "sizes whose product turns over": Attack("a.mat", lambda: HEAD + matrix(shape(2**30, 2**30, 16), b""), "damaged"),
    "numbers of a type that is none": Attack("a.mat", lambda: HEAD + matrix(shape(6, 1), SIX, kind=8), "damaged"),
    "numbers that are a matrix themselves": Attack(
        "a.mat", lambda: HEAD + matrix(shape(6, 1), MATRIX, kind=14), "damaged"
    ),
    "an array of nothing": Attack("a.mat", lambda: HEAD + matrix(shape(0, 0), b""), "no array of numbers"),
    "a name of a megabyte": Attack("a.mat", lambda: HEAD + matrix(shape(6, 1), SIX, name=b"n" * 2**20), read="1"),
    "a name of control signs": Attack("a.mat", lambda: HEAD + matrix(shape(6, 1), SIX, name=b"\x1b[2J\0\n"), read="."),
    "a hundred thousand elements of no size": Attack("a.mat", lambda: HEAD + bytes(8 * 10**5), "no array|damaged"),
    "cut in the middle of an element": Attack("a.mat", lambda: MAT[:-8], "damaged"),
    "ten thousand and one arrays": Attack(
        "a.mat", lambda: HEAD + b"".join(matrix(shape(1, 1), bytes(8), name=b"a%d" % n) for n in range(10_001)), "limit"
    ),
    "level 7.3 without HDF5": Attack("a.mat", lambda: written.mat73({"x": np.arange(3.0)})[:512], "cut short"),
    "a sparse matrix of its own": Attack("a.mat", lambda: HEAD + matrix(shape(6, 1), SIX, of=5), "sparse"),
    "NaN and infinity": Attack(
        "a.mat",
        lambda: HEAD + matrix(shape(3, 1), np.array([1.0, np.nan, np.inf]).tobytes()),
        read="infinite",
    ),
}

# --- compressed ------------------------------------------------------------------------------------------------------
GZIP = gzip.compress(CSV, mtime=0)


def locked_zip() -> bytes:
    return patched(
        patched(written.zipped({"a.csv": CSV}), 6, b"\x01"),
        written.zipped({"a.csv": CSV}).rfind(b"PK\x01\x02") + 8,
        b"\x01",
    )


def zip_with(name: str, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        archive.writestr(name, CSV)
    return stream.getvalue()


COMPRESSED_ATTACKS = {
    "gzip whose checksum lies": Attack("a.csv.gz", lambda: patched(GZIP, len(GZIP) - 8, b"\0\0\0\0"), "damaged"),
    "gzip whose length lies": Attack("a.csv.gz", lambda: patched(GZIP, len(GZIP) - 4, b"\xff" * 4), "damaged"),
    "gzip with a name without end": Attack(
        "a.csv.gz", lambda: b"\x1f\x8b\x08\x08" + bytes(6) + b"a" * 10**6, "damaged"
    ),
    "gzip with an extra field past the end": Attack(
        "a.csv.gz", lambda: b"\x1f\x8b\x08\x04" + bytes(6) + b"\xff\xff" + b"a" * 100, "damaged"
    ),
    "gzip of another method": Attack("a.csv.gz", lambda: patched(GZIP, 2, b"\x07"), "damaged"),
    "gzip and then another file": Attack("a.csv.gz", lambda: GZIP + CSV, "damaged"),
    "gzip of ten thousand empty parts": Attack("a.csv.gz", lambda: gzip.compress(b"") * 10_000, "nothing"),
    "gzip in gzip in gzip": Attack("a.csv.gz", lambda: gzip.compress(gzip.compress(GZIP)), "twice"),
    "gzip of a ZIP": Attack("a.csv.gz", lambda: gzip.compress(written.zipped({"a.csv": CSV})), "Unpack it"),
    "xz whose checksum lies": Attack(
        "a.xz", lambda: patched(lzma.compress(CSV), len(lzma.compress(CSV)) - 36, b"\0\xff\0\xff"), "damaged"
    ),
    "xz of a filter that is none": Attack("a.xz", lambda: patched(lzma.compress(CSV), 13, b"\x77"), "damaged"),
    "xz header alone": Attack("a.xz", lambda: lzma.compress(CSV)[:12], "damaged|nothing"),
    "bzip2 of a block that lies": Attack("a.bz2", lambda: patched(bz2.compress(CSV), 30, b"\xff" * 8), "damaged"),
    "bzip2 and then words": Attack("a.bz2", lambda: bz2.compress(CSV) + b"words" * 100, read="."),
    "Zstandard with a dictionary that is not here": Attack(
        "a.zst",
        lambda: b"\x28\xb5\x2f\xfd\x23" + struct.pack("<I", 7) + b"\x10" + b"\x81\x00\x00" + b"0123456789abcdef",
        "damaged",
    ),
    "Zstandard with a window of 2**41": Attack(
        "a.zst", lambda: b"\x28\xb5\x2f\xfd\x00\xf8" + b"\x81\x00\x00" + b"0123456789abcdef", "damaged"
    ),
    "Zstandard cut short": Attack("a.zst", lambda: pa.Codec("zstd").compress(CSV, asbytes=True)[:-6], "damaged|cut"),
    "ZIP locked by a password": Attack("a.zip", locked_zip, "password"),
    "ZIP of a file outside its folder": Attack(
        "a.zip", lambda: zip_with("../../etc/passwd.csv"), "ZIP archive of other files"
    ),
    "ZIP of a file of no name": Attack("a.zip", lambda: zip_with(".csv"), "ZIP archive"),
    "ZIP of one name twice": Attack(
        "a.zip",
        lambda: raw_zip([("a.csv", deflated(b"1\n2\n3\n", 1), 6), ("a.csv", deflated(b"7\n8\n9\n", 1), 6)]),
        "two files of one name",
    ),
    "ZIP of another method": Attack("a.zip", lambda: patched_method(99), "damaged"),
    "ZIP packed by LZMA": Attack("a.zip", lambda: zip_with("a.csv", zipfile.ZIP_LZMA), read={"flow": [1.5] * 50}),
    "ZIP whose directory lies outside": Attack(
        "a.zip", lambda: patched(zip_with("a.csv"), len(zip_with("a.csv")) - 6, struct.pack("<I", 2**31)), "ZIP"
    ),
    "ZIP of 3,000 tables": Attack("a.zip", lambda: zip_of({f"{n}.csv": b"1\n" for n in range(3_000)}), "limit"),
    "ZIP whose names differ inside": Attack(
        "a.zip", lambda: zip_with("a.csv").replace(b"a.csv", b"b.csv", 1), "damaged"
    ),
}


def patched_method(method: int) -> bytes:
    data = zip_with("a.csv")
    return patched(
        patched(data, 8, struct.pack("<H", method)), data.rfind(b"PK\x01\x02") + 10, struct.pack("<H", method)
    )


# --- .ts, .tsf, .arff ------------------------------------------------------------------------------------------------
TS = b"@problemName x\n@univariate true\n@classLabel true a b\n@data\n"
ARFF = b"@relation x\n@attribute a numeric\n@attribute b numeric\n@data\n"
TSF = b"@relation x\n@attribute n string\n@frequency daily\n@data\n"
MARKUP_ATTACKS = {
    "ten thousand blank lines before a header": Attack("a.ts", lambda: b"\n" * 10_000 + b"x\n" * 3, read="."),
    "comments without end": Attack("a.arff", lambda: b"% x\n" * 200_000 + ARFF, "nothing below the line"),
    "a quote without end": Attack(
        "a.arff", lambda: ARFF.replace(b"a numeric", b"'" + b"a\\'" * 50_000 + b" numeric") + b"1,2\n", read="."
    ),
    "a value's quote without end": Attack(
        "a.arff", lambda: ARFF + b"'" + b"\\'" * 100_000 + b",2\n" + b"3,4\n", read="."
    ),
    "two attributes of one name": Attack(
        "a.arff",
        lambda: ARFF.replace(b"b numeric", b"a numeric") + b"1,2\n3,4\n5,6\n",
        read={"a": [1.0, 3.0, 5.0], "a_2": [2.0, 4.0, 6.0]},
    ),
    "an attribute without a name": Attack(
        "a.arff",
        lambda: ARFF.replace(b"@attribute a numeric", b"@attribute '' numeric") + b"1,2\n3,4\n5,6\n",
        read={"b": [2.0, 4.0, 6.0]},
    ),
    "@data twice": Attack(
        "a.arff", lambda: ARFF + b"1,2\n@data\n3,4\n5,6\n", "Line 3 has 1 value where the header has 2"
    ),
    "an @attribute below @data": Attack(
        "a.ts", lambda: TS + b"1,2:a\n@attribute c numeric\n3,4:b\n", "has a label and"
    ),
    "a sparse row among others": Attack("a.arff", lambda: ARFF + b"1,2\n{0 3, 1 4}\n5,6\n", "sparse"),
    "values of other worlds": Attack("a.ts", lambda: TS + b"1,1e999,nan,-inf,0x10:a\n1,2,3,4,5:b\n", read="series"),
    "a label without values": Attack("a.ts", lambda: TS + b"a\n", "has a label and"),
    "nothing but colons": Attack("a.ts", lambda: TS + b":" * 10**5 + b"\n", "has ......... columns. the"),
    "a million commas": Attack("a.ts", lambda: TS + b"," * 10**6 + b":a\n", read="."),
    "a series of three million values": Attack("a.ts", lambda: TS + b"1," * 3 * 10**6 + b"1:a\n", "limit"),
    "a text of UTF-16": Attack(
        "a.ts", lambda: (TS + b"1,2,3:a\n4,5,6:b\n").decode().encode("utf-16"), read={"value": [1, 2, 3, 4, 5, 6]}
    ),
    "bytes of no alphabet": Attack(
        "a.arff",
        lambda: ARFF.replace(b"a numeric", b"\xff\xfe\x80 numeric") + b"1,2\n3,4\n5,6\n",
        read={"b": [2.0, 4.0, 6.0]},
    ),
    "zeros inside": Attack("a.ts", lambda: TS + b"1,\0,3:a\n4,5,6:b\n", "but line . holds"),
    "a series without its name": Attack("a.tsf", lambda: TSF + b":1,2\n:3,4\n", read={"value": [1, 2, 3, 4]}),
    "three thousand colons before the values": Attack("a.tsf", lambda: TSF + b"T1" + b":" * 3000 + b"1,2\n", read="."),
    "timestamps within": Attack("a.ts", lambda: TS + b"(2020-01-01,1),(2020-01-02,2):a\n", "have timestamps of their"),
    "lines ended by carriage returns alone": Attack(
        "a.ts", lambda: (TS + b"1,2,3:a\n4,5,6:b\n").replace(b"\n", b"\r"), read={"value": [1, 2, 3, 4, 5, 6]}
    ),
}

# --- ODS -------------------------------------------------------------------------------------------------------------
SPREADSHEET = b"application/vnd.oasis.opendocument.spreadsheet"


def content(rows: str, *, before: str = "", prefix: str = "table", encoding: str = "UTF-8") -> bytes:
    spaces = f'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
    head = f'<?xml version="1.0" encoding="{encoding}"?>{before}<office:document-content {spaces}><office:body><office:spreadsheet>'
    return (
        head
        + f'<{prefix}:table {prefix}:name="S">{rows}</{prefix}:table></office:spreadsheet></office:body></office:document-content>'
    ).encode(encoding)


def ods_of(xml: bytes) -> bytes:
    space = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    entry = f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{SPREADSHEET.decode()}"/>'
    manifest = f'<?xml version="1.0"?><manifest:manifest xmlns:manifest="{space}">{entry}</manifest:manifest>'
    return zip_of({"mimetype": SPREADSHEET, "META-INF/manifest.xml": manifest.encode(), "content.xml": xml})


def row(*cells: str, attributes: str = "") -> str:
    return f"<table:table-row{attributes}>{''.join(cells)}</table:table-row>"


def cell(value: str, attributes: str = "") -> str:
    return f'<table:table-cell{attributes} office:value-type="float" office:value="{value}"/>'


def word(text: str) -> str:
    return f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'


HEADER = row(word("a"), word("b"))
BODY = HEADER + row(cell("1"), cell("2")) + row(cell("3"), cell("4"))
FAR = " table:number-columns-repeated={}"
ODS_ATTACKS = {
    "repeated cells, their number in other quotes": Attack(
        "a.ods", lambda: ods_of(content(BODY + row(cell("1", FAR.format("'90000000'"))))), "cells"
    ),
    "repeated cells, blanks round the sign": Attack(
        "a.ods",
        lambda: ods_of(content(BODY + row(cell("1", ' table:number-columns-repeated = "90000000"')))),
        "cells|damaged",
    ),
    "repeated cells behind a sign that ends tags": Attack(
        "a.ods", lambda: ods_of(content(BODY + row(cell("1", ' x=">"' + FAR.format('"90000000"'))))), "cells|damaged"
    ),
    "repeated rows of twenty digits": Attack(
        "a.ods",
        lambda: ods_of(content(BODY + row(cell("1"), attributes=f' table:number-rows-repeated="{10**19}"'))),
        "cells|damaged",
    ),
    "repeats below 0": Attack(
        "a.ods", lambda: ods_of(content(BODY + row(cell("1", FAR.format('"-5"'))))), "is damaged or incomplete"
    ),
    "repeats of no number": Attack(
        "a.ods", lambda: ods_of(content(BODY + row(cell("1", FAR.format('"many"'))))), "is damaged or incomplete"
    ),
    "repeats written as signs": Attack(
        "a.ods", lambda: ods_of(content(BODY + row(cell("1", FAR.format('"&#57;0000000"'))))), "cells|damaged"
    ),
    "another prefix for a table": Attack(
        "a.ods",
        lambda: ods_of(
            content(
                BODY.replace("table:", "t:").replace('1"/>', '1" t:number-columns-repeated="90000000"/>'), prefix="t"
            )
        ),
        "file holds no sheet",
    ),
    "a text of UTF-16": Attack(
        "a.ods", lambda: ods_of(content(BODY, encoding="UTF-16")), "another encoding than UTF-8"
    ),
    "entities that grow": Attack(
        "a.ods",
        lambda: ods_of(
            content(
                row(word("&c;")) + BODY,
                before='<!DOCTYPE x [<!ENTITY a "haha"><!ENTITY b "&a;&a;"><!ENTITY c "&b;&b;">]>',
            )
        ),
        "is damaged or incomplete",
    ),
    "an entity from another file": Attack(
        "a.ods",
        lambda: ods_of(
            content(row(word("&e;")) + BODY, before='<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>')
        ),
        "is damaged or incomplete",
    ),
    "100,000 tags inside one another": Attack(
        "a.ods",
        lambda: ods_of(
            content(
                row(
                    "<table:table-cell><text:p>"
                    + "<text:span>" * 100_000
                    + "</text:span>" * 100_000
                    + "</text:p></table:table-cell>"
                )
                + BODY
            )
        ),
        read=".",
    ),
    "rows inside rows": Attack(
        "a.ods",
        lambda: ods_of(content(BODY + "<table:table-row>" * 5_000 + "</table:table-row>" * 5_000)),
        "is damaged or incomplete",
    ),
    "values that are none": Attack(
        "a.ods",
        lambda: ods_of(content(HEADER + row(cell("NaN"), cell("1e999")) + row(cell("3"), cell("four")))),
        "is damaged or incomplete",
    ),
    "a date of another world": Attack(
        "a.ods",
        lambda: ods_of(
            content(
                BODY
                + row(
                    '<table:table-cell office:value-type="date" office:date-value="99999-99-99T99:99:99"/>', cell("4")
                )
            )
        ),
        read=".",
    ),
    "a mark that lies about its kind": Attack("a.ods", lambda: ods_of(b"<html/>"), "file holds no sheet"),
    "an XLSX under another name": Attack("a.ods", lambda: ods_of(b"PK\x03\x04" * 9), "file holds no sheet"),
    "content cut in the middle of a tag": Attack(
        "a.ods", lambda: ods_of(content(BODY)[:-120]), "file.s XML is damaged"
    ),
    "two thousand sheets": Attack(
        "a.ods",
        lambda: ods_of(
            content(BODY + "".join(f'</table:table><table:table table:name="n{n}">' for n in range(20_000)))
        ),
        "has ...... sheets. the",
    ),
}

# --- Feather ---------------------------------------------------------------------------------------------------------


def arrow_of(table: pa.Table, **options: object) -> bytes:
    stream = io.BytesIO()
    with pa.ipc.new_file(stream, table.schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(table)
    return stream.getvalue()


ARROW = arrow_of(pa.table({"a": np.arange(50.0), "w": ["x"] * 50}))


def footer_size() -> int:
    return int(struct.unpack("<i", ARROW[-10:-6])[0])


def raw_array(kind: pa.DataType, length: int, *buffers: bytes | None) -> pa.Array:
    return pa.Array.from_buffers(kind, length, [None if one is None else pa.py_buffer(one) for one in buffers])


def column(array: pa.Array) -> Callable[[], bytes]:
    return lambda: arrow_of(pa.table({"x": array, "n": np.arange(float(len(array)))}))


FEATHER_ATTACKS = {
    "a dictionary's places past its end": Attack(
        "a.feather",
        lambda: arrow_of(
            pa.table(
                {"x": pa.DictionaryArray.from_arrays(pa.array([0, 99, -7], pa.int32()), pa.array([1.0]), safe=False)}
            )
        ),
        "damaged|bounds|inval",
    ),
    "texts whose places go back": Attack(
        "a.feather",
        column(raw_array(pa.string(), 3, None, struct.pack("<4i", 0, 9, 2, 3), b"abcdefghi")),
        "is damaged or incomplete",
    ),
    "texts whose places lie outside": Attack(
        "a.feather", column(raw_array(pa.string(), 2, None, struct.pack("<3i", 0, 2, 3), b"abcdefghi")), read="."
    ),
    "texts that are none": Attack(
        "a.feather",
        column(raw_array(pa.string(), 2, None, struct.pack("<3i", 0, 2, 4), b"\xff\xfe\xff\xfe")),
        "is damaged or incomplete",
    ),
    "two columns of one name": Attack(
        "a.feather",
        lambda: arrow_of(pa.Table.from_arrays([pa.array([1.0, 2.0]), pa.array([3.0, 4.0])], names=["a", "a"])),
        read={"a": [1.0, 2.0], "a_2": [3.0, 4.0]},
    ),
    "a column of no name": Attack(
        "a.feather", lambda: arrow_of(pa.Table.from_arrays([pa.array([1.0, 2.0])], names=[""])), read="1"
    ),
    "a column of nothing": Attack("a.feather", lambda: arrow_of(pa.table({"x": pa.nulls(3)})), "of the file is"),
    "structs in lists in structs": Attack(
        "a.feather", lambda: arrow_of(pa.table({"x": pa.array([{"a": [{"b": [1]}]}])})), "the . column holds"
    ),
    "unions": Attack(
        "a.feather",
        lambda: arrow_of(
            pa.table(
                {
                    "x": pa.UnionArray.from_sparse(
                        pa.array([0, 1], pa.int8()), [pa.array([1.0, 2.0]), pa.array(["a", "b"])]
                    )
                }
            )
        ),
        "the . column holds",
    ),
    "runs that end past the rows": Attack(
        "a.feather",
        lambda: arrow_of(
            pa.table({"x": pa.RunEndEncodedArray.from_arrays(pa.array([2, 5], pa.int32()), pa.array([1.0, 2.0]))})
        ),
        "the . column holds",
    ),
    "numbers of 256 bits": Attack(
        "a.feather", lambda: arrow_of(pa.table({"x": pa.array([10**70, -(10**70)], pa.decimal256(76, 0))})), read="."
    ),
    "dates past all years": Attack(
        "a.feather",
        lambda: arrow_of(pa.table({"x": pa.array([2**62, -(2**62)], pa.timestamp("s")), "n": [1.0, 2.0]})),
        read=".",
    ),
    "a time zone that is none": Attack(
        "a.feather",
        lambda: arrow_of(pa.table({"x": pa.array([0, 1], pa.timestamp("s", "Nowhere/At_all")), "n": [1.0, 2.0]})),
        read=".",
    ),
    "a hundred thousand empty batches": Attack("a.feather", lambda: _many_batches(20_000), "file has columns but"),
    "a footer that points into the header": Attack(
        "a.feather", lambda: patched(ARROW, len(ARROW) - 10 - footer_size(), bytes(32)), "is damaged or incomplete"
    ),
    "a footer of no size": Attack(
        "a.feather", lambda: ARROW[:-10] + struct.pack("<i", 0) + b"ARROW1", "is damaged or incomplete"
    ),
    "a footer of a size below 0": Attack(
        "a.feather", lambda: ARROW[:-10] + struct.pack("<i", -5) + b"ARROW1", "is damaged or incomplete"
    ),
    "a packed column that unpacks to more than it says": Attack(
        "a.feather", lambda: _lying_length(4), "is damaged or incomplete"
    ),
    "a packed column that says 2**60 bytes": Attack("a.feather", lambda: _lying_length(2**60), "file takes more than"),
    "a packed column that says less than 0": Attack("a.feather", lambda: _lying_length(-9), "is damaged or incomplete"),
    "Feather of version 1": Attack("a.feather", lambda: b"FEA1" + bytes(60) + b"FEA1", "table .CSV. TSV. Parquet"),
    "a stream in place of a file": Attack("a.feather", lambda: _stream(), "Arrow or Feather file"),
}


def _many_batches(count: int) -> bytes:
    stream = io.BytesIO()
    batch = pa.record_batch({"a": np.zeros(0)})
    with pa.ipc.new_file(stream, batch.schema) as writer:
        for _ in range(count):
            writer.write_batch(batch)
    return stream.getvalue()


def _lying_length(said: int) -> bytes:
    data = arrow_of(pa.table({"a": np.zeros(1000)}), compression="lz4")
    place = data.find(struct.pack("<q", 8000), 200)
    return patched(data, place, struct.pack("<q", said))


def _stream() -> bytes:
    stream = io.BytesIO()
    table = pa.table({"a": np.arange(3.0)})
    with pa.ipc.new_stream(stream, table.schema) as writer:
        writer.write_table(table)
    return stream.getvalue()


# --- HDF5 ------------------------------------------------------------------------------------------------------------


def h5(fill: Callable[[h5py.File], object], **options: object) -> Callable[[], bytes]:
    def make() -> bytes:
        stream = io.BytesIO()
        with h5py.File(stream, "w", **options) as file:
            fill(file)
        return stream.getvalue()

    return make


def _pair(file: h5py.File) -> None:
    file["x"] = np.arange(3.0)


def _attributed(file: h5py.File, **attributes: object) -> None:
    file["x"] = np.arange(3.0)
    file["x"].attrs.update(attributes)


def _loop(file: h5py.File) -> None:
    _pair(file)
    file["a"] = h5py.SoftLink("/b")
    file["b"] = h5py.SoftLink("/a")


def _time(file: h5py.File) -> None:
    _pair(file)
    space = h5py.h5s.create_simple((3,))
    h5py.h5d.create(file.id, b"when", h5py.h5t.UNIX_D32LE, space)


def _bomb(file: h5py.File) -> None:
    made = file.create_dataset("x", (60_000_000,), "f8", chunks=(60_000_000,), compression="gzip")
    made.id.write_direct_chunk((0,), zlib.compress(bytes(2**20)))


def _one_chunk(file: h5py.File) -> None:
    file.create_dataset("x", (3,), "f8", maxshape=(None,), chunks=(2**28,))


ONE = h5(_pair)()
HDF5_ATTACKS = {
    "soft links in a circle": Attack("a.h5", h5(_loop), read={"value": [0, 1, 2]}),
    "a type of times": Attack("a.h5", h5(_time), read={"value": [0, 1, 2]}),
    "480 MB in one packed chunk": Attack("a.h5", h5(_bomb), "limit"),
    "a chunk of 2 GB for three numbers": Attack("a.h5", h5(_one_chunk), read="."),
    "compound numbers": Attack(
        "a.h5",
        h5(lambda file: file.create_dataset("x", data=np.zeros(3, [("a", "f8"), ("b", "i4")]))),
        "file holds no array",
    ),
    "arrays within": Attack(
        "a.h5", h5(lambda file: file.create_dataset("x", (3,), dtype=np.dtype(("f8", (2, 2))))), "file holds no array"
    ),
    "complex numbers": Attack(
        "a.h5", h5(lambda file: file.create_dataset("x", data=np.ones(3, complex))), "file holds no array"
    ),
    "texts of any length": Attack(
        "a.h5",
        h5(lambda file: file.create_dataset("x", data=["a", "b"], dtype=h5py.string_dtype())),
        "file holds no array",
    ),
    "lists of any length": Attack(
        "a.h5", h5(lambda file: file.create_dataset("x", (2,), dtype=h5py.vlen_dtype("f8"))), "file holds no array"
    ),
    "no shape at all": Attack(
        "a.h5", h5(lambda file: file.create_dataset("x", data=h5py.Empty("f8"))), "file holds no array"
    ),
    "thirty-two axes": Attack(
        "a.h5", h5(lambda file: file.create_dataset("x", (1,) * 32, "f8")), "file holds no array"
    ),
    "the other byte order": Attack(
        "a.h5", h5(lambda file: file.create_dataset("x", data=np.arange(3, dtype=">f4"))), read={"value": [0, 1, 2]}
    ),
    "numbers of 16 bits, NaN and infinity": Attack(
        "a.h5", h5(lambda file: file.create_dataset("x", data=np.array([1, np.nan, np.inf, 2], "f2"))), read="."
    ),
    "scaled by words": Attack(
        "a.h5", h5(lambda file: _attributed(file, scale_factor="ten", add_offset=np.nan)), read={"value": [0, 1, 2]}
    ),
    "an attribute of a million numbers": Attack(
        "a.h5", h5(lambda file: _attributed(file, units=np.zeros(5_000))), read={"value": [0, 1, 2]}
    ),
    "a name of another alphabet": Attack(
        "a.h5", h5(lambda file: file.create_dataset("\u202e\u0007x/../y", data=np.arange(3.0))), read="."
    ),
    "a file that ends in the middle": Attack("a.h5", lambda: ONE[: len(ONE) // 2], "damaged|trunc"),
    "a superblock that is none": Attack("a.h5", lambda: patched(ONE, 8, b"\xff" * 16), "damaged|super|sign"),
    "an end of the file of 2**60": Attack(
        "a.h5", lambda: patched(ONE, 40, struct.pack("<Q", 2**60)), "damaged|trunc|eof"
    ),
    "a root that points at itself": Attack(
        "a.h5", lambda: patched(ONE, 64, struct.pack("<Q", 0)), "is damaged or incomplete"
    ),
    "a root past the end": Attack(
        "a.h5", lambda: patched(ONE, 64, struct.pack("<Q", 2**40)), "is damaged or incomplete"
    ),
}

FORMATS = {
    "wav": WAV_ATTACKS,
    "edf": EDF_ATTACKS,
    "netcdf": NETCDF_ATTACKS,
    "matlab": MATLAB_ATTACKS,
    "compressed": COMPRESSED_ATTACKS,
    "series": MARKUP_ATTACKS,
    "ods": ODS_ATTACKS,
    "feather": FEATHER_ATTACKS,
    "hdf5": HDF5_ATTACKS,
}

"""Files of arrays that lie: netCDF and MATLAB."""

from __future__ import annotations

import struct
import zlib

import numpy as np

from tests.sequences.readers import written_files as written
from tests.sequences.readers.attacks.attack import Attack
from tests.sequences.readers.hostile_files import packed_element, patched

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

MAT = written.mat5({"x": np.arange(12.0).reshape(6, 2)})
HEAD, MATRIX = MAT[:128], MAT[128:]


def matrix(shape: bytes, numbers: bytes, *, kind: int = 9, of: int = 6, name: bytes = b"x") -> bytes:
    body = struct.pack("<IIII", 6, 8, of, 0) + written.element(5, shape) + written.element(1, name)
    body += written.element(kind, numbers)
    return struct.pack("<II", 14, len(body)) + body


def shape(*sizes: int) -> bytes:
    return struct.pack(f"<{len(sizes)}i", *sizes)


SIX = np.arange(6.0).tobytes()
MATLAB_ATTACKS = {
    "two arrays of one name": Attack("a.mat", lambda: MAT + matrix(shape(6, 2), SIX + SIX), "two arrays"),
    "packed in packed in packed": Attack(
        "a.mat",
        lambda: HEAD + packed_element(zlib.compress(packed_element(zlib.compress(MATRIX)))),
        "no array of numbers",
    ),
    "packed bytes cut short": Attack("a.mat", lambda: HEAD + packed_element(zlib.compress(MATRIX)[:-20]), "damaged"),
    "packed bytes that are none": Attack("a.mat", lambda: HEAD + packed_element(b"\x78\x9c" + bytes(40)), "damaged"),
    "packed nothing": Attack("a.mat", lambda: HEAD + packed_element(zlib.compress(b"")), "no array of numbers"),
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

"""Compressed files that lie: gzip, bzip2, xz, Zstandard and ZIP."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import zipfile

import pyarrow as pa

from tests.sequences.readers import written_files as written
from tests.sequences.readers.attacks.attack import Attack
from tests.sequences.readers.hostile_files import deflated, patched, raw_zip, zip_of

CSV = b"time,flow\n" + b"2024-01-01,1.5\n" * 50


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

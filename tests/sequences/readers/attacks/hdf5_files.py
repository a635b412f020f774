"""HDF5 files that lie."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

import h5py
import numpy as np

from tests.sequences.readers.attacks.attack import Attack
from tests.sequences.readers.hostile_files import h5_file, patched


def h5(fill: Callable[[h5py.File], object]) -> Callable[[], bytes]:
    return lambda: h5_file(fill)


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

"""Files that a stranger may send, made here so that the repository holds none of them."""

from __future__ import annotations

import functools
import io
import os
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import h5py
import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

from lstm_viz.files.sizes import MEGABYTE
from lstm_viz.sequences.limits import Limits

#: What a reader may take of a machine for one hostile file.
TIGHT = Limits(memory_bytes=1000 * MEGABYTE, cpu_seconds=5, wall_seconds=60.0)


def npy(array: np.ndarray, **options: Any) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, **options)
    return stream.getvalue()


def npy_header(shape: tuple[int, ...], body: bytes = b"", descr: str = "<f8") -> bytes:
    """An NPY file whose header says what it likes."""
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, {"descr": descr, "fortran_order": False, "shape": shape})
    return stream.getvalue() + body


def npz(**arrays: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)
    return stream.getvalue()


def workbook(*sheets: Sequence[Sequence[Any]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for place, rows in enumerate(sheets):
        sheet = book.create_sheet(f"Sheet{place + 1}")
        for row in rows:
            sheet.append(list(row))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def parquet(columns: Mapping[str, Any], **options: Any) -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.table(dict(columns)), stream, **options)
    return stream.getvalue()


def patched(data: bytes, place: int, value: bytes) -> bytes:
    return data[:place] + value + data[place + len(value) :]


def packed_element(raw: bytes) -> bytes:
    return struct.pack("<II", 15, len(raw)) + raw


def h5_file(fill: Callable[[h5py.File], object]) -> bytes:
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        fill(file)
    return stream.getvalue()


class Payload:
    """Unpickled, it creates a file: the proof that nothing was."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (self.path,)


def npy_of_objects(path: str) -> bytes:
    return npy(np.array([Payload(path), 1.0], dtype=object), allow_pickle=True)


def zip_of(members: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


def with_sheet(sheet: bytes) -> dict[str, bytes]:
    """The members of a small workbook, its one sheet replaced."""
    archive = zipfile.ZipFile(io.BytesIO(workbook([["a", "b"], [1, 2]])))
    members = {name: archive.read(name) for name in archive.namelist()}
    return members | {"xl/worksheets/sheet1.xml": sheet}


def workbook_of_two_far_cells() -> bytes:
    sheet = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
        b"</sheetData></worksheet>"
    )
    return zip_of(with_sheet(sheet))


def deflated(block: bytes, times: int) -> bytes:
    """A deflate stream that unpacks to `block` many times over, made without unpacking it."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    return piece * times + packer.flush()


@functools.cache
def checksum(packed: bytes, size: int) -> int:
    """The CRC of the first `size` bytes that a stream unpacks to; 0 where that would take long."""
    return zlib.crc32(zlib.decompressobj(-15).decompress(packed, size)) if size < 64 * MEGABYTE else 0


def raw_zip(members: Sequence[tuple[str, bytes, int]], shared_start: bool = False) -> bytes:
    """A ZIP of (name, deflate stream, size declared); all at one place where `shared_start`.

    The checksum is that of the size declared, so that a lie about the size is the only one.
    """
    body, directory, offset = b"", b"", 0
    for name, packed, size in members:
        fields = (20, 0, 8, 0, 0, checksum(packed, size), len(packed), size, len(name), 0)
        if not (shared_start and body):
            offset = len(body)
            body += struct.pack("<4s5H3I2H", b"PK\x03\x04", *fields) + name.encode() + packed
        directory += struct.pack("<4sH5H3I5H2I", b"PK\x01\x02", 20, *fields, 0, 0, 0, 0, offset) + name.encode()
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, len(members), len(members), len(directory), len(body), 0)
    return body + directory + end


def workbook_bomb(gigabytes: int, declared: int | None = None) -> bytes:
    """A workbook whose sheet unpacks to gigabytes of rows, and says so, or says `declared`."""
    block = b"<row>" + b'<c r="A1"><v>1</v></c>' * 40_000 + b"</row>"
    times = gigabytes * 2**30 // len(block)
    small = [(name, deflated(data, 1), len(data)) for name, data in with_sheet(b"").items() if data]
    size = times * len(block) % 2**32 if declared is None else declared
    return raw_zip([*small, ("xl/worksheets/sheet1.xml", deflated(block, times), size)])


def npz_bomb(members: int) -> bytes:
    """Many arrays, one pack of bytes: what ZIP members that overlap unpack to."""
    array = npy(np.zeros(4 * MEGABYTE))
    packed = deflated(array, 1)
    return raw_zip([(f"array_{place}.npy", packed, len(array)) for place in range(members)], shared_start=True)


def parquet_bomb() -> bytes:
    """A long word, once in the dictionary and a hundred thousand times in the column."""
    words = pa.DictionaryArray.from_arrays(np.zeros(100_000, np.int32), pa.array(["x" * 20_000]))
    return parquet({"word": words}, store_schema=False)


def parquet_of_columns(count: int) -> bytes:
    return parquet({f"c{place}": [1.0] for place in range(count)})

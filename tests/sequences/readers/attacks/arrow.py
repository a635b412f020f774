"""Feather and Arrow files that lie."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable

import numpy as np
import pyarrow as pa

from tests.sequences.readers.attacks.attack import Attack
from tests.sequences.readers.hostile_files import patched


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

"""What the reading process is told and answers: a line of JSON, then raw numbers, never a pickle."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, BinaryIO

import numpy as np

from lstm_viz.sequences.errors import SequenceError
from lstm_viz.sequences.limits import Limits
from lstm_viz.sequences.tables import Table

#: How a column travels, by the first letter of its NumPy kind.
WIRE = {"f": "<f8", "M": "<i8", "O": "<i4"}


def request_line(name: str, pasted: bool, limits: Limits, part: str) -> bytes:
    """The first line of a request; the file's bytes follow it."""
    head = {"name": name, "pasted": pasted, "limits": asdict(limits), "part": part}
    return json.dumps(head).encode() + b"\n"


def read_request(stream: BinaryIO) -> tuple[str, bool, Limits, str, bytes]:
    """(name, pasted, limits, part, the file's bytes), the other end of `request_line`."""
    head = json.loads(stream.readline())
    return head["name"], head["pasted"], Limits(**head["limits"]), head["part"], stream.read()


def error_reply(sentence: str) -> Iterator[bytes]:
    """The reply of a reader that refuses."""
    yield json.dumps({"error": sentence}).encode() + b"\n"


def table_reply(table: Table) -> Iterator[bytes | memoryview]:
    """A table in pieces: the head, then each column as little-endian numbers.

    Words travel once each, in the head, and as whole numbers into that list (-1: a gap).
    """
    heads, bodies = zip(*(_packed(name, values) for name, values in table.columns.items()), strict=True)
    kept = {name: getattr(table, name) for name in ("source", "format", "notes", "parts", "part", "rows")}
    yield json.dumps(kept | {"roles": dict(table.roles), "columns": heads}).encode() + b"\n"
    for body in bodies:
        yield np.ascontiguousarray(body).data.cast("B")


def parse_reply(reply: bytearray) -> Table:
    """The table in a reply. Raises SequenceError with the sentence in it, or where the reply lies."""
    try:
        end = reply.index(b"\n") + 1
        head = json.loads(reply[:end])
        if "error" not in head:
            return _table(head, reply, end)
    except (ValueError, LookupError, TypeError) as error:
        raise SequenceError("The reader's answer is damaged. Save the file again and retry.") from error
    raise SequenceError(head["error"])


def _table(head: dict[str, Any], reply: bytearray, end: int) -> Table:
    columns: dict[str, np.ndarray] = {}
    offset = end
    for column in head["columns"]:
        columns[column["name"]] = _unpacked(column, reply, offset, head["rows"])
        offset += head["rows"] * np.dtype(WIRE[column["kind"]]).itemsize
    if offset != len(reply):
        raise ValueError(f"the reply holds {len(reply) - offset} bytes too many")
    notes, parts = tuple(head["notes"]), tuple(head["parts"])
    return Table(columns, head["source"], head["format"], notes, head["roles"], parts, head["part"])


def _packed(name: str, values: np.ndarray) -> tuple[dict[str, Any], np.ndarray]:
    kind = values.dtype.kind
    if kind == "f":
        return {"name": name, "kind": kind}, values.astype("<f8", copy=False)
    if kind == "M":
        return {"name": name, "kind": kind}, values.astype("datetime64[ns]").view("<i8")
    places: dict[str, int] = {}
    codes = [-1 if word is None else places.setdefault(word, len(places)) for word in values]
    return {"name": name, "kind": "O", "words": list(places)}, np.array(codes, "<i4")


def _unpacked(column: dict[str, Any], reply: bytearray, offset: int, rows: int) -> np.ndarray:
    wire = np.frombuffer(reply, WIRE[column["kind"]], rows, offset)
    if column["kind"] == "f":
        return wire.astype(np.float64)
    if column["kind"] == "M":
        return wire.astype(np.int64).view("datetime64[ns]")
    words = np.array([*column["words"], None], dtype=object)
    return words[wire]

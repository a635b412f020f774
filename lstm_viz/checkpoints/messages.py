"""What the reading process is told and answers: a line of JSON, then raw numbers, never a pickle."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import asdict, fields
from typing import Any, BinaryIO

import numpy as np

from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.found import Contents, FoundLSTM, Neighbour
from lstm_viz.checkpoints.limits import CheckpointLimits

#: Arrays begin at multiples of so many bytes, so that they can be used where they lie.
STEP = 64
#: How an array stands in the head: its type and shape under this key. The numbers follow in the same order.
ARRAY = "array"
WIRE = ("<f4", "<f8")


def request_line(name: str, limits: CheckpointLimits) -> bytes:
    """The first line of a request; the file's bytes follow it."""
    return json.dumps({"name": name, "limits": asdict(limits)}).encode() + b"\n"


def read_request(stream: BinaryIO) -> tuple[str, CheckpointLimits, bytes]:
    """(name, limits, the file's bytes), the other end of `request_line`."""
    head = json.loads(stream.readline())
    return head["name"], CheckpointLimits(**head["limits"]), stream.read()


def error_reply(sentence: str) -> Iterator[bytes]:
    """The reply of a reader that refuses."""
    yield json.dumps({"error": sentence}).encode() + b"\n"


def contents_reply(contents: Contents) -> Iterator[bytes | memoryview]:
    """The contents in pieces: the head, then each array as little-endian numbers."""
    arrays: list[np.ndarray] = []

    def placed(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            arrays.append(np.ascontiguousarray(value, WIRE[value.dtype.itemsize == 8]))
            return {ARRAY: arrays[-1].dtype.str, "shape": value.shape}
        return {field.name: getattr(value, field.name) for field in fields(value)}

    head = json.dumps(contents, default=placed).encode()
    yield head + b" " * (-(len(head) + 1) % STEP) + b"\n"
    for array in arrays:
        yield array.reshape(-1).view(np.uint8).data
        yield bytes(-array.nbytes % STEP)


def parse_reply(reply: bytearray) -> Contents:
    """The contents in a reply. Raises CheckpointError with the sentence in it, or where the reply lies."""
    try:
        end = reply.index(b"\n") + 1
        head = json.loads(reply[:end], object_hook=_Taker(reply, end))
        if "error" not in head:
            return _contents(head)
    except (ValueError, LookupError, TypeError) as error:
        raise CheckpointError("The reader's answer is damaged. Save the file again and retry.") from error
    raise CheckpointError(head["error"])


class _Taker:
    """Puts each array of a reply where the head has its type and shape: both stand in one order."""

    def __init__(self, reply: bytearray, offset: int) -> None:
        self._reply, self._offset = reply, offset

    def __call__(self, part: dict[str, Any]) -> Any:
        if ARRAY not in part:
            return part
        kind, shape = np.dtype(WIRE[WIRE.index(part[ARRAY])]), tuple(part["shape"])
        count, start = math.prod(shape), self._offset
        self._offset += count * kind.itemsize + -count * kind.itemsize % STEP
        return np.frombuffer(self._reply, kind, count, start).reshape(shape)


def _contents(head: dict[str, Any]) -> Contents:
    lstms = tuple(FoundLSTM(**_tuples(part)) for part in head["lstms"])
    neighbours = tuple(Neighbour(**part) for part in head["neighbours"])
    return Contents(head["format"], lstms, neighbours, tuple(head["notes"]))


def _tuples(part: dict[str, Any]) -> dict[str, Any]:
    """JSON knows lists alone."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in part.items()}

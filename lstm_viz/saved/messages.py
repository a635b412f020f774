"""What the reading process is told and answers: a line of JSON, then raw numbers, never a pickle."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, BinaryIO

import numpy as np

from lstm_viz.rebuilding import Parts
from lstm_viz.saved.limits import SavedLimits
from lstm_viz.storage import TraceFileError

#: The kinds of numbers and characters that a trace's file may hold.
WIRE = ("<f4", "<f8", "<i8", "|i1", "|S1")
#: Arrays begin at multiples of so many bytes, so that they can be used where they lie.
STEP = 64


def request_line(limits: SavedLimits) -> bytes:
    """The first line of a request; the file's bytes follow it."""
    return json.dumps(asdict(limits)).encode() + b"\n"


def read_request(stream: BinaryIO) -> tuple[SavedLimits, bytes]:
    """(limits, the file's bytes), the other end of `request_line`."""
    return SavedLimits(**json.loads(stream.readline())), stream.read()


def error_reply(sentence: str) -> Iterator[bytes]:
    """The reply of a reader that refuses."""
    yield json.dumps({"error": sentence}).encode() + b"\n"


def parts_reply(parts: Parts) -> Iterator[bytes | memoryview]:
    """A file's parts in pieces: the head, then each array."""
    kinds = {name: (array.dtype.newbyteorder("<").str, array.shape) for name, array in parts.arrays.items()}
    head = json.dumps({"attributes": parts.attributes, "arrays": kinds}).encode()
    yield head + b" " * (-(len(head) + 1) % STEP) + b"\n"
    for name, array in parts.arrays.items():
        yield np.ascontiguousarray(array, kinds[name][0]).reshape(-1).view(np.uint8).data
        yield bytes(-array.nbytes % STEP)


def parse_reply(reply: bytearray) -> Parts:
    """The parts in a reply. Raises TraceFileError with the sentence in it, or where the reply lies."""
    try:
        end = reply.index(b"\n") + 1
        head = json.loads(reply[:end])
        if "error" not in head:
            return Parts(_arrays(head["arrays"], reply, end), head["attributes"])
    except (ValueError, LookupError, TypeError) as error:
        raise TraceFileError("The reader's answer is damaged. Save the trace again and retry.") from error
    raise TraceFileError(head["error"])


def _arrays(kinds: dict[str, Any], reply: bytearray, offset: int) -> dict[str, np.ndarray]:
    arrays = {}
    for name, (kind, shape) in kinds.items():
        array = np.frombuffer(reply, WIRE[WIRE.index(kind)], math.prod(shape), offset).reshape(shape)
        array.flags.writeable = False
        arrays[name] = array
        offset += array.nbytes + -array.nbytes % STEP
    return arrays

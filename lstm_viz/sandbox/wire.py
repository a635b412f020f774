"""Wire format between the app and the child process: one line of JSON, then raw bytes, never a pickle.

A request is the line and the file's bytes, or in the line the number of an open file that holds them. A reply is the
line, padded with blanks, and NumPy arrays in
little-endian order, each padded to a multiple of `ALIGNMENT` bytes:

    {"head": {...}, "arrays": [["<f4", [3, 4]], ...]}        or        {"error": "a sentence"}

An array that lies in the request's own file as it is doesn't travel: its place there does, as in ["<f4", [3, 4], 128].
Numbers of 16 bits ("<f2", "bfloat16") travel as they are, and arrive as float32.

A parser that a hostile file has taken over may send anything. So `decode` checks each type, shape and length
against the bytes that came, and `text` and `texts` check words.
"""

from __future__ import annotations

import io
import json
import math
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from lstm_viz.sandbox.half_precision import BFLOAT16, is_half, widen, widened
from lstm_viz.sandbox.limits import ProcessLimits

#: Types of numbers and characters that an array may have, as a reply names them.
DTYPES = {code: np.dtype(code) for code in ("<f2", "<f4", "<f8", "<i4", "<i8", "|i1", "|S1")} | {"bfloat16": BFLOAT16}
#: Arrays begin at multiples of so many bytes of a reply, so that they can be used without a copy.
ALIGNMENT = 64
#: Numbers of 16 bits that are read and widened at a time.
HALVES_AT_ONCE = 2**19
#: Exceptions that a damaged reply raises while it is decoded.
DECODE_ERRORS = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError)
#: Exit status of a child whose memory ran out.
OUT_OF_MEMORY = 77


class Request(NamedTuple):
    """A request to the child: the reader's function, kind of error, limits and options, and the file's bytes."""

    function: str
    error: type[Exception]
    limits: ProcessLimits
    options: dict[str, Any]
    data: bytes | memoryview


class Message(NamedTuple):
    """A reader's result: a head of JSON values, and arrays, to which the head refers by position."""

    head: Mapping[str, Any]
    arrays: Sequence[np.ndarray] = ()


class Refused(Exception):
    """A reply that refuses the file, with a message for its owner."""


class OpenFile:
    """A file on the disk, which the child maps into its memory: this process reads no more of it than it needs."""

    def __init__(self, path: Path) -> None:
        self.number = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        self._state = self._size_and_time()

    def __len__(self) -> int:
        return self._state[0]

    def __enter__(self) -> OpenFile:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.number)

    def _size_and_time(self) -> tuple[int, int]:
        state = os.fstat(self.number)
        return state.st_size, state.st_mtime_ns

    @property
    def is_unchanged(self) -> bool:
        """Whether nobody wrote to the file since it was opened."""
        return self._size_and_time() == self._state

    def whole(self) -> bytes:
        """All of its bytes."""
        return self.numbers(0, np.dtype("u1"), len(self)).tobytes()

    def numbers(self, place: int, kind: np.dtype, count: int) -> np.ndarray:
        """So many numbers from a place on, those of 16 bits widened. Raises ValueError where the file ends before."""
        with os.fdopen(os.dup(self.number), "rb", buffering=0) as file:
            file.seek(place)
            if not is_half(kind):
                found = np.empty(count, kind)
                _fill(found, file)
                return found
            found, stored = np.empty(count, np.float32), np.empty(min(count, HALVES_AT_ONCE), kind)
            for begin in range(0, count, HALVES_AT_ONCE):
                into = found[begin : begin + HALVES_AT_ONCE]
                _fill(stored[: len(into)], file)
                widen(stored[: len(into)], into)
        return found


def _fill(array: np.ndarray, file: io.FileIO) -> None:
    rest = array.view(np.uint8).data if array.size else memoryview(b"")
    while rest:
        read = file.readinto(rest)
        if not read:
            raise ValueError("the file ends early")
        rest = rest[read:]


def request_line(
    function: str,
    error: type[Exception],
    limits: ProcessLimits,
    options: Mapping[str, Any],
    file: int | None = None,
) -> bytes:
    """The first line of a request. `function` is named as in "package.module:name".

    file: the number of an open file that the child inherits; without one the file's bytes follow the line.
    """
    kinds = {"function": function, "error": _dotted(error), "limits": _dotted(type(limits)), "file": file}
    return json.dumps({**kinds, "values": vars(limits), "options": dict(options)}).encode() + b"\n"


def read_request(stream: BinaryIO) -> Request:
    """The request on a stream, the other end of `request_line`; classes are imported, the function is not yet."""
    head = json.loads(stream.readline())
    limits = import_dotted(head["limits"])(**head["values"])
    data = stream.read() if head["file"] is None else memoryview(mmap(head["file"], 0, access=ACCESS_READ))
    return Request(head["function"], import_dotted(head["error"]), limits, head["options"], data)


def import_dotted(name: str) -> Any:
    """The object of a dotted name, as in "package.module:name".

    >>> import_dotted("math:sqrt")(9)
    3.0
    """
    module, _, part = name.partition(":")
    return getattr(import_module(module), part)


def encode(message: Message, data: bytes | memoryview = b"") -> Iterator[bytes | memoryview]:
    """A reply as a stream of byte chunks. Arrays that lie in `data`, the request's file, are sent as places there.

    >>> reply = bytearray(b"".join(encode(Message({"rows": 2}, [np.array([1.0, 2.0])]))))
    >>> decode(reply)
    Message(head={'rows': 2}, arrays=[array([1., 2.])])
    """
    arrays = [np.ascontiguousarray(array, array.dtype.newbyteorder("<")) for array in message.arrays]
    places = [_place_in(data, array) for array in arrays]
    shapes = [
        (_code(array.dtype), before.shape, *(() if place is None else (place,)))
        for array, before, place in zip(arrays, message.arrays, places, strict=True)
    ]
    line = json.dumps({"head": dict(message.head), "arrays": shapes}).encode()
    yield line + b" " * (-(len(line) + 1) % ALIGNMENT) + b"\n"
    for array, place in zip(arrays, places, strict=True):
        if place is None:
            yield array.reshape(-1).view(np.uint8).data
            yield bytes(-array.nbytes % ALIGNMENT)


def _code(kind: np.dtype) -> str:
    """How a reply names a type."""
    return "bfloat16" if kind == BFLOAT16 else kind.str


def _place_in(data: bytes | memoryview, array: np.ndarray) -> int | None:
    """Where in `data` an array's memory begins; None where it is elsewhere."""
    if not len(data) or not array.nbytes:
        return None
    place = array.ctypes.data - np.frombuffer(data, np.uint8).ctypes.data
    return place if 0 <= place <= len(data) - array.nbytes else None


def encode_error(message: str) -> Iterator[bytes]:
    """The reply of a reader that refuses a file."""
    yield json.dumps({"error": message}).encode() + b"\n"


def decode(reply: bytearray, data: bytes | OpenFile = b"") -> Message:
    """The message in a reply; its arrays lie in the reply's own memory, or are read from the request's file, `data`.

    Raises Refused for a refusal, and one of DECODE_ERRORS for a damaged reply.
    """
    end = reply.index(b"\n") + 1
    line = json.loads(reply[:end])
    if "error" in line:
        raise Refused(text(line["error"]))
    arrays: list[np.ndarray] = []
    for dtype, shape, *place in line["arrays"]:
        kind = DTYPES[dtype]
        count = math.prod(size for size in shape if _is_size(size))
        if place:
            (begin,) = place
            arrays.append(_array_at(data, begin, kind, count).reshape(shape))
            continue
        came = np.frombuffer(reply, kind, count, end)
        arrays.append(widened(came).reshape(shape))
        end += came.nbytes + -came.nbytes % ALIGNMENT
    if end != len(reply):
        raise ValueError(f"the reply holds {len(reply) - end} bytes too many")
    return Message(dict(line["head"]), arrays)


def _array_at(data: bytes | OpenFile, place: Any, kind: np.dtype, count: int) -> np.ndarray:
    """A copy of the numbers at a place of the request's file. Raises ValueError where they are not all in it."""
    if not _is_size(place) or place + count * kind.itemsize > len(data):
        raise ValueError("numbers outside the file")
    if isinstance(data, OpenFile):
        return data.numbers(place, kind, count)
    found = np.frombuffer(data, kind, count, place)
    return widened(found) if is_half(kind) else found.copy()


def text(value: Any) -> str:
    """A string of a message. Raises TypeError for anything else."""
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} came instead of text")
    return value


def texts(values: Any) -> tuple[str, ...]:
    """A list of strings of a message. Raises TypeError for anything else.

    >>> texts(["a", "b"])
    ('a', 'b')
    """
    if not isinstance(values, list):
        raise TypeError(f"{type(values).__name__} came instead of a list")
    return tuple(text(value) for value in values)


def _is_size(size: Any) -> bool:
    if type(size) is not int or not 0 <= size <= sys.maxsize:
        raise ValueError(f"an axis can't be {size!r:.40} long")
    return True


def _dotted(kind: type) -> str:
    return f"{kind.__module__}:{kind.__qualname__}"

"""Wire format between the app and the child process: one line of JSON, then raw bytes, never a pickle.

A request is the line and the file's bytes. A reply is the line, padded with blanks, and NumPy arrays in
little-endian order, each padded to a multiple of `ALIGNMENT` bytes:

    {"head": {...}, "arrays": [["<f4", [3, 4]], ...]}        or        {"error": "a sentence"}

A parser that a hostile file has taken over may send anything. So `decode` checks each type, shape and length
against the bytes that came, and `text` and `texts` check words.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from lstm_viz.sandbox.limits import ProcessLimits

#: Types of numbers and characters that an array may have.
DTYPES = ("<f4", "<f8", "<i4", "<i8", "|i1", "|S1")
#: Arrays begin at multiples of so many bytes of a reply, so that they can be used without a copy.
ALIGNMENT = 64
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
    data: bytes


class Message(NamedTuple):
    """A reader's result: a head of JSON values, and arrays, to which the head refers by position."""

    head: Mapping[str, Any]
    arrays: Sequence[np.ndarray] = ()


class Refused(Exception):
    """A reply that refuses the file, with a message for its owner."""


def request_line(function: str, error: type[Exception], limits: ProcessLimits, options: Mapping[str, Any]) -> bytes:
    """The first line of a request; the file's bytes follow it. `function` is named as in "package.module:name"."""
    kinds = {"function": function, "error": _dotted(error), "limits": _dotted(type(limits))}
    return json.dumps({**kinds, "values": vars(limits), "options": dict(options)}).encode() + b"\n"


def read_request(stream: BinaryIO) -> Request:
    """The request on a stream, the other end of `request_line`; classes are imported, the function is not yet."""
    head = json.loads(stream.readline())
    limits = import_dotted(head["limits"])(**head["values"])
    return Request(head["function"], import_dotted(head["error"]), limits, head["options"], stream.read())


def import_dotted(name: str) -> Any:
    """The object of a dotted name, as in "package.module:name".

    >>> import_dotted("math:sqrt")(9)
    3.0
    """
    module, _, part = name.partition(":")
    return getattr(import_module(module), part)


def encode(message: Message) -> Iterator[bytes | memoryview]:
    """A reply as a stream of byte chunks.

    >>> reply = bytearray(b"".join(encode(Message({"rows": 2}, [np.array([1.0, 2.0])]))))
    >>> decode(reply)
    Message(head={'rows': 2}, arrays=[array([1., 2.])])
    """
    arrays = [np.ascontiguousarray(array, array.dtype.newbyteorder("<")) for array in message.arrays]
    shapes = [(array.dtype.str, before.shape) for array, before in zip(arrays, message.arrays, strict=True)]
    line = json.dumps({"head": dict(message.head), "arrays": shapes}).encode()
    yield line + b" " * (-(len(line) + 1) % ALIGNMENT) + b"\n"
    for array in arrays:
        yield array.reshape(-1).view(np.uint8).data
        yield bytes(-array.nbytes % ALIGNMENT)


def encode_error(message: str) -> Iterator[bytes]:
    """The reply of a reader that refuses a file."""
    yield json.dumps({"error": message}).encode() + b"\n"


def decode(reply: bytearray) -> Message:
    """The message in a reply; its arrays lie in the reply's own memory.

    Raises Refused for a refusal, and one of DECODE_ERRORS for a damaged reply.
    """
    end = reply.index(b"\n") + 1
    line = json.loads(reply[:end])
    if "error" in line:
        raise Refused(text(line["error"]))
    arrays = []
    for dtype, shape in line["arrays"]:
        kind = np.dtype(DTYPES[DTYPES.index(dtype)])
        count = math.prod(size for size in shape if _is_size(size))
        arrays.append(np.frombuffer(reply, kind, count, end).reshape(shape))
        end += arrays[-1].nbytes + -arrays[-1].nbytes % ALIGNMENT
    if end != len(reply):
        raise ValueError(f"the reply holds {len(reply) - end} bytes too many")
    return Message(dict(line["head"]), arrays)


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

"""Loading a trace from an untrusted netCDF4 file, whose bytes are read in the sandbox."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from lstm_viz.files.sizes import MEGABYTE, size_in_words
from lstm_viz.sandbox.limits import ProcessLimits
from lstm_viz.sandbox.process import Reader, read_in_child
from lstm_viz.sandbox.wire import Message, text
from lstm_viz.storage import TraceFileError
from lstm_viz.storage.deserialize import StoredArrays
from lstm_viz.storage.netcdf.read import checked_trace, read_arrays
from lstm_viz.traces import Trace


@dataclass(frozen=True)
class TraceFileLimits(ProcessLimits):
    """Limits of reading one trace's file."""

    #: Bytes of the file, and of the numbers in it once unpacked.
    file_bytes: int = 200 * MEGABYTE
    number_bytes: int = 400 * MEGABYTE
    #: Memory of the child process, on top of what its libraries take.
    memory_bytes: int = 1600 * MEGABYTE
    cpu_seconds: int = 30
    wall_seconds: float = 45.0
    on_top_of_libraries: ClassVar[bool] = True

    @property
    def reply_bytes(self) -> int:
        """Bytes of the child's reply at most."""
        return self.number_bytes + MEGABYTE


def load_untrusted_trace(data: bytes, *, limits: TraceFileLimits | None = None) -> Trace:
    """The trace in a file's bytes, read in a child process with limits on memory and time.

    `lstm_viz.load_trace` opens trusted files without one. Raises TraceFileError for anything but a sound trace.

    >>> load_untrusted_trace(b"no trace")
    Traceback (most recent call last):
    lstm_viz.storage.TraceFileError: This file can't be read as a trace: a netCDF4 file written by \
Trace.save was expected (OSError). Save the trace again.
    """
    limits = limits or TraceFileLimits()
    if len(data) > limits.file_bytes:
        raise TraceFileError(
            f"This file has {size_in_words(len(data))}; the limit is {size_in_words(limits.file_bytes)}. "
            "Trace fewer steps, sequences or layers."
        )
    return checked_trace(read_in_child(TRACE_FILES, data, limits))


def make_arrays_reader(data: bytes, limits: TraceFileLimits) -> Callable[[], Message]:
    """The reader that the child process runs: a run's arrays and attributes, checked, as a message."""
    return lambda: encode_arrays(read_arrays(data, limits.number_bytes))


def encode_arrays(stored: StoredArrays) -> Message:
    """A file's arrays and attributes as a message of the sandbox."""
    return Message({"attributes": stored.attributes, "names": list(stored.arrays)}, list(stored.arrays.values()))


def decode_arrays(message: Message) -> StoredArrays:
    """The arrays, read-only, and attributes in a message. Raises one of `wire.DECODE_ERRORS` for a damaged one."""
    attributes = {name: _attribute_value(value) for name, value in message.head["attributes"].items()}
    arrays: dict[str, np.ndarray] = {}
    for name, array in zip(message.head["names"], message.arrays, strict=True):
        array.flags.writeable = False
        arrays[text(name)] = array
    return StoredArrays(arrays, attributes)


def _attribute_value(value: object) -> str | int | float:
    return value if isinstance(value, int | float) else text(value)


TRACE_FILES = Reader(
    "lstm_viz.storage.netcdf.untrusted:make_arrays_reader",
    TraceFileError,
    decode_arrays,
    too_large_advice="Trace fewer steps, sequences or layers.",
    damaged_advice="Save the trace again.",
    noun="trace",
)

"""From the bytes of a saved run to its trace, whoever they come from."""

from __future__ import annotations

from lstm_viz.saved.limits import SavedLimits
from lstm_viz.saved.messages import parse_reply, request_line
from lstm_viz.sequences.limits import megabytes
from lstm_viz.sequences.process import job, reply_of
from lstm_viz.storage import TraceFileError, trace_of
from lstm_viz.traces import Trace

READING = job(
    "lstm_viz.saved.child",
    TraceFileError,
    "Trace fewer steps, sequences or layers.",
    "Save the trace again.",
)


def open_saved(data: bytes, *, limits: SavedLimits | None = None) -> Trace:
    """The trace in a file's bytes, read in a process of its own with limits on memory and time.

    `lstm_viz.load_trace` opens files of one's own without. Raises TraceFileError for anything but a sound trace.

    >>> open_saved(b"no trace")
    Traceback (most recent call last):
    lstm_viz.storage.TraceFileError: This file can't be read as a trace: a netCDF4 file written by \
Trace.save was expected (OSError). Save the trace again.
    """
    limits = limits or SavedLimits()
    if len(data) > limits.file_bytes:
        raise TraceFileError(
            f"This file has {megabytes(len(data))}; the limit is {megabytes(limits.file_bytes)}. "
            "Trace fewer steps, sequences or layers."
        )
    return trace_of(parse_reply(reply_of(request_line(limits), data, limits, READING)))

"""The reading process: a request on standard input, a run's parts or a sentence on standard output."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from dataclasses import replace

import psutil

from lstm_viz.saved.limits import SavedLimits
from lstm_viz.saved.messages import error_reply, parts_reply, read_request
from lstm_viz.sequences.child import limit_this_process
from lstm_viz.sequences.process import OUT_OF_MEMORY
from lstm_viz.storage import TraceFileError, read_parts


def main() -> None:
    """Read one request, answer it, end."""
    limits, data = read_request(sys.stdin.buffer)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # A library that prints must not write into the answer.
    for piece in answer(data, limits):
        answers.write(piece)
    answers.close()
    os._exit(0)


def answer(data: bytes, limits: SavedLimits) -> Iterable[bytes | memoryview]:
    """The reply to one request."""
    taken = psutil.Process().memory_info().vms
    limit_this_process(replace(limits, memory_bytes=taken + limits.memory_bytes))
    try:
        return list(parts_reply(read_parts(data, limits.number_bytes)))
    except TraceFileError as error:
        return error_reply(str(error))
    except (MemoryError, SystemError):
        os._exit(OUT_OF_MEMORY)

"""The reading process: a request on standard input, a file's contents or a sentence on standard output."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from dataclasses import replace

import psutil

from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.limits import CheckpointLimits
from lstm_viz.checkpoints.messages import contents_reply, error_reply, read_request
from lstm_viz.sequences.child import limit_this_process
from lstm_viz.sequences.process import OUT_OF_MEMORY


def main() -> None:
    """Read one request, answer it, end."""
    name, limits, data = read_request(sys.stdin.buffer)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # A library that prints must not write into the answer.
    for piece in answer(data, name, limits):
        answers.write(piece)
    answers.close()
    os._exit(0)


def answer(data: bytes, name: str, limits: CheckpointLimits) -> Iterable[bytes | memoryview]:
    """The reply to one request. The file's own reader is loaded first, so that its addresses aren't counted."""
    from lstm_viz.checkpoints.readers import read_with, reader_of

    try:
        reader = reader_of(data, name)
        taken = psutil.Process().memory_info().vms
        limit_this_process(replace(limits, memory_bytes=taken + limits.memory_bytes))
        return list(contents_reply(read_with(reader, data, limits)))
    except CheckpointError as error:
        return error_reply(str(error))
    except (MemoryError, SystemError):
        os._exit(OUT_OF_MEMORY)

"""One short-lived process that reads one file, fed and watched from here.

A file from a stranger can make a parser abort, hang or ask for gigabytes. In a process of its own
that costs the process alone. It is started anew (never forked), so that any thread may call.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import psutil

from lstm_viz.sequences.errors import SequenceError
from lstm_viz.sequences.limits import Limits, megabytes

#: Readers at work at once: more would only share the same cores and add up their memory.
_PLACES = threading.BoundedSemaphore(max(2, os.cpu_count() or 1))

#: How often a reader's time and memory are looked at.
WATCH_SECONDS = 0.02

#: Python's own modules come first there, whatever a folder on this process's path calls its files.
_START = "import sys; sys.path += sys.argv[1:]; from lstm_viz.sequences.child import main; main()"

#: The memory limit counts addresses, so those that idle threads and generous pools set aside are spared.
_QUIET = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_SPARING = {"ARROW_DEFAULT_MEMORY_POOL": "mimalloc", "MIMALLOC_ARENA_RESERVE": "65536"}
_ENVIRONMENT = _QUIET | _SPARING

#: The exit status by which the reading process says that its memory ran out.
OUT_OF_MEMORY = 77


def reply_of(request: bytes, data: bytes, limits: Limits) -> bytearray:
    """What the reading process answers. Raises SequenceError where it dies or meets a limit."""
    with _PLACES, _reader() as reader, _watched(reader, limits) as verdicts:
        _feed(reader, request, data)
        reply = _answer(reader, most=8 * limits.cells + limits.unpacked_bytes)
        status = reader.wait()
    if verdicts:
        raise SequenceError(verdicts[0])
    if status != 0 or not reply:
        raise SequenceError(_cause(status, limits))
    return reply


@contextlib.contextmanager
def _reader() -> Iterator[subprocess.Popen[bytes]]:
    """A reading process that doesn't outlive the block, however the block is left."""
    command = [sys.executable, "-I", "-S", "-c", _START, *(path for path in sys.path if path)]
    pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
    reader = subprocess.Popen(
        command, stdin=pipe, stdout=pipe, stderr=nowhere, env=os.environ | _ENVIRONMENT, bufsize=0
    )
    try:
        yield reader
    finally:
        reader.kill()
        for stream in (reader.stdin, reader.stdout):
            with contextlib.suppress(OSError):
                stream.close()  # type: ignore[union-attr]
        reader.wait()


@contextlib.contextmanager
def _watched(reader: subprocess.Popen[bytes], limits: Limits) -> Iterator[list[str]]:
    """A list that gets the sentence for why the reader was ended, if it was."""
    verdicts: list[str] = []
    done = threading.Event()
    watch = threading.Thread(target=_watch, args=(reader, limits, done, verdicts), daemon=True)
    watch.start()
    try:
        yield verdicts
    finally:
        done.set()
        watch.join()


def _watch(reader: subprocess.Popen[bytes], limits: Limits, done: threading.Event, verdicts: list[str]) -> None:
    """End a reader that takes too long, or too much memory where the system keeps no limit (macOS, Windows)."""
    last = time.monotonic() + limits.wall_seconds
    with contextlib.suppress(psutil.Error):
        seen = psutil.Process(reader.pid)
        while not done.wait(WATCH_SECONDS):
            if time.monotonic() > last:
                verdicts.append(f"Reading the file took more than {limits.wall_seconds:g} seconds. {_SMALLER}")
            elif seen.memory_info().rss > limits.memory_bytes:
                verdicts.append(_too_much_memory(limits))
            if verdicts:
                return reader.kill()


def _feed(reader: subprocess.Popen[bytes], request: bytes, data: bytes) -> None:
    """Send everything; a reader that died early is told apart by its exit status, later."""
    assert reader.stdin is not None
    with contextlib.suppress(OSError):
        for part in (request, data):
            rest = memoryview(part)
            while rest:
                rest = rest[reader.stdin.write(rest) :]
        reader.stdin.close()


def _answer(reader: subprocess.Popen[bytes], most: int) -> bytearray:
    assert reader.stdout is not None
    reply = bytearray()
    while chunk := reader.stdout.read(2**20):
        reply += chunk
        if len(reply) > most:
            reader.kill()
            raise SequenceError(f"The file holds more than {megabytes(most)} of values. {_SMALLER}")
    return reply


def _cause(status: int, limits: Limits) -> str:
    if status == -24:  # SIGXCPU, a number that Windows does not name
        return f"Reading the file took more than {limits.cpu_seconds} seconds of processor time. {_SMALLER}"
    if status == OUT_OF_MEMORY:
        return _too_much_memory(limits)
    return (
        f"The file stopped its reader: it is damaged, or takes more than {megabytes(limits.memory_bytes)} "
        f"of memory. Save it again as CSV, or keep fewer rows or columns."
    )


def _too_much_memory(limits: Limits) -> str:
    return f"Reading the file takes more than {megabytes(limits.memory_bytes)} of memory. {_SMALLER}"


_SMALLER = "Keep fewer rows or columns, or save it as CSV."

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
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import psutil

from lstm_viz.sequences.errors import SequenceError
from lstm_viz.sequences.limits import megabytes

#: Readers at work at once: more would only share the same cores and add up their memory.
_PLACES = threading.BoundedSemaphore(max(2, os.cpu_count() or 1))

#: How often a reader's time and memory are looked at.
WATCH_SECONDS = 0.02

#: Python's own modules come first there, whatever a folder on this process's path calls its files.
_START = "import sys; sys.path += sys.argv[1:]; from {module} import main; main()"

#: The memory limit counts addresses, so those that idle threads and generous pools set aside are spared.
_QUIET = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_SPARING = {"ARROW_DEFAULT_MEMORY_POOL": "mimalloc", "MIMALLOC_ARENA_RESERVE": "65536"}
_ENVIRONMENT = _QUIET | _SPARING

#: The exit status by which the reading process says that its memory ran out.
OUT_OF_MEMORY = 77


@runtime_checkable
class Costs(Protocol):
    """What reading one file may take."""

    @property
    def memory_bytes(self) -> int:
        """Memory of the process that reads."""
        ...

    @property
    def cpu_seconds(self) -> int:
        """Its processor time."""
        ...

    @property
    def wall_seconds(self) -> float:
        """Its clock time."""
        ...

    @property
    def reply_bytes(self) -> int:
        """The most that it may answer."""
        ...


@dataclass(frozen=True)
class Job:
    """Which code reads a file, and how it is refused."""

    #: What the process runs: Python that takes its path from its arguments.
    start: str
    error: type[Exception]
    #: What to do where a file asks for too much, and where it stops its reader.
    smaller: str
    again: str


def job(module: str, error: type[Exception], smaller: str, again: str) -> Job:
    """The job of a module's `main`."""
    return Job(_START.format(module=module), error, smaller, again)


TABLES = job(
    "lstm_viz.sequences.child",
    SequenceError,
    "Keep fewer rows or columns, or save it as CSV.",
    "Save it again as CSV, or keep fewer rows or columns.",
)


def reply_of(request: bytes, data: bytes, limits: Costs, work: Job | None = None) -> bytearray:
    """What the reading process answers, a table's by default. Raises the job's error where it dies or meets a limit."""
    work = work or TABLES
    with _PLACES, _reader(work) as reader, _watched(reader, limits, work) as verdicts:
        _feed(reader, request, data)
        reply = _answer(reader, limits.reply_bytes, work)
        status = reader.wait()
    if verdicts:
        raise work.error(verdicts[0])
    if status != 0 or not reply:
        raise work.error(_cause(status, limits, work))
    return reply


@contextlib.contextmanager
def _reader(work: Job) -> Iterator[subprocess.Popen[bytes]]:
    """A reading process that doesn't outlive the block, however the block is left."""
    command = [sys.executable, "-I", "-S", "-c", work.start, *(path for path in sys.path if path)]
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
def _watched(reader: subprocess.Popen[bytes], limits: Costs, work: Job) -> Iterator[list[str]]:
    """A list that gets the sentence for why the reader was ended, if it was."""
    verdicts: list[str] = []
    done = threading.Event()
    watch = threading.Thread(target=_watch, args=(reader, limits, work, done, verdicts), daemon=True)
    watch.start()
    try:
        yield verdicts
    finally:
        done.set()
        watch.join()


def _watch(
    reader: subprocess.Popen[bytes], limits: Costs, work: Job, done: threading.Event, verdicts: list[str]
) -> None:
    """End a reader that takes too long, or too much memory where the system keeps no limit (macOS, Windows)."""
    last = time.monotonic() + limits.wall_seconds
    with contextlib.suppress(psutil.Error):
        seen = psutil.Process(reader.pid)
        while not done.wait(WATCH_SECONDS):
            if time.monotonic() > last:
                verdicts.append(f"Reading the file took more than {limits.wall_seconds:g} seconds. {work.smaller}")
            elif seen.memory_info().rss > limits.memory_bytes:
                verdicts.append(_too_much_memory(limits, work))
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


def _answer(reader: subprocess.Popen[bytes], most: int, work: Job) -> bytearray:
    assert reader.stdout is not None
    reply = bytearray()
    while chunk := reader.stdout.read(2**20):
        reply += chunk
        if len(reply) > most:
            reader.kill()
            raise work.error(f"The file holds more than {megabytes(most)} of values. {work.smaller}")
    return reply


def _cause(status: int, limits: Costs, work: Job) -> str:
    if status == -24:  # SIGXCPU, a number that Windows does not name
        return f"Reading the file took more than {limits.cpu_seconds} seconds of processor time. {work.smaller}"
    if status == OUT_OF_MEMORY:
        return _too_much_memory(limits, work)
    return (
        f"The file stopped its reader: it is damaged, or takes more than {megabytes(limits.memory_bytes)} "
        f"of memory. {work.again}"
    )


def _too_much_memory(limits: Costs, work: Job) -> str:
    return f"Reading the file takes more than {megabytes(limits.memory_bytes)} of memory. {work.smaller}"

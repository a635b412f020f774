"""Starting, feeding and watching the child process that parses one file.

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
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import psutil

from lstm_viz.sandbox.sizes import ProcessLimits, megabytes
from lstm_viz.sandbox.wire import DAMAGE, OUT_OF_MEMORY, Message, Refused, decode, request_line

Found = TypeVar("Found")

#: Children at work at once: more would only share the same cores and add up their memory.
_SLOTS = threading.BoundedSemaphore(max(2, os.cpu_count() or 1))

#: How often a child's time and memory are looked at.
WATCH_SECONDS = 0.02

#: What the child runs. Python's own modules come first there, whatever a folder on this process's path calls its files.
START = "import sys; sys.path += sys.argv[1:]; from lstm_viz.sandbox.child import main; main()"

#: The memory limit counts addresses, so those that idle threads and generous pools set aside are spared.
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_SMALL_POOLS = {"ARROW_DEFAULT_MEMORY_POOL": "mimalloc", "MIMALLOC_ARENA_RESERVE": "65536"}
_ENVIRONMENT = _ONE_THREAD | _SMALL_POOLS


@dataclass(frozen=True)
class Reader(Generic[Found]):
    """A kind of file: the code that parses it in the child, and the sentences that refuse it."""

    #: As in "package.module:name"; called in the child as name(data, limits, **options). It loads its libraries and
    #: returns a function without arguments that gives a Message. Refusals are raised as `error`.
    function: str
    error: type[Exception]
    #: What its message stands for; runs in this process, on what a hostile child may have answered.
    decode: Callable[[Message], Found]
    #: What to do where a file asks for too much, and where it stops its reader.
    smaller: str
    again: str
    #: What is to be saved again where the answer is damaged.
    noun: str = "file"

    def result(self, reply: bytearray) -> Found:
        """What a reply says. Raises `error` with the sentence in it, or where the reply lies."""
        try:
            return self.decode(decode(reply))
        except Refused as refusal:
            raise self.error(str(refusal)) from None
        except DAMAGE as error:
            said = f"The reader's answer is damaged. Save the {self.noun} again and retry."
            raise self.error(said) from error


def read_in_child(reader: Reader[Found], data: bytes, limits: ProcessLimits, **options: Any) -> Found:
    """What a reader finds in a file's bytes, in a process of its own.

    Raises the reader's error where it refuses the file, dies or meets a limit.
    """
    request = request_line(reader.function, reader.error, limits, options)
    with _SLOTS, _child() as child, _watched(child, limits, reader) as reasons:
        _send(child, request, data)
        reply = _receive(child, limits.reply_bytes, reader)
        status = child.wait()
    if reasons:
        raise reader.error(reasons[0])
    if status != 0 or not reply:
        raise reader.error(_failure(status, limits, reader))
    return reader.result(reply)


@contextlib.contextmanager
def _child() -> Iterator[subprocess.Popen[bytes]]:
    """A child process that doesn't outlive the block, however the block is left."""
    command = [sys.executable, "-I", "-S", "-c", START, *(path for path in sys.path if path)]
    pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
    child = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=nowhere, env=os.environ | _ENVIRONMENT, bufsize=0)
    try:
        yield child
    finally:
        child.kill()
        for stream in (child.stdin, child.stdout):
            with contextlib.suppress(OSError):
                stream.close()  # type: ignore[union-attr]
        child.wait()


@contextlib.contextmanager
def _watched(child: subprocess.Popen[bytes], limits: ProcessLimits, reader: Reader[Any]) -> Iterator[list[str]]:
    """A list that gets the sentence for why the reader was ended, if it was."""
    reasons: list[str] = []
    done = threading.Event()
    watch = threading.Thread(target=_watch, args=(child, limits, reader, done, reasons), daemon=True)
    watch.start()
    try:
        yield reasons
    finally:
        done.set()
        watch.join()


def _watch(
    child: subprocess.Popen[bytes],
    limits: ProcessLimits,
    reader: Reader[Any],
    done: threading.Event,
    reasons: list[str],
) -> None:
    """End a reader that takes too long, or too much memory where the system keeps no limit (macOS, Windows)."""
    last = time.monotonic() + limits.wall_seconds
    with contextlib.suppress(psutil.Error):
        seen = psutil.Process(child.pid)
        while not done.wait(WATCH_SECONDS):
            if time.monotonic() > last:
                reasons.append(f"Reading the file took more than {limits.wall_seconds:g} seconds. {reader.smaller}")
            elif seen.memory_info().rss > limits.memory_bytes:
                reasons.append(_too_much_memory(limits, reader))
            if reasons:
                return child.kill()


def _send(child: subprocess.Popen[bytes], request: bytes, data: bytes) -> None:
    """Send everything; a reader that died early is told apart by its exit status, later."""
    assert child.stdin is not None
    with contextlib.suppress(OSError):
        for part in (request, data):
            rest = memoryview(part)
            while rest:
                rest = rest[child.stdin.write(rest) :]
        child.stdin.close()


def _receive(child: subprocess.Popen[bytes], most: int, reader: Reader[Any]) -> bytearray:
    """The whole reply. Raises the reader's error, and ends the child, where it is longer than `most` bytes."""
    assert child.stdout is not None
    reply = bytearray()
    while chunk := child.stdout.read(2**20):
        reply += chunk
        if len(reply) > most:
            child.kill()
            raise reader.error(f"The file holds more than {megabytes(most)} of values. {reader.smaller}")
    return reply


def _failure(status: int, limits: ProcessLimits, reader: Reader[Any]) -> str:
    """The sentence for a child that ended with this exit status, negative for a signal."""
    if status == -24:  # SIGXCPU, a number that Windows does not name
        return f"Reading the file took more than {limits.cpu_seconds} seconds of processor time. {reader.smaller}"
    if status == OUT_OF_MEMORY:
        return _too_much_memory(limits, reader)
    return (
        f"The file stopped its reader: it is damaged, or takes more than {megabytes(limits.memory_bytes)} "
        f"of memory. {reader.again}"
    )


def _too_much_memory(limits: ProcessLimits, reader: Reader[Any]) -> str:
    return f"Reading the file takes more than {megabytes(limits.memory_bytes)} of memory. {reader.smaller}"

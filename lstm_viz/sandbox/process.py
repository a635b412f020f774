"""Starting, feeding and watching the child process that parses one file.

An untrusted file can make a parser abort, hang or allocate gigabytes. In a process of its own
that costs the process alone. It is spawned (never forked), so that any thread may call.
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

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

from lstm_viz.files.sizes import size_in_words
from lstm_viz.sandbox.limits import ProcessLimits
from lstm_viz.sandbox.wire import DECODE_ERRORS, OUT_OF_MEMORY, Message, OpenFile, Refused, decode, request_line

Found = TypeVar("Found")

#: Limits the children that run at once: more would only share the same cores and add up their memory.
_SLOTS = threading.BoundedSemaphore(max(2, os.cpu_count() or 1))

#: Files of fewer bytes go through the pipe.
SHARED_BYTES = 2**20
#: What a pipe holds, where that can be set.
PIPE_BYTES = 2**20
#: Whether a child can be handed an open file, and a file be made in memory (Linux).
INHERITS_FILES = hasattr(os, "memfd_create")
#: Interval at which a child's time and memory are checked.
WATCH_SECONDS = 0.02

#: The child's program. The standard library comes first on its path, whatever files this process's path holds.
CHILD_CODE = "import sys; sys.path += sys.argv[1:]; from lstm_viz.sandbox.child import main; main()"

#: The memory limit counts virtual memory, so idle threads and large pools, which reserve it, are switched off.
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_SMALL_POOLS = {"ARROW_DEFAULT_MEMORY_POOL": "mimalloc", "MIMALLOC_ARENA_RESERVE": "65536"}
_ENVIRONMENT = _ONE_THREAD | _SMALL_POOLS


@dataclass(frozen=True)
class Reader(Generic[Found]):
    """Reader of one kind of file: the function that parses it in the child, and the texts of its errors."""

    #: As in "package.module:name"; called in the child as name(data, limits, **options). It loads its libraries and
    #: returns a function without arguments that gives a Message. Refusals are raised as `error`.
    function: str
    error: type[Exception]
    #: Converts the child's message; runs in this process, on what may be a hostile child's reply.
    decode: Callable[[Message], Found]
    #: Advice at the end of messages: for a file that needs too much, and for one that crashes its reader.
    too_large_advice: str
    damaged_advice: str
    #: What the message for a damaged reply says to save again.
    noun: str = "file"

    def result(self, reply: bytearray, data: bytes | OpenFile = b"") -> Found:
        """The decoded reply to a request with this file. Raises `error`, with the reader's message, or for damage."""
        try:
            return self.decode(decode(reply, data))
        except Refused as refusal:
            raise self.error(str(refusal)) from None
        except DECODE_ERRORS as error:
            message = f"The reader's answer is damaged. Save the {self.noun} again and retry."
            raise self.error(message) from error


def read_in_child(reader: Reader[Found], data: bytes | OpenFile, limits: ProcessLimits, **options: Any) -> Found:
    """Parse a file's bytes, or an open file, by a reader in a child process.

    Raises the reader's error where it refuses the file, crashes or exceeds a limit.
    """
    if isinstance(data, OpenFile) and not (limits.shares_file and INHERITS_FILES and len(data) >= SHARED_BYTES):
        data = data.whole()
    with contextlib.ExitStack() as kept:
        shared = kept.enter_context(_shared_file(data)) if limits.shares_file else None
        request = request_line(reader.function, reader.error, limits, options, shared)
        kept.enter_context(_SLOTS)
        child = kept.enter_context(_child_process(() if shared is None else (shared,)))
        reasons = kept.enter_context(_watched(child, limits, reader))
        _send(child, request, data if isinstance(data, bytes) and shared is None else b"")
        reply = _receive(child, limits.reply_bytes, reader)
        status = child.wait()
    if reasons:
        raise reader.error(reasons[0])
    if status != 0 or not reply:
        raise reader.error(_exit_message(status, limits, reader))
    found = reader.result(reply, data)
    if isinstance(data, OpenFile) and not data.is_unchanged:
        raise reader.error("The file was written to while it was read. Try again when it is whole.")
    return found


@contextlib.contextmanager
def _shared_file(data: bytes | OpenFile) -> Iterator[int | None]:
    """The number of an open file with these bytes, in memory where it is none; None for few bytes, which are sent."""
    if isinstance(data, OpenFile):
        yield data.number
    elif len(data) < SHARED_BYTES or not INHERITS_FILES:
        yield None
    else:
        number = os.memfd_create("file")
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(number, rest) :]
            yield number
        finally:
            os.close(number)


@contextlib.contextmanager
def _child_process(files: tuple[int, ...] = ()) -> Iterator[subprocess.Popen[bytes]]:
    """A child process that doesn't outlive the block, however the block is left."""
    command = [sys.executable, "-I", "-S", "-c", CHILD_CODE, *(path for path in sys.path if path)]
    pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
    child = subprocess.Popen(
        command, stdin=pipe, stdout=pipe, stderr=nowhere, env=os.environ | _ENVIRONMENT, bufsize=0, pass_fds=files
    )
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
    """Watch a child in a thread; the list gets the message of why it was killed, if it was."""
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
    """Kill a reader that takes too long, or too much memory where the system has no limit for it (macOS, Windows)."""
    deadline = time.monotonic() + limits.wall_seconds
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(child.pid)
        while not done.wait(WATCH_SECONDS):
            if time.monotonic() > deadline:
                reasons.append(
                    f"Reading the file took more than {limits.wall_seconds:g} seconds. {reader.too_large_advice}"
                )
            elif process.memory_info().rss > limits.memory_bytes:
                reasons.append(_memory_message(limits, reader))
            if reasons:
                return child.kill()


def _send(child: subprocess.Popen[bytes], request: bytes, data: bytes) -> None:
    """Write the request and the file to the child; one that ended early shows by its exit status, later."""
    assert child.stdin is not None
    with contextlib.suppress(OSError):
        for part in (request, data):
            rest = memoryview(part)
            while rest:
                rest = rest[child.stdin.write(rest) :]
        child.stdin.close()


def _receive(child: subprocess.Popen[bytes], max_bytes: int, reader: Reader[Any]) -> bytearray:
    """The complete reply. Raises the reader's error, and kills the child, where it is longer than `max_bytes`."""
    assert child.stdout is not None
    _widen(child.stdout.fileno())
    reply, chunk = bytearray(), bytearray(PIPE_BYTES)
    view = memoryview(chunk)
    while count := child.stdout.readinto(chunk):  # type: ignore[attr-defined]
        reply += view[:count]
        if len(reply) > max_bytes:
            child.kill()
            raise reader.error(
                f"The file holds more than {size_in_words(max_bytes)} of values. {reader.too_large_advice}"
            )
    return reply


def _widen(pipe: int) -> None:
    """Let a pipe hold more than the system's 64 KB, where it can be set (Linux): both ends then wait less often."""
    if hasattr(fcntl, "F_SETPIPE_SZ"):
        with contextlib.suppress(OSError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)


def _exit_message(status: int, limits: ProcessLimits, reader: Reader[Any]) -> str:
    """The message for a child that ended with this exit status, negative for a signal."""
    if status == -24:  # SIGXCPU, a number that Windows does not name
        return (
            f"Reading the file took more than {limits.cpu_seconds} seconds of processor time. {reader.too_large_advice}"
        )
    if status == OUT_OF_MEMORY:
        return _memory_message(limits, reader)
    return (
        f"The file stopped its reader: it is damaged, or takes more than {size_in_words(limits.memory_bytes)} "
        f"of memory. {reader.damaged_advice}"
    )


def _memory_message(limits: ProcessLimits, reader: Reader[Any]) -> str:
    return f"Reading the file takes more than {size_in_words(limits.memory_bytes)} of memory. {reader.too_large_advice}"

"""A worker process: runs one generator after another and sends what each yields; it gives way to the server.

Requests and replies are pickles over standard input and output. Both ends are this program, and what goes between them
are arrays and modules that it made itself; files of others are parsed in the sandbox.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import IO, Any, NamedTuple

import psutil

#: The worker's program; its path is the parent's.
WORKER_CODE = "import sys; sys.path[:] = sys.argv[1:]; from lstm_viz.jobs.worker import main; main()"
#: How much a worker gives way to other processes, from 0 to 19.
NICENESS = 10
#: One thread each: as many workers run as there are cores to spare.
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")


class Request(NamedTuple):
    """A generator function by its dotted name, as in "package.module:name", and its arguments."""

    function: str
    arguments: Mapping[str, Any]


class Reply(NamedTuple):
    """What a generator yielded, or the exception that ended it (`error`); `ended` says that nothing follows."""

    value: Any = None
    error: Exception | None = None
    ended: bool = False


class Worker:
    """The parent's side of one worker process."""

    def __init__(self) -> None:
        command = [sys.executable, "-c", WORKER_CODE, *(path for path in sys.path if path)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ | _ONE_THREAD
        )

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    def send(self, request: Request) -> None:
        """Hands over a request. Raises OSError where the process has ended, and what pickle raises."""
        assert self._process.stdin is not None
        packed = pickle.dumps(request, protocol=pickle.HIGHEST_PROTOCOL)  # all of it before any is sent
        self._process.stdin.write(packed)
        self._process.stdin.flush()

    def receive(self) -> Reply | None:
        """The next reply; None where the process ended in the midst."""
        assert self._process.stdout is not None
        try:
            reply: Reply = pickle.load(self._process.stdout)
        except (EOFError, OSError, pickle.UnpicklingError):
            return None
        return reply

    def stop(self) -> None:
        """Ends the process at once."""
        self._process.kill()

    def close(self) -> None:
        """Ends the process and waits for its end; for the thread that reads from it."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()


def main() -> None:
    """Serve requests until standard input ends."""
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a library that prints must not write into the replies
    _give_way()
    while True:
        try:
            request: Request = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        _serve(request, replies)


def _give_way() -> None:
    process = psutil.Process()
    process.nice(psutil.BELOW_NORMAL_PRIORITY_CLASS if sys.platform == "win32" else NICENESS)


def _serve(request: Request, replies: IO[bytes]) -> None:
    module, _, name = request.function.partition(":")
    try:
        for value in getattr(import_module(module), name)(**request.arguments):
            _send(replies, Reply(value))
    except Exception as error:
        _send(replies, Reply(error=error, ended=True))
    else:
        _send(replies, Reply(ended=True))


def _send(replies: IO[bytes], reply: Reply) -> None:
    try:
        packed = pickle.dumps(reply, protocol=pickle.HIGHEST_PROTOCOL)
    except Exception as error:  # an exception that can't be pickled, say: its words can
        packed = pickle.dumps(Reply(error=RuntimeError(str(reply.error or error)), ended=True))
    replies.write(packed)
    replies.flush()

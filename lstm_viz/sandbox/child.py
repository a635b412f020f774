"""The child process: a request on standard input, what a reader found or a sentence on standard output."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterable

from lstm_viz.sandbox.sizes import MEGABYTE, ProcessLimits
from lstm_viz.sandbox.wire import OUT_OF_MEMORY, Request, encode, encode_error, imported, read_request

try:
    import resource
except ImportError:  # Windows: the clock and the sizes still limit.
    resource = None  # type: ignore[assignment]


def main() -> None:
    """Read one request, answer it, end."""
    request = read_request(sys.stdin.buffer)
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # A library that prints must not write into the reply.
    sys.meta_path.insert(0, WithoutPandas())
    gc.disable()  # A short life: looking for garbage among millions of cells takes longer than reading them.
    for piece in reply_to(request):
        replies.write(piece)
    replies.close()
    os._exit(0)


def reply_to(request: Request) -> Iterable[bytes | memoryview]:
    """The reply to one request.

    The function that is named there gets the bytes, the limits and the options, loads the libraries that it needs
    and returns what reads. Only then a file's content may ask for memory that isn't counted with the libraries.
    Whatever it raises but its own kind of error, or for want of memory, is a mistake of ours and ends the process.
    """
    limits = request.limits
    try:
        if not limits.beside_libraries:
            limit_this_process(limits)
        read = imported(request.function)(request.data, limits, **request.options)
        if limits.beside_libraries:
            limit_this_process(limits, taken=_addresses())
        return list(encode(read()))
    except (MemoryError, SystemError):  # SystemError: orjson, when memory runs out in the midst.
        os._exit(OUT_OF_MEMORY)
    except request.error as error:
        return encode_error(str(error))


class WithoutPandas:
    """An import hook by which pandas is not there: Arrow would load it, 130 ms, to ask what a list is."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:
        """Raise ImportError for pandas, leave the rest to the hooks behind."""
        if name == "pandas":
            raise ModuleNotFoundError(name)


def limit_this_process(limits: ProcessLimits, taken: int = 0) -> None:
    """Put the limits on this process (setrlimit), as far as the system knows them; `taken` bytes come on top."""
    if resource is None:
        return
    seconds, addresses = limits.cpu_seconds, taken + limits.memory_bytes
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MEGABYTE, MEGABYTE))  # Python's own bytecode, nothing large.
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    if sys.platform != "darwin":  # macOS keeps no limit on addresses; there the memory is watched from outside.
        resource.setrlimit(resource.RLIMIT_AS, (addresses, addresses))


def _addresses() -> int:
    """Bytes of addresses that this process has taken."""
    import psutil

    return int(psutil.Process().memory_info().vms)

"""The child process: reads a request from standard input, writes a reader's reply to standard output."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterable

from lstm_viz.files.sizes import MEGABYTE
from lstm_viz.sandbox.limits import ProcessLimits
from lstm_viz.sandbox.wire import OUT_OF_MEMORY, Request, encode, encode_error, import_dotted, read_request

try:
    import resource
except ImportError:  # Windows: the clock and the sizes still limit.
    resource = None  # type: ignore[assignment]


def main() -> None:
    """Read one request, answer it, end."""
    request = read_request(sys.stdin.buffer)
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # A library that prints must not write into the reply.
    sys.meta_path.insert(0, BlockPandasImport())
    gc.disable()  # The process is short-lived, and collecting among millions of cells takes longer than reading them.
    for chunk in reply_to(request):
        replies.write(chunk)
    replies.close()
    os._exit(0)


def reply_to(request: Request) -> Iterable[bytes | memoryview]:
    """The reply to one request.

    The function that the request names gets the bytes, the limits and the options, imports the libraries that it
    needs and returns the function that parses. Only then are the limits set, so that the memory of libraries isn't
    counted. Any exception but the reader's own kind of error, or lack of memory, is a bug and ends the process.
    """
    limits = request.limits
    try:
        if not limits.on_top_of_libraries:
            limit_this_process(limits)
        read = import_dotted(request.function)(request.data, limits, **request.options)
        if limits.on_top_of_libraries:
            limit_this_process(limits, taken=_address_space_bytes())
        return list(encode(read(), request.data if isinstance(request.data, memoryview) else b""))
    except (MemoryError, SystemError):  # SystemError: orjson, when memory runs out in the midst.
        os._exit(OUT_OF_MEMORY)
    except request.error as error:
        return encode_error(str(error))


class BlockPandasImport:
    """An import hook that hides pandas: Arrow would import it, 130 ms, for a type check."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:
        """Raise ImportError for pandas, leave the rest to the hooks behind."""
        if name == "pandas":
            raise ModuleNotFoundError(name)


def limit_this_process(limits: ProcessLimits, taken: int = 0) -> None:
    """Limit this process (setrlimit), as far as the system can; `taken` bytes are added to the memory limit."""
    if resource is None:
        return
    seconds, addresses = limits.cpu_seconds, taken + limits.memory_bytes
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MEGABYTE, MEGABYTE))  # Python's own bytecode, nothing large.
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    if sys.platform != "darwin":  # macOS keeps no limit on addresses; there the memory is watched from outside.
        resource.setrlimit(resource.RLIMIT_AS, (addresses, addresses))


def _address_space_bytes() -> int:
    """Size of this process's virtual memory in bytes."""
    import psutil

    return int(psutil.Process().memory_info().vms)

"""The reading process: a request on standard input, a table or a sentence on standard output."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterable

from lstm_viz.sequences.errors import SequenceError
from lstm_viz.sequences.limits import MEGABYTE, Limits
from lstm_viz.sequences.messages import error_reply, read_request, table_reply
from lstm_viz.sequences.process import OUT_OF_MEMORY, Costs

try:
    import resource
except ImportError:  # Windows: the clock and the sizes still limit.
    resource = None  # type: ignore[assignment]


def main() -> None:
    """Read one request, answer it, end."""
    name, pasted, limits, part, data = read_request(sys.stdin.buffer)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # A library that prints must not write into the answer.
    limit_this_process(limits)
    sys.meta_path.insert(0, WithoutPandas())
    gc.disable()  # A short life: looking for garbage among millions of cells takes longer than reading them.
    for piece in _answer(data, name, pasted, limits, part):
        answers.write(piece)
    answers.close()
    os._exit(0)


class WithoutPandas:
    """An import hook by which pandas is not there: Arrow would load it, 130 ms, to ask what a list is."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:
        """Raise ImportError for pandas, leave the rest to the hooks behind."""
        if name == "pandas":
            raise ModuleNotFoundError(name)


def _answer(data: bytes, name: str, pasted: bool, limits: Limits, part: str) -> Iterable[bytes | memoryview]:
    from lstm_viz.sequences.readers import read

    try:
        return list(table_reply(read(data, name, limits, pasted, part)))
    except SequenceError as error:
        return error_reply(str(error))
    except (MemoryError, SystemError):  # SystemError: orjson, when memory runs out in the midst.
        os._exit(OUT_OF_MEMORY)
    except Exception as error:  # A parser may raise anything; a person gets one sentence.
        return error_reply(unreadable(error))


def unreadable(error: Exception) -> str:
    """The sentence for whatever else a parser raised.

    >>> unreadable(OSError("Couldn't deserialize thrift"))
    "The file is damaged or incomplete: Couldn't deserialize thrift. Save it again and retry."
    """
    first = (str(error) or type(error).__name__).splitlines()[0]
    plain = "".join(character for character in first if character.isprintable())[:150].rstrip(". ")
    return f"The file is damaged or incomplete: {plain}. Save it again and retry."


def limit_this_process(limits: Costs) -> None:
    """Put the limits on this process, as far as the system knows them."""
    if resource is None:
        return
    seconds = limits.cpu_seconds
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MEGABYTE, MEGABYTE))  # Python's own bytecode, nothing large.
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    if sys.platform != "darwin":  # macOS keeps no limit on addresses; there the memory is watched from outside.
        resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))

"""Parallel execution on the OpenMP threads that PyTorch computes on.

Threads of our own would compete with PyTorch's for the same processors: after each product those spin for milliseconds
to see whether there is more to do, and what runs beside them gets half a processor.
"""

from __future__ import annotations

import ctypes
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from typing import Any

import torch

#: What each thread of an OpenMP team calls, with a pointer to data that is not needed here.
Callback = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
#: An item for each recording that runs in this process at the moment.
_running: deque[None] = deque()


@contextmanager
def running_recording() -> Iterator[None]:
    """Count this recording among those that share the processors while the block runs."""
    _running.append(None)  # with no lock: a deque's own methods are atomic
    try:
        yield
    finally:
        _running.pop()


def available_threads() -> int:
    """Threads for one recording: PyTorch's number of threads over that of recordings that run at the moment.

    Thirty people who record at once on a server then have a thread each, and none of those waits at a barrier.

    >>> with running_recording():
    ...     available_threads() <= torch.get_num_threads()
    True
    """
    return max(1, torch.get_num_threads() // max(1, len(_running)))


def run_tasks(work: Callable[[int], None], count: int) -> None:
    """work(0), ..., work(count - 1), in parallel as far as there are threads; raises what any of them raised.

    >>> done = []
    >>> run_tasks(done.append, 3)
    >>> sorted(done)
    [0, 1, 2]
    """
    _run_parallel(work, iter(range(count)), count, lambda: True)


def run_team(work: Callable[[int], None], count: int, abort: Callable[[], None]) -> bool:
    """The same by exactly `count` threads at once, which may wait for one another at barriers.

    Returns False, and nothing was done, where so many threads can't be had at once.
    abort: called when one of them raises, so that the others wait no longer.
    """
    openmp, numbers = _openmp(), iter(range(count))

    def work_or_abort(number: int) -> None:
        try:
            work(number)
        except BaseException:
            abort()
            raise

    if openmp is not None:
        _run_parallel(work_or_abort, numbers, count, lambda: openmp.omp_get_num_threads() == count)
    return next(numbers, None) is None


def _run_parallel(
    work: Callable[[int], None], numbers: Iterator[int], count: int, may_start: Callable[[], bool]
) -> None:
    """`count` threads take numbers as long as there are any; one for which `may_start()` is false takes none."""
    openmp, errors = _openmp(), deque[BaseException]()

    def take_numbers(_: object = None) -> None:  # a team may be smaller than asked for: each thread takes what is left
        for number in numbers if may_start() else ():
            try:
                work(number)
            except BaseException as error:  # none may pass through OpenMP's own code
                errors.append(error)

    if count == 1:
        take_numbers()
    elif openmp is not None:
        openmp.GOMP_parallel(Callback(take_numbers), None, count, 0)
    else:
        others = [_own_threads().submit(take_numbers) for _ in range(count - 1)]
        take_numbers()
        for other in others:
            other.result()
    if errors:
        raise errors[0]


@cache
def _openmp() -> Any:
    """GNU's OpenMP, which PyTorch has loaded into this process; None where it has another (macOS, Windows).

    Source: GCC's libgomp, "Implementing PARALLEL construct".
    """
    try:
        library = ctypes.CDLL(None)
        library.GOMP_parallel.argtypes = [Callback, ctypes.c_void_p, ctypes.c_uint, ctypes.c_uint]
        library.GOMP_parallel.restype = None
        library.omp_get_num_threads.restype = ctypes.c_int
    except (AttributeError, TypeError, OSError):
        return None
    return library


@cache
def _own_threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(thread_name_prefix="lstm-viz records")

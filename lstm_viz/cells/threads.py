"""Work shared out to the threads that torch computes on.

Threads of our own would meet torch's on the same processors: for milliseconds after each product those look for
more to do, again and again, and what runs beside them gets half a processor.
"""

from __future__ import annotations

import ctypes
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

#: What each thread of a team calls, with a pointer that is not needed here.
Member = ctypes.CFUNCTYPE(None, ctypes.c_void_p)


def share_out(work: Callable[[int], None], count: int) -> None:
    """work(0), ..., work(count - 1), at once as far as there are threads; raises what any of them raised.

    >>> done = []
    >>> share_out(done.append, 3)
    >>> sorted(done)
    [0, 1, 2]
    """
    _run_at_once(work, iter(range(count)), count, lambda: True)


def run_together(work: Callable[[int], None], count: int, failed: Callable[[], None]) -> bool:
    """The same by threads that wait for one another; False, and nothing was done, where so many can't be had at once.

    failed: called when one of them raises, so that the others wait no longer.
    """
    team, numbers = _team(), iter(range(count))

    def work_or_say(number: int) -> None:
        try:
            work(number)
        except BaseException:
            failed()
            raise

    if team is not None:
        _run_at_once(work_or_say, numbers, count, lambda: team.omp_get_num_threads() == count)
    return next(numbers, None) is None


def _run_at_once(work: Callable[[int], None], numbers: Iterator[int], count: int, begins: Callable[[], bool]) -> None:
    """`count` threads take numbers as long as there are any; one that may not begin takes none."""
    team, errors = _team(), deque[BaseException]()

    def member(_: object = None) -> None:  # a team may be smaller than asked for: each takes what is left
        for number in numbers if begins() else ():
            try:
                work(number)
            except BaseException as error:
                errors.append(error)

    if count == 1:
        member()
    elif team is not None:
        team.GOMP_parallel(Member(member), None, count, 0)
    else:
        others = [_own().submit(member) for _ in range(count - 1)]
        member()
        for other in others:
            other.result()
    if errors:
        raise errors[0]


@cache
def _team() -> Any:
    """GNU's OpenMP, in whose threads torch computes; None where torch has another (macOS, Windows).

    Source: GCC's libgomp, "Implementing PARALLEL construct".
    """
    try:
        team = ctypes.CDLL(None)
        team.GOMP_parallel.argtypes = [Member, ctypes.c_void_p, ctypes.c_uint, ctypes.c_uint]
        team.GOMP_parallel.restype = None
        team.omp_get_num_threads.restype = ctypes.c_int
    except (AttributeError, TypeError, OSError):
        return None
    return team


@cache
def _own() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(thread_name_prefix="lstm-viz records")

"""Work shared out to the threads that torch computes on.

Threads of our own would meet torch's on the same processors: for milliseconds after each product those look for
more to do, again and again, and what runs beside them gets half a processor.
"""

from __future__ import annotations

import ctypes
from collections import deque
from collections.abc import Callable
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
    numbers, errors = deque(range(count)), deque[BaseException]()

    def member(_: object = None) -> None:  # a team may be smaller than asked for: each takes what is left
        while True:
            try:
                number = numbers.popleft()
            except IndexError:
                return
            try:
                work(number)
            except BaseException as error:
                errors.append(error)

    _run_at_once(member, count)
    if errors:
        raise errors[0]


def _run_at_once(member: Callable[..., None], count: int) -> None:
    if count == 1:
        return member()
    team = _team()
    if team is not None:
        team(Member(member), None, count, 0)
    else:
        others = [_own().submit(member) for _ in range(count - 1)]
        member()
        for other in others:
            other.result()


@cache
def _team() -> Any:
    """GNU OpenMP's "run this in so many threads", by which torch's products run in theirs; None where torch has
    another (macOS, Windows).

    Source: GCC's libgomp, "Implementing PARALLEL construct".
    """
    try:
        team = ctypes.CDLL(None).GOMP_parallel
    except (AttributeError, TypeError, OSError):
        return None
    team.argtypes, team.restype = [Member, ctypes.c_void_p, ctypes.c_uint, ctypes.c_uint], None
    return team


@cache
def _own() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(thread_name_prefix="lstm-viz records")

"""A pool of memory buffers for recordings: touching fresh pages costs as much as the arithmetic."""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Callable
from itertools import accumulate
from math import prod
from typing import Any

import numpy as np

#: Bytes of a line of the processor's cache.
CACHE_LINE = 64
#: Bytes from which memory is kept for the next recording, and how many are kept at most.
MIN_BYTES, MAX_BYTES = 2**18, 2**28


class BufferLease:
    """Memory lent to one array and all views of it: they hold the lease, and its end gives the memory back."""

    def __init__(self, memory: np.ndarray) -> None:
        self.__array_interface__ = memory.__array_interface__


class BufferPool:
    """Memory of arrays that nobody holds any more, oldest first.

    >>> pool = BufferPool()
    >>> first = pool.empty((2, 10**6), np.dtype("float32"))
    >>> place, view = first.ctypes.data, first[1:]
    >>> del first
    >>> pool.kept
    0
    >>> del view
    >>> pool.kept, pool.empty((10**6, 2), np.dtype("float32")).ctypes.data == place
    (8000000, True)
    """

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._free: deque[np.ndarray] = deque()

    @property
    def kept(self) -> int:
        """Bytes that wait for the next recording."""
        return sum(memory.nbytes for memory in tuple(self._free))

    def clear(self) -> None:
        """Let the system have it."""
        self._free.clear()

    def empty(self, shape: tuple[int, ...], kind: np.dtype[Any]) -> np.ndarray:
        """An array without values yet, which begins where a line of the cache begins."""
        size = prod(shape) * kind.itemsize
        if size < MIN_BYTES:
            return np.empty(shape, kind)
        memory = self._take(size)
        lease = BufferLease(memory)
        weakref.finalize(lease, self._give_back, memory).atexit = False
        return np.asarray(lease).view(kind).reshape(shape)

    def _take(self, size: int) -> np.ndarray:
        for _ in range(len(self._free)):  # a deque is changed from both ends without a lock
            try:
                memory = self._free.popleft()
            except IndexError:
                break
            if memory.nbytes == size:
                return memory
            self._free.append(memory)
        return aligned((size,), np.dtype(np.uint8), np.empty)

    def _give_back(self, memory: np.ndarray) -> None:
        self._free.append(memory)
        while self.kept > self._max_bytes:
            try:
                self._free.popleft()
            except IndexError:
                return


pool = BufferPool()


def rooms(kind: np.dtype[Any], *shapes: tuple[int, ...]) -> list[np.ndarray]:
    """Arrays without values yet, side by side in one piece of memory, each from the beginning of a line on.

    >>> [room.shape for room in rooms(np.dtype("float32"), (2, 5), (3,))]
    [(2, 5), (3,)]
    """
    sizes, line = [prod(shape) for shape in shapes], CACHE_LINE // kind.itemsize
    ends = list(accumulate(round_up(size, line) for size in sizes))
    large = ends[-1] * kind.itemsize >= MIN_BYTES
    memory = pool.empty((ends[-1],), kind) if large else aligned((ends[-1],), kind, np.empty)
    starts = (0, *ends[:-1])
    return [
        memory[start : start + size].reshape(shape) for start, size, shape in zip(starts, sizes, shapes, strict=True)
    ]


def aligned(shape: tuple[int, ...], kind: np.dtype, make: Callable[..., np.ndarray] = np.zeros) -> np.ndarray:
    """Zeros (or what else `make` gives) that begin at a cache line: no SIMD vector in them lies across two lines."""
    size = prod(shape) * np.dtype(kind).itemsize
    memory = make(size + CACHE_LINE, np.uint8)
    start = -memory.ctypes.data % CACHE_LINE
    return memory[start : start + size].view(kind).reshape(shape)


def round_up(size: int, multiple: int) -> int:
    """The next multiple of a number.

    >>> round_up(16, 16), round_up(17, 16)
    (16, 32)
    """
    return -(-size // multiple) * multiple

"""A pool of memory buffers for recordings: touching fresh pages costs as much as the arithmetic."""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Callable
from itertools import accumulate
from math import prod
from typing import Any

import numpy as np

#: Bytes of a cache line.
CACHE_LINE = 64
#: Bytes from which a buffer is pooled, and how many the pool keeps at most.
MIN_BYTES, MAX_BYTES = 2**18, 2**28


class BufferLease:
    """Memory lent to one array and all views of it: they refer to the lease, whose finalizer returns it to the pool."""

    def __init__(self, memory: np.ndarray) -> None:
        self.__array_interface__ = memory.__array_interface__


class BufferPool:
    """Memory of arrays that are no longer referenced, oldest first.

    >>> pool = BufferPool()
    >>> first = pool.empty((2, 10**6), np.dtype("float32"))
    >>> address, view = first.ctypes.data, first[1:]
    >>> del first
    >>> pool.free_bytes
    0
    >>> del view
    >>> pool.free_bytes, pool.empty((10**6, 2), np.dtype("float32")).ctypes.data == address
    (8000000, True)
    """

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._free: deque[np.ndarray] = deque()

    @property
    def free_bytes(self) -> int:
        """Bytes of the buffers that are free for the next recording."""
        return sum(memory.nbytes for memory in tuple(self._free))

    def clear(self) -> None:
        """Free every pooled buffer."""
        self._free.clear()

    def empty(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> np.ndarray:
        """An uninitialised array, aligned to a cache line; from the pool where a buffer of this size is free."""
        size = prod(shape) * dtype.itemsize
        if size < MIN_BYTES:
            return np.empty(shape, dtype)
        memory = self._acquire(size)
        lease = BufferLease(memory)
        weakref.finalize(lease, self._release, memory).atexit = False
        return np.asarray(lease).view(dtype).reshape(shape)

    def _acquire(self, size: int) -> np.ndarray:
        for _ in range(len(self._free)):  # a deque is changed from both ends without a lock
            try:
                memory = self._free.popleft()
            except IndexError:
                break
            if memory.nbytes == size:
                return memory
            self._free.append(memory)
        return aligned((size,), np.dtype(np.uint8), np.empty)

    def _release(self, memory: np.ndarray) -> None:
        self._free.append(memory)
        while self.free_bytes > self._max_bytes:
            try:
                self._free.popleft()
            except IndexError:
                return


buffer_pool = BufferPool()


def adjacent_arrays(dtype: np.dtype[Any], *shapes: tuple[int, ...]) -> list[np.ndarray]:
    """Uninitialised arrays in one allocation, one after the other, each aligned to a cache line.

    >>> [array.shape for array in adjacent_arrays(np.dtype("float32"), (2, 5), (3,))]
    [(2, 5), (3,)]
    """
    sizes, line = [prod(shape) for shape in shapes], CACHE_LINE // dtype.itemsize
    ends = list(accumulate(round_up(size, line) for size in sizes))
    large = ends[-1] * dtype.itemsize >= MIN_BYTES
    memory = buffer_pool.empty((ends[-1],), dtype) if large else aligned((ends[-1],), dtype, np.empty)
    starts = (0, *ends[:-1])
    return [
        memory[start : start + size].reshape(shape) for start, size, shape in zip(starts, sizes, shapes, strict=True)
    ]


def aligned(shape: tuple[int, ...], dtype: np.dtype, make: Callable[..., np.ndarray] = np.zeros) -> np.ndarray:
    """Zeros (or what `make` allocates), aligned to a cache line: no SIMD vector in them lies across two lines."""
    size = prod(shape) * np.dtype(dtype).itemsize
    memory = make(size + CACHE_LINE, np.uint8)
    start = -memory.ctypes.data % CACHE_LINE
    return memory[start : start + size].view(dtype).reshape(shape)


def round_up(size: int, multiple: int) -> int:
    """The next multiple of a number.

    >>> round_up(16, 16), round_up(17, 16)
    (16, 32)
    """
    return -(-size // multiple) * multiple

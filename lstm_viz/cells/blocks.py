"""How Numba compiles here, and the product that most of a recording's time goes into.

Machine code of `kernels` is kept on disk with this file's in it: with a change here, that file needs a new version.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import unwrap
from typing import Any

from numba import njit

from lstm_viz.cells.lines import add_times, load, nothing, store
from lstm_viz.cells.tiles import LINE, LINES

#: Weights of a column that are added up at once: with a tile's other columns they fill the first cache.
STRETCH = 128

#: Divisions do not look for zero, products may be fused with sums, and other threads may run meanwhile.
SETTINGS: dict[str, Any] = {"fastmath": {"contract"}, "error_model": "numpy", "nogil": True}


def compiled(function: Callable[..., Any]) -> Any:
    """The function as machine code, kept on disk where there is a folder for it."""
    function = unwrap(function)  # tests wrap every function to check its types
    try:
        return njit(cache=True, **SETTINGS)(function)
    except RuntimeError:  # no folder can be written to
        return njit(**SETTINGS)(function)


def inlined(function: Callable[..., Any]) -> Any:
    """The same, as a part of each function that calls it."""
    return njit(forceinline=True, **SETTINGS)(unwrap(function))


@compiled
def add_product(x: Any, tiles: Any, out: Any) -> None:
    """out += x W^T, with W as `tiles.tiled` lays it out.

    Four lines of each of four rows of sums stay in registers while a stretch of weights passes by. Each stretch
    is added up from 0: one long sum would round to 2e-6 where a thousand units meet.
    """
    rows, line = x.shape[0], LINE // x.itemsize
    fours, inner = rows // 4 * 4, tiles.shape[1] // (LINES * line)
    for tile in range(tiles.shape[0]):
        at = tile * LINES * line
        for start in range(0, inner, STRETCH):
            stop = min(start + STRETCH, inner)
            w = tiles[tile, start * LINES * line : stop * LINES * line]
            for row in range(0, fours, 4):
                _add_to_four(x[row : row + 4, start:stop], w, out[row : row + 4], at, line)
            for row in range(fours, rows, 2):
                other = min(row + 1, rows - 1)
                _add_to_two(x[row, start:stop], x[other, start:stop], w, out[row], out[other], at, line)


@inlined
def _add_to_two(x: Any, y: Any, w: Any, out: Any, other: Any, at: Any, line: Any) -> None:
    """Two rows of `add_product`; they may be the same one, so both are read before either is written."""
    a0 = a1 = a2 = a3 = b0 = b1 = b2 = b3 = nothing(w)
    for k in range(x.size):
        w0, w1, w2, w3 = _four_lines(w, k * LINES * line, line)
        n = x[k]
        a0, a1, a2, a3 = add_times(a0, n, w0), add_times(a1, n, w1), add_times(a2, n, w2), add_times(a3, n, w3)
        n = y[k]
        b0, b1, b2, b3 = add_times(b0, n, w0), add_times(b1, n, w1), add_times(b2, n, w2), add_times(b3, n, w3)
    o0, o1, o2, o3 = _four_lines(other, at, line)
    _add(a0, a1, a2, a3, out, at, line)
    one = w.dtype.type(1)
    _put(add_times(o0, one, b0), add_times(o1, one, b1), add_times(o2, one, b2), add_times(o3, one, b3),
         other, at, line)  # fmt: skip


@inlined
def _add_to_four(x: Any, w: Any, out: Any, at: Any, line: Any) -> None:
    """Four rows of `add_product`."""
    x0, x1, x2, x3 = x[0], x[1], x[2], x[3]
    a0 = a1 = a2 = a3 = b0 = b1 = b2 = b3 = nothing(w)
    c0 = c1 = c2 = c3 = d0 = d1 = d2 = d3 = nothing(w)
    for k in range(x0.size):
        w0, w1, w2, w3 = _four_lines(w, k * LINES * line, line)
        n = x0[k]
        a0, a1, a2, a3 = add_times(a0, n, w0), add_times(a1, n, w1), add_times(a2, n, w2), add_times(a3, n, w3)
        n = x1[k]
        b0, b1, b2, b3 = add_times(b0, n, w0), add_times(b1, n, w1), add_times(b2, n, w2), add_times(b3, n, w3)
        n = x2[k]
        c0, c1, c2, c3 = add_times(c0, n, w0), add_times(c1, n, w1), add_times(c2, n, w2), add_times(c3, n, w3)
        n = x3[k]
        d0, d1, d2, d3 = add_times(d0, n, w0), add_times(d1, n, w1), add_times(d2, n, w2), add_times(d3, n, w3)
    _add(a0, a1, a2, a3, out[0], at, line)
    _add(b0, b1, b2, b3, out[1], at, line)
    _add(c0, c1, c2, c3, out[2], at, line)
    _add(d0, d1, d2, d3, out[3], at, line)


@inlined
def _add(a0: Any, a1: Any, a2: Any, a3: Any, out: Any, at: Any, line: Any) -> None:
    o0, o1, o2, o3 = _four_lines(out, at, line)
    one = out.dtype.type(1)
    _put(add_times(o0, one, a0), add_times(o1, one, a1), add_times(o2, one, a2), add_times(o3, one, a3),
         out, at, line)  # fmt: skip


@inlined
def _four_lines(values: Any, at: Any, line: Any) -> Any:
    return load(values, at), load(values, at + line), load(values, at + 2 * line), load(values, at + 3 * line)


@inlined
def _put(one: Any, two: Any, three: Any, four: Any, values: Any, at: Any, line: Any) -> None:
    store(one, values, at)
    store(two, values, at + line)
    store(three, values, at + 2 * line)
    store(four, values, at + 3 * line)

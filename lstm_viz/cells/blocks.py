"""How Numba compiles here, and the product that most of a recording's time goes into.

Machine code of `kernels` is kept on disk with this file's in it: with a change here, that file needs a new version.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import unwrap
from typing import Any

from numba import njit

from lstm_viz.cells.lines import each, load, store
from lstm_viz.cells.tiles import LINE, LINES

#: Weights of a column that are added up at once: with a tile's other columns they fill the first cache.
STRETCH = 128

#: Divisions do not look for zero, products may be fused with sums, and other threads may run meanwhile. Without
#: `_nrt` no array is counted as held: counting takes longer than the equations, and nothing is made here that
#: could be forgotten.
SETTINGS: dict[str, Any] = {"fastmath": {"contract"}, "error_model": "numpy", "nogil": True, "_nrt": False}


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
    a0 = a1 = a2 = a3 = b0 = b1 = b2 = b3 = each(0.0, load(w, 0))
    for k in range(x.size):
        w0, w1, w2, w3 = _four_lines(w, k * LINES * line, line)
        n = each(x[k], w0)
        a0, a1, a2, a3 = a0 + n * w0, a1 + n * w1, a2 + n * w2, a3 + n * w3
        n = each(y[k], w0)
        b0, b1, b2, b3 = b0 + n * w0, b1 + n * w1, b2 + n * w2, b3 + n * w3
    o0, o1, o2, o3 = _four_lines(other, at, line)
    _add(a0, a1, a2, a3, out, at, line)
    _put(o0 + b0, o1 + b1, o2 + b2, o3 + b3, other, at, line)


@inlined
def _add_to_four(x: Any, w: Any, out: Any, at: Any, line: Any) -> None:
    """Four rows of `add_product`."""
    x0, x1, x2, x3 = x[0], x[1], x[2], x[3]
    a0 = a1 = a2 = a3 = b0 = b1 = b2 = b3 = each(0.0, load(w, 0))
    c0 = c1 = c2 = c3 = d0 = d1 = d2 = d3 = a0
    for k in range(x0.size):
        w0, w1, w2, w3 = _four_lines(w, k * LINES * line, line)
        n = each(x0[k], w0)
        a0, a1, a2, a3 = a0 + n * w0, a1 + n * w1, a2 + n * w2, a3 + n * w3
        n = each(x1[k], w0)
        b0, b1, b2, b3 = b0 + n * w0, b1 + n * w1, b2 + n * w2, b3 + n * w3
        n = each(x2[k], w0)
        c0, c1, c2, c3 = c0 + n * w0, c1 + n * w1, c2 + n * w2, c3 + n * w3
        n = each(x3[k], w0)
        d0, d1, d2, d3 = d0 + n * w0, d1 + n * w1, d2 + n * w2, d3 + n * w3
    _add(a0, a1, a2, a3, out[0], at, line)
    _add(b0, b1, b2, b3, out[1], at, line)
    _add(c0, c1, c2, c3, out[2], at, line)
    _add(d0, d1, d2, d3, out[3], at, line)


@inlined
def _add(a0: Any, a1: Any, a2: Any, a3: Any, out: Any, at: Any, line: Any) -> None:
    o0, o1, o2, o3 = _four_lines(out, at, line)
    _put(o0 + a0, o1 + a1, o2 + a2, o3 + a3, out, at, line)


@inlined
def _four_lines(values: Any, at: Any, line: Any) -> Any:
    return load(values, at), load(values, at + line), load(values, at + 2 * line), load(values, at + 3 * line)


@inlined
def _put(one: Any, two: Any, three: Any, four: Any, values: Any, at: Any, line: Any) -> None:
    store(one, values, at)
    store(two, values, at + line)
    store(three, values, at + 2 * line)
    store(four, values, at + 3 * line)

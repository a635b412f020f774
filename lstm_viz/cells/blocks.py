"""How Numba compiles here, and the product that most of a recording's time goes into.

Its callers' machine code is kept on disk, and has this file's in it: change both, or remove `__pycache__`.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import unwrap
from typing import Any

from numba import njit

from lstm_viz.cells.lines import add_times, load, store
from lstm_viz.cells.tiles import LINE, LINES

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

    Four lines of each of four rows of sums stay in registers while all weights of their columns pass by.
    """
    rows, line = x.shape[0], LINE // x.itemsize
    fours = rows // 4 * 4
    for tile in range(tiles.shape[0]):
        for row in range(0, fours, 4):
            _add_to_four(x, tiles[tile], out, row, tile * LINES * line, line)
        for row in range(fours, rows, 2):
            _add_to_two(x[row], x[min(row + 1, rows - 1)], tiles[tile], out[row], out[min(row + 1, rows - 1)],
                        tile * LINES * line, line)  # fmt: skip


@inlined
def _add_to_two(x: Any, y: Any, w: Any, out: Any, other: Any, at: Any, line: Any) -> None:
    """Two rows of `add_product`; they may be the same one."""
    a0, a1, a2, a3 = _four_lines(out, at, line)
    b0, b1, b2, b3 = _four_lines(other, at, line)
    for k in range(w.size // (LINES * line)):
        w0, w1, w2, w3 = _four_lines(w, k * LINES * line, line)
        n = x[k]
        a0, a1, a2, a3 = add_times(a0, n, w0), add_times(a1, n, w1), add_times(a2, n, w2), add_times(a3, n, w3)
        n = y[k]
        b0, b1, b2, b3 = add_times(b0, n, w0), add_times(b1, n, w1), add_times(b2, n, w2), add_times(b3, n, w3)
    _put(a0, a1, a2, a3, out, at, line)
    _put(b0, b1, b2, b3, other, at, line)


@inlined
def _add_to_four(x: Any, w: Any, out: Any, row: Any, at: Any, line: Any) -> None:
    """Four rows of `add_product`."""
    x0, x1, x2, x3 = x[row], x[row + 1], x[row + 2], x[row + 3]
    a0, a1, a2, a3 = _four_lines(out[row], at, line)
    b0, b1, b2, b3 = _four_lines(out[row + 1], at, line)
    c0, c1, c2, c3 = _four_lines(out[row + 2], at, line)
    d0, d1, d2, d3 = _four_lines(out[row + 3], at, line)
    for k in range(w.size // (LINES * line)):
        w0, w1, w2, w3 = _four_lines(w, k * LINES * line, line)
        n = x0[k]
        a0, a1, a2, a3 = add_times(a0, n, w0), add_times(a1, n, w1), add_times(a2, n, w2), add_times(a3, n, w3)
        n = x1[k]
        b0, b1, b2, b3 = add_times(b0, n, w0), add_times(b1, n, w1), add_times(b2, n, w2), add_times(b3, n, w3)
        n = x2[k]
        c0, c1, c2, c3 = add_times(c0, n, w0), add_times(c1, n, w1), add_times(c2, n, w2), add_times(c3, n, w3)
        n = x3[k]
        d0, d1, d2, d3 = add_times(d0, n, w0), add_times(d1, n, w1), add_times(d2, n, w2), add_times(d3, n, w3)
    _put(a0, a1, a2, a3, out[row], at, line)
    _put(b0, b1, b2, b3, out[row + 1], at, line)
    _put(c0, c1, c2, c3, out[row + 2], at, line)
    _put(d0, d1, d2, d3, out[row + 3], at, line)


@inlined
def _four_lines(values: Any, at: Any, line: Any) -> Any:
    return load(values, at), load(values, at + line), load(values, at + 2 * line), load(values, at + 3 * line)


@inlined
def _put(one: Any, two: Any, three: Any, four: Any, values: Any, at: Any, line: Any) -> None:
    store(one, values, at)
    store(two, values, at + line)
    store(three, values, at + 2 * line)
    store(four, values, at + 3 * line)

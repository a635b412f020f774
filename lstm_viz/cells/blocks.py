"""How Numba compiles here, and the product that most of a recording's time goes into.

Machine code of `kernels` is kept on disk with this file's in it: with a change here, that file needs a new version.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import unwrap
from typing import Any

from numba import njit

from lstm_viz.cells.lines import fetch
from lstm_viz.cells.registers import LINES, ROWS, TILE, add_outer, add_up, nothing

#: Weights of a column that are added up at once: with a tile's other columns they fill the first cache.
STRETCH = 128
#: Lines that a processor must add to at once to be busy.
BUSY = 8

#: Divisions do not look for zero, products may be fused with sums, and other threads may run meanwhile. Without
#: `_nrt` no array is counted as held: counting takes longer than the equations, and nothing is made here that
#: could be forgotten.
SETTINGS: dict[str, Any] = {"fastmath": {"contract"}, "error_model": "numpy", "nogil": True, "_nrt": False}


def compiled(function: Callable[..., Any]) -> Any:
    """The function as machine code, kept on disk where there is a folder for it.

    `forceinline` is said, else Numba takes it over from whichever function this one is first called in.
    """
    function = unwrap(function)  # tests wrap every function to check its types
    try:
        return njit(cache=True, forceinline=False, **SETTINGS)(function)
    except RuntimeError:  # no folder can be written to
        return njit(forceinline=False, **SETTINGS)(function)


def inlined(function: Callable[..., Any]) -> Any:
    """The same, as a part of each function that calls it."""
    return njit(forceinline=True, **SETTINGS)(unwrap(function))


def _adding(rows: int, tiles: int) -> Any:
    """The product of so many rows with a stretch of the weights of so many tiles, added to `out`."""

    @inlined
    def add(x: Any, row: Any, start: Any, stop: Any, weights: Any, tile: Any, out: Any) -> None:
        width, sums = TILE // x.itemsize, nothing(rows, tiles, x)
        for k in range(start, stop):
            fetch(weights, tile, (k + STRETCH) * width)  # the next stretch's
            sums = add_outer(sums, x, row, k, weights, tile, k * width)
        add_up(sums, out, row, tile * width)

    return add


_two, _three, _four, _five, _six = (_adding(rows, 1) for rows in range(2, 7))


def _adding_few(rows: int) -> Any:
    """The whole product of a few rows, with as many tiles at once as keep a processor busy."""
    several = max(1, BUSY // (rows * LINES))
    add_several, add_one = _adding(rows, several), _adding(rows, 1)

    @inlined
    def add(x: Any, inner: Any, weights: Any, out: Any) -> None:
        tile = 0
        while tile < len(weights):
            alone = tile + several > len(weights)
            for start in range(0, inner, STRETCH):
                stop = min(start + STRETCH, inner)
                if alone:
                    add_one(x, 0, start, stop, weights, tile, out)
                else:
                    add_several(x, 0, start, stop, weights, tile, out)
            tile += 1 if alone else several

    return add


_only_one, _only_two = (_adding_few(rows) for rows in (1, 2))


@compiled
def add_product(x: Any, weights: Any, out: Any) -> None:
    """out += x W^T, with W as `tiles.tiled` lays it out.

    A block of sums stays in registers while a stretch of weights passes by. Each stretch is added up from 0: one long
    sum would round to 2e-6 where a thousand units meet. A row's sums are the same whatever rows stand beside it.
    """
    rows, inner = len(x), weights.shape[1] * x.itemsize // TILE
    if rows == 1:
        _only_one(x, inner, weights, out)
    elif rows == 2:
        _only_two(x, inner, weights, out)
    else:
        blocks = (rows + ROWS - 1) // ROWS
        for tile in range(len(weights)):
            for start in range(0, inner, STRETCH):
                stop = min(start + STRETCH, inner)
                for block in range(blocks):
                    row, end = rows * block // blocks, rows * (block + 1) // blocks
                    _add_block(x, row, end - row, start, stop, weights, tile, out)


@inlined
def _add_block(x: Any, row: Any, rows: Any, start: Any, stop: Any, weights: Any, tile: Any, out: Any) -> None:
    if rows == 6:
        _six(x, row, start, stop, weights, tile, out)
    elif rows == 5:
        _five(x, row, start, stop, weights, tile, out)
    elif rows == 4:
        _four(x, row, start, stop, weights, tile, out)
    elif rows == 3:
        _three(x, row, start, stop, weights, tile, out)
    else:
        _two(x, row, start, stop, weights, tile, out)

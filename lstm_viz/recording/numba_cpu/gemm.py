"""Matrix product with packed weights, out += x W^T: what most of a recording's time goes into."""

from __future__ import annotations

from typing import Any

from lstm_viz.recording.numba_cpu.jit import compiled, inlined
from lstm_viz.recording.numba_cpu.microkernel import (
    PANEL_BYTES,
    PANEL_VECTORS,
    TILE_ROWS,
    add_outer_product,
    add_tile,
    zero_tile,
)
from lstm_viz.recording.numba_cpu.simd import prefetch

#: Features that are summed up in one pass (KC in BLIS): a panel's weights for them fit in the L1 cache.
K_BLOCK = 128
#: Vectors of sums that must be under way at once: a multiply-add takes some four cycles, and two begin in each.
CHAINS = 8


def _microkernel(rows: int, panels: int) -> Any:
    """out[row : row + rows] += x[row : row + rows, start:stop] times that part of so many panels of weights."""

    @inlined
    def add(x: Any, row: Any, start: Any, stop: Any, weights: Any, panel: Any, out: Any) -> None:
        width, sums = PANEL_BYTES // x.itemsize, zero_tile(rows, panels, x)
        for k in range(start, stop):
            prefetch(weights, panel, (k + K_BLOCK) * width)  # of the next pass
            sums = add_outer_product(sums, x, row, k, weights, panel, k * width)
        add_tile(sums, out, row, panel * width)

    return add


_two, _three, _four, _five, _six = (_microkernel(rows, 1) for rows in range(2, 7))


def _few_rows(rows: int) -> Any:
    """The whole product for one row or two, by as many panels at once as make `CHAINS` sums."""
    several = max(1, CHAINS // (rows * PANEL_VECTORS))
    add_several, add_one = _microkernel(rows, several), _microkernel(rows, 1)

    @inlined
    def add(x: Any, features: Any, weights: Any, out: Any) -> None:
        panel = 0
        while panel < len(weights):
            rest = panel + several > len(weights)
            for start in range(0, features, K_BLOCK):
                stop = min(start + K_BLOCK, features)
                if rest:
                    add_one(x, 0, start, stop, weights, panel, out)
                else:
                    add_several(x, 0, start, stop, weights, panel, out)
            panel += 1 if rest else several

    return add


_one_row, _two_rows = (_few_rows(rows) for rows in (1, 2))


@compiled
def gemm_add(x: Any, weights: Any, out: Any) -> None:
    """out += x W^T. x: (rows, features); weights: W as `layout.pack_panels` packs it; out: (rows, padded columns).

    Sums begin at 0 in each pass over `K_BLOCK` features: one long sum over a thousand units would round to 2e-6.
    A row's result is the same whatever rows stand beside it, since the order of its sums is.
    """
    rows, features = len(x), weights.shape[1] * x.itemsize // PANEL_BYTES
    if rows == 1:
        _one_row(x, features, weights, out)
    elif rows == 2:
        _two_rows(x, features, weights, out)
    else:
        tiles = (rows + TILE_ROWS - 1) // TILE_ROWS
        for panel in range(len(weights)):
            for start in range(0, features, K_BLOCK):
                stop = min(start + K_BLOCK, features)
                for tile in range(tiles):  # of equal height, as far as that goes: none of a single row is left over
                    row, end = rows * tile // tiles, rows * (tile + 1) // tiles
                    _add_rows(x, row, end - row, start, stop, weights, panel, out)


@inlined
def _add_rows(x: Any, row: Any, rows: Any, start: Any, stop: Any, weights: Any, panel: Any, out: Any) -> None:
    """The microkernel for this many rows: tiles have a fixed height when they are compiled."""
    if rows == 6:
        _six(x, row, start, stop, weights, panel, out)
    elif rows == 5:
        _five(x, row, start, stop, weights, panel, out)
    elif rows == 4:
        _four(x, row, start, stop, weights, panel, out)
    elif rows == 3:
        _three(x, row, start, stop, weights, panel, out)
    else:
        _two(x, row, start, stop, weights, panel, out)

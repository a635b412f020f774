"""The microkernel of the matrix product: a register tile of sums that weights stream past.

Standard blocking of a matrix product (Goto and van de Geijn 2008, as in BLIS): weights are packed in panels, and a
tile of some rows by some panels of sums stays in vector registers while one column of `x` after another is multiplied
with one row of a panel after another. So each weight that is read is used for every row of the tile.

    sums = zero_tile(rows, panels, x)            # (rows, panels * panel width) zeros
    sums = add_outer_product(sums, x, ...)       # for each k: sums += x[row:row+rows, k] * panel[k, :]
    add_tile(sums, out, row, column)             # out[row:row+rows, column:...] += sums

The tile is an array of LLVM vectors passed by value, never a Numba array: with all loops over it unrolled, LLVM's
register allocator keeps every sum in a register. `test_microkernel.py` reads the machine code to see that it does.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import models, register_model

from lstm_viz.recording.numba_cpu.simd import (
    CONTRACT,
    VECTOR_BYTES,
    Code,
    Vector,
    element_pointer,
    ir_function,
    splat,
    vector_pointer,
)

#: Rows of a tile at most, and vectors of a panel's row. Of AVX-512's 32 registers 16 hold sums and 4 weights; of AVX2's
#: 16 registers 12 hold sums and 2 weights. The rest hold the broadcast numbers of x.
TILE_ROWS, PANEL_VECTORS = (4, 4) if VECTOR_BYTES == 64 else (6, 2)
#: Bytes of a panel's row.
PANEL_BYTES = PANEL_VECTORS * VECTOR_BYTES


class RegisterTile(types.Type):
    """Numba's type of a register tile: sums of so many rows by so many panels."""

    def __init__(self, scalar: Any, rows: int, panels: int) -> None:
        self.scalar, self.rows, self.panels = scalar, rows, panels
        self.lanes = VECTOR_BYTES * 8 // scalar.bitwidth
        #: For each vector of sums: its row, its panel, and its column in that panel.
        self.vectors = [(row, panel, vector * self.lanes) for panel in range(panels) for row in range(rows)
                        for vector in range(PANEL_VECTORS)]  # fmt: skip
        super().__init__(name=f"RegisterTile({scalar}, {rows}, {panels})")


@register_model(RegisterTile)
class RegisterTileModel(models.PrimitiveModel):
    """Its data model: an LLVM array of vectors, in the order of `RegisterTile.vectors`."""

    def __init__(self, manager: Any, kind: Any) -> None:
        vector = manager.lookup(Vector(kind.scalar)).get_value_type()
        super().__init__(manager, kind, ir.ArrayType(vector, len(kind.vectors)))


@ir_function
def zero_tile(typing: Any, rows: Any, panels: Any, like: Any) -> Code:
    """A tile of zeros for numbers as in the array `like`; rows and panels are known when this is compiled."""
    kind = RegisterTile(like.dtype, rows.literal_value, panels.literal_value)

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return cgutils.get_null_value(context.get_value_type(kind))

    return kind(rows, panels, like), code


@ir_function
def add_outer_product(
    typing: Any, tile: Any, x: Any, row: Any, k: Any, weights: Any, first_panel: Any, column: Any
) -> Code:
    """Rank-1 update: the tile plus x[row : row + rows, k] times weights[panel, column : column + panel width].

    x: (rows, features); weights: (panels, features * panel width), so column = k * panel width.
    """

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        sums, x_value, row, k, packed, first_panel, column = values
        pointers = [element_pointer(context, builder, x, x_value, _plus(builder, row, n), k) for n in range(tile.rows)]
        x_of_row = [splat(builder, builder.load(pointer), tile.lanes) for pointer in pointers]
        loaded: dict[Any, Any] = {}  # each vector of weights is loaded once, and used for every row
        for number, (tile_row, panel, place) in enumerate(tile.vectors):
            if (panel, place) not in loaded:
                index = _plus(builder, first_panel, panel), _plus(builder, column, place)
                pointer = vector_pointer(context, builder, weights, packed, *index)
                loaded[panel, place] = builder.load(pointer, align=VECTOR_BYTES)
            product = builder.fmul(x_of_row[tile_row], loaded[panel, place], flags=CONTRACT)
            total = builder.fadd(builder.extract_value(sums, number), product, flags=CONTRACT)
            sums = builder.insert_value(sums, total, number)
        return sums

    return tile(tile, x, row, k, weights, first_panel, column), code


@ir_function
def add_tile(typing: Any, tile: Any, out: Any, row: Any, column: Any) -> Code:
    """out[row : row + rows, column : column + width] += the tile."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        sums, array, row, column = values
        for number, (tile_row, panel, place) in enumerate(tile.vectors):
            within = panel * PANEL_VECTORS * tile.lanes + place
            index = _plus(builder, row, tile_row), _plus(builder, column, within)
            pointer = vector_pointer(context, builder, out, array, *index)
            before = builder.load(pointer, align=VECTOR_BYTES)
            total = builder.fadd(before, builder.extract_value(sums, number), flags=CONTRACT)
            builder.store(total, pointer, align=VECTOR_BYTES)
        return context.get_dummy_value()

    return types.void(tile, out, row, column), code


def _plus(builder: Any, index: Any, by: int) -> Any:
    return builder.add(index, index.type(by))

"""A block of sums, of some rows and of a few lines of columns, that stays in registers while weights pass by.

`nothing` begins one, `add_outer` adds a number of each row times a row of weights, `add_up` puts it where it belongs.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import models, register_model

from lstm_viz.cells.lines import FUSED, WIDTH, Code, Line, address, everywhere, place_in, word

#: Rows of a block and lines of a tile: of AVX-512's 32 registers 16 hold sums and 4 weights, of AVX2's 16 twelve and 2.
ROWS, LINES = (4, 4) if WIDTH == 64 else (6, 2)
#: Bytes of a tile's row.
TILE = LINES * WIDTH


class Block(types.Type):
    """The type of a block: the sums of so many rows in so many tiles."""

    def __init__(self, of: Any, rows: int, tiles: int) -> None:
        self.of, self.rows, self.tiles = of, rows, tiles
        #: Numbers of a line.
        self.lanes = WIDTH * 8 // of.bitwidth
        #: Each line's row, tile, and place there.
        self.places = [(row, tile, line * self.lanes) for tile in range(tiles) for row in range(rows)
                       for line in range(LINES)]  # fmt: skip
        super().__init__(name=f"Block({of}, {rows}, {tiles})")


@register_model(Block)
class BlockModel(models.PrimitiveModel):
    """Lines, as `Block.places` has them."""

    def __init__(self, manager: Any, kind: Any) -> None:
        line = manager.lookup(Line(kind.of)).get_value_type()
        super().__init__(manager, kind, ir.ArrayType(line, len(kind.places)))


@word
def nothing(typing: Any, rows: Any, tiles: Any, like: Any) -> Code:
    """A block of zeros, for numbers as in this array."""
    kind = Block(like.dtype, rows.literal_value, tiles.literal_value)

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return cgutils.get_null_value(context.get_value_type(kind))

    return kind(rows, tiles, like), code


@word
def add_outer(typing: Any, block: Any, x: Any, row: Any, k: Any, tiles: Any, first: Any, at: Any) -> Code:
    """The block, and x[row, k], x[row + 1, k] ... times what stands in the tiles from `first` on at `at`."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        sums, numbers, row, k, weights, first, at = values
        x_of = [place_in(context, builder, x, numbers, _more(builder, row, number), k) for number in range(block.rows)]
        n = [everywhere(builder, builder.load(pointer), block.lanes) for pointer in x_of]
        w: dict[Any, Any] = {}
        for number, (own, tile, place) in enumerate(block.places):
            if (tile, place) not in w:
                here = _more(builder, first, tile), _more(builder, at, place)
                w[tile, place] = builder.load(address(context, builder, tiles, weights, *here), align=WIDTH)
            product = builder.fmul(n[own], w[tile, place], flags=FUSED)
            total = builder.fadd(builder.extract_value(sums, number), product, flags=FUSED)
            sums = builder.insert_value(sums, total, number)
        return sums

    return block(block, x, row, k, tiles, first, at), code


@word
def add_up(typing: Any, block: Any, out: Any, row: Any, at: Any) -> Code:
    """The block into out[row], out[row + 1] ..., from `at` on, added to what is there."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        sums, array, row, at = values
        for number, (own, tile, place) in enumerate(block.places):
            here = _more(builder, row, own), _more(builder, at, tile * LINES * block.lanes + place)
            pointer = address(context, builder, out, array, *here)
            total = builder.fadd(builder.load(pointer, align=WIDTH), builder.extract_value(sums, number), flags=FUSED)
            builder.store(total, pointer, align=WIDTH)
        return context.get_dummy_value()

    return types.void(block, out, row, at), code


def _more(builder: Any, place: Any, by: int) -> Any:
    return builder.add(place, place.type(by))

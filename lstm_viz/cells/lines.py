"""Sixteen numbers at once: what a processor holds in one register, as a kind of number that Numba can compute with.

Numba's own loops keep sums in memory, where each is read and written again for every few weights. A product in
which blocks of sums stay in registers is half as fast again, and needs these words: `load(array, place)`,
`nothing(array)` (zeros), `add_times(total, number, line)` (total + number * line), `store(line, array, place)`.
In float64 a line holds eight numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import unwrap
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, models, register_model

#: Bits of a line: one of AVX-512's registers, two of AVX2's, four of NEON's.
BITS = 512

Code = tuple[Any, Callable[..., Any]]


class Line(types.Type):
    """The type of a line of numbers."""

    def __init__(self, of: Any) -> None:
        self.of = of
        super().__init__(name=f"Line({of})")


@register_model(Line)
class LineModel(models.PrimitiveModel):
    """A line is a vector of LLVM's."""

    def __init__(self, manager: Any, kind: Any) -> None:
        number = manager.lookup(kind.of).get_value_type()
        super().__init__(manager, kind, ir.VectorType(number, BITS // kind.of.bitwidth))


def _load(typing: Any, array: Any, place: Any) -> Code:
    """A line of an array of one axis, from `place` on."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.load(_address(context, builder, array, *values), align=array.dtype.bitwidth // 8)

    return Line(array.dtype)(array, place), code


def _nothing(typing: Any, array: Any) -> Code:
    """A line of zeros, of an array's numbers."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return ir.Constant(context.get_value_type(signature.return_type), None)

    return Line(array.dtype)(array), code


def _store(typing: Any, line: Any, array: Any, place: Any) -> Code:
    """A line into an array of one axis, from `place` on."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        builder.store(values[0], _address(context, builder, array, *values[1:]), align=array.dtype.bitwidth // 8)
        return context.get_dummy_value()

    return types.void(line, array, place), code


def _add_times(typing: Any, total: Any, number: Any, line: Any) -> Code:
    """total + number * line, rounded once."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        added, one, lanes = values
        kind = lanes.type
        first = builder.insert_element(ir.Constant(kind, ir.Undefined), one, ir.Constant(ir.IntType(32), 0))
        everywhere = ir.Constant(ir.VectorType(ir.IntType(32), kind.count), None)
        name = f"llvm.fma.v{kind.count}f{line.of.bitwidth}"
        fused = cgutils.get_or_insert_function(builder.module, ir.FunctionType(kind, [kind] * 3), name)
        return builder.call(fused, [builder.shuffle_vector(first, first, everywhere), lanes, added])

    return total(total, number, line), code


def _address(context: Any, builder: Any, kind: Any, array: Any, place: Any) -> Any:
    numbers = context.make_array(kind)(context, builder, array).data
    line = context.get_value_type(Line(kind.dtype)).as_pointer()
    return builder.bitcast(builder.gep(numbers, [place]), line)


#: Tests wrap every function to check its types; Numba wants what is inside.
load: Any
nothing: Any
store: Any
add_times: Any
load, nothing, store, add_times = (intrinsic(unwrap(word)) for word in (_load, _nothing, _store, _add_times))

"""A line of numbers: what a processor holds in one register, as a kind of number that Numba can compute with.

Numba's own loops keep sums in memory, where each is read and written again for every few weights, and take several
numbers at a time only where they can prove that no array overlaps another. Here the program says it: `load(array,
place)` is a line, `+ - * /` work on lines, `store(line, array, place)` writes one.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from inspect import unwrap
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.registry import cpu_target
from numba.extending import intrinsic, models, overload, register_model

#: What Numba makes machine code for: a system, a processor and what that can do.
TARGET = cpu_target.target_context.codegen().magic_tuple()

#: Bytes of a line: a register of AVX-512 or of AVX2, two of NEON; 16 or 8 numbers in float32, half as many in float64.
WIDTH = 64 if "+avx512f" in TARGET[2].split(",") else 32

#: A product and the sum it goes into may be rounded once, where a processor can.
FUSED = ("contract",)

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
        super().__init__(manager, kind, ir.VectorType(number, WIDTH * 8 // kind.of.bitwidth))


def word(typing: Callable[..., Code]) -> Any:
    """A word of the kernels; tests wrap every function to check its types, and Numba wants what is inside."""
    return intrinsic(prefer_literal=True)(unwrap(typing))


@word
def load(typing: Any, array: Any, place: Any) -> Code:
    """A line of an array of one axis, from `place` on."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.load(address(context, builder, array, *values), align=array.dtype.bitwidth // 8)

    return Line(array.dtype)(array, place), code


@word
def store(typing: Any, line: Any, array: Any, place: Any) -> Code:
    """A line into an array of one axis, from `place` on."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        builder.store(values[0], address(context, builder, array, *values[1:]), align=array.dtype.bitwidth // 8)
        return context.get_dummy_value()

    return types.void(line, array, place), code


@word
def store_first(typing: Any, line: Any, array: Any, place: Any, count: Any) -> Code:
    """The first `count` numbers of a line into an array of one axis, from `place` on."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        numbers, held, at, many = values
        lanes = numbers.type.count
        order = ir.Constant(ir.VectorType(many.type, lanes), [ir.Constant(many.type, lane) for lane in range(lanes)])
        wanted = builder.icmp_signed("<", order, everywhere(builder, many, lanes))
        pointer = address(context, builder, array, held, at)
        kinds = [numbers.type, pointer.type, ir.IntType(32), wanted.type]
        name = f"llvm.masked.store.v{lanes}f{line.of.bitwidth}.p0"
        put = cgutils.get_or_insert_function(builder.module, ir.FunctionType(ir.VoidType(), kinds), name)
        builder.call(put, [numbers, pointer, ir.Constant(ir.IntType(32), line.of.bitwidth // 8), wanted])
        return context.get_dummy_value()

    return types.void(line, array, place, count), code


@word
def fetch(typing: Any, array: Any, row: Any, at: Any) -> Code:
    """Let what stands there be brought near while other things are done."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        pointer = builder.bitcast(place_in(context, builder, array, *values), ir.IntType(8).as_pointer())
        kinds = [pointer.type, *[ir.IntType(32)] * 3]
        name = "llvm.prefetch.p0"
        ask = cgutils.get_or_insert_function(builder.module, ir.FunctionType(ir.VoidType(), kinds), name)
        builder.call(ask, [pointer, *(ir.Constant(ir.IntType(32), number) for number in (0, 3, 1))])
        return context.get_dummy_value()

    return types.void(array, row, at), code


@word
def each(typing: Any, number: Any, line: Any) -> Code:
    """A number in every place of a line like this one."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        one = context.cast(builder, values[0], number, line.of)
        return everywhere(builder, one, values[1].type.count)

    return line(number, line), code


@word
def rounded(typing: Any, line: Any) -> Code:
    """Each number's nearest whole one."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        kind = values[0].type
        name = f"llvm.rint.v{kind.count}f{line.of.bitwidth}"
        rint = cgutils.get_or_insert_function(builder.module, ir.FunctionType(kind, [kind]), name)
        return builder.call(rint, values)

    return line(line), code


@word
def two_to(typing: Any, line: Any) -> Code:
    """2^n of whole numbers: n in the bits of an exponent."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        digits, middle = {32: (23, 127), 64: (52, 1023)}[line.of.bitwidth]
        whole = ir.VectorType(ir.IntType(line.of.bitwidth), values[0].type.count)
        raised = builder.add(builder.fptosi(values[0], whole), ir.Constant(whole, [middle] * whole.count))
        return builder.bitcast(builder.shl(raised, ir.Constant(whole, [digits] * whole.count)), values[0].type)

    return line(line), code


@word
def between(typing: Any, line: Any, far: Any) -> Code:
    """Each number, or -far or far where it lies beyond; NaN stays NaN."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        found = values[0]
        for order, number in (("<", builder.fneg(values[1])), (">", values[1])):
            found = builder.select(builder.fcmp_ordered(order, found, number), number, found)
        return found

    return line(line, far), code


def _of_two(name: str) -> Any:
    def typing(typing: Any, one: Any, other: Any) -> Code:
        def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            return getattr(builder, name)(*values, flags=FUSED)

        return one(one, other), code

    return word(typing)


def _teach(sign: Any, name: str) -> None:
    """Let a sign of arithmetic work on two lines."""
    of_two = _of_two(name)
    found = lambda one, other: of_two(one, other)  # noqa: E731
    overload(sign)(lambda one, other: found if isinstance(one, Line) and one == other else None)


for _sign, _name in (
    (operator.add, "fadd"), (operator.sub, "fsub"), (operator.mul, "fmul"), (operator.truediv, "fdiv")
):  # fmt: skip
    _teach(_sign, _name)


def everywhere(builder: Any, number: Any, lanes: int) -> Any:
    """LLVM's line with this number in every place."""
    kind = ir.VectorType(number.type, lanes)
    first = builder.insert_element(ir.Constant(kind, ir.Undefined), number, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(first, first, ir.Constant(ir.VectorType(ir.IntType(32), lanes), None))


def place_in(context: Any, builder: Any, kind: Any, array: Any, *place: Any) -> Any:
    """LLVM's pointer to a number of an array: a place for each axis."""
    return cgutils.get_item_pointer(context, builder, kind, context.make_array(kind)(context, builder, array), place)


def address(context: Any, builder: Any, kind: Any, array: Any, *place: Any) -> Any:
    """LLVM's pointer to a line."""
    line = context.get_value_type(Line(kind.dtype)).as_pointer()
    return builder.bitcast(place_in(context, builder, kind, array, *place), line)

"""SIMD vectors as a type that Numba computes with: explicit loads, stores and arithmetic on one register at a time.

A vector holds as many neighbouring numbers as a register does (`VECTOR_BYTES`). `load(array, start)` reads one,
`+ - * /` work lane by lane, `store(vector, array, start)` writes one. Each function here emits a few instructions of
LLVM's intermediate representation (IR).

Why not plain loops: Numba's vectoriser takes several numbers at a time only where it can prove that no array overlaps
another, and keeps running sums in memory, where each is read and written again for every few weights.
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

#: What Numba compiles for: the target triple, the processor's name, its features.
TARGET = cpu_target.target_context.codegen().magic_tuple()

#: Bytes of a vector: a register of AVX-512 or of AVX2, two of NEON. 16 or 8 lanes in float32, half as many in float64.
VECTOR_BYTES = 64 if "+avx512f" in TARGET[2].split(",") else 32

#: Fast-math flag of every operation: a product and the sum it goes into may become one fused multiply-add.
CONTRACT = ("contract",)

Code = tuple[Any, Callable[..., Any]]


class Vector(types.Type):
    """Numba's type of a SIMD vector; `scalar` is the type of a lane."""

    def __init__(self, scalar: Any) -> None:
        self.scalar = scalar
        super().__init__(name=f"Vector({scalar})")


@register_model(Vector)
class VectorModel(models.PrimitiveModel):
    """Its data model: LLVM's vector type."""

    def __init__(self, manager: Any, kind: Any) -> None:
        scalar = manager.lookup(kind.scalar).get_value_type()
        super().__init__(manager, kind, ir.VectorType(scalar, VECTOR_BYTES * 8 // kind.scalar.bitwidth))


def ir_function(typing: Callable[..., Code]) -> Any:
    """Numba's `intrinsic`, for a function that tests may have wrapped to check its types."""
    return intrinsic(prefer_literal=True)(unwrap(typing))


@ir_function
def load(typing: Any, array: Any, start: Any) -> Code:
    """The vector of array[start : start + lanes], of an array of one axis."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.load(vector_pointer(context, builder, array, *values), align=array.dtype.bitwidth // 8)

    return Vector(array.dtype)(array, start), code


@ir_function
def store(typing: Any, vector: Any, array: Any, start: Any) -> Code:
    """array[start : start + lanes] = vector, for an array of one axis."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        pointer = vector_pointer(context, builder, array, *values[1:])
        builder.store(values[0], pointer, align=array.dtype.bitwidth // 8)
        return context.get_dummy_value()

    return types.void(vector, array, start), code


@ir_function
def store_masked(typing: Any, vector: Any, array: Any, start: Any, count: Any) -> Code:
    """array[start : start + count] = the first `count` lanes of the vector."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        lanes_value, array_value, start_value, count_value = values
        lanes = lanes_value.type.count
        lane_type = count_value.type
        numbers = [ir.Constant(lane_type, lane) for lane in range(lanes)]  # 0, 1, 2, ...
        lane_numbers = ir.Constant(ir.VectorType(lane_type, lanes), numbers)
        mask = builder.icmp_signed("<", lane_numbers, splat(builder, count_value, lanes))
        pointer = vector_pointer(context, builder, array, array_value, start_value)
        kinds = [lanes_value.type, pointer.type, ir.IntType(32), mask.type]
        name = f"llvm.masked.store.v{lanes}f{vector.scalar.bitwidth}.p0"
        masked = cgutils.get_or_insert_function(builder.module, ir.FunctionType(ir.VoidType(), kinds), name)
        builder.call(masked, [lanes_value, pointer, ir.Constant(ir.IntType(32), vector.scalar.bitwidth // 8), mask])
        return context.get_dummy_value()

    return types.void(vector, array, start, count), code


@ir_function
def prefetch(typing: Any, array: Any, row: Any, column: Any) -> Code:
    """Ask for the cache line at array[row, column] before it is needed; past the end of the array, that is harmless."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        pointer = builder.bitcast(element_pointer(context, builder, array, *values), ir.IntType(8).as_pointer())
        kinds = [pointer.type, *[ir.IntType(32)] * 3]
        name = "llvm.prefetch.p0"
        ask = cgutils.get_or_insert_function(builder.module, ir.FunctionType(ir.VoidType(), kinds), name)
        # for reading, to stay in all levels of the cache, of data
        builder.call(ask, [pointer, *(ir.Constant(ir.IntType(32), number) for number in (0, 3, 1))])
        return context.get_dummy_value()

    return types.void(array, row, column), code


@ir_function
def broadcast(typing: Any, number: Any, like: Any) -> Code:
    """A vector with this number in every lane, of the same type as the vector `like`."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return splat(builder, context.cast(builder, values[0], number, like.scalar), values[1].type.count)

    return like(number, like), code


@ir_function
def round_to_integer(typing: Any, vector: Any) -> Code:
    """Each lane rounded to the nearest integer, as a floating-point number (rint)."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        kind = values[0].type
        name = f"llvm.rint.v{kind.count}f{vector.scalar.bitwidth}"
        rint = cgutils.get_or_insert_function(builder.module, ir.FunctionType(kind, [kind]), name)
        return builder.call(rint, values)

    return vector(vector), code


@ir_function
def power_of_two(typing: Any, vector: Any) -> Code:
    """2^n for lanes that are integers: n is put into the bits of the exponent."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        digits, bias = {32: (23, 127), 64: (52, 1023)}[vector.scalar.bitwidth]
        integers = ir.VectorType(ir.IntType(vector.scalar.bitwidth), values[0].type.count)
        exponent = builder.add(builder.fptosi(values[0], integers), ir.Constant(integers, [bias] * integers.count))
        return builder.bitcast(builder.shl(exponent, ir.Constant(integers, [digits] * integers.count)), values[0].type)

    return vector(vector), code


@ir_function
def clamp(typing: Any, vector: Any, limit: Any) -> Code:
    """Each lane kept within [-limit, limit]; NaN stays NaN, as an ordered comparison with it is false."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        clamped = values[0]
        for order, bound in (("<", builder.fneg(values[1])), (">", values[1])):
            clamped = builder.select(builder.fcmp_ordered(order, clamped, bound), bound, clamped)
        return clamped

    return vector(vector, limit), code


def _binary(instruction: str) -> Any:
    """The function that emits this instruction for two vectors."""

    def typing(typing: Any, one: Any, other: Any) -> Code:
        def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            return getattr(builder, instruction)(*values, flags=CONTRACT)

        return one(one, other), code

    return ir_function(typing)


def _overload_operator(sign: Any, instruction: str) -> None:
    """Let an operator of Python's emit this instruction where both sides are vectors."""
    emitted = _binary(instruction)
    emit = lambda one, other: emitted(one, other)  # noqa: E731
    overload(sign)(lambda one, other: emit if isinstance(one, Vector) and one == other else None)


for _sign, _instruction in (
    (operator.add, "fadd"), (operator.sub, "fsub"), (operator.mul, "fmul"), (operator.truediv, "fdiv")
):  # fmt: skip
    _overload_operator(_sign, _instruction)


def splat(builder: Any, number: Any, lanes: int) -> Any:
    """IR for a vector with this number in every lane."""
    kind = ir.VectorType(number.type, lanes)
    first = builder.insert_element(ir.Constant(kind, ir.Undefined), number, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(first, first, ir.Constant(ir.VectorType(ir.IntType(32), lanes), None))


def element_pointer(context: Any, builder: Any, kind: Any, array: Any, *index: Any) -> Any:
    """IR for the pointer to a number of an array: one index for each axis."""
    return cgutils.get_item_pointer(context, builder, kind, context.make_array(kind)(context, builder, array), index)


def vector_pointer(context: Any, builder: Any, kind: Any, array: Any, *index: Any) -> Any:
    """IR for the same pointer, to a vector that begins there."""
    vector = context.get_value_type(Vector(kind.dtype)).as_pointer()
    return builder.bitcast(element_pointer(context, builder, kind, array, *index), vector)

"""Where threads that work on one step wait for one another.

A door is passed once in each step by each member. Waiting is looking again and again: a step takes microseconds,
and so would going to sleep. Who waits long lets others run, so that one who was put aside can arrive.
"""

from __future__ import annotations

import os
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils

from lstm_viz.cells.blocks import inlined
from lstm_viz.cells.lines import Code, place_in, word
from lstm_viz.cells.shares import APART, DOORS

#: Looks before others are let run.
PATIENCE = 2000


@inlined
def meet(doors: Any, door: Any, members: Any, step: Any) -> None:
    """Go on once all members have come to this door in this step."""
    if members > 1:
        arrive(doors, door * APART)
        looks = 0
        while seen(doors, door * APART) < members * (step + 1) and seen(doors, DOORS * APART) == 0:
            looks += 1
            if looks % PATIENCE == 0:
                let_others_run(looks)


@word
def arrive(typing: Any, counts: Any, place: Any) -> Code:
    """One more at this place, seen by all after everything that was written before."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        count = place_in(context, builder, counts, *values)
        builder.atomic_rmw("add", count, ir.Constant(ir.IntType(64), 1), "acq_rel")
        return context.get_dummy_value()

    return types.void(counts, place), code


@word
def seen(typing: Any, counts: Any, place: Any) -> Code:
    """The number at this place as others left it."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.load_atomic(place_in(context, builder, counts, *values), "acquire", 8)

    return types.int64(counts, place), code


@word
def let_others_run(typing: Any, looks: Any) -> Code:
    """The system's sched_yield, where there is one."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        if hasattr(os, "sched_yield"):
            kind = ir.FunctionType(ir.IntType(32), [])
            builder.call(cgutils.get_or_insert_function(builder.module, kind, "sched_yield"), [])
        return context.get_dummy_value()

    return types.void(looks), code

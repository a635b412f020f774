"""A thread barrier inside compiled code: spin for a while, then yield the processor, then sleep.

Threads that share a layer's units wait for one another up to three times in a step of a few microseconds. Waking a
thread that sleeps takes tens of microseconds, so a barrier of the system's would cost more than the step. So a waiting
thread reads the counter again and again (`SPINS` times: longer than it takes where each thread has a processor). Where
there are more threads than processors, the one that is waited for may have none: then waiting threads yield theirs,
`YIELDS` times, and at last sleep, for `SLEEP_MICROSECONDS` at a time, so that waiting doesn't keep a server with many
users busy.

A barrier is a counter that only grows: after step t all threads have passed once they have arrived
team_size * (t + 1) times. It is never reset, so no thread can miss a step that another has left behind.
"""

from __future__ import annotations

import ctypes
import os
from typing import Any

import llvmlite.binding
from llvmlite import ir
from numba import types
from numba.core import cgutils

from lstm_viz.recording.numba_cpu.jit import inlined
from lstm_viz.recording.numba_cpu.partition import BARRIERS, COUNTER_STRIDE
from lstm_viz.recording.numba_cpu.simd import Code, element_pointer, ir_function

#: Reads of the counter before each time that the processor is yielded, and yields before the thread sleeps.
SPINS, YIELDS = 2000, 300
#: How long it then sleeps between two reads. Windows' shortest is a millisecond or more.
SLEEP_MICROSECONDS = 50


def _link_system_calls() -> bool:
    """Let compiled code call the system's own functions by these names; False where they aren't found."""
    try:
        system = ctypes.CDLL("kernel32" if WINDOWS else None)
        calls = {YIELD: system.SwitchToThread, SLEEP: system.Sleep} if WINDOWS else {
            YIELD: system.sched_yield, SLEEP: system.usleep
        }  # fmt: skip
    except (AttributeError, OSError, TypeError):
        return False
    for name, function in calls.items():
        llvmlite.binding.add_symbol(name, ctypes.cast(function, ctypes.c_void_p).value)
    return True


WINDOWS = os.name == "nt"
YIELD, SLEEP = "lstm_viz_yield", "lstm_viz_sleep"
#: Where the system has neither, waiting threads only spin.
LINKED = _link_system_calls()


@inlined
def barrier_wait(counters: Any, barrier: Any, team_size: Any, step: Any) -> None:
    """Go on once all threads of the team have come to this barrier in this step, or one of them has failed."""
    if team_size > 1:
        arrive(counters, barrier * COUNTER_STRIDE)
        spins = 0
        while (
            load_acquire(counters, barrier * COUNTER_STRIDE) < team_size * (step + 1)
            and load_acquire(counters, BARRIERS * COUNTER_STRIDE) == 0
        ):
            spins += 1
            if spins > SPINS * YIELDS:
                sleep(SLEEP_MICROSECONDS)
            elif spins % SPINS == 0:
                yield_processor()


@ir_function
def arrive(typing: Any, counters: Any, index: Any) -> Code:
    """counters[index] += 1, atomically. Whoever sees the new count also sees all that this thread wrote before
    (release), and this thread what was written by those who came before it (acquire)."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        counter = element_pointer(context, builder, counters, *values)
        builder.atomic_rmw("add", counter, ir.Constant(ir.IntType(64), 1), "acq_rel")
        return context.get_dummy_value()

    return types.void(counters, index), code


@ir_function
def load_acquire(typing: Any, counters: Any, index: Any) -> Code:
    """counters[index] as other threads left it, never from a register."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.load_atomic(element_pointer(context, builder, counters, *values), "acquire", 8)

    return types.int64(counters, index), code


@ir_function
def yield_processor(typing: Any) -> Code:
    """Let another thread that is ready run on this processor."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        _call(builder, YIELD)
        return context.get_dummy_value()

    return types.void(), code


@ir_function
def sleep(typing: Any, microseconds: Any) -> Code:
    """Let other threads have this processor for so long at least."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        length = builder.trunc(values[0], ir.IntType(32))
        if WINDOWS:  # Sleep takes milliseconds
            length = builder.udiv(builder.add(length, length.type(999)), length.type(1000))
        _call(builder, SLEEP, length)
        return context.get_dummy_value()

    return types.void(microseconds), code


def _call(builder: Any, name: str, *arguments: Any) -> None:
    if not LINKED:
        return
    function_type = ir.FunctionType(ir.VoidType(), [argument.type for argument in arguments])
    builder.call(cgutils.get_or_insert_function(builder.module, function_type, name), arguments)

"""Who waits at a barrier sees what the others wrote, and gives its processor away when it takes long."""

from __future__ import annotations

import ctypes
import time
from collections import deque
from inspect import unwrap
from threading import Thread
from typing import Any

import llvmlite.binding
import numpy as np
from numba import njit

from lstm_viz.recording.numba_cpu.barrier import SLEEP, YIELD, YIELDS, _link_system_calls, barrier_wait
from lstm_viz.recording.numba_cpu.jit import OPTIONS
from lstm_viz.recording.numba_cpu.partition import abort, new_counters

#: What the system's functions look like to the machine code; the yielding one is given no number, and reads none.
CALL = ctypes.CFUNCTYPE(None, ctypes.c_uint32)


@njit(**OPTIONS)
def sum_up(counters: Any, member: Any, values: Any, sums: Any) -> None:
    """Each step a member writes its value and, past the barrier, adds up those of all."""
    team, steps = values.shape[1], values.shape[0]
    for step in range(steps):
        values[step, member] = step + member
        barrier_wait(counters, step % 3, team, step // 3)
        for other in range(team):
            sums[member] += values[step, other]


def test_nobody_goes_on_before_all_have_written() -> None:
    team, steps = 3, 3000
    counters, values, sums = new_counters(), np.zeros((steps, team)), np.zeros(team)
    threads = [Thread(target=sum_up, args=(counters, member, values, sums)) for member in range(team)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sums.tolist() == [team * steps * (steps - 1) / 2 + steps * team * (team - 1) / 2] * team


class Waiting:
    """A thread that waits at a barrier for another, and what it asks of the system meanwhile."""

    def __init__(self) -> None:
        self.counters, self.asked = new_counters(), deque[str]()
        #: Held here: machine code calls them for as long as it lives.
        self.stand_ins = {name: CALL(lambda _, name=name: self.ask(name)) for name in (YIELD, SLEEP)}
        for name, stand_in in self.stand_ins.items():
            llvmlite.binding.add_symbol(name, ctypes.cast(stand_in, ctypes.c_void_p).value)
        try:
            wait = njit(**OPTIONS)(unwrap(wait_for_another))
            wait(self.counters, 0, 1, 0)  # linked to the stand-ins now; a team of one waits for nobody
        finally:
            assert _link_system_calls()
        self.thread = Thread(target=wait, args=(self.counters, 0, 2, 0))
        self.thread.start()

    def ask(self, name: str) -> None:
        self.asked.append(name)
        time.sleep(1e-5)

    def until(self, count: int) -> None:
        """Until the system was asked so often, however slow the machine is; not for ever if it never is."""
        last = time.monotonic() + 120
        while len(self.asked) < count:
            assert self.thread.is_alive() and time.monotonic() < last
            time.sleep(1e-3)


def wait_for_another(counters: Any, barrier: Any, team_size: Any, step: Any) -> None:
    barrier_wait(counters, barrier, team_size, step)


def test_who_waits_yields_for_a_while_and_then_sleeps() -> None:
    waiting = Waiting()
    waiting.until(YIELDS + 10)
    waiting.counters[0] += 1  # the other arrives
    waiting.thread.join(60)
    assert not waiting.thread.is_alive()
    asked = list(waiting.asked)
    assert asked[:YIELDS] == [YIELD] * YIELDS and set(asked[YIELDS:]) == {SLEEP}


def test_nobody_waits_for_one_that_failed() -> None:
    waiting = Waiting()
    waiting.until(YIELDS + 1)
    abort(waiting.counters)
    waiting.thread.join(60)
    assert not waiting.thread.is_alive()

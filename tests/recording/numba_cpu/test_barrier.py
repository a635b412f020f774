"""Who waits at a barrier sees what the others wrote, and uses little of the processor when it takes long."""

from __future__ import annotations

import time
from threading import Thread
from typing import Any

import numpy as np
from numba import njit

from lstm_viz.recording.numba_cpu.barrier import LINKED, barrier_wait
from lstm_viz.recording.numba_cpu.jit import OPTIONS
from lstm_viz.recording.numba_cpu.partition import BARRIERS, abort, new_counters


@njit(**OPTIONS)
def wait(counters: Any, barrier: Any, team_size: Any, step: Any) -> None:
    barrier_wait(counters, barrier, team_size, step)


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


def waited(seconds: float, end: Any) -> float:
    """Processor seconds of a thread that waits for another until `end` is called."""
    counters, spent = new_counters(), []
    wait(new_counters(), 0, 1, 0)  # compiled before the clock starts

    def member() -> None:
        begun = time.thread_time()
        wait(counters, BARRIERS - 1, 2, 0)
        spent.append(time.thread_time() - begun)

    thread = Thread(target=member)
    thread.start()
    time.sleep(seconds)
    assert thread.is_alive()
    end(counters)
    thread.join(60)
    return spent[0]


def test_a_long_wait_is_slept_through() -> None:
    assert LINKED
    assert waited(0.5, lambda counters: wait(counters, BARRIERS - 1, 2, 0)) < 0.25


def test_nobody_waits_for_one_that_failed() -> None:
    waited(0.05, abort)

"""Every way to a run's gates, ours first: its name, what it is held against, and how it runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

import lstm_viz
from benchmarks.peers import PEERS, Missing, Run
from benchmarks.sizes import Case, Size
from lstm_viz.cells.course import CourseLSTM
from lstm_viz.recording.inputs import read_inputs
from lstm_viz.recording.numba_cpu.compile import compiled_kernel
from lstm_viz.recording.plan import read_plan
from lstm_viz.recording.trace import record_layers
from lstm_viz.recording.triton_gpu.record import gpu_kernel

FORWARD = "nn.LSTM forward"
DEFAULT, UNCHECKED = "lstm_viz: trace(lstm, x)", "lstm_viz: check=False"
EVERYTHING, WITHOUT = "lstm_viz: everything", "lstm_viz: without Numba"
ON_THE_GPU = "lstm_viz: left on the GPU"
COURSE = "course's cell, over the standard cell's recording"

Way = Callable[[Case], Run]


def forward(case: Case) -> Run:
    """`nn.LSTM` itself, which keeps h alone; sequences of many lengths are packed beforehand."""
    given: Any = case.x
    if case.lengths is not None:
        given = pack_padded_sequence(case.x, torch.tensor(case.lengths), enforce_sorted=False)

    def run() -> Any:
        with torch.inference_mode():
            return case.module(given, case.state)[0]

    return run


def ours(**options: Any) -> Way:
    """Our own recording."""
    return lambda case: lambda: _trace(case.module, case, **options)


def without_numba(case: Case) -> Run:
    """The same without the compiled kernel."""

    def run() -> lstm_viz.Trace:
        ready, compiled_kernel.ready = compiled_kernel.ready, lambda: None  # type: ignore[method-assign]
        try:
            return _trace(case.module, case, check=False)
        finally:
            compiled_kernel.ready = ready  # type: ignore[method-assign]

    return run


def left_on_the_gpu(case: Case) -> Run:
    """The recording alone, before any of it is brought to the computer's memory, as h is not in the forward either."""
    plan = read_plan(case.module)
    inputs = read_inputs(plan, case.x, case.state, case.lengths)
    if gpu_kernel(plan) is None:
        raise Missing("no Triton, or not for this device")

    def run() -> Any:
        with torch.inference_mode():
            return record_layers(plan, inputs, everything=False)[1][-1].hidden_state

    return run


def course(case: Case) -> Run:
    """The course's cell at the same size."""
    own = CourseLSTM(case.x.shape[2], case.module.hidden_size, dtype=case.x.dtype, device=case.x.device)
    return lambda: _trace(own, case, check=False)


OURS: dict[str, Way] = {
    DEFAULT: ours(),
    UNCHECKED: ours(check=False),
    EVERYTHING: ours(check=False, everything=True),
    WITHOUT: without_numba,
}


def ways(size: Size) -> dict[str, Way]:
    """Those that can run at this size."""
    if not size.plain:
        return {**OURS, FORWARD: forward}
    peers = {name: _by_module(peer) for name, peer in PEERS.items()}
    if size.device != "cpu":
        own = {name: way for name, way in OURS.items() if name != WITHOUT}
        return {ON_THE_GPU: left_on_the_gpu, **own, FORWARD: forward, **peers, COURSE: course}
    return {**OURS, FORWARD: forward, **peers, COURSE: course}


def against(way: str) -> str:
    """What a way's time is divided by."""
    return UNCHECKED if way == COURSE else FORWARD


def goal(size: Size, way: str) -> float | None:
    """The most that a way's ratio may be."""
    if size.device != "cpu":  # on the way to the computer's memory, the bus sets the pace
        return {ON_THE_GPU: size.goal}.get(way)
    everything = max(1.3, size.goal)
    goals = {DEFAULT: size.goal_checked, UNCHECKED: size.goal, EVERYTHING: everything, WITHOUT: 1.8, COURSE: 1.5}
    return goals.get(way)


def _by_module(peer: Callable[..., Run]) -> Way:
    return lambda case: peer(case.module, case.x)


def _trace(module: nn.Module, case: Case, **options: Any) -> lstm_viz.Trace:
    return lstm_viz.trace(module, case.x, case.state, case.lengths, device=case.x.device, **options)

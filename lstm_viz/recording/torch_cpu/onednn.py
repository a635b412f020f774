"""Gate activations read from the workspace that oneDNN's LSTM keeps for its backward pass (CPU, float32).

In training oneDNN returns a workspace beside h, and torch hands it on as bytes. In it are, for each step and sequence,
the four gates one behind the other, in a row filled up to whole lines of the cache, and from the start of a later page
on the memory of each step but the last. None of this is promised. So the order is tried out on a small network before
it is used at all, every step of the first stretch of a size is held to o tanh(c) = h and c = f c' + i g, and later
one in eight; where that fails, recording goes its other way.

Source: oneDNN's developer guide, "RNN"; aten/src/ATen/native/mkldnn/RNN.cpp of PyTorch 2.13.
"""

from __future__ import annotations

from functools import cache, lru_cache

import torch
from jaxtyping import Float
from torch import Tensor

from lstm_viz.recording.plan import LayerPlan
from lstm_viz.recording.tensor_ops import cell_state_recurrence, tanh
from lstm_viz.recording.torch_cpu.step_loop import Activations, empty_activations

#: Numbers of a gate in a stretch of steps, so that the workspace stays in the cache; steps of a stretch at least.
CHUNK_NUMBERS, MIN_CHUNK_STEPS = 2**17, 16
#: Numbers of a gate up to which all steps are one stretch, whose workspace then takes 32 MB: oneDNN lays weights out
#: anew for each.
MAX_NUMBERS_IN_ONE = 2**19
#: Of so many steps one is held to the equations, once all steps of a run of that size were.
CHECK_ONE_STEP_IN = 8
#: How far a stretch may be from the equations, relative where a number is above 1.
LIMIT = 2e-6
#: Numbers of a line of the cache and of a page.
LINE, PAGE = 16, 1024
#: Steps by which the memory's place is known.
STEPS_TO_LOCATE = 4
#: `mode` of an LSTM among torch's recurrent kinds.
LSTM_MODE = 2


def run_onednn(
    plan: LayerPlan, event: Float[Tensor, "time batch features"], start: tuple[Tensor, ...], reverse: bool
) -> Activations | None:
    """Run a layer that is `runs_in_onednn` from the state `start`, from the last step down where `reverse`.

    None where oneDNN doesn't run it, or not as is known here.
    """
    if not workspace_layout_is_known():
        return None
    activations = empty_activations(event, start)
    found = _run_chunks([plan.input, plan.recurrent, plan.bias], event, start, activations, reverse)
    return activations if found else None


def runs_in_onednn(plan: LayerPlan, event: Tensor) -> bool:
    """Whether torch gives such a layer to oneDNN."""
    plain = plan.projection is None and event.dtype == torch.float32
    return plain and _there_is_onednn() and bool(torch.backends.mkldnn.enabled)


@cache
def _there_is_onednn() -> bool:
    return torch.backends.mkldnn.is_available()


@cache
def workspace_layout_is_known() -> bool:
    """Whether a workspace of this torch holds what the equations say, tried on a small network."""
    draw = torch.Generator().manual_seed(0)
    inner, recurrent, bias, x, state = (
        torch.randn(shape, generator=draw) for shape in ((20, 3), (20, 5), (20,), (4, 2, 3), (2, 5))
    )
    found = _run_and_read([inner, recurrent, bias], x, state, state)
    if found is None:
        return False
    i, f, g, o = (x[0] @ inner.T + state @ recurrent.T + bias).chunk(4, dim=1)
    wanted = torch.cat([i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()], dim=1)
    return torch.allclose(found.gates[0], wanted, atol=LIMIT)


def _run_chunks(
    weights: list[Tensor], event: Tensor, start: tuple[Tensor, ...], activations: Activations, reverse: bool
) -> bool:
    """All steps, a stretch at a time, copied out of the workspaces; False where one is not as expected."""
    time, (hidden, memory) = len(event), start
    fits = time * memory.numel() <= MAX_NUMBERS_IN_ONE
    steps = time if fits else max(MIN_CHUNK_STEPS, CHUNK_NUMBERS // memory.numel())
    for first in range(0, time, steps):
        count = min(steps, time - first)
        begin = time - first - count if reverse else first
        read = event[begin : begin + count]
        found = _run_and_read(weights, read.flip(0) if reverse else read.contiguous(), hidden, memory)
        if found is None:
            return False
        for values, own in zip(activations.steps(begin, count), found, strict=True):
            _copy(own, values, reverse)
        last = begin if reverse else begin + count - 1
        hidden, memory = activations.hidden_state[last], activations.cell_state[last]
    return True


def _copy(found: Tensor, values: Tensor, reverse: bool) -> None:
    if reverse:
        torch.index_select(found, 0, torch.arange(len(found) - 1, -1, -1), out=values)
    else:
        values.copy_(found)


def _run_and_read(weights: list[Tensor], x: Tensor, hidden: Tensor, memory: Tensor) -> Activations | None:
    """Activations of some steps as views of oneDNN's workspace; None where it didn't run, or not as is known here."""
    returned = _forward(weights, x, hidden, memory)
    return None if returned is None else _read_workspace(*returned, memory)


def _read_workspace(output: Tensor, end: Tensor, workspace: Tensor, start: Tensor) -> Activations | None:
    """What a workspace holds, as views of it; None where that doesn't hold."""
    gates = _gates(workspace, output)
    if gates is None:
        return None
    known = _known_offset(tuple(output.shape), workspace.numel())
    offset = known[0] if known else _find_offset(workspace, gates, start)
    if offset is None:
        return None
    activations = Activations(gates, workspace.as_strided(output.shape, output.stride(), offset), output)
    activations.cell_state[-1].copy_(end)  # which oneDNN gives apart, and leaves room for here
    holds = _satisfies_equations(activations, start, CHECK_ONE_STEP_IN if known else 1)
    known[:] = [offset] if holds and (known or end.any()) else []  # a memory of zeros seems to lie anywhere
    return activations if holds else None


def _forward(weights: list[Tensor], x: Tensor, hidden: Tensor, memory: Tensor) -> tuple[Tensor, Tensor, Tensor] | None:
    """h of each step, the last memory, and the workspace as numbers; None where torch has no such operation."""
    inner, recurrent, bias = weights
    try:
        with torch.enable_grad():  # else there is no backward pass to come
            output, _, end, workspace = torch.ops.aten.mkldnn_rnn_layer(
                x, inner, recurrent, bias, torch.zeros_like(bias), hidden, memory,
                False, [], LSTM_MODE, hidden.shape[1], 1, True, False, False, True,
            )  # fmt: skip
        return output, end.view_as(memory), workspace.view(torch.float32)
    except (RuntimeError, AttributeError, TypeError):
        return None


def _gates(workspace: Tensor, output: Tensor) -> Tensor | None:
    """A view of i, f, g, o side by side."""
    time, batch, units = output.shape
    row = -(-4 * units // LINE) * LINE
    row += LINE if row % 256 == 0 else 0  # rows a power of two apart would share lines of the cache
    if workspace.numel() < time * batch * row:
        return None
    return workspace.as_strided((time, batch, 4 * units), (batch * row, row, 1))  # (time, batch, 4 hidden)


def _find_offset(workspace: Tensor, gates: Tensor, start: Tensor) -> int | None:
    """Where the memory after each step begins, on a page of its own: there where its first steps are found."""
    time, size = len(gates), start.numel()
    wanted = _first_cell_states(gates, start).flatten()
    first = -(-time * gates.stride(0) // PAGE) * PAGE + (time + 2) * size
    every = range(first, workspace.numel() - time * size + 1, PAGE)
    return next((offset for offset in every if _is_close(workspace[offset : offset + wanted.numel()], wanted)), None)


def _is_close(found: Tensor, wanted: Tensor) -> bool:
    return torch.allclose(found, wanted, rtol=LIMIT, atol=LIMIT)


def _first_cell_states(gates: Tensor, start: Tensor) -> Tensor:
    """The memory after as many steps as its place is known by, or after all but the last."""
    i, f, g, _ = gates[: min(len(gates) - 1, STEPS_TO_LOCATE)].chunk(4, dim=2)
    memory = torch.empty(f.shape)
    cell_state_recurrence(f, i * g, start, reverse=False, out=memory)
    return memory


@lru_cache(maxsize=256)
def _known_offset(shape: tuple[int, ...], numbers: int) -> list[int]:
    """Room for the place that was found, which a stretch that does not hold takes out again."""
    return []


def _satisfies_equations(activations: Activations, start: Tensor, every: int) -> bool:
    """c = f c' + i g and o tanh(c) = h at the last step, and at each `every` steps before it."""
    last = len(activations.gates) - 1
    gates, memory, hidden = (part[last % every :: every] for part in activations)  # (steps, batch, ...)
    before = activations.cell_state[(last - 1) % every : last : every]
    if len(before) < len(memory):
        before = torch.cat([start[None], before])
    i, f, g, o = gates.chunk(4, dim=2)
    off = torch.addcmul(memory, i, g, value=-1).addcmul_(f, before, value=-1).abs_()
    said = tanh(memory, out=torch.empty_like(memory)).mul_(o).sub_(hidden).abs_()
    if float(torch.maximum(off, said).max()) <= LIMIT:
        return True
    return float(said.max()) <= LIMIT and float(off.max()) <= LIMIT * float(memory.abs().max())

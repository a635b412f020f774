"""The gates that torch's own LSTM writes down on a CPU for its backward pass.

In training oneDNN returns a workspace beside h, and torch hands it on as bytes. In it are, for each step and sequence,
the four gates one behind the other, in a row filled up to whole lines of the cache, and from the start of a later page
on the memory of each step but the last. None of this is promised. So the order is tried out on a small network before
it is used at all, and each stretch of steps is held to o tanh(c) = h and c = f c' + i g; where that fails, recording
goes its other way.

Source: oneDNN's developer guide, "RNN"; aten/src/ATen/native/mkldnn/RNN.cpp of PyTorch 2.13.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from lstm_viz.cells.plans import GATES, LayerPlan
from lstm_viz.cells.products import empty, running_memory, tanh
from lstm_viz.cells.recording import LayerRecord

#: Numbers of a gate in a stretch of steps, so that the workspace stays in the cache; steps of a stretch at least.
STRETCH, FEWEST = 2**17, 16
#: Numbers of a gate up to which all steps are one stretch, whose workspace then takes 32 MB: oneDNN lays weights out
#: anew for each.
WHOLE = 2**19
#: How far a stretch may be from the equations, relative where a number is above 1.
LIMIT = 2e-6
#: Numbers of a line of the cache and of a page.
LINE, PAGE = 16, 1024
#: Steps by which the memory's place is known.
TRIED = 4
#: `mode` of an LSTM among torch's recurrent kinds.
LSTM_MODE = 2


class Stretch(NamedTuple):
    """What is recorded of some steps, each (time, batch, hidden)."""

    input_gate: Tensor
    forget_gate: Tensor
    candidate: Tensor
    output_gate: Tensor
    cell_state: Tensor
    hidden_state: Tensor

    def steps(self, first: int, count: int) -> Stretch:
        """Some of the steps, as views."""
        return Stretch(*(values[first : first + count] for values in self))


def record_workspace(
    plan: LayerPlan,
    event: Float[Tensor, "time batch features"],
    start: tuple[Tensor, ...],
    past: Bool[Tensor, "time batch"] | None,
) -> LayerRecord | None:
    """Run a layer from the state `start`; what is recorded past a sequence's end means nothing.

    None where oneDNN doesn't run it, or not as is known here.
    """
    if not _runs(plan, event) or not layout_is_known():
        return None
    hidden, memory = start
    turns = _turns(past) if plan.reverse and past is not None else None
    read = event if turns is None else torch.take_along_dim(event, turns, 0)
    made = Stretch(*(empty((*event.shape[:2], memory.shape[1]), event) for _ in Stretch._fields))
    weights = [plan.input, plan.recurrent, plan.bias]
    if not _run(weights, read, hidden, memory, made, reverse=plan.reverse and turns is None):
        return None
    if turns is not None:
        for array in made:
            array.copy_(torch.take_along_dim(array, turns, 0))
    arrays = made._asdict()
    return LayerRecord(plan, event, start, {}, arrays, arrays.pop("hidden_state"))


@cache
def layout_is_known() -> bool:
    """Whether a workspace of this torch holds what the equations say, tried on a small network."""
    draw = torch.Generator().manual_seed(0)
    inner, recurrent, bias, x, state = (
        torch.randn(shape, generator=draw) for shape in ((20, 3), (20, 5), (20,), (4, 2, 3), (2, 5))
    )
    made = Stretch(*(torch.zeros(4, 2, 5) for _ in Stretch._fields))
    if not _run([inner, recurrent, bias], x, state, state, made, reverse=False):
        return False
    i, f, g, o = (x[0] @ inner.T + state @ recurrent.T + bias).chunk(4, dim=1)
    wanted = torch.stack([i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()])
    return torch.allclose(torch.stack([gate[0] for gate in made[:4]]), wanted, atol=LIMIT)


def _runs(plan: LayerPlan, event: Tensor) -> bool:
    """Whether torch gives such a layer to oneDNN."""
    kind = plan.variant == "standard" and plan.projection is None and event.dtype == torch.float32
    return kind and event.is_cpu and torch.backends.mkldnn.is_available() and bool(torch.backends.mkldnn.enabled)


def _turns(past: Tensor) -> Tensor:
    """Which step is read at each turn, and back: each sequence from its own end, (time, batch, 1)."""
    steps, ends = torch.arange(len(past))[:, None], (~past).sum(0)
    return torch.where(steps < ends, ends - 1 - steps, steps)[:, :, None]


def _run(weights: list[Tensor], event: Tensor, hidden: Tensor, memory: Tensor, made: Stretch, reverse: bool) -> bool:
    """All steps, a stretch at a time, copied out of the workspaces; False where one is not as expected."""
    time = len(event)
    steps = time if time * memory.numel() <= WHOLE else max(FEWEST, STRETCH // memory.numel())
    for first in range(0, time, steps):
        count = min(steps, time - first)
        place = time - first - count if reverse else first
        stretch = made.steps(place, count)
        if not _stretch(weights, event[place : place + count], hidden, memory, stretch, reverse):
            return False
        last = 0 if reverse else -1
        hidden, memory = stretch.hidden_state[last], stretch.cell_state[last]
    return True


def _stretch(weights: list[Tensor], x: Tensor, hidden: Tensor, memory: Tensor, made: Stretch, reverse: bool) -> bool:
    """Some steps into `made`, in the order in which they lie in `x`."""
    returned = _forward(weights, x.flip(0) if reverse else x, hidden, memory)
    if returned is None:
        return False
    output, end, workspace = returned
    gates = _gates(workspace, output)
    inner = None if gates is None else _memory(workspace, gates, memory)
    if gates is None or inner is None:
        return False
    known, last = (made.cell_state[1:], 0) if reverse else (made.cell_state[:-1], -1)
    for values, found in zip(made._replace(cell_state=known), (*gates, inner, output), strict=True):
        _copy(found, values, reverse)
    made.cell_state[last].copy_(end)
    if _holds(made, memory, reverse):
        return True
    _place_of(tuple(output.shape), workspace.numel()).clear()
    return False


def _copy(found: Tensor, values: Tensor, reverse: bool) -> None:
    if reverse:
        torch.index_select(found, 0, torch.arange(len(found) - 1, -1, -1), out=values)
    else:
        values.copy_(found)


def _forward(weights: list[Tensor], x: Tensor, hidden: Tensor, memory: Tensor) -> tuple[Tensor, Tensor, Tensor] | None:
    """h of each step, the last memory, and the workspace as numbers; None where torch has no such operation."""
    inner, recurrent, bias = weights
    try:
        with torch.enable_grad():  # else there is no backward pass to come
            output, _, end, workspace = torch.ops.aten.mkldnn_rnn_layer(
                x.contiguous(), inner, recurrent, bias, torch.zeros_like(bias), hidden, memory,
                False, [], LSTM_MODE, hidden.shape[1], 1, True, False, False, True,
            )  # fmt: skip
        return output, end.view_as(memory), workspace.view(torch.float32)
    except (RuntimeError, AttributeError, TypeError):
        return None


def _gates(workspace: Tensor, output: Tensor) -> tuple[Tensor, ...] | None:
    """Views of i, f, g, o."""
    time, batch, units = output.shape
    row = -(-len(GATES["standard"]) * units // LINE) * LINE
    row += LINE if row % 256 == 0 else 0  # rows a power of two apart would share lines of the cache
    if workspace.numel() < time * batch * row:
        return None
    return workspace[: time * batch * row].view(time, batch, row)[..., : 4 * units].split(units, dim=2)


def _memory(workspace: Tensor, gates: tuple[Tensor, ...], start: Tensor) -> Tensor | None:
    """A view of the memory after each step but the last: where its first steps are found, looked for once a shape."""
    time, batch, units = gates[0].shape
    size, known = batch * units, _place_of((time, batch, units), workspace.numel())
    if not known:
        wanted = _first_memories(gates, start)
        every = range((time + 2) * size, workspace.numel() - (time - 1) * size, PAGE)
        found = next((place for place in every if _same(workspace[place : place + wanted.numel()], wanted)), None)
        if found is None:
            return None
        known.append(found)
    return workspace[known[0] : known[0] + (time - 1) * size].view(time - 1, batch, units)


def _same(found: Tensor, wanted: Tensor) -> bool:
    return torch.allclose(found, wanted.flatten(), rtol=LIMIT, atol=LIMIT)


def _first_memories(gates: tuple[Tensor, ...], start: Tensor) -> Tensor:
    """The memory after as many steps as its place is known by, or after all but the last."""
    i, f, g, _ = (gate[: min(len(gate) - 1, TRIED)] for gate in gates)
    memory = torch.empty_like(f)
    running_memory(f, i * g, start, reverse=False, out=memory)
    return memory


@lru_cache(maxsize=256)
def _place_of(shape: tuple[int, ...], numbers: int) -> list[int]:
    """Room for the place that was found, which a stretch that does not hold takes out again."""
    return []


def _holds(made: Stretch, start: Tensor, reverse: bool) -> bool:
    """c = f c' + i g at every step, and o tanh(c) = h, which takes the longest, at one in eight."""
    off, some = _largest(_change_unexplained(made, start, reverse)), slice(None, None, 8)
    shown = tanh(made.cell_state[some], out=torch.empty_like(made.cell_state[some]))
    shown.mul_(made.output_gate[some]).sub_(made.hidden_state[some])
    return _largest(shown) <= LIMIT and (off <= LIMIT or off <= LIMIT * _largest(made.cell_state))


def _change_unexplained(made: Stretch, start: Tensor, reverse: bool) -> Tensor:
    """c - i g - f c' of each step."""
    i, f, g, _, c, _ = made
    left = torch.addcmul(c, i, g, value=-1, out=empty(tuple(c.shape), c))
    later, earlier, first = (slice(-1), slice(1, None), -1) if reverse else (slice(1, None), slice(-1), 0)
    left[later].addcmul_(f[later], c[earlier], value=-1)
    left[first].addcmul_(f[first], start, value=-1)
    return left


def _largest(values: Tensor) -> float:
    """The largest amount; NaN where there is one."""
    least, most = torch.aminmax(values)
    return max(float(most), -float(least))

"""Gate activations read from the workspace that oneDNN's LSTM keeps for its backward pass (CPU, float32).

In training oneDNN returns a workspace with h, which torch passes on as bytes. It holds, for each step and sequence, the
four gates one after the other in a row padded to whole cache lines, and from the start of a later page on the cell
state of each step but the last. None of this is documented. So the layout is tried out on a small network before it is
used at all, and every step of the first chunk of a size is checked against o tanh(c) = h and c = f c' + i g, later one
in eight; where that fails, the layer is recorded from its hidden states instead.

Source: oneDNN's developer guide, "RNN"; aten/src/ATen/native/mkldnn/RNN.cpp of PyTorch 2.13.
"""

from __future__ import annotations

from functools import cache, lru_cache

import torch
from jaxtyping import Float
from torch import Tensor

from lstm_viz.recording.module_spec import LayerWeights
from lstm_viz.recording.tensor_ops import cell_state_recurrence, tanh
from lstm_viz.recording.torch_cpu.step_loop import Activations, empty_activations

#: Numbers of a gate in a chunk of steps, so that the workspace stays in the cache; steps of a chunk at least.
CHUNK_NUMBERS, MIN_CHUNK_STEPS = 2**17, 16
#: Numbers of a gate up to which all steps are one chunk, whose workspace then takes 32 MB: oneDNN packs the weights
#: again for each.
MAX_NUMBERS_IN_ONE = 2**19
#: One step in so many is checked against the equations, once all steps of a run of that size were.
CHECK_ONE_STEP_IN = 8
#: Largest error of a chunk against the equations, relative where a number is above 1.
MAX_ERROR = 2e-6
#: float32 numbers in a cache line and in a page.
LINE, PAGE = 16, 1024
#: Steps by whose values the cell states' offset is found.
STEPS_TO_LOCATE = 4
#: `mode` of an LSTM in torch.ops.aten.mkldnn_rnn_layer.
LSTM_MODE = 2


def run_onednn(
    weights: LayerWeights, event: Float[Tensor, "time batch features"], initial_state: tuple[Tensor, ...], reverse: bool
) -> Activations | None:
    """Run a layer that is `runs_in_onednn` from `initial_state`, (h_0, c_0), from the last step down where `reverse`.

    None where oneDNN doesn't run it, or its workspace has another layout.
    """
    if not workspace_layout_is_known():
        return None
    activations = empty_activations(event, initial_state)
    recorded = _run_chunks([weights.input, weights.recurrent, weights.bias], event, initial_state, activations, reverse)
    return activations if recorded else None


def runs_in_onednn(weights: LayerWeights, event: Tensor) -> bool:
    """Whether torch computes such a layer by oneDNN."""
    plain = weights.projection is None and event.dtype == torch.float32
    return plain and _has_onednn() and bool(torch.backends.mkldnn.enabled)


@cache
def _has_onednn() -> bool:
    return torch.backends.mkldnn.is_available()


@cache
def workspace_layout_is_known() -> bool:
    """Whether this torch's workspace has the known layout, tried on a small network."""
    generator = torch.Generator().manual_seed(0)
    W, R, bias, x, state = (
        torch.randn(shape, generator=generator) for shape in ((20, 3), (20, 5), (20,), (4, 2, 3), (2, 5))
    )
    activations = _run_and_read([W, R, bias], x, state, state)
    if activations is None:
        return False
    # input gate, forget gate, candidate, output gate of the first step, (batch, hidden) each
    i, f, g, o = (x[0] @ W.T + state @ R.T + bias).chunk(4, dim=1)
    expected = torch.cat([i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()], dim=1)
    return torch.allclose(activations.gates[0], expected, atol=MAX_ERROR)


def _run_chunks(
    weights: list[Tensor], event: Tensor, initial_state: tuple[Tensor, ...], activations: Activations, reverse: bool
) -> bool:
    """All steps, chunk by chunk, copied out of the workspaces; False where one is not as expected."""
    time, (hidden, cell) = len(event), initial_state
    fits = time * cell.numel() <= MAX_NUMBERS_IN_ONE
    steps = time if fits else max(MIN_CHUNK_STEPS, CHUNK_NUMBERS // cell.numel())
    for first in range(0, time, steps):
        count = min(steps, time - first)
        begin = time - first - count if reverse else first
        read = event[begin : begin + count]
        chunk = _run_and_read(weights, read.flip(0) if reverse else read.contiguous(), hidden, cell)
        if chunk is None:
            return False
        for values, recorded in zip(activations.steps(begin, count), chunk, strict=True):
            _copy(recorded, values, reverse)
        last = begin if reverse else begin + count - 1
        hidden, cell = activations.hidden_state[last], activations.cell_state[last]
    return True


def _copy(source: Tensor, target: Tensor, reverse: bool) -> None:
    if reverse:
        torch.index_select(source, 0, torch.arange(len(source) - 1, -1, -1), out=target)
    else:
        target.copy_(source)


def _run_and_read(weights: list[Tensor], x: Tensor, hidden: Tensor, cell: Tensor) -> Activations | None:
    """Activations of some steps as views of oneDNN's workspace; None where it didn't run, or has another layout."""
    returned = _forward(weights, x, hidden, cell)
    return None if returned is None else _read_workspace(*returned, cell)


def _read_workspace(output: Tensor, end: Tensor, workspace: Tensor, initial_cell_state: Tensor) -> Activations | None:
    """Activations as views of a workspace; None where they don't satisfy the equations."""
    gates = _gates(workspace, output)
    if gates is None:
        return None
    known = _known_offset(tuple(output.shape), workspace.numel())
    offset = known[0] if known else _find_offset(workspace, gates, initial_cell_state)
    if offset is None:
        return None
    activations = Activations(gates, workspace.as_strided(output.shape, output.stride(), offset), output)
    activations.cell_state[-1].copy_(end)  # oneDNN returns it apart, and leaves its place here unwritten
    holds = _satisfies_equations(activations, initial_cell_state, CHECK_ONE_STEP_IN if known else 1)
    known[:] = [offset] if holds and (known or end.any()) else []  # zero cell states would match at any offset
    return activations if holds else None


def _forward(weights: list[Tensor], x: Tensor, hidden: Tensor, cell: Tensor) -> tuple[Tensor, Tensor, Tensor] | None:
    """h of each step, the last cell state, and the workspace as float32; None where torch has no such operation."""
    W, R, bias = weights
    try:
        with torch.enable_grad():  # else there is no backward pass to come
            output, _, end, workspace = torch.ops.aten.mkldnn_rnn_layer(
                x, W, R, bias, torch.zeros_like(bias), hidden, cell,
                False, [], LSTM_MODE, hidden.shape[1], 1, True, False, False, True,
            )  # fmt: skip
        return output, end.view_as(cell), workspace.view(torch.float32)
    except (RuntimeError, AttributeError, TypeError):
        return None


def _gates(workspace: Tensor, output: Tensor) -> Tensor | None:
    """A view of the gates i, f, g, o side by side, (time, batch, 4 hidden); None where the workspace is too small."""
    time, batch, units = output.shape
    row = -(-4 * units // LINE) * LINE
    row += LINE if row % 256 == 0 else 0  # rows a power of two apart would share lines of the cache
    if workspace.numel() < time * batch * row:
        return None
    return workspace.as_strided((time, batch, 4 * units), (batch * row, row, 1))  # (time, batch, 4 hidden)


def _find_offset(workspace: Tensor, gates: Tensor, initial_cell_state: Tensor) -> int | None:
    """Offset of the cell states, at the start of a page: where those of the first steps are found."""
    time, size = len(gates), initial_cell_state.numel()
    expected = _first_cell_states(gates, initial_cell_state).flatten()
    first = -(-time * gates.stride(0) // PAGE) * PAGE + (time + 2) * size
    offsets = range(first, workspace.numel() - time * size + 1, PAGE)
    return next(
        (offset for offset in offsets if _is_close(workspace[offset : offset + expected.numel()], expected)), None
    )


def _is_close(actual: Tensor, expected: Tensor) -> bool:
    return torch.allclose(actual, expected, rtol=MAX_ERROR, atol=MAX_ERROR)


def _first_cell_states(gates: Tensor, initial_cell_state: Tensor) -> Tensor:
    """Cell states of the first STEPS_TO_LOCATE steps, or of all but the last."""
    i, f, g, _ = gates[: min(len(gates) - 1, STEPS_TO_LOCATE)].chunk(4, dim=2)  # input gate, forget gate, candidate
    cell = torch.empty(f.shape)
    cell_state_recurrence(f, i * g, initial_cell_state, reverse=False, out=cell)
    return cell


@lru_cache(maxsize=256)
def _known_offset(shape: tuple[int, ...], numbers: int) -> list[int]:
    """A cache cell for the offset found at these sizes: [offset], or [] again after a chunk that failed the check."""
    return []


def _satisfies_equations(activations: Activations, initial_cell_state: Tensor, every: int) -> bool:
    """c = f c' + i g and o tanh(c) = h at the last step, and at each `every` steps before it."""
    last = len(activations.gates) - 1
    gates, cell, hidden = (part[last % every :: every] for part in activations)  # (steps, batch, ...)
    previous_cell = activations.cell_state[(last - 1) % every : last : every]
    if len(previous_cell) < len(cell):
        previous_cell = torch.cat([initial_cell_state[None], previous_cell])
    i, f, g, o = gates.chunk(4, dim=2)  # (steps, batch, hidden) each: input gate, forget gate, candidate, output gate
    # |c - i g - f c'| and |o tanh(c) - h|, (steps, batch, hidden) each
    cell_error = torch.addcmul(cell, i, g, value=-1).addcmul_(f, previous_cell, value=-1).abs_()
    hidden_error = tanh(cell, out=torch.empty_like(cell)).mul_(o).sub_(hidden).abs_()
    if float(torch.maximum(cell_error, hidden_error).max()) <= MAX_ERROR:
        return True
    return float(hidden_error.max()) <= MAX_ERROR and float(cell_error.max()) <= MAX_ERROR * float(cell.abs().max())

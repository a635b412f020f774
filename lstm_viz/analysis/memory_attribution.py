"""Attribution of long-term memory: what each step wrote, and what the forget factors since then have left of it."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from lstm_viz.traces import LayerTrace


def ledger(
    layer: LayerTrace, unit: int, sequence: int = 0, steps: slice | None = None
) -> Float[np.ndarray, "rows steps"]:
    """Each step's share in the long-term memory of a unit, at each step: (1 + steps, steps).

    LTM_t = (f_1 ... f_t) LTM_0 + sum over k <= t of (f_{k+1} ... f_t) i_k g_k, for the standard cell and the
    course's alike. Row 0 is what is left of the memory from before, row 1 + k what is left of step k's
    writing; a column adds up to that step's cell state. Past the sequence's end every value is NaN.
    A layer that reads from the end has its past to the right.

    steps: a stretch of the run, without gaps; what was written before it is part of row 0. The table of a long
        run's every step would be as wide as it is high.

    Raises ValueError for a plain RNN, whose state is no sum, and for steps with gaps between them.

    >>> import torch, lstm_viz
    >>> layer = lstm_viz.trace(torch.nn.LSTM(2, 3).double(), torch.randn(4, 1, 2).double()).layers[0]
    >>> bool(np.allclose(ledger(layer, unit=1).sum(axis=0), layer.cell_state[:, 0, 1], atol=1e-12))
    True
    """
    if layer.cell_state is None:
        raise ValueError("A plain RNN's state is no sum of what was written; an LSTM's run was expected.")
    steps = slice(None) if steps is None else steps
    if steps.step not in (None, 1):
        raise ValueError(f"A ledger needs every step of its stretch; {steps} leaves some out.")
    forget, learned, before = (
        np.asarray(getattr(layer, name)[steps, sequence, unit])
        for name in ("forget_gate", "learned", "previous_cell_state")
    )
    return attribution_table(forget, learned, before, layer.reverse)


def ledger_column(layer: LayerTrace, unit: int, step: int, sequence: int = 0) -> Float[np.ndarray, " rows"]:
    """The ledger's column of one step without the rest of the table: (1 + steps read so far,).

    Row 0 is what is left of the memory from before, and each further row of what one step wrote, in the run's order:
    those up to `step`, or from `step` on where the layer reads from the end.

    >>> import torch, lstm_viz
    >>> layer = lstm_viz.trace(torch.nn.LSTM(2, 3).double(), torch.randn(9, 1, 2).double()).layers[0]
    >>> bool(np.allclose(ledger_column(layer, unit=1, step=5), ledger(layer, unit=1)[:7, 5], atol=1e-12))
    True
    """
    steps = slice(step, int(layer.lengths[sequence])) if layer.reverse else slice(0, step + 1)
    direction = slice(None, None, -1) if layer.reverse else slice(None)
    forget, learned, before = (
        np.asarray(getattr(layer, name)[steps, sequence, unit], float)[direction]
        for name in ("forget_gate", "learned", "previous_cell_state")
    )
    # The product of the forget factors after each step.
    since = np.append(np.cumprod(forget[:0:-1])[::-1], 1.0)
    return np.concatenate([before[:1] * forget[:1] * since[:1], (learned * since)[direction]])


def first_step_share(layer: LayerTrace) -> float:
    """Share of an LSTM's last long-term memory that the first step wrote, the least of all sequences.

    Of the sizes of all that was written and is left at the end (`ledger_column`), summed over the units: 1 where
    nothing is left but what the first event wrote.

    >>> import torch, lstm_viz
    >>> first_step_share(lstm_viz.trace(torch.nn.LSTM(2, 3), torch.ones(1, 4, 2)).layers[0])
    1.0
    """
    shares = []
    for sequence, length in enumerate(layer.lengths):
        columns = [ledger_column(layer, unit, int(length) - 1, sequence) for unit in range(layer.units)]
        left = np.abs(columns).sum(axis=0)
        shares.append(float(left[1] / left.sum()))
    return min(shares)


def attribution_table(
    forget: Float[np.ndarray, " steps"],
    learned: Float[np.ndarray, " steps"],
    before: Float[np.ndarray, " steps"],
    reverse: bool = False,
) -> Float[np.ndarray, "rows steps"]:
    """The ledger of one unit, from its arrays f_t, i_t g_t and c_{t-1}: (1 + steps, steps).

    >>> attribution_table(np.array([0.5, 0.5]), np.array([1.0, 2.0]), np.array([4.0, 3.0])).tolist()
    [[2.0, 1.0], [1.0, 0.5], [0.0, 2.0]]
    """
    table = np.full((len(forget) + 1, len(forget)), np.nan, forget.dtype)
    column: np.ndarray | None = None
    order = range(len(forget))
    for step in reversed(order) if reverse else order:
        if np.isnan(forget[step]):
            continue
        if column is None:
            column = np.zeros(len(forget) + 1, forget.dtype)
            column[0] = before[step]
        column = column * forget[step]
        column[1 + step] = learned[step]
        table[:, step] = column
    return table


def half_life(layer: LayerTrace, sequence: int | None = None, *, middle: bool = False) -> Float[np.ndarray, " units"]:
    """Steps after which half of a memory is left at a unit's typical forget factor: (units,).

    Typical is the geometric mean over the steps of one sequence, or of all: at that factor, every step, as
    much would be lost as was lost. Half-life = ln 0.5 / mean(ln |f|); infinite where nothing is lost, as where
    every factor is 1. Only a held factor can be above 1, or negative.
    middle: at the median factor instead, which a few steps that wipe a memory don't move.

    Raises ValueError for a plain RNN.

    >>> f = np.full((3, 1, 1), 0.5)
    >>> zero = np.zeros((3, 1, 1))
    >>> from lstm_viz.traces import LayerTrace
    >>> half_life(LayerTrace("l0", "standard", zero, zero, zero[0], np.array([3]), forget_gate=f)).tolist()
    [1.0]
    """
    if layer.forget_gate is None:
        raise ValueError("A plain RNN has no forget factors, so no half-life; an LSTM's run was expected.")
    factors = np.asarray(layer.forget_gate if sequence is None else layer.forget_gate[:, [sequence]], float)
    with np.errstate(divide="ignore"):
        mean = (np.nanmedian if middle else np.nanmean)(np.log(np.abs(factors)), axis=(0, 1))
        lives: np.ndarray = np.log(0.5) / mean
    return np.where(mean >= 0, np.inf, lives)

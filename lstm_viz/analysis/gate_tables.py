"""Runs of an LSTM cell whose gates are a table: at each event every unit's gates have given values.

The same in JavaScript is player/frontend/gate-table.js, so that a table that a person sets runs in the browser.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

from lstm_viz.traces import LayerTrace

#: The gates of a table, in its order.
TABLE_GATES = ("forget_gate", "input_gate", "candidate", "output_gate")
#: What two units show has to differ by so much; else neither shows more than the other.
SMALLEST_LEAD = 1e-6


def run_gate_table(
    table: Float[np.ndarray, "gates events units"], events: Int[np.ndarray, "time batch"]
) -> tuple[Float[np.ndarray, "time batch units"], Float[np.ndarray, "time batch units"]]:
    """Cell state and hidden state, each (time, batch, units), of a standard cell from a zero state.

    table: (4, events, units), the gates in the order of `TABLE_GATES`; events: the event of every step, (time, batch).
    LTM = f LTM' + i N and STM = o tanh(LTM), as in the cell; no gate reads STM'.

    >>> table = np.array([[[0.5]], [[1.0]], [[1.0]], [[1.0]]])
    >>> cell_state, hidden_state = run_gate_table(table, np.zeros((3, 1), int))
    >>> cell_state[:, 0, 0].tolist()
    [1.0, 1.5, 1.75]
    """
    forget_gate, input_gate, candidate, output_gate = np.asarray(table, float)[:, events]  # (time, batch, units)
    cell_state = np.empty_like(forget_gate)
    cell = np.zeros(forget_gate.shape[1:])
    for step in range(len(events)):
        cell = forget_gate[step] * cell + input_gate[step] * candidate[step]
        cell_state[step] = cell
    return cell_state, output_gate * np.tanh(cell_state)


def unit_that_shows_most(hidden_state: Float[np.ndarray, "time batch units"]) -> Int[np.ndarray, "time batch"]:
    """The unit whose hidden state is the largest, (time, batch); -1 where no other one's is clearly smaller.

    >>> unit_that_shows_most(np.array([[[0.2, 0.9, -1.0]], [[0.5, 0.5, 0.0]]])).ravel().tolist()
    [1, -1]
    """
    ordered = np.sort(hidden_state, axis=-1)
    leads = ordered[..., -1] - ordered[..., -2] > SMALLEST_LEAD
    return np.where(leads, hidden_state.argmax(axis=-1), -1)


def mean_gate_table(
    layer: LayerTrace, events: Int[np.ndarray, "time batch"], count: int
) -> Float[np.ndarray, "gates events units"]:
    """A run's mean gates at each of `count` events, (4, events, units); NaN for an event that does not occur.

    events: the event of every step, (time, batch), -1 where a step counts for none.

    >>> from lstm_viz.bundled import first_view
    >>> layer = first_view()[0].layers[0]
    >>> mean_gate_table(layer, np.asarray(layer.event).argmax(axis=-1), 7).shape
    (4, 7, 8)
    """
    gates = np.stack([np.asarray(getattr(layer, name), float) for name in TABLE_GATES])
    means = [gates[:, events == event] for event in range(count)]
    return np.stack(
        [part.mean(axis=1) if part.shape[1] else np.full((len(gates), layer.units), np.nan) for part in means], axis=1
    )

"""How the kernel's arguments lie in memory: weights packed for the matrix product, recorded arrays, states, scratch.

In shapes, `padded` is a count of hidden units rounded up to `UNIT_MULTIPLE`, so that the kernel works on whole vectors
and never looks whether a row is at its end. What lies in the padding is computed with, and never recorded.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from torch import Tensor

from lstm_viz.recording.buffer_pool import aligned, round_up
from lstm_viz.recording.module_spec import LayerWeights

#: Hidden units are padded to a multiple of this: a cache line of float32, and whole vectors, however long they are.
UNIT_MULTIPLE = 16


class PackedWeights(NamedTuple):
    """One layer's weights for some of its units, packed in panels (`pack_panels`); no panels where a cell has none.

    Columns of `input` (W) and `recurrent` (R) stand gate by gate in torch's order, each gate padded by itself: input
    gate, forget gate, candidate, output gate.
    """

    input: np.ndarray
    recurrent: np.ndarray
    #: (4 * padded,)
    bias: np.ndarray
    #: W_u and b_u of the course's use gate, which reads the kept memory; b_u is (padded,).
    readout: np.ndarray
    readout_bias: np.ndarray
    #: W_hr.
    projection: np.ndarray


class Arrays(NamedTuple):
    """What is recorded of every step: each (time, batch, units) of the whole layer, flattened to one axis."""

    input_gate: np.ndarray
    forget_gate: np.ndarray
    candidate: np.ndarray
    output_gate: np.ndarray
    cell_state: np.ndarray
    hidden_state: np.ndarray


class Derived(NamedTuple):
    """What follows from `Arrays` and is recorded with them on request, shaped as they are; else without numbers.

    The first five are what went into each sigmoid or tanh; `readout_preactivation` is recorded for the course's alone.
    """

    input_preactivation: np.ndarray
    forget_preactivation: np.ndarray
    candidate_preactivation: np.ndarray
    output_preactivation: np.ndarray
    readout_preactivation: np.ndarray
    learned: np.ndarray
    kept: np.ndarray
    readout: np.ndarray


class States(NamedTuple):
    """What passes from step to step of a partition's sequences, and what a step works out on the way.

    A team shares the first three, which hold all units; the others are a thread's own and hold its units.
    """

    #: (2, sequences, padded outputs): step t reads one and writes the other, step t + 1 the other way round.
    hidden: np.ndarray
    #: (sequences, padded) each, or without units where no matrix product reads them: f * c of the course's cell, and
    #: the hidden state before its projection.
    kept: np.ndarray
    unprojected: np.ndarray
    #: (sequences, padded): c.
    cell: np.ndarray
    #: (sequences, whole panels) each: what goes into the course's readout, and the projected hidden state.
    readout_input: np.ndarray
    projected: np.ndarray


class Scratch(NamedTuple):
    """The events of some steps and what they contribute to the gates: (rows, features) and (rows, 4 * padded)."""

    events: np.ndarray
    preactivations: np.ndarray


def pack_weights(weights: LayerWeights, units: slice, outputs: slice, panel_bytes: int) -> PackedWeights:
    """A layer's weights for these units and outputs, in panels that are so many bytes wide."""
    bias = pad_gates(weights.bias.numpy(), 4, units)
    no_bias, no_panels = bias[:0], bias[:0, None]
    readout, readout_bias = weights.readout if weights.readout is not None else (None, None)
    return PackedWeights(
        _pack(weights.input, 4, units, panel_bytes),
        _pack(weights.recurrent, 4, units, panel_bytes),
        bias,
        no_panels if readout is None else _pack(readout, 1, units, panel_bytes),
        no_bias if readout_bias is None else pad_gates(readout_bias.numpy(), 1, units),
        no_panels if weights.projection is None else _pack(weights.projection, 1, outputs, panel_bytes),
    )


def pad_gates(rows: np.ndarray, gates: int = 4, units: slice = slice(None)) -> np.ndarray:
    """Rows stacked gate by gate, (gates * units, ...): of some units alone, each gate padded with rows of zeros.

    >>> pad_gates(np.ones((4 * 5, 3))).shape
    (64, 3)
    """
    gate_rows = rows.reshape(gates, -1, *rows.shape[1:])[:, units]
    padded = np.zeros((gates, round_up(gate_rows.shape[1], UNIT_MULTIPLE), *rows.shape[1:]), rows.dtype)
    padded[:, : gate_rows.shape[1]] = gate_rows
    return padded.reshape(-1, *rows.shape[1:])


def pack_panels(weight: np.ndarray, panel_bytes: int) -> np.ndarray:
    """W of a product x W^T, (columns, features), packed as (panels, features * panel width).

    A panel has the weights of a few neighbouring columns, feature by feature, in the order in which the microkernel
    reads them. The last one is padded with columns of zeros.

    >>> pack_panels(np.ones((600, 5)), 256).shape, pack_panels(np.ones((600, 5), np.float32), 64).shape
    ((19, 160), (38, 80))
    """
    columns, features = weight.shape
    width = panel_bytes // weight.itemsize
    panels = -(-columns // width)
    packed = aligned((panels, features, width), weight.dtype)
    for panel in range(panels):
        part = weight[panel * width : (panel + 1) * width]
        packed[panel, :, : len(part)] = part.T
    return packed.reshape(panels, -1)


def _pack(weight: Tensor, gates: int, rows: slice, panel_bytes: int) -> np.ndarray:
    return pack_panels(pad_gates(weight.numpy(), gates, rows), panel_bytes)

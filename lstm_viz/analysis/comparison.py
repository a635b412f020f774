"""Comparison of runs: another run aligned to the same steps, and how far states of two sequences lie apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from lstm_viz.analysis.slicing import RECORDED_ARRAYS
from lstm_viz.traces import LayerTrace, Trace


def align_layers(trace: Trace, other: Trace, row: int | None = None) -> tuple[LayerTrace, ...]:
    """A layer of `other` for each layer of `trace`, aligned to its steps and batch: cut, or NaN where it has ended.

    Sequence k is compared with sequence k where both batches are of one size, else with the other's first; with `row`,
    every sequence with that one. A layer is compared with the one of the same name, or else with the other's last.

    >>> import lstm_viz, torch
    >>> trace = lstm_viz.trace(torch.nn.LSTM(2, 3), torch.randn(5, 2, 2))
    >>> swapped = align_layers(trace, trace, row=1)[0]
    >>> bool((swapped.cell_state[:, 0] == trace.layers[0].cell_state[:, 1]).all())
    True
    """
    steps, batch = trace.output.shape[:2]
    same = row is None and other.output.shape[1] == batch
    rows = np.arange(batch) if same else np.full(batch, row or 0)
    named = {layer.name: layer for layer in other.layers}
    return tuple(_align_layer(named.get(layer.name, other.layers[-1]), steps, rows) for layer in trace.layers)


def align_texts(texts: np.ndarray, steps: int, batch: int, row: int | None = None) -> np.ndarray:
    """Texts, (time, batch), aligned as `align_layers` aligns layers; "" where the other run has ended."""
    rows = np.arange(batch) if row is None and texts.shape[1] == batch else np.full(batch, row or 0)
    aligned = np.full((steps, batch), "", dtype=object)
    aligned[: len(texts)] = texts[:steps, rows]
    return aligned


def _align_layer(layer: LayerTrace, steps: int, rows: np.ndarray) -> LayerTrace:
    if steps == len(layer.hidden_state) and np.array_equal(rows, np.arange(layer.hidden_state.shape[1])):
        return layer
    recorded: dict[str, Any] = {name: getattr(layer, name) for name in RECORDED_ARRAYS}
    recorded = {name: _pad_steps(values, steps, rows) for name, values in recorded.items() if values is not None}
    preactivations = {name: _pad_steps(values, steps, rows) for name, values in layer.preactivations.items()}
    return replace(
        layer,
        lengths=np.minimum(layer.lengths[rows], steps),
        initial_hidden_state=layer.initial_hidden_state[rows],
        initial_cell_state=None if layer.initial_cell_state is None else layer.initial_cell_state[rows],
        preactivations=MappingProxyType(preactivations),
        **recorded,
    )


def _pad_steps(values: np.ndarray, steps: int, rows: np.ndarray) -> np.ndarray:
    """(time, batch, any) with so many steps, padded with NaN, and these rows of the batch."""
    padded = np.full((steps, len(rows), values.shape[2]), np.nan, values.dtype)
    padded[: len(values)] = values[:steps, rows]
    return padded


class LargestDifference(NamedTuple):
    """Where a state of two runs lies farthest apart: the second's minus the first's, and where (from 0)."""

    difference: float
    step: int
    sequence: int
    unit: int
    layer: str


def largest_difference(first: Sequence[LayerTrace], second: Sequence[LayerTrace]) -> LargestDifference | None:
    """Where the memories (LTM; a plain RNN's state) of two runs lie farthest apart.

    None where no two layers have as many units, or no step is in both.

    >>> import lstm_viz, torch
    >>> layers = lstm_viz.trace(torch.nn.LSTM(2, 3), torch.randn(5, 1, 2)).layers
    >>> largest_difference(layers, layers).difference
    0.0
    """
    differences = [_layer_difference(one, other) for one, other in zip(first, second, strict=True)]
    return max(filter(None, differences), key=lambda found: abs(found.difference), default=None)


def _layer_difference(one: LayerTrace, other: LayerTrace) -> LargestDifference | None:
    if one.memory.shape != other.memory.shape:
        return None
    apart = other.memory - one.memory
    if np.isnan(apart).all():
        return None
    step, sequence, unit = (int(k) for k in np.unravel_index(np.nanargmax(np.abs(apart)), apart.shape))
    return LargestDifference(float(apart[step, sequence, unit]), step, sequence, unit, one.name)


def nearest_distances(states: Float[np.ndarray, "steps batch units"]) -> Float[np.ndarray, "steps batch"]:
    """How far each sequence's state lies from the one of the others that is most like it, against the first step.

    Where this is 0, nothing in the state tells the sequence from that other one.

    >>> nearest_distances(np.array([[[0.0], [2.0], [5.0]], [[0.0], [0.0], [6.0]]])).tolist()
    [[1.0, 1.0, 1.0], [0.0, 0.0, 2.0]]
    """
    states = np.asarray(states, float)
    apart = np.linalg.norm(states[:, :, None] - states[:, None], axis=-1)
    apart[:, np.arange(states.shape[1]), np.arange(states.shape[1])] = np.inf
    nearest = apart.min(axis=-1)
    relative: Float[np.ndarray, "steps batch"] = np.divide(
        nearest, nearest[0], out=np.zeros_like(nearest), where=nearest[0] > 0
    )
    return relative


def separation(states: Float[np.ndarray, "steps batch units"]) -> Float[np.ndarray, " steps"]:
    """How far apart the two most alike of the sequences' states lie at each step, against the first step.

    Euclidean distance, smallest over all pairs of sequences, divided by its value after the first step.
    Sequences that differ in their first event alone can be told apart by it only while this is not 0.

    >>> separation(np.array([[[0.0], [2.0], [5.0]], [[0.0], [1.0], [5.0]]])).tolist()
    [1.0, 0.5]
    """
    states = np.asarray(states, float)
    pairs = combinations(range(states.shape[1]), 2)
    apart = np.min([np.linalg.norm(states[:, a] - states[:, b], axis=-1) for a, b in pairs], axis=0)
    return apart / apart[0] if apart[0] > 0 else np.zeros_like(apart)

"""Weights in the order in which the compiled product reads them, and what it is given to fill."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import NamedTuple

import numpy as np

#: Bytes of a line of the cache.
LINE = 64
#: Units are filled up to a multiple of this: whole lines, however long a processor's are.
LANES = 16


class Weights(NamedTuple):
    """One layer's maps as tiles (`tiled`); what a cell does without has no tiles.

    Columns of `input` and `recurrent` stand in torch's order: input gate, forget gate, candidate, output gate.
    """

    input: np.ndarray
    recurrent: np.ndarray
    bias: np.ndarray
    readout: np.ndarray
    readout_bias: np.ndarray
    projection: np.ndarray


class Arrays(NamedTuple):
    """What is recorded of every step, (time, batch, units) each, in one row."""

    input_gate: np.ndarray
    forget_gate: np.ndarray
    candidate: np.ndarray
    output_gate: np.ndarray
    cell_state: np.ndarray
    hidden_state: np.ndarray


class Extras(NamedTuple):
    """What follows from `Arrays` and is recorded with them where it is asked for; else nothing.

    The first four are what went into the gates; `readout_sum` is the course's alone.
    """

    input_sum: np.ndarray
    forget_sum: np.ndarray
    candidate_sum: np.ndarray
    output_sum: np.ndarray
    readout_sum: np.ndarray
    learned: np.ndarray
    kept: np.ndarray
    readout: np.ndarray


class Part(NamedTuple):
    """The share of one thread: so many sequences from `sequence` on, and of the layer's units and outputs so many
    from `unit` and `output` on; `members` share the units of these sequences."""

    sequence: int
    sequences: int
    unit: int
    units: int
    output: int
    outputs: int
    members: int


class States(NamedTuple):
    """What passes from step to step of some sequences, and room for what a step makes of it.

    Units are filled up by `whole`, or to whole tiles where a product goes in. Those who share a sequence's units
    share the first three, of all units; the others are a thread's own, of its units.
    """

    #: (2, sequences, outputs): what a step finds and what it leaves, in turns.
    hidden: np.ndarray
    #: Each (sequences, units), the first two without units where no product reads them.
    kept: np.ndarray
    shown: np.ndarray
    memory: np.ndarray
    offered: np.ndarray
    projected: np.ndarray


class Room(NamedTuple):
    """Room for the events of some steps and for what goes into the gates there, (rows, ...)."""

    events: np.ndarray
    sums: np.ndarray


def whole(size: int, of: int = LANES) -> int:
    """The next multiple of LANES, or of another number.

    >>> whole(16), whole(17)
    (16, 32)
    """
    return -(-size // of) * of


def by_gate(rows: np.ndarray, gates: int = 4, units: slice = slice(None)) -> np.ndarray:
    """Stacked rows, of some units alone, with those of each gate filled up with zeros by `whole`.

    >>> by_gate(np.ones((4 * 5, 3))).shape
    (64, 3)
    """
    parts = rows.reshape(gates, -1, *rows.shape[1:])[:, units]
    found = np.zeros((gates, whole(parts.shape[1]), *rows.shape[1:]), rows.dtype)
    found[:, : parts.shape[1]] = parts
    return found.reshape(-1, *rows.shape[1:])


def tiled(weight: np.ndarray, width: int) -> np.ndarray:
    """W of a product x W^T, (columns, features), as (tiles, features * columns of a tile), each `width` bytes wide.

    Columns are filled up with zeros to whole tiles.

    >>> tiled(np.ones((600, 5)), 256).shape, tiled(np.ones((600, 5), np.float32), 64).shape
    ((19, 160), (38, 80))
    """
    columns, features = weight.shape
    numbers = width // weight.itemsize
    tiles = -(-columns // numbers)
    found = aligned((tiles, features, numbers), weight.dtype)
    for tile in range(tiles):
        part = weight[tile * numbers : (tile + 1) * numbers]
        found[tile, :, : len(part)] = part.T
    return found.reshape(tiles, -1)


def aligned(shape: tuple[int, ...], kind: np.dtype, make: Callable[..., np.ndarray] = np.zeros) -> np.ndarray:
    """Zeros (or what else `make` gives) that begin where a line of the cache begins: no sixteen numbers lie
    across two lines."""
    size = prod(shape) * np.dtype(kind).itemsize
    memory = make(size + LINE, np.uint8)
    start = -memory.ctypes.data % LINE
    return memory[start : start + size].view(kind).reshape(shape)

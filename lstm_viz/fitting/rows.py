"""Long, ragged sequences as rows of even length to learn from, and their ends, held out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Int

from lstm_viz.fitting.training import WINDOW, Examples

#: A long sequence is cut so that about this many rows lie side by side, each of at least so many windows.
ROWS, FEWEST_WINDOWS = 32, 4
#: Windows that are read before held-out steps, so that the state is not zero where scoring begins.
WARMING = 2
#: Share of each sequence's end that is held out, and the most steps held out in all.
HELD_OUT, MOST_HELD_OUT = 0.2, 4000


class Piece(NamedTuple):
    """Steps `start` to `stop` of one sequence. Those before `scored` are read, not scored."""

    sequence: int
    start: int
    scored: int
    stop: int


class Split(NamedTuple):
    """Pieces to learn from and pieces held out."""

    learning: tuple[Piece, ...]
    held_out: tuple[Piece, ...]


def split(lengths: Int[np.ndarray, " batch"], window: int = WINDOW) -> Split:
    """Cut each sequence's last fifth off, then cut both parts into rows.

    A step counts where it has a next one to be predicted, so a sequence of n steps has n - 1.

    `window`: steps that a gradient reaches back; no row is cut so short that it could not.

    >>> split(np.array([11]))
    Split(learning=(Piece(sequence=0, start=0, scored=0, stop=8),),
          held_out=(Piece(sequence=0, start=0, scored=8, stop=10),))
    """
    steps = np.maximum(np.asarray(lengths) - 1, 0)
    share = min(HELD_OUT, MOST_HELD_OUT / max(steps.sum(), 1))
    ends = np.where(steps > 1, np.maximum((steps * share).astype(int), 1), 0)
    counts = list(zip(steps.tolist(), ends.tolist(), strict=True))
    learning = _rows([(n, 0, count - end) for n, (count, end) in enumerate(counts)], window)
    held_out = _rows([(n, count - end, count) for n, (count, end) in enumerate(counts)], window)
    warmed = tuple(piece._replace(start=max(0, piece.start - WARMING * window)) for piece in held_out)
    return Split(tuple(learning), warmed)


def _rows(stretches: list[tuple[int, int, int]], window: int) -> list[Piece]:
    """Each (sequence, start, stop), cut into rows."""
    total = sum(stop - start for _, start, stop in stretches)
    longest = max(FEWEST_WINDOWS * window, -(-total // ROWS))
    return [
        Piece(sequence, begin, begin, min(begin + longest, stop))
        for sequence, start, stop in stretches
        for begin in range(start, stop, longest)
    ]


def examples(
    values: np.ndarray, targets: np.ndarray, pieces: Sequence[Piece], weights: np.ndarray | None = None
) -> Examples:
    """Rows side by side, padded with 0: the value at a step, and what is wanted there.

    values: (time, batch, features); targets: (time, batch) whole numbers or (time, batch, outputs);
    weights: (outputs,), what an error in each counts.
    """
    time = max(piece.stop - piece.start for piece in pieces)
    x = np.zeros((time, len(pieces), values.shape[2]), dtype=np.float32)
    wanted = np.zeros((time, len(pieces), *targets.shape[2:]), dtype=targets.dtype)
    scored = np.zeros((time, len(pieces)), dtype=bool)
    for row, piece in enumerate(pieces):
        count = piece.stop - piece.start
        x[:count, row] = values[piece.start : piece.stop, piece.sequence]
        wanted[:count, row] = targets[piece.start : piece.stop, piece.sequence]
        scored[piece.scored - piece.start : count, row] = True
    weighing = None if weights is None else torch.from_numpy(weights.astype(np.float32))
    return Examples(torch.from_numpy(x), torch.from_numpy(wanted), torch.from_numpy(scored), weighing)


def gather(values: np.ndarray, pieces: Sequence[Piece]) -> np.ndarray:
    """The steps that count, one after another, from (time, batch) or (time, batch, features) values."""
    return np.concatenate([values[piece.scored : piece.stop, piece.sequence] for piece in pieces])

"""Long, ragged sequences as rows of even length to learn from, and their ends, held out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Int

from lstm_viz.models.training import WINDOW, Examples

#: A long sequence is cut so that about this many rows lie side by side, each at least this long.
ROWS, SHORTEST_ROW = 32, 4 * WINDOW
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


def split(lengths: Int[np.ndarray, " batch"]) -> Split:
    """Cut each sequence's last fifth off, then cut both parts into rows.

    A step counts where it has a next one to be predicted, so a sequence of n steps has n - 1.

    >>> split(np.array([11]))
    Split(learning=(Piece(sequence=0, start=0, scored=0, stop=8),),
          held_out=(Piece(sequence=0, start=0, scored=8, stop=10),))
    """
    steps = np.maximum(np.asarray(lengths) - 1, 0)
    share = min(HELD_OUT, MOST_HELD_OUT / max(steps.sum(), 1))
    ends = np.where(steps > 1, np.maximum((steps * share).astype(int), 1), 0)
    learning = _rows(
        [(n, 0, count - end) for n, (count, end) in enumerate(zip(steps.tolist(), ends.tolist(), strict=True))]
    )
    held_out = _rows(
        [(n, count - end, count) for n, (count, end) in enumerate(zip(steps.tolist(), ends.tolist(), strict=True))]
    )
    # A held-out row reads some steps before it, so that its state is not zero where scoring begins.
    warmed = tuple(piece._replace(start=max(0, piece.start - 2 * WINDOW)) for piece in held_out)
    return Split(tuple(learning), warmed)


def _rows(stretches: list[tuple[int, int, int]]) -> list[Piece]:
    """Each (sequence, start, stop), cut into rows."""
    total = sum(stop - start for _, start, stop in stretches)
    longest = max(SHORTEST_ROW, -(-total // ROWS))
    return [
        Piece(sequence, begin, begin, min(begin + longest, stop))
        for sequence, start, stop in stretches
        for begin in range(start, stop, longest)
    ]


def examples(values: np.ndarray, targets: np.ndarray, pieces: Sequence[Piece]) -> Examples:
    """Rows side by side, padded with 0: the value at a step, and what is wanted there.

    values: (time, batch, features); targets: (time, batch) whole numbers or (time, batch, outputs).
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
    return Examples(torch.from_numpy(x), torch.from_numpy(wanted), torch.from_numpy(scored))


def scored_steps(pieces: Sequence[Piece]) -> Iterator[tuple[slice, int]]:
    """The steps that count, as an index into (time, batch) arrays."""
    for piece in pieces:
        yield slice(piece.scored, piece.stop), piece.sequence

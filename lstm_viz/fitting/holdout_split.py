"""Train/held-out split: the end of each sequence is held out, and both parts are cut into padded rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Int

from lstm_viz.fitting.training import DEFAULT_WINDOW, Examples

#: A long sequence is cut into about this many rows of a batch, each of at least so many windows.
TARGET_ROWS, MIN_WINDOWS_PER_ROW = 32, 4
#: Windows read before the held-out steps, so that the state is not zero where scoring begins.
WARMUP_WINDOWS = 2
#: Share of each sequence's end that is held out, and the most steps held out in all.
HELD_OUT_SHARE, MAX_HELD_OUT_STEPS = 0.2, 4000


class Segment(NamedTuple):
    """Steps `start` to `stop` of one sequence. Those before `scored` are read, not scored."""

    sequence: int
    start: int
    scored: int
    stop: int


class Split(NamedTuple):
    """Segments to train on and segments held out."""

    training: tuple[Segment, ...]
    held_out: tuple[Segment, ...]


def split(lengths: Int[np.ndarray, " batch"], window: int = DEFAULT_WINDOW) -> Split:
    """Hold out each sequence's last fifth, then cut both parts into rows.

    A step counts where it has a next one to be predicted, so a sequence of n steps has n - 1.

    `window`: steps that a gradient reaches back; no row is cut so short that it could not.

    >>> split(np.array([11]))
    Split(training=(Segment(sequence=0, start=0, scored=0, stop=8),),
          held_out=(Segment(sequence=0, start=0, scored=8, stop=10),))
    """
    steps = np.maximum(np.asarray(lengths) - 1, 0)
    share = min(HELD_OUT_SHARE, MAX_HELD_OUT_STEPS / max(steps.sum(), 1))
    ends = np.where(steps > 1, np.maximum((steps * share).astype(int), 1), 0)
    counts = list(zip(steps.tolist(), ends.tolist(), strict=True))
    training = _rows([(n, 0, count - end) for n, (count, end) in enumerate(counts)], window)
    held_out = _rows([(n, count - end, count) for n, (count, end) in enumerate(counts)], window)
    with_warmup = tuple(segment._replace(start=max(0, segment.start - WARMUP_WINDOWS * window)) for segment in held_out)
    return Split(tuple(training), with_warmup)


def _rows(spans: list[tuple[int, int, int]], window: int) -> list[Segment]:
    """Each (sequence, start, stop), cut into rows."""
    total = sum(stop - start for _, start, stop in spans)
    longest = max(MIN_WINDOWS_PER_ROW * window, -(-total // TARGET_ROWS))
    return [
        Segment(sequence, begin, begin, min(begin + longest, stop))
        for sequence, start, stop in spans
        for begin in range(start, stop, longest)
    ]


def padded_examples(
    values: np.ndarray,
    targets: np.ndarray,
    segments: Sequence[Segment],
    weights: np.ndarray | None = None,
    known: np.ndarray | None = None,
) -> Examples:
    """Rows side by side, padded with 0: the value at a step, and what is target_rows there.

    values: (time, batch, features); targets: (time, batch) whole numbers or (time, batch, outputs);
    weights: (outputs,), the weight of each output's error. known: which targets count, in the shape of targets.
    """
    time = max(segment.stop - segment.start for segment in segments)
    x = np.zeros((time, len(segments), values.shape[2]), dtype=np.float32)
    target_rows = np.zeros((time, len(segments), *targets.shape[2:]), dtype=targets.dtype)
    scored = np.zeros((time, len(segments)), dtype=bool)
    known_rows = np.zeros(target_rows.shape, dtype=bool)
    for row, segment in enumerate(segments):
        count = segment.stop - segment.start
        x[:count, row] = values[segment.start : segment.stop, segment.sequence]
        target_rows[:count, row] = targets[segment.start : segment.stop, segment.sequence]
        scored[segment.scored - segment.start : count, row] = True
        known_rows[:count, row] = True if known is None else known[segment.start : segment.stop, segment.sequence]
    if known is not None and known.ndim == 2:
        scored, known = scored & known_rows, None
    output_known = None if known is None or known_rows[scored].all() else torch.from_numpy(known_rows)
    output_weights = None if weights is None else torch.from_numpy(weights.astype(np.float32))
    x_rows, scored_rows = torch.from_numpy(x), torch.from_numpy(scored)
    return Examples(x_rows, torch.from_numpy(target_rows), scored_rows, output_weights, output_known)


def scored_values(values: np.ndarray, segments: Sequence[Segment]) -> np.ndarray:
    """The scored steps of all segments concatenated, from (time, batch) or (time, batch, features) values."""
    return np.concatenate([values[segment.scored : segment.stop, segment.sequence] for segment in segments])

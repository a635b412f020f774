"""Steps of a run at which there is something to see in one unit: where a lesson points."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from lstm_viz.traces import LayerTrace

#: A forget factor above this counts as keeping.
KEEP_THRESHOLD = 0.9


def landmarks(layer: LayerTrace, unit: int, sequence: int = 0, steps: int = 32) -> dict[str, int]:
    """Steps of the first `steps`, counted from 0, by what is to be seen there.

    "first" and "last"; "write", where the unit learns most, and "before", the step before that; "forget", where
    it gives up most of what it held; "wait", the middle of the longest stretch that keeps; "use",
    where what it says changes most. The first step is left out where another will do: nothing is held there yet.
    A plain RNN has "write" and "use" by its hidden state alone.

    >>> h = np.array([0.1, 0.9, 0.3])[:, None, None]
    >>> landmarks(LayerTrace("l0", "rnn", h, h, h[0], np.array([3])), unit=0)["use"]
    1
    """
    stop = max(1, min(int(layer.lengths[sequence]), steps))
    place = unit % layer.hidden_state.shape[-1]
    use = _argmax_after_first(np.abs(layer.hidden_state - layer.previous_hidden_state)[:stop, sequence, place])
    steps_by_name = {"first": 0, "last": stop - 1, "use": use}
    if layer.cell_state is None:
        return steps_by_name | dict.fromkeys(("write", "forget", "wait"), use) | {"before": max(0, use - 1)}
    learned, kept, before, factor = (
        np.asarray(values)[:stop, sequence, unit]
        for values in (layer.learned, layer.kept, layer.previous_cell_state, layer.forget_gate)
    )
    write = _argmax_after_first(np.abs(learned))
    steps_by_name |= {"write": write, "before": max(0, write - 1), "forget": _argmax_after_first(np.abs(before - kept))}
    return steps_by_name | {"wait": _middle_of_longest_run(factor > KEEP_THRESHOLD)}


def _argmax_after_first(sizes: Float[np.ndarray, " steps"]) -> int:
    """Index of the largest, the first step left out if there are others."""
    first = 1 if len(sizes) > 1 else 0
    return first + int(np.argmax(np.nan_to_num(sizes[first:])))


def _middle_of_longest_run(mask: np.ndarray) -> int:
    """The middle of the longest stretch of True; 0 where there is none."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(int)))
    if not edges.size:
        return 0
    starts, stops = edges[::2], edges[1::2]
    longest = int(np.argmax(stops - starts))
    return int(starts[longest] + stops[longest] - 1) // 2

"""What steps, features and sequences of a run are called where nothing else says so, and which of them there are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lstm_viz.sequences.batches import SequenceBatch
from lstm_viz.traces import Names, Trace


def batch_of(trace: Trace, names: Sequence[str] | None = None) -> SequenceBatch:
    """What the run read, as a batch; `names` are the features'. What it has no names for is numbered from 1.

    Raises ValueError where there are not as many names as features.
    """
    first = trace.layers[0]
    time, count, features = first.event.shape
    if names is not None and len(names) != features:
        raise ValueError(f"The run reads {features} features; these are {len(names)} names.")
    if trace.names is not None:
        return _named(trace, trace.names, names)
    lengths = np.asarray(trace.lengths)
    inside = np.arange(time)[:, None] < lengths
    labels = np.where(inside, np.arange(1, time + 1).astype(str)[:, None], "")
    return SequenceBatch(
        values=first.event,
        names=tuple(map(str, names)) if names is not None else tuple(f"feature {k + 1}" for k in range(features)),
        lengths=lengths,
        sequence_names=tuple(f"sequence {k + 1}" for k in range(count)),
        offset=np.zeros(features),
        scale=np.ones(features),
        step_labels=labels,
    )


def check_moment(trace: Trace, called: SequenceBatch, **asked: int | None) -> None:
    """Raises ValueError where what is asked for is not in the run, or the batch is not its."""
    time, batch = trace.layers[0].hidden_state.shape[:2]
    layer = asked["layer"] or 0
    counts = {"sequence": batch, "layer": len(trace.layers), "step": time}
    if 0 <= layer < len(trace.layers):
        counts["unit"] = trace.layers[layer].units
    for name, count in counts.items():
        place = asked[name]
        if place is not None and not 0 <= place < count:
            raise ValueError(f"This run has {many(count, name)}, counted from 0; {name}={place} is none of them.")
    if called.step_labels.shape != (time, batch):
        raise ValueError(f"The run has {time} steps of {batch} sequences, the batch {called.step_labels.shape}.")


def many(count: int, name: str) -> str:
    """A count with its noun.

    >>> many(1, "step"), many(2000, "step")
    ('1 step', '2,000 steps')
    """
    return f"{count:,} {name}" + ("" if count == 1 else "s")


def _named(trace: Trace, known: Names, names: Sequence[str] | None) -> SequenceBatch:
    return SequenceBatch(
        values=trace.layers[0].event,
        names=known.features if names is None else tuple(map(str, names)),
        lengths=np.asarray(trace.lengths),
        sequence_names=known.sequences,
        offset=known.offset,
        scale=known.scale,
        step_labels=known.steps,
        source=known.source,
        filled=known.filled,
    )

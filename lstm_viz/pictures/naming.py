"""What steps, features and sequences of a run are called where nothing else says so."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lstm_viz.sequences.batches import SequenceBatch
from lstm_viz.traces import Trace


def batch_of(trace: Trace, names: Sequence[str] | None = None) -> SequenceBatch:
    """What the run read, as a batch; `names` are the features'. Steps and sequences are numbered from 1.

    Raises ValueError where there are not as many names as features.
    """
    first = trace.layers[0]
    time, count, features = first.event.shape
    if names is not None and len(names) != features:
        raise ValueError(f"The run reads {features} features; these are {len(names)} names.")
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

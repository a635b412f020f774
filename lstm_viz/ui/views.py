"""What a page looks at: a run, and what its steps, rows and answers are called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from lstm_viz.figures.reeling import Texts
from lstm_viz.traces import Trace


@dataclass(frozen=True, eq=False)
class View:
    """One run to look at. `name` tells it from every other: the player starts anew with a new name."""

    name: str
    trace: Trace
    labels: np.ndarray
    events: Texts
    feature_names: Sequence[str]
    sequence_names: Sequence[str]
    answers: Texts | None = None
    orders: Sequence[np.ndarray] = field(default=())

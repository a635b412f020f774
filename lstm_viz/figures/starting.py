"""Where a run is looked at first, and the nearest moment that there is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lstm_viz.figures.moments import Moment
from lstm_viz.figures.reels import Reel


def eventful_step(reel: Reel, moment: Moment) -> int:
    """The step of the first window, but for its first, at which the followed unit learns most."""
    layer = reel.layers[moment.layer]
    changes = layer.hidden_state if layer.cell_state is None else layer.learned
    steps = min(reel.window, int(reel.lengths[moment.sequence]))
    if steps < 3 or reel.start > 0:
        return moment.step
    column = np.abs(changes[1:steps, moment.sequence, reel.place(moment.layer, moment.unit) % changes.shape[-1]])
    return 1 + int(np.argmax(np.nan_to_num(column)))


def inside(moment: Moment, reel: Reel) -> Moment:
    """The nearest moment that exists in a reel."""
    layer = min(moment.layer, reel.own - 1)
    sequence = min(moment.sequence, len(reel.sequence_names) - 1)
    step = min(moment.step, int(reel.lengths[sequence]) - 1)
    unit = moment.unit if moment.unit in reel.units[layer] else int(reel.units[layer][0])
    last = max(0, reel.total - reel.window)
    window = max(min(reel.start, step, last), min(step // reel.window * reel.window, last))
    return replace(moment, layer=layer, sequence=sequence, step=step, unit=unit, window=window)

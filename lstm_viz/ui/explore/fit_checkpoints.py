"""The checkpoints of a person's own fit: their runs over a fixed stretch, and the charts that go through them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lstm_viz.analysis.memory_attribution import half_life
from lstm_viz.figures.formats import plain
from lstm_viz.figures.gates.checkpoint_maps import StretchOfCheckpoints, checkpoint_maps, checkpoint_stretch
from lstm_viz.figures.run_view import Checkpoints
from lstm_viz.figures.viewport_builder import CHECKPOINTS, ROWS
from lstm_viz.sequences.batch import SequenceBatch
from lstm_viz.ui.stage.charts import CHECKPOINT_STRIPS, Chart, Rows
from lstm_viz.ui.stage.views import View

if TYPE_CHECKING:
    from lstm_viz.fitting.fitter import Checkpoint

#: How many are kept of a fit, and what each runs on: the first sequences and their first steps.
COUNT, SEQUENCES, STEPS = 40, 4, 256
#: Steps of the first sequence whose gates are drawn one by one.
SHOWN_STEPS = 32


class FitCheckpoints(NamedTuple):
    """What a fit's checkpoints did: gates over the first steps, means over all that they ran on."""

    updates: tuple[int, ...]
    #: Of the first sequence's first steps, (checkpoints, steps, units).
    forget_gate: np.ndarray
    input_gate: np.ndarray
    #: Of each unit, (checkpoints, units).
    forget_means: np.ndarray
    half_lives: np.ndarray
    labels: tuple[str, ...]
    #: What there is to look for, in words.
    look_for: str

    @property
    def known(self) -> Checkpoints:
        """The checkpoints as a view has them."""
        return Checkpoints(self.updates)


def record_checkpoints(checkpoints: Sequence[Checkpoint], batch: SequenceBatch, look_for: str) -> FitCheckpoints:
    """Runs every checkpoint of a fit on the first steps of the first sequences."""
    import lstm_viz

    values, lengths = batch.values[:STEPS, :SEQUENCES], np.minimum(batch.lengths[:SEQUENCES], STEPS)
    layers = [lstm_viz.trace(each.module, values, lengths=lengths, check=False).layers[0] for each in checkpoints]
    steps = min(SHOWN_STEPS, int(lengths[0]))

    def shown(gate: str) -> np.ndarray:
        return np.stack([np.asarray(getattr(layer, gate))[:steps, 0] for layer in layers])

    return FitCheckpoints(
        tuple(each.update for each in checkpoints),
        shown("forget_gate"),
        shown("input_gate"),
        np.stack([np.nanmean(np.asarray(layer.forget_gate, float), axis=(0, 1)) for layer in layers]),
        np.stack([half_life(layer, middle=True) for layer in layers]),
        tuple(map(str, batch.step_labels[:steps, 0].tolist())),
        look_for.format(forget=plain(float(np.nanmean(np.asarray(layers[0].forget_gate, float))))),
    )


def checkpoint_rows(found: FitCheckpoints, view: View) -> Rows:
    """Gates by checkpoint over the fixed stretch, and the maps under them."""
    order = view.orders[0] if view.orders else np.arange(found.forget_means.shape[1])
    units = [int(unit) for unit in order[:ROWS]]
    name = view.sequence_names[0] if len(view.sequence_names) > 1 else "the sequence"
    stretch = StretchOfCheckpoints(
        found.forget_gate[..., units],
        found.input_gate[..., units],
        found.labels,
        f"the first {len(found.labels)} steps of {name}",
        units,
    )
    maps = partial(
        checkpoint_maps, forget_means=found.forget_means[:, units], half_lives=found.half_lives[:, units], units=units
    )
    strips = Chart(
        CHECKPOINT_STRIPS.key, partial(checkpoint_stretch, stretch=stretch), (CHECKPOINTS,), caption=found.look_for
    )
    return [[strips], [Chart("checkpoint-maps", maps, (CHECKPOINTS,))]]

"""The view of a page: the run that it looks at, and where and how it looks at it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lstm_viz.analysis.ranking import ranked_units
from lstm_viz.figures.gates.formulas import Formula
from lstm_viz.figures.labels import batch_texts
from lstm_viz.figures.moment import Moment
from lstm_viz.figures.run_view import RunView
from lstm_viz.sequences.batch import SequenceBatch
from lstm_viz.traces import Trace


class Note(NamedTuple):
    """Something to see in one unit."""

    unit: int
    text: str


@dataclass(frozen=True, eq=False, kw_only=True)
class View(RunView):
    """One run to look at on a page. `name` tells it from every other: the player starts anew with a new name."""

    name: str
    #: What to look for, each on a unit; the first one's unit is followed at first.
    notes: Sequence[Note] = ()
    #: Where one is while looking: runs of one place keep the moment when one is exchanged for the other.
    place: str = ""
    #: What the pictures are drawn for: runs of one base, looked at on one page, differ only in what rules say.
    #: By default each run is its own.
    base: str = ""
    #: Where to look first, where neither the address nor the run says.
    start: Moment | None = None
    #: Formulas that stand under the player's bar instead of the whole cell's.
    formulas: Sequence[Formula] = ()
    #: Controls of the player that the page does without.
    hide: Sequence[str] = ()
    #: Whether one step plays by itself, once a visit.
    welcome: bool = False


def view_of(
    name: str,
    trace: Trace,
    batch: SequenceBatch,
    answers: np.ndarray | None = None,
    ranking: str = "model",
    feature: str = "",
    notes: Sequence[Note] = (),
) -> View:
    """The view of a run on a batch; `ranking` says which units come first ("model": in the model's order)."""
    column = batch.values[..., batch.names.index(feature)] if feature in batch.names else None
    orders = () if ranking == "model" else [ranked_units(layer, ranking, column) for layer in trace.layers]
    words = batch_texts(batch, answers)
    return View(trace, words, batch.names, batch.sequence_names, orders, name=name, notes=notes)

"""What a page looks at: a run, and what its steps, rows and answers are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from lstm_viz.analysis.ranking import ranked_units
from lstm_viz.figures.gates.formulas import Formula
from lstm_viz.figures.moment import Moment
from lstm_viz.figures.viewport_builder import StepNumbers, Texts
from lstm_viz.figures.words import event_texts
from lstm_viz.sequences.batch import SequenceBatch
from lstm_viz.storage.zarr.read import StoredTrace
from lstm_viz.traces import LayerTrace, Trace


class Note(NamedTuple):
    """Something to see in one unit."""

    unit: int
    text: str


@dataclass(frozen=True, eq=False)
class View:
    """One run to look at. `name` tells it from every other: the player starts anew with a new name."""

    name: str
    trace: Trace
    labels: np.ndarray | StepNumbers
    events: Texts
    feature_names: Sequence[str]
    sequence_names: Sequence[str]
    answers: Texts | None = None
    orders: Sequence[np.ndarray] = field(default=())
    #: What to look for, each on a unit; the first one's unit is followed at first.
    notes: Sequence[Note] = field(default=())
    #: Where one is while looking: runs of one place keep the moment when one is exchanged for the other.
    place: str = ""
    #: What the pictures are drawn for: runs of one base, looked at on one page, differ only in what rules say.
    #: By default each run is its own.
    base: str = ""
    #: Where to look first, where neither the address nor the run says.
    start: Moment | None = None
    #: Formulas that stand under the player's bar instead of the whole cell's.
    formulas: Sequence[Formula] = ()
    #: Layers of other runs of the same sequences, which charts set beside this one.
    beside: Sequence[LayerTrace] = ()
    #: What the model says in each of them.
    answers_beside: Sequence[Texts | None] = ()
    #: What steps and events are called in them; None where it is the same.
    labels_beside: Sequence[np.ndarray | None] = ()
    events_beside: Sequence[Texts | None] = ()
    #: Controls of the player that the page does without.
    hide: Sequence[str] = ()
    #: Numbers beside the layers' own, (time, batch, any).
    extras: Mapping[str, np.ndarray] = field(default_factory=dict)
    #: Words and numbers of this run that figures show without being drawn anew.
    captions: Mapping[str, Any] = field(default_factory=dict)
    #: Whether one step plays by itself, once a visit.
    welcome: bool = False
    #: Where the run lies if it is too long for memory; `trace` is then its first steps alone.
    stored: StoredTrace | None = None


def view_of(
    name: str,
    trace: Trace,
    batch: SequenceBatch,
    answers: Texts | None = None,
    ranking: str = "model",
    feature: str = "",
    notes: Sequence[Note] = (),
) -> View:
    """The view of a run on a batch; `ranking` says which units come first ("model": in the model's order)."""
    column = batch.values[..., batch.names.index(feature)] if feature in batch.names else None
    orders = () if ranking == "model" else [ranked_units(layer, ranking, column) for layer in trace.layers]
    return View(
        name=name,
        trace=trace,
        labels=batch.step_labels,
        events=partial(event_texts, batch),
        feature_names=batch.names,
        sequence_names=batch.sequence_names,
        answers=answers,
        orders=orders,
        notes=notes,
    )

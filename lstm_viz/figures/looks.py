"""Where a figure of a trace looks, and how it is drawn: what every function of `lstm_viz.figures` takes by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, TypedDict

import numpy as np
import plotly.graph_objects as go

from lstm_viz.analysis.ranking import ranked_units
from lstm_viz.figures.events import event_texts
from lstm_viz.figures.moments import OPENED, Moment
from lstm_viz.figures.naming import batch_of, check_moment
from lstm_viz.figures.palette import DARK, LIGHT
from lstm_viz.figures.reeling import reel_of
from lstm_viz.figures.reels import Reel
from lstm_viz.figures.rules import evaluate
from lstm_viz.figures.starting import inside
from lstm_viz.sequences.batches import SequenceBatch
from lstm_viz.traces import Trace


class Look(TypedDict, total=False):
    """Layer, sequence, step and unit, counted from 0 (each 0 by default); names; light or dark; wide or a phone's."""

    layer: int
    sequence: int
    step: int
    unit: int
    #: The features' names, or the batch that was read, with its names and units.
    names: Sequence[str]
    batch: SequenceBatch
    #: What a model said at each step: (time, batch) texts.
    answers: np.ndarray
    #: Steps that are shown at once; 32 by default.
    window: int
    #: Which gate is opened, where a figure shows one.
    gate: str
    theme: Literal["light", "dark"]
    narrow: bool


Draw = Callable[..., go.Figure]


def drawn(draw: Draw, trace: Trace, look: Look, needs: Sequence[str] = ()) -> go.Figure:
    """A figure at rest: it follows no player, and `layout.meta["alt"]` says in words what it shows.

    Raises ValueError where something asked for is not in the run.
    """
    reel, moment = looked_at(trace, look, needs)
    palette = DARK if look.get("theme") == "dark" else LIGHT
    figure = draw(reel, moment, palette=palette, narrow=look.get("narrow", False))
    alt = evaluate(figure.layout.meta["alt"], reel, moment)
    for part in figure.data:
        part.meta = None
    figure.layout.meta = {"alt": alt}
    return figure


def looked_at(trace: Trace, look: Look, needs: Sequence[str] = ()) -> tuple[Reel, Moment]:
    """The stretch of the run round what is looked at, the units with the widest range first, and the moment."""
    batch = look.get("batch") or batch_of(trace, look.get("names"))
    place = {name: int(look.get(name, 0)) for name in ("layer", "sequence", "step", "unit")}  # type: ignore[call-overload]
    check_moment(trace, batch, **place)
    answers = look.get("answers")
    reel = reel_of(
        trace,
        batch.step_labels,
        events=lambda steps: event_texts(batch, steps),
        feature_names=batch.names,
        sequence_names=batch.sequence_names,
        answers=None if answers is None else lambda steps: np.asarray(answers)[steps],
        orders=[ranked_units(layer) for layer in trace.layers],
        around=place["step"],
        unit=place["unit"],
        window=look.get("window", 32),
        needs=needs,
    )
    return reel, inside(Moment(gate=OPENED.index(look.get("gate", OPENED[0])), **place), reel)

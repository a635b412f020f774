"""Options that every figure of a trace takes by name: step, unit, sequence, theme, width; and their defaults."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal, TypedDict

import numpy as np
import plotly.graph_objects as go

from lstm_viz.analysis.ranking import ranked_units
from lstm_viz.figures.bindings.evaluate import evaluate
from lstm_viz.figures.labels import batch_texts
from lstm_viz.figures.moment import INSPECTABLE_GATES, Moment
from lstm_viz.figures.palette import DARK, LIGHT
from lstm_viz.figures.run_view import RunView
from lstm_viz.figures.viewport import Viewport
from lstm_viz.figures.viewport_builder import build_viewport
from lstm_viz.sequences.batch import SequenceBatch
from lstm_viz.sequences.formatting import plural
from lstm_viz.traces import Names, Trace


class FigureOptions(TypedDict, total=False):
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


def draw_figure(draw: Draw, trace: Trace, options: FigureOptions, needs: Sequence[str] = ()) -> go.Figure:
    """A figure at rest: it follows no player, and `layout.meta["alt"]` says in words what it shows.

    Raises ValueError where something asked for is not in the run.
    """
    viewport, moment = viewport_and_moment(trace, options, needs)
    palette = DARK if options.get("theme") == "dark" else LIGHT
    figure = draw(viewport, moment, palette=palette, narrow=options.get("narrow", False))
    alt = evaluate(figure.layout.meta["alt"], viewport, moment)
    for part in figure.data:
        part.meta = None
    figure.layout.meta = {"alt": alt}
    return figure


def viewport_and_moment(trace: Trace, options: FigureOptions, needs: Sequence[str] = ()) -> tuple[Viewport, Moment]:
    """The stretch of the run round what is looked at, the units with the widest range first, and the moment."""
    batch = options.get("batch") or batch_of(trace, options.get("names"))
    indices = {name: int(options.get(name, 0)) for name in ("layer", "sequence", "step", "unit")}  # type: ignore[call-overload]
    check_moment(trace, batch, **indices)
    answers = options.get("answers")
    words = batch_texts(batch, None if answers is None else np.asarray(answers))
    orders = [ranked_units(layer) for layer in trace.layers]
    view = RunView(trace, words, batch.names, batch.sequence_names, orders)
    viewport = build_viewport(view, indices["step"], indices["unit"], options.get("window", 32), needs)
    return viewport, clamp_moment(
        Moment(gate=INSPECTABLE_GATES.index(options.get("gate", INSPECTABLE_GATES[0])), **indices), viewport
    )


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


def check_moment(trace: Trace, batch: SequenceBatch, **asked: int | None) -> None:
    """Raises ValueError where what is asked for is not in the run, or the batch is not its."""
    time, sequences = trace.layers[0].hidden_state.shape[:2]
    layer = asked["layer"] or 0
    counts = {"sequence": sequences, "layer": len(trace.layers), "step": time}
    if 0 <= layer < len(trace.layers):
        counts["unit"] = trace.layers[layer].units
    for name, count in counts.items():
        index = asked[name]
        if index is not None and not 0 <= index < count:
            raise ValueError(f"This run has {plural(count, name)}, counted from 0; {name}={index} is none of them.")
    if batch.step_labels.shape != (time, sequences):
        raise ValueError(f"The run has {time} steps of {sequences} sequences, the batch {batch.step_labels.shape}.")


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


def eventful_step(viewport: Viewport, moment: Moment) -> int:
    """The step of the first window, but for its first, at which the followed unit learns most."""
    layer = viewport.layers[moment.layer]
    changes = layer.hidden_state if layer.cell_state is None else layer.learned
    steps = min(viewport.window, int(viewport.lengths[moment.sequence]))
    if steps < 3 or viewport.start > 0:
        return moment.step
    column = np.abs(changes[1:steps, moment.sequence, viewport.row_of(moment.layer, moment.unit) % changes.shape[-1]])
    return 1 + int(np.argmax(np.nan_to_num(column)))


def clamp_moment(moment: Moment, viewport: Viewport) -> Moment:
    """The nearest moment that exists in a viewport."""
    layer = min(moment.layer, viewport.own_layers - 1)
    sequence = min(moment.sequence, len(viewport.sequence_names) - 1)
    step = min(moment.step, int(viewport.lengths[sequence]) - 1)
    unit = moment.unit if moment.unit in viewport.units[layer] else int(viewport.units[layer][0])
    last = max(0, viewport.total - viewport.window)
    window = max(min(viewport.start, step, last), min(step // viewport.window * viewport.window, last))
    known = viewport.checkpoints
    checkpoint, training = (0, 0) if known is None else (len(known.updates) - 1, len(known.trainings) - 1)
    return replace(
        moment,
        layer=layer,
        sequence=sequence,
        step=step,
        unit=unit,
        window=window,
        checkpoint=min(moment.checkpoint, checkpoint),
        training=min(moment.training, training),
    )

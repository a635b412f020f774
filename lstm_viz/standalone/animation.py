"""From a trace to its animated picture: what it holds, what it is called, and the charts that move."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import plotly.graph_objects as go

from lstm_viz.analysis.slicing import pick_sequences
from lstm_viz.figures.cell.picture import cell_picture
from lstm_viz.figures.gates.matrix import COURSE_NEEDS, NEEDS, gate_matrix, gate_vectors
from lstm_viz.figures.memory.lanes import lanes
from lstm_viz.figures.memory.long_runs import overview
from lstm_viz.figures.memory.strips import strips
from lstm_viz.figures.moment import Moment
from lstm_viz.figures.options import batch_of, check_moment, eventful_step, inside, many
from lstm_viz.figures.run_view import RunView
from lstm_viz.figures.viewport import Viewport
from lstm_viz.figures.viewport_builder import viewport_of
from lstm_viz.figures.words import batch_words
from lstm_viz.player.message import pack
from lstm_viz.sequences.batch import SequenceBatch
from lstm_viz.standalone.excerpt import Part, part_of
from lstm_viz.standalone.page import Picture, page
from lstm_viz.standalone.report import Report, report
from lstm_viz.traces import Theme, Trace

#: Steps that the strips show at once, on a wide screen and on a narrow one.
WIDE, NARROW = 32, 16
Draw = Callable[..., go.Figure]


def show(
    trace: Trace,
    *,
    sequence: int = 0,
    step: int | None = None,
    unit: int | None = None,
    layer: int = 0,
    names: Sequence[str] | None = None,
    batch: SequenceBatch | None = None,
    answers: np.ndarray | None = None,
    title: str | None = None,
    theme: Theme = "auto",
    megabytes: float = 8.0,
    reporting: bool = False,
) -> Picture:
    """The picture of a run; `Trace.show` says what each argument is. `reporting` has a report follow the charts."""
    called = batch or batch_of(trace, names)
    check_moment(trace, called, sequence=sequence, step=step, unit=unit, layer=layer)
    part = part_of(trace, sequence=sequence, step=step or 0, layer=layer, unit=unit, megabytes=megabytes)
    answers = trace.names.answers if answers is None and trace.names else answers
    viewport = _viewport(trace, called, answers, part)
    first = int(part.units[layer][0])
    asked = Moment(
        step=step or 0, unit=first if unit is None else unit, sequence=sequence - part.sequences.start, layer=layer
    )
    moment = inside(asked, viewport)
    if step is None:
        moment = replace(moment, step=eventful_step(viewport, moment))
    more = report(trace, called, part, layer=layer, sequence=sequence) if reporting else Report("", ())
    looks = {
        "wide": _look(replace(viewport, window=min(WIDE, viewport.total)), moment, part, WIDE, narrow=False),
        "narrow": _look(viewport, moment, part, NARROW, narrow=True),
    }
    for figure in more.figures:
        looks["wide"]["stills"][figure.key] = figure.wide.to_plotly_json()
        if figure.narrow is not figure.wide:
            looks["narrow"]["stills"][figure.key] = figure.narrow.to_plotly_json()
    title = title or _title(trace)
    message = pack(viewport, moment, **_told(title, trace.variant))
    text = page(message, looks, title=title, said=said(trace), part=part.said(trace), body=more.body, theme=theme)
    return Picture(text, title)


def said(trace: Trace) -> str:
    """Model, sizes, device and agreement of a run, in one line."""
    time, batch = trace.layers[0].hidden_state.shape[:2]
    layers = len(trace.layers) // trace.directions
    units = " and ".join(dict.fromkeys(many(layer.units, "unit") for layer in trace.layers))
    model = [many(layers, "layer"), *(["both directions"] if trace.directions > 1 else []), units]
    run = f"{many(time, 'step')}, {many(batch, 'sequence')}, {trace.dtype} on {trace.device}"
    return f"{', '.join(model)} · {run} · {trace.agreement}"


def _title(trace: Trace) -> str:
    return {"standard": "An LSTM", "course": "The course's LSTM", "rnn": "A plain RNN"}[trace.variant] + " at work"


def _told(title: str, variant: str) -> Mapping[str, Any]:
    """What the player is told beside the viewport; a page alone has none of it but its name."""
    shown = {"view": title, "place": title, "linked": True, "welcome": False}
    return shown | {
        "notes": [],
        "formulas": [],
        "hide": ["beats", "whole"] if variant == "rnn" else [],
        "large": False,
        "awaitsComparison": False,
    }


def _viewport(trace: Trace, called: SequenceBatch, answers: np.ndarray | None, part: Part) -> Viewport:
    chosen = part.sequences
    names = replace(
        called,
        values=called.values[:, chosen],
        lengths=called.lengths[chosen],
        step_labels=called.step_labels[:, chosen],
        filled=None if called.filled is None else called.filled[:, chosen],
    )
    words = batch_words(names, None if answers is None else np.asarray(answers)[:, chosen])
    view = RunView(pick_sequences(trace, chosen), words, called.names, called.sequence_names[chosen], orders=part.units)
    needs = (COURSE_NEEDS if trace.variant == "course" else NEEDS) if part.opened else ()
    return viewport_of(view, part.steps, part.units, NARROW, needs)


def _look(viewport: Viewport, moment: Moment, part: Part, window: int, narrow: bool) -> dict[str, Any]:
    """The charts drawn for one width of screen."""
    drawn = {
        key: draw(viewport, moment, narrow=narrow).to_plotly_json()
        for key, draw in _charts(viewport, part, window).items()
    }
    return {"window": viewport.window, "figures": drawn, "stills": {}}


def _charts(viewport: Viewport, part: Part, window: int) -> dict[str, Draw]:
    memory = viewport.layers[0].cell_state is not None
    held: list[tuple[str, Draw, bool]] = [
        ("cell", cell_picture, memory),
        ("vectors", gate_vectors, part.opened),
        ("matrix", gate_matrix, part.opened),
        ("lanes", lanes, len(viewport.sequence_names) > 1),
        ("overview", overview, viewport.total > window),
        ("strips", strips, True),
    ]
    return {key: draw for key, draw, there in held if there}

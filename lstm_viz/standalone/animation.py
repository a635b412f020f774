"""The animated picture of a trace: its viewport, its charts, and the page that plays them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go

from lstm_viz.analysis.slicing import select_sequences
from lstm_viz.figures.cell.picture import cell_picture
from lstm_viz.figures.gates.matrix import COURSE_NEEDS, NEEDS, gate_matrix, gate_vectors
from lstm_viz.figures.labels import batch_texts
from lstm_viz.figures.memory.lanes import lanes
from lstm_viz.figures.memory.long_runs import overview
from lstm_viz.figures.memory.strips import strips
from lstm_viz.figures.moment import Moment
from lstm_viz.figures.options import batch_of, check_moment, clamp_moment, eventful_step
from lstm_viz.figures.run_view import RunView
from lstm_viz.figures.viewport import Viewport
from lstm_viz.figures.viewport_builder import viewport_of
from lstm_viz.player.message import pack
from lstm_viz.sequences.batch import SequenceBatch
from lstm_viz.sequences.formatting import plural
from lstm_viz.standalone.excerpt import Excerpt, choose_excerpt
from lstm_viz.standalone.page import Picture, render_page
from lstm_viz.standalone.report import Report, build_report
from lstm_viz.traces import Theme, Trace

#: Steps that the strips show at once, on a wide screen and on a narrow one.
WIDE_STEPS, NARROW_STEPS = 32, 16
Draw = Callable[..., go.Figure]


class DrawnRun(NamedTuple):
    """A run drawn for a page of its own: the player's message, charts for both widths, and the words around them."""

    title: str
    summary: str
    message: bytes
    charts: Mapping[str, Any]
    #: Which part of the run it holds; empty where that is all of it.
    excerpt: str
    report: Report


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
    drawn = draw_run(
        trace,
        sequence=sequence,
        step=step,
        unit=unit,
        layer=layer,
        batch=batch or batch_of(trace, names),
        answers=answers,
        title=title,
        megabytes=megabytes,
        reporting=reporting,
    )
    text = render_page(
        drawn.message,
        drawn.charts,
        title=drawn.title,
        summary=drawn.summary,
        excerpt=drawn.excerpt,
        notes=trace.notes,
        body=drawn.report.body,
        theme=theme,
    )
    return Picture(text, drawn.title)


def draw_run(
    trace: Trace,
    *,
    sequence: int = 0,
    step: int | None = None,
    unit: int | None = None,
    layer: int = 0,
    batch: SequenceBatch | None = None,
    answers: np.ndarray | None = None,
    title: str | None = None,
    megabytes: float = 8.0,
    reporting: bool = False,
) -> DrawnRun:
    """Draw a run for a page of its own; the arguments are those of `show`."""
    batch = batch or batch_of(trace, None)
    check_moment(trace, batch, sequence=sequence, step=step, unit=unit, layer=layer)
    excerpt = choose_excerpt(trace, sequence=sequence, step=step or 0, layer=layer, unit=unit, megabytes=megabytes)
    answers = trace.names.answers if answers is None and trace.names else answers
    viewport = _viewport(trace, batch, answers, excerpt)
    first = int(excerpt.units[layer][0])
    requested = Moment(
        step=step or 0, unit=first if unit is None else unit, sequence=sequence - excerpt.sequences.start, layer=layer
    )
    moment = clamp_moment(requested, viewport)
    if step is None:
        moment = replace(moment, step=eventful_step(viewport, moment))
    more = build_report(trace, batch, excerpt, layer=layer, sequence=sequence) if reporting else Report("", ())
    charts = {
        "wide": _draw_charts(
            replace(viewport, window=min(WIDE_STEPS, viewport.total)), moment, excerpt, WIDE_STEPS, narrow=False
        ),
        "narrow": _draw_charts(viewport, moment, excerpt, NARROW_STEPS, narrow=True),
    }
    for figure in more.figures:
        charts["wide"]["stills"][figure.key] = figure.wide.to_plotly_json()
        if figure.narrow is not figure.wide:
            charts["narrow"]["stills"][figure.key] = figure.narrow.to_plotly_json()
    title = title or _default_title(trace)
    message = pack(viewport, moment, **_player_options(title, trace.variant))
    return DrawnRun(title, summary_line(trace), message, charts, excerpt.description(trace), more)


def summary_line(trace: Trace) -> str:
    """Model, sizes, device and agreement of a run, in one line."""
    time, batch = trace.layers[0].hidden_state.shape[:2]
    layers = len(trace.layers) // trace.directions
    units = " and ".join(dict.fromkeys(plural(layer.units, "unit") for layer in trace.layers))
    model = [plural(layers, "layer"), *(["both directions"] if trace.directions > 1 else []), units]
    run = f"{plural(time, 'step')}, {plural(batch, 'sequence')}, {trace.dtype} on {trace.device}"
    return f"{', '.join(model)} · {run} · {trace.agreement}"


def _default_title(trace: Trace) -> str:
    return {"standard": "An LSTM", "course": "The course's LSTM", "rnn": "A plain RNN"}[trace.variant] + " at work"


def _player_options(title: str, variant: str) -> Mapping[str, Any]:
    """The player's options that are the same for every standalone page, but for its name."""
    shown = {"view": title, "momentKey": title, "welcome": False}
    return shown | {
        "formulas": [],
        "hide": ["beats", "whole"] if variant == "rnn" else [],
        "large": False,
        "awaitsComparison": False,
    }


def _viewport(trace: Trace, batch: SequenceBatch, answers: np.ndarray | None, excerpt: Excerpt) -> Viewport:
    chosen = excerpt.sequences
    chosen_batch = replace(
        batch,
        values=batch.values[:, chosen],
        lengths=batch.lengths[chosen],
        step_labels=batch.step_labels[:, chosen],
        filled=None if batch.filled is None else batch.filled[:, chosen],
        unscaled=None if batch.unscaled is None else batch.unscaled[:, chosen],
    )
    words = batch_texts(chosen_batch, None if answers is None else np.asarray(answers)[:, chosen])
    names = batch.names, batch.sequence_names[chosen]
    view = RunView(select_sequences(trace, chosen), words, *names, orders=excerpt.units)
    needs = (COURSE_NEEDS if trace.variant == "course" else NEEDS) if excerpt.opened else ()
    return viewport_of(view, excerpt.steps, excerpt.units, NARROW_STEPS, needs)


def _draw_charts(viewport: Viewport, moment: Moment, excerpt: Excerpt, window: int, narrow: bool) -> dict[str, Any]:
    """The charts, drawn for one screen width, as Plotly JSON."""
    drawn = {
        key: draw(viewport, moment, narrow=narrow).to_plotly_json()
        for key, draw in _available_charts(viewport, excerpt, window).items()
    }
    return {"window": viewport.window, "figures": drawn, "stills": {}}


def _available_charts(viewport: Viewport, excerpt: Excerpt, window: int) -> dict[str, Draw]:
    memory = viewport.layers[0].cell_state is not None
    charts: list[tuple[str, Draw, bool]] = [
        ("cell", cell_picture, memory),
        ("vectors", gate_vectors, excerpt.opened),
        ("matrix", gate_matrix, excerpt.opened),
        ("lanes", lanes, len(viewport.sequence_names) > 1),
        ("overview", overview, viewport.total > window),
        ("strips", strips, True),
    ]
    return {key: draw for key, draw, there in charts if there}

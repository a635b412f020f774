"""A report of a run: the animated picture, and under it what the run is, in numbers and in pictures at rest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import NamedTuple

import plotly.graph_objects as go

from lstm_viz.analysis.ranking import ranked_units
from lstm_viz.figures.gates.saturation import saturations
from lstm_viz.figures.memory.heatmap import MOST_COLUMNS, MOST_ROWS, run_heatmaps
from lstm_viz.figures.options import many
from lstm_viz.figures.public import half_lives_figure
from lstm_viz.figures.viewport_builder import ROWS
from lstm_viz.sequences.batch import SequenceBatch
from lstm_viz.standalone.excerpt import Part
from lstm_viz.standalone.report_tables import layer_table, run_facts, unit_table
from lstm_viz.traces import Trace

#: Layers that have pictures of their own.
MOST_LAYERS = 8


class Figure(NamedTuple):
    """A picture at rest, drawn for a wide screen and for a narrow one, and what it shows."""

    key: str
    said: str
    wide: go.Figure
    narrow: go.Figure


class Report(NamedTuple):
    """What follows the animated picture: HTML with a place for each figure."""

    body: str
    figures: Sequence[Figure]


def report(trace: Trace, batch: SequenceBatch, part: Part, *, layer: int, sequence: int) -> Report:
    """The report of a run, looking at one layer and sequence."""
    units = unit_table(trace, batch, layer, sequence, part.sequences.start)
    sections = [
        ("The run", run_facts(trace)),
        ("Each layer", layer_table(trace)),
        (f"Units to look at, in layer {trace.layers[layer].name}", units),
    ]
    figures: list[Figure] = []
    for title, found in _pictures(trace, sequence, batch.sequence_names[sequence]):
        figures += found
        sections.append((title, "".join(_place(figure) for figure in found)))
    if len(trace.layers) > MOST_LAYERS:
        sections.append(("Further layers", f"<p>The first {MOST_LAYERS} of {len(trace.layers)} have pictures.</p>"))
    body = "".join(f"<section><h2>{escape(title)}</h2>{html}</section>" for title, html in sections)
    return Report(body, figures)


def _pictures(trace: Trace, sequence: int, name: str) -> Iterator[tuple[str, list[Figure]]]:
    """Sections of pictures."""
    layers = range(len(trace.layers))[:MOST_LAYERS]
    yield "Every unit at every step", [_field(trace, k, sequence, name) for k in layers]
    if trace.variant != "rnn":
        yield "How far the gates stand open", [_saturation(trace, k) for k in layers]
        yield "How long memories last", [_lives(trace, k) for k in layers]


def _field(trace: Trace, place: int, sequence: int, name: str) -> Figure:
    layer, order = trace.layers[place], ranked_units(trace.layers[place])
    steps = int(layer.lengths[sequence])
    rows = "the widest range on top"
    if layer.units > MOST_ROWS:
        rows = f"the {MOST_ROWS} of {layer.units:,} units with the widest range"
    columns = f" in {MOST_COLUMNS} columns, each a mean" if steps > MOST_COLUMNS else ""
    said = f"Layer {layer.name}, {name}: a row a unit, {rows}; {many(steps, 'step')}{columns}."
    drawn = run_heatmaps(layer, order, sequence)
    return Figure(f"field-{place}", said, drawn, drawn)


def _saturation(trace: Trace, place: int) -> Figure:
    layer = trace.layers[place]
    said = (
        f"Layer {layer.name}, all sequences. A dot at the upper left is a gate that is nearly always open, one at the "
        "lower right nearly always closed, one at the lower left nearly always in between."
    )
    return Figure(f"saturation-{place}", said, saturations(layer), saturations(layer, narrow=True))


def _lives(trace: Trace, place: int) -> Figure:
    layer = trace.layers[place]
    unit = int(ranked_units(layer)[0])
    whose = f"the {ROWS} units with the widest range" if layer.units > ROWS else "every unit"
    said = f"Layer {layer.name}, {whose}: the steps after which half of what is held is gone."
    wide = half_lives_figure(trace, layer=place, unit=unit)
    return Figure(f"lives-{place}", said, wide, half_lives_figure(trace, layer=place, unit=unit, narrow=True))


def _place(figure: Figure) -> str:
    said = escape(figure.said)
    box = f'<div role="img" aria-label="{said}" data-figure="{figure.key}"></div>'
    return f"<figure>{box}<figcaption>{said}</figcaption></figure>"

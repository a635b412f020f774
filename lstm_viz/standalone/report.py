"""A report of a run, under its animated picture: tables, and static figures of every layer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import NamedTuple

import plotly.graph_objects as go

from lstm_viz.analysis.ranking import ranked_units
from lstm_viz.figures.gates.saturation import saturations
from lstm_viz.figures.memory.heatmap import MAX_COLUMNS, MAX_ROWS, run_heatmaps
from lstm_viz.figures.public import half_lives_figure
from lstm_viz.figures.viewport_builder import ROWS
from lstm_viz.sequences.batch import SequenceBatch
from lstm_viz.sequences.formatting import plural
from lstm_viz.standalone.excerpt import Excerpt
from lstm_viz.standalone.report_tables import layer_table, run_facts, unit_table
from lstm_viz.traces import Trace

#: The most layers with figures of their own.
MOST_LAYERS = 8


class ReportFigure(NamedTuple):
    """A static figure, drawn for a wide screen and for a narrow one, with its caption."""

    key: str
    caption: str
    wide: go.Figure
    narrow: go.Figure


class Report(NamedTuple):
    """The HTML that follows the animated picture, and the figures for its placeholders."""

    body: str
    figures: Sequence[ReportFigure]


def build_report(trace: Trace, batch: SequenceBatch, excerpt: Excerpt, *, layer: int, sequence: int) -> Report:
    """The report of a run; one layer and sequence are shown in detail."""
    units = unit_table(trace, batch, layer, sequence, excerpt.sequences.start)
    sections = [
        ("The run", run_facts(trace)),
        ("Each layer", layer_table(trace)),
        (f"Units to look at, in layer {trace.layers[layer].name}", units),
    ]
    figures: list[ReportFigure] = []
    for title, found in _figure_sections(trace, sequence, batch.sequence_names[sequence]):
        figures += found
        sections.append((title, "".join(_figure_html(figure) for figure in found)))
    if len(trace.layers) > MOST_LAYERS:
        sections.append(("Further layers", f"<p>The first {MOST_LAYERS} of {len(trace.layers)} have pictures.</p>"))
    body = "".join(f"<section><h2>{escape(title)}</h2>{html}</section>" for title, html in sections)
    return Report(body, figures)


def _figure_sections(trace: Trace, sequence: int, name: str) -> Iterator[tuple[str, list[ReportFigure]]]:
    """Titles of sections and their figures."""
    layers = range(len(trace.layers))[:MOST_LAYERS]
    yield "Every unit at every step", [_heatmap_figure(trace, k, sequence, name) for k in layers]
    if trace.variant != "rnn":
        yield "How far the gates stand open", [_saturation_figure(trace, k) for k in layers]
        yield "How long memories last", [_half_life_figure(trace, k) for k in layers]


def _heatmap_figure(trace: Trace, place: int, sequence: int, name: str) -> ReportFigure:
    layer, order = trace.layers[place], ranked_units(trace.layers[place])
    steps = int(layer.lengths[sequence])
    rows = "the widest range on top"
    if layer.units > MAX_ROWS:
        rows = f"the {MAX_ROWS} of {layer.units:,} units with the widest range"
    columns = f" in {MAX_COLUMNS} columns, each a mean" if steps > MAX_COLUMNS else ""
    caption = f"Layer {layer.name}, {name}: a row a unit, {rows}; {plural(steps, 'step')}{columns}."
    drawn = run_heatmaps(layer, order, sequence)
    return ReportFigure(f"field-{place}", caption, drawn, drawn)


def _saturation_figure(trace: Trace, place: int) -> ReportFigure:
    layer = trace.layers[place]
    caption = (
        f"Layer {layer.name}, all sequences. A dot at the upper left is a gate that is nearly always open, one at the "
        "lower right nearly always closed, one at the lower left nearly always in between."
    )
    return ReportFigure(f"saturation-{place}", caption, saturations(layer), saturations(layer, narrow=True))


def _half_life_figure(trace: Trace, place: int) -> ReportFigure:
    layer = trace.layers[place]
    unit = int(ranked_units(layer)[0])
    whose = f"the {ROWS} units with the widest range" if layer.units > ROWS else "every unit"
    caption = f"Layer {layer.name}, {whose}: the steps after which half of what is held is gone."
    wide = half_lives_figure(trace, layer=place, unit=unit)
    return ReportFigure(f"lives-{place}", caption, wide, half_lives_figure(trace, layer=place, unit=unit, narrow=True))


def _figure_html(figure: ReportFigure) -> str:
    caption = escape(figure.caption)
    box = f'<div role="img" aria-label="{caption}" data-figure="{figure.key}"></div>'
    return f"<figure>{box}<figcaption>{caption}</figcaption></figure>"

"""A long run on one screen: the overview of the whole with its window, and any stretch of it in few bins."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np
import plotly.graph_objects as go

from lstm_viz.figures import alt_text
from lstm_viz.figures.bindings.evaluate import apply_bindings
from lstm_viz.figures.labels import escape_markup, truncate
from lstm_viz.figures.layout import heading
from lstm_viz.figures.memory.strips import strips
from lstm_viz.figures.moment import Moment
from lstm_viz.figures.palette import FONT, LIGHT, Palette
from lstm_viz.figures.run_view import StepTexts
from lstm_viz.figures.viewport import ValueScale, Viewport
from lstm_viz.storage.zarr.read import StoredTrace, Zoom
from lstm_viz.traces import LayerTrace

HEIGHT, TITLE, MARGIN = 104, 22, 40


def overview(viewport: Viewport, moment: Moment, *, palette: Palette = LIGHT, narrow: bool = False) -> go.Figure:
    """Between each bin's smallest and largest value of LTM; drag the window to look elsewhere."""
    array = "hidden_state" if viewport.layers[moment.layer].cell_state is None else "cell_state"
    edge = {"mode": "lines", "line": {"width": 1, "color": palette.remember, "shape": "hvh"}, "hoverinfo": "none"}
    low = go.Scatter(meta={"part": "cell_state", "follow": _follow("low")}, **edge)
    high = go.Scatter(
        fill="tonexty", fillcolor=palette.grid, meta={"part": "cell_state", "follow": _follow("high")}, **edge
    )
    return apply_bindings(go.Figure([low, high], _layout(viewport, palette, narrow, array)), viewport, moment)


def _follow(edge: str) -> dict[str, dict[str, str]]:
    return {"x": {"label": "bins"}, "y": {"envelope": edge}}


def _layout(viewport: Viewport, palette: Palette, narrow: bool, array: str) -> go.Layout:
    axis = {"fixedrange": True, "showgrid": False, "zeroline": False, "ticks": "", "tickfont": {"size": 11}}
    follow: dict[str, Any] = {
        "shapes": {"marks": [{"over": "window", "x": "x", "y": "y"}, {"over": "step", "x": "x", "y": "y"}]}
    }
    follow["shapes"]["colour"] = palette.foreground
    follow["annotations[0].text"] = {"label": "overview title"}
    return go.Layout(
        height=HEIGHT,
        margin={"l": MARGIN, "r": 4, "t": TITLE, "b": 20},
        xaxis=axis | {"range": [0.5, viewport.total + 0.5]} | _run_ticks(viewport, narrow),
        yaxis=axis | {"nticks": 3},
        showlegend=False,
        dragmode=False,
        hovermode="x",
        font={"color": palette.muted, "family": FONT},
        paper_bgcolor=palette.background,
        plot_bgcolor=palette.surface,
        annotations=[heading(palette, MARGIN)],
        uirevision="overview",
        meta={"follow": follow, "panels": ["overview"], "alt": alt_text.memory_sentence("The whole run of ", array)},
    )


def _run_ticks(viewport: Viewport, narrow: bool) -> dict[str, Any]:
    """Ticks over the whole run: dates where steps have such, else their numbers."""
    ticks = viewport.required_overview.ticks
    steps = list(ticks)[:: 2 if narrow else 1]
    if not steps:
        return {"nticks": 4 if narrow else 10, "tickformat": ",d"}
    labels = [escape_markup(truncate(ticks[step], 16)) for step in steps]
    return {"tickvals": [step + 1 for step in steps], "ticktext": labels}


Statistic = Literal["low", "mean", "high"]
#: Bins of a panel: about a pixel's width each.
BINS = 240
#: A stretch of fewer steps has whole numbers as tick labels, a longer one 20k and 1M.
SHORT = 20_000
STATISTIC_NAMES = {"low": "the smallest", "mean": "the mean", "high": "the largest"}


def zoomed_strips(
    run: StoredTrace,
    layer_index: int,
    start: int,
    stop: int,
    units: np.ndarray,
    *,
    sequence: int = 0,
    statistic: Statistic = "mean",
    palette: Palette = LIGHT,
    narrow: bool = False,
) -> go.Figure:
    """Steps `start` to `stop` - 1 of some units of a layer: each bin's smallest, mean or largest value.

    Only as much of the store is read as that needs, however long the stretch. `layout.meta["said"]` is the figure
    in words.
    """
    zooms = {array: run.zoom(run.names[layer_index], array, start, stop, BINS) for array in run.shape.levels()}
    edges = zooms["hidden_state"].edges
    moment = Moment(sequence=sequence, unit=int(units[0]))
    figure = strips(_first_bin(run, layer_index, units, zooms), moment, palette=palette, narrow=narrow)
    what = f"{STATISTIC_NAMES[statistic]} of {max(1, int(np.diff(edges).max())):,} steps"
    for trace in figure.data:
        values = getattr(zooms[trace.meta["part"]], statistic)[:, sequence]
        hover = trace.hovertemplate.replace("step %{x:d}", "from step %{x:,}").replace("<extra>", f", {what}<extra>")
        trace.x, trace.z = edges[:-1] + 1, _of_units(values, units).T.astype(np.float32)
        trace.xgap, trace.hovertemplate, trace.meta = 0, hover, None
    alt = f"Steps {start + 1:,} to {stop:,} of layer {layer_index + 1}, unit by step: {what} in each memory and factor."
    figure.layout.shapes, figure.layout.meta = (), {"said": alt}  # no player follows it, so no bindings
    for axis in figure.select_xaxes():  # one by one: three times as fast as update_xaxes
        axis.range, axis.tickvals, axis.ticktext = [start + 1, stop + 1], _ticks(start, stop), None
        axis.tickformat = ",d" if stop - start < SHORT else "~s"
    return figure


def _ticks(start: int, stop: int) -> list[int]:
    """A few round steps; none so near the end that its label would meet the first of the next strip."""
    rough = max(1, (stop - start) / 5)
    tens = 10 ** int(math.log10(rough))
    apart = next(tens * part for part in (1, 2, 5, 10) if tens * part >= rough)
    return list(range(-(-(start + 1) // apart) * apart, stop - (stop - start) // 8 + 1, apart))


def _first_bin(run: StoredTrace, layer_index: int, units: np.ndarray, zooms: dict[str, Zoom]) -> Viewport:
    """A viewport of one bin, with the scales of all: strips are laid out by it, before all bins are filled in."""
    run.activations.check_drawable()
    arrays: dict[str, Any] = {array: _of_units(zoom.mean[:1], units) for array, zoom in zooms.items()}
    batch, one = run.shape.sequences, np.ones(run.shape.sequences, int)
    event, nothing = np.zeros((1, batch, 0)), np.zeros((batch, len(units)))
    layer = LayerTrace(
        run.names[layer_index], run.shape.variant, event, initial_hidden_state=nothing, lengths=one, **arrays
    )
    blank = np.full((1, batch), " ", dtype=object)
    names = [f"sequence {k + 1}" for k in range(batch)]
    scales = {array: _scale(zoom) for array, zoom in zooms.items()}
    shown: dict[str, Any] = {"rows": len(units), "window": 1, "run_scales": (scales,)}
    return Viewport((layer,), (units,), (units,), (StepTexts(blank, blank),), (), names, one, 1, **shown)


def _of_units(values: np.ndarray, units: np.ndarray) -> np.ndarray:
    """The columns of these units; NaN where a projected state has no such row."""
    width = values.shape[-1]
    clamped = values[..., np.minimum(units, width - 1)]
    return np.where(np.asarray(units) < width, clamped, np.nan)


def _scale(zoom: Zoom) -> ValueScale:
    """One scale for all three of a zoom's values."""
    return ValueScale.of(np.concatenate([zoom.low, zoom.mean, zoom.high]))

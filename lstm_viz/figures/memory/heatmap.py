"""Heat maps of a whole run, one for each memory and factor: a row a unit, a column a step or a bin of steps."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float, Int

from lstm_viz.figures.layout import NUMBER
from lstm_viz.figures.memory.strips import STRIPS, factor_legend
from lstm_viz.figures.palette import FONT, LIGHT, Palette, plotly_colorscale
from lstm_viz.figures.viewport import MIN_STATE_LIMIT, SIGMOID_GATES, ValueScale
from lstm_viz.traces import LayerTrace

#: Most rows (units) and columns (steps, or bins of them) of a heat map.
MAX_ROWS, MAX_COLUMNS = 128, 400
ROW, MIN_PANEL, MAX_PANEL, TITLE, FOOT, TICKS = 12, 72, 260, 26, 36, 6
SHOWN = ("cell_state", "hidden_state", "forget_gate", "input_gate", "output_gate")


class PooledSteps(NamedTuple):
    """One array of one sequence: rows are units, columns the means of bins of equal length."""

    values: Float[np.ndarray, "rows columns"]
    #: The middle step of each column, counted from 1.
    steps: Float[np.ndarray, " columns"]


def run_heatmaps(
    layer: LayerTrace,
    order: Int[np.ndarray, " units"],
    sequence: int = 0,
    *,
    palette: Palette = LIGHT,
) -> go.Figure:
    """Memories on a signed scale, factors from 0 to 1; the units in this order, the first on top."""
    shown = [strip for strip in STRIPS if strip.array in SHOWN and getattr(layer, strip.array) is not None]
    shown.sort(key=lambda strip: SHOWN.index(strip.array))
    rows = order[:MAX_ROWS]
    panel = min(max(len(rows) * ROW, MIN_PANEL), MAX_PANEL)
    height = len(shown) * (panel + TITLE) + FOOT
    figure = go.Figure(layout=_layout(height, palette))
    for index, strip in enumerate(shown):
        pooled = pool_steps(getattr(layer, strip.array)[: int(layer.lengths[sequence]), sequence, :], rows)
        figure.add_heatmap(**_heat(pooled, strip.array, strip.hue, rows, palette), **_axes(index))
        top = 1 - (index * (panel + TITLE) + TITLE) / (height - FOOT)
        _arrange(figure, index, top, top - panel / (height - FOOT), last=index == len(shown) - 1)
        figure.add_annotation(_title(strip.title, strip.hue, strip.array, top, palette))
    return figure


def pool_steps(values: Float[np.ndarray, "time units"], rows: Int[np.ndarray, " rows"]) -> PooledSteps:
    """Means of the steps of each bin, `MAX_COLUMNS` bins at most; a number of steps that fits is left as it is.

    >>> pool_steps(np.arange(4.0)[:, None], np.array([0])).values.tolist()
    [[0.0, 1.0, 2.0, 3.0]]
    """
    time = len(values)
    edges = np.linspace(0, time, min(MAX_COLUMNS, time) + 1).round().astype(int)
    # A projection has fewer outputs than the layer has units.
    known = rows[rows < values.shape[1]]
    sums = np.add.reduceat(values[:, known].astype(np.float64), edges[:-1], axis=0)
    return PooledSteps((sums / np.diff(edges)[:, None]).T, (edges[:-1] + edges[1:] + 1) / 2)


def _heat(pooled: PooledSteps, array: str, hue: str, rows: np.ndarray, palette: Palette) -> dict[str, Any]:
    if array in SIGMOID_GATES:
        bounds = {"zmin": 0, "zmax": 1, "colorscale": plotly_colorscale(palette.gate(hue))}
    else:
        scale = ValueScale.of(pooled.values, MIN_STATE_LIMIT)
        bounds = {
            "zmin": -scale.limit,
            "zmax": scale.limit,
            "colorscale": plotly_colorscale(palette.signed, scale.signed_sqrt),
        }
    bar = {"thickness": 10, "len": 1, "outlinewidth": 0, "nticks": 3, "tickfont": {"size": 11}}
    return bounds | {
        "z": np.round(pooled.values, 4).tolist(),
        "x": pooled.steps.tolist(),
        "y": [str(unit + 1) for unit in rows[: len(pooled.values)]],
        "colorbar": bar,
        "hovertemplate": "unit %{y}, step %{x}: <b>%{z}</b><extra></extra>",
        "zhoverformat": NUMBER,
    }


def _axes(index: int) -> dict[str, str]:
    return {"xaxis": f"x{index + 1}", "yaxis": f"y{index + 1}"}


def _arrange(figure: go.Figure, index: int, top: float, bottom: float, last: bool) -> None:
    """One panel's axes and the bar beside it."""
    quiet = {"fixedrange": True, "showgrid": False, "zeroline": False, "ticks": "", "tickfont": {"size": 11}}
    across = quiet | {"anchor": f"y{index + 1}", "showticklabels": last}
    up = quiet | {
        "anchor": f"x{index + 1}",
        "domain": [max(0.0, bottom), top],
        "autorange": "reversed",
        "type": "category",
    }
    figure.update_layout({f"xaxis{index + 1}": across, f"yaxis{index + 1}": up | {"nticks": 9}})
    if last:
        figure.update_layout({f"xaxis{index + 1}": {"title": {"text": "step", "standoff": 2}}})
    figure.data[-1].colorbar.update(y=bottom, yanchor="bottom", lenmode="fraction", len=top - bottom)


def _layout(height: float, palette: Palette) -> go.Layout:
    return go.Layout(
        height=height,
        margin={"l": 40, "r": 50, "t": 0, "b": FOOT},
        dragmode=False,
        font={"color": palette.muted, "family": FONT, "size": 12},
        paper_bgcolor=palette.background,
        plot_bgcolor=palette.surface,
    )


def _title(title: str, hue: str, array: str, top: float, palette: Palette) -> dict[str, Any]:
    position = {"x": 0, "y": top, "xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "bottom"}
    text = f"<b>{title}</b>" + factor_legend(array)
    return position | {"text": text, "showarrow": False, "font": {"color": getattr(palette, hue), "size": 13}}

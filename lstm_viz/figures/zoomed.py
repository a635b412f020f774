"""Any stretch of a stored run in few bins: the strips of the window, with a bin of many steps for each of theirs."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import plotly.graph_objects as go

from lstm_viz.figures.moments import Moment
from lstm_viz.figures.palette import LIGHT, Palette
from lstm_viz.figures.reels import Limit, Reel
from lstm_viz.figures.strips import strips
from lstm_viz.stores.reading import StoredTrace, Zoom
from lstm_viz.traces import LayerTrace

Statistic = Literal["low", "mean", "high"]
#: Bins of a panel: about a pixel's width each.
BINS = 240
#: A stretch of fewer steps has whole numbers under it, a longer one 20k and 1M.
SHORT = 20_000
SAID = {"low": "the smallest", "mean": "the mean", "high": "the largest"}


def zoomed(
    run: StoredTrace,
    place: int,
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
    reel, edges = _binned(run, place, start, stop, units, statistic)
    moment = Moment(sequence=sequence, unit=int(units[0]))
    figure = strips(reel, moment, palette=palette, narrow=narrow)
    what = f"{SAID[statistic]} of {max(1, int(np.diff(edges).max())):,} steps"
    for trace in figure.data:
        told = trace.hovertemplate.replace("step %{x}", "from step %{x:,}").replace("<extra>", f", {what}<extra>")
        trace.x, trace.z = edges[:-1] + 1, np.array(trace.z, np.float32)
        trace.xgap, trace.hovertemplate, trace.meta = 0, told, None
    alt = f"Steps {start + 1:,} to {stop:,} of layer {place + 1}, unit by step: {what} in each memory and factor."
    seen = {"range": [start + 1, stop + 1], "tickvals": None, "ticktext": None, "nticks": 4}
    figure.layout.shapes, figure.layout.meta = (), {"said": alt}  # no player follows it, so no rules
    return figure.update_xaxes(**seen, tickformat=",d" if stop - start < SHORT else "~s")


def _binned(
    run: StoredTrace, place: int, start: int, stop: int, units: np.ndarray, statistic: Statistic
) -> tuple[Reel, np.ndarray]:
    """A reel in which each step is a bin."""
    name = run.names[place]
    zooms = {array: run.zoom(name, array, start, stop, BINS) for array in run.shape.levels()}
    edges, limits = zooms["hidden_state"].edges, {array: _limit(zoom) for array, zoom in zooms.items()}
    arrays: dict[str, Any] = {array: _of_units(getattr(zoom, statistic), units) for array, zoom in zooms.items()}
    bins, batch, _ = arrays["hidden_state"].shape
    ends = np.full(batch, bins)
    nothing = np.zeros((batch, len(units)))
    layer = LayerTrace(
        name, run.shape.variant, np.zeros((bins, batch, 0)), initial_hidden_state=nothing, lengths=ends, **arrays
    )
    blank = np.full((bins, batch), " ", dtype=object)
    names = [f"sequence {k + 1}" for k in range(batch)]
    shown: dict[str, Any] = {"rows": len(units), "window": bins, "limits": (limits,)}
    return Reel((layer,), (units,), (units,), blank, blank, (), names, ends, bins, **shown), edges


def _of_units(values: np.ndarray, units: np.ndarray) -> np.ndarray:
    """The columns of these units; NaN where a projected state has no such row."""
    width = values.shape[-1]
    held = values[..., np.minimum(units, width - 1)]
    return np.where(np.asarray(units) < width, held, np.nan)


def _limit(zoom: Zoom) -> Limit:
    """One scale for all three of a zoom's values."""
    return Limit.of(np.concatenate([zoom.low, zoom.mean, zoom.high]))

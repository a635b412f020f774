"""The hidden state across window boundaries (seams): carried on, reset to zero, and exchanged between rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from lstm_viz.analysis.truncated_bptt import AGREEMENT, CarriedAndChangedStates
from lstm_viz.figures import alt_text
from lstm_viz.figures.bindings.evaluate import apply_bindings
from lstm_viz.figures.formats import percent, plain
from lstm_viz.figures.layout import NUMBER, heading
from lstm_viz.figures.moment import Moment
from lstm_viz.figures.palette import FONT, LIGHT, Palette
from lstm_viz.figures.sequences.batching import NAMES, thin_out
from lstm_viz.figures.viewport import Viewport

MARGIN, TITLE, HEIGHT = 64, 24, 340
#: Each panel's share of the height, from the bottom: all units' difference, one unit's two lines.
BELOW, ABOVE = (0.0, 0.36), (0.52, 1.0)
#: The smallest share that is drawn.
MIN_SHARE = 1e-3
#: The followed unit's STM over the whole run.
STM = {"array": "hidden_state", "select": "run"}


def window_boundary_lines(
    viewport: Viewport,
    moment: Moment,
    both: CarriedAndChangedStates,
    exchanged: CarriedAndChangedStates | None = None,
    *,
    palette: Palette = LIGHT,
    narrow: bool = False,
) -> go.Figure:
    """Above, the followed unit's STM in all readings; below, how far all units together lie apart, on a log axis.

    The viewport's own run is the reading with the state carried, its comparison runs are the ones with the state
    reset and, unless `exchanged` is None, with rows exchanged; `both` and `exchanged` hold row 1 over the same steps.
    """
    carried, reset = {"width": 2.4, "color": palette.foreground}, {"width": 2, "color": palette.forget, "dash": "dot"}
    hatched = {"shape": "|", "size": 5, "solidity": 0.25, "fgcolor": palette.forget, "bgcolor": palette.background}
    steps = list(range(1, len(both.carried) + 1))
    lines = [
        _line(steps, 0, name="state carried", line=carried),
        _line(steps, 1, fill="tonexty", fillpattern=hatched, line={"width": 0}, showlegend=False),
        _line(steps, 1, name="state reset", line=reset),
        _apart(steps, both.relative_distances[:, 0], color=palette.forget, dash="dot"),
        _agreements(both, palette),
    ]
    if exchanged is not None:
        dashed = {"width": 2, "color": palette.use, "dash": "dashdot"}
        apart = _apart(steps, exchanged.relative_distances[:, 0], color=palette.use, dash="dashdot")
        lines += [_line(steps, 2, name="rows exchanged", line=dashed), apart]
    return apply_bindings(go.Figure(lines, _layout(both, narrow, palette)), viewport, moment)


def _line(steps: list[int], layer: int, **style: Any) -> go.Scatter:
    """The followed unit in one of the viewport's layers."""
    meta = {"part": "names", "of": layer, "follow": {"y": STM}}
    return go.Scatter(x=steps, mode="lines", hovertemplate="%{y}", yhoverformat=NUMBER, meta=meta, **style)


def _apart(steps: list[int], relative_distances: np.ndarray, **line: Any) -> go.Scatter:
    """All units' difference as a share of the carried state; nothing before the first seam."""
    return go.Scatter(
        x=steps,
        y=[round(max(float(share), MIN_SHARE), 6) if share > 0 else None for share in relative_distances],
        yaxis="y2",
        mode="lines",
        line=line | {"width": 2},
        customdata=[percent(float(share)) for share in relative_distances],
        hovertemplate="%{customdata} apart<extra></extra>",
        showlegend=False,
        meta={"part": "names"},
    )


def _agreements(both: CarriedAndChangedStates, palette: Palette) -> go.Scatter:
    """Where the two have come to agree, with the steps that the recovery takes."""
    recovery = both.recovery()[:, 0]
    recovered = np.isfinite(recovery)
    return go.Scatter(
        x=(both.starts + recovery)[recovered].tolist(),
        y=[AGREEMENT] * int(recovered.sum()),
        yaxis="y2",
        text=[f"{int(count)} steps" for count in recovery[recovered]],
        textposition="bottom left",
        mode="markers+text",
        marker={"symbol": "circle", "size": 8, "color": palette.learn},
        textfont={"color": palette.learn, "size": 11},
        cliponaxis=False,
        hoverinfo="skip",
        showlegend=False,
        meta={"part": "names"},
    )


def _layout(both: CarriedAndChangedStates, narrow: bool, palette: Palette) -> go.Layout:
    axis = {"fixedrange": True, "zeroline": False, "gridcolor": palette.surface, "ticks": ""}
    starts = thin_out(range(1, len(both.carried) + 1, both.steps), narrow)
    share_axis = {"type": "log", "range": [-3, 0.35], "tickvals": [0.001, 0.01, 0.1, 1]}
    key = {"orientation": "h", "x": 1, "xanchor": "right", "y": -0.08, "yanchor": "top", "traceorder": "normal"}
    return go.Layout(
        height=HEIGHT + 24,
        margin={"l": MARGIN, "r": 2, "t": TITLE, "b": 44},
        annotations=[*_headings(narrow, palette), *_distance_notes(both, narrow, palette)],
        xaxis=axis | {"range": [0.5, len(both.carried) + 0.5], "showgrid": False, "anchor": "y2", "tickvals": starts},
        yaxis=axis | {"domain": ABOVE, "range": [-1.08, 1.08], "tickvals": [-1, 0, 1]},
        yaxis2=axis | share_axis | {"domain": BELOW, "ticktext": ["0.1 %", "1 %", "10 %", "100 %"]},
        legend=key | {"font": {"color": palette.foreground}, "bgcolor": palette.background},
        paper_bgcolor=palette.background,
        plot_bgcolor=palette.background,
        font={"family": FONT, "color": palette.muted, "size": 11},
        uirevision="seams",
        meta={"follow": _bindings(both, palette), "panels": ["overview"], "alt": _alt(both)},
    )


def _headings(narrow: bool, palette: Palette) -> list[dict[str, Any]]:
    below = (
        "<b>All units</b>  difference to carried / |h|"
        if narrow
        else "<b>All units</b>  how far from the reading that is carried on, in % of its |h|"
    )
    unit = heading(palette, MARGIN) | {"y": ABOVE[1]}
    return [unit, heading(palette, MARGIN) | {"y": BELOW[1], "text": below}]


def _bindings(both: CarriedAndChangedStates, palette: Palette) -> dict[str, Any]:
    """The unit's name, and the step's outline beside the window boundaries, which stand still."""
    width = 2 if len(both.starts) <= NAMES else 0.7
    seams = [_seam(int(start), axis, width, palette) for start in both.starts for axis in ("y", "y2")]
    steps = [{"over": "step", "x": "x", "y": axis} for axis in ("y", "y2")]
    title = ["<b>Short-term memory of ", {"label": "unit"}, "</b>  row 1"]
    return {
        "shapes": {"all": [{"cycle": [[*seams, _threshold(palette)]]}, {"marks": steps, "colour": palette.foreground}]},
        "annotations[0].text": {"sentence": title},
    }


def _seam(start: int, axis: str, width: float, palette: Palette) -> dict[str, Any]:
    position = {"xref": "x", "yref": f"{axis} domain", "x0": start + 0.5, "x1": start + 0.5, "y0": 0, "y1": 1}
    return position | {"type": "line", "line": {"color": palette.remember, "width": width}, "layer": "below"}


def _threshold(palette: Palette) -> dict[str, Any]:
    position = {"xref": "paper", "yref": "y2", "x0": 0, "x1": 1, "y0": AGREEMENT, "y1": AGREEMENT}
    return position | {"type": "line", "line": {"color": palette.learn, "width": 1.4, "dash": "dash"}, "layer": "below"}


def _distance_notes(both: CarriedAndChangedStates, narrow: bool, palette: Palette) -> list[dict[str, Any]]:
    """How far apart the states are after the first step behind each seam."""
    position = {"y": ABOVE[0], "xref": "x", "yref": "paper", "xanchor": "left", "yanchor": "top", "xshift": 3}
    style = {"showarrow": False, "font": {"color": palette.forget, "size": 11}}
    return [
        position | style | {"x": start + 0.5, "text": f"jump {plain(float(both.distances[start, 0]))}"}
        for start in thin_out(both.starts.tolist(), narrow)
    ]


def _alt(both: CarriedAndChangedStates) -> alt_text.Sentence:
    distances = ", ".join(
        f"{plain(float(both.distances[start, 0]))} at step {start + 1} "
        + (
            f"(in agreement after {int(recovery)} steps)"
            if np.isfinite(recovery)
            else "(not in agreement before the next seam)"
        )
        for start, recovery in zip(both.starts, both.recovery()[:, 0], strict=True)
    )
    carried = alt_text.number("hidden_state")
    return alt_text.sentence(
        "Short-term memory of ",
        alt_text.UNIT,
        " over row 1 with the state carried over each seam and with it reset; at step ",
        alt_text.STEP,
        " the carried one is ",
        carried,
        f". Distance of the two over all units after each seam: {distances}.",
    )

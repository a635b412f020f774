"""The batch: one lane a sequence, the followed unit's long-term memory along it."""

from __future__ import annotations

import plotly.graph_objects as go

from lstm_viz.figures import alt_text
from lstm_viz.figures.bindings.evaluate import apply_bindings
from lstm_viz.figures.labels import SHORT_LABEL
from lstm_viz.figures.layout import heading
from lstm_viz.figures.moment import Moment
from lstm_viz.figures.palette import FONT, LIGHT, Palette
from lstm_viz.figures.viewport import Viewport

LANE, TITLE, MARGIN = 17, 22, 96


def lanes(viewport: Viewport, moment: Moment, *, palette: Palette = LIGHT, narrow: bool = False) -> go.Figure:
    """Every sequence of the batch, all in step; the outlined one is in the large picture."""
    array = "hidden_state" if viewport.layers[moment.layer].cell_state is None else "cell_state"
    count = len(viewport.lanes_around(moment.sequence))
    follow = {
        "z": {"array": array, "select": "sequences"},
        "x": {"label": "steps"},
        "y": {"label": "lanes"},
        "zmin": {"limit": array, "times": -1},
        "zmax": {"limit": array, "times": 1},
        "colorscale": {"colorscale": array, "colours": list(palette.signed)},
    }
    short = max((len(str(label)) for label in viewport.labels.ravel()), default=0) <= SHORT_LABEL
    if short and not narrow:
        follow["text"] = {"label": "lane labels"}
    chart = go.Heatmap(
        xgap=1,
        ygap=2,
        showscale=False,
        texttemplate="%{text}" if "text" in follow else None,
        textfont={"size": 11},
        hovertemplate="step %{x}: <b>%{z:.3f}</b><extra></extra>",
        meta={"part": array, "follow": follow},
    )
    return apply_bindings(go.Figure(chart, _layout(count, palette, array)), viewport, moment)


def _layout(count: int, palette: Palette, array: str) -> go.Layout:
    axis = {"fixedrange": True, "showgrid": False, "zeroline": False, "ticks": ""}
    marks = [{"over": over, "x": "x", "y": "y"} for over in ("sequence", "step")]
    follow = {
        "shapes": {"marks": marks, "colour": palette.foreground},
        "xaxis.range": {"label": "window range"},
        "yaxis.range": {"label": "lane range"},
        "yaxis.tickvals": {"label": "lanes"},
        "yaxis.ticktext": {"label": "sequences"},
        "annotations[0].text": {"label": "lanes title"},
    }
    return go.Layout(
        height=count * LANE + TITLE + 4,
        margin={"l": MARGIN, "r": 2, "t": TITLE, "b": 2},
        annotations=[heading(palette, MARGIN)],
        xaxis=axis | {"showticklabels": False},
        yaxis=axis | {"tickfont": {"color": palette.muted, "size": 11}},
        paper_bgcolor=palette.background,
        plot_bgcolor=palette.surface,
        font={"color": palette.muted, "family": FONT},
        uirevision="lanes",
        meta={
            "follow": follow,
            "panels": ["lanes"],
            "alt": alt_text.memory_sentence("One lane a sequence, the memory of ", array),
        },
    )

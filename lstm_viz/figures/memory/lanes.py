"""The batch: one lane a sequence, the followed unit's long-term memory along it."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from lstm_viz.figures import alt_text
from lstm_viz.figures.bindings.evaluate import apply_bindings
from lstm_viz.figures.labels import SHORT_LABEL
from lstm_viz.figures.layout import NUMBER, heading
from lstm_viz.figures.moment import Moment
from lstm_viz.figures.palette import FONT, LIGHT, UNDER_TEXT, Palette
from lstm_viz.figures.viewport import Viewport

LANE, TITLE, LINE, MARGIN, NARROW_MARGIN = 17, 22, 16, 96, 76
LETTER, NARROW_LETTER = 11, 10


def lanes(viewport: Viewport, moment: Moment, *, palette: Palette = LIGHT, narrow: bool = False) -> go.Figure:
    """Every sequence of the batch, all in step; the followed one, in full colours, is in the large picture."""
    array = "hidden_state" if viewport.layers[moment.layer].cell_state is None else "cell_state"
    short = max((len(str(label)) for label in viewport.labels.ravel()), default=0) <= SHORT_LABEL
    size = NARROW_LETTER if narrow else LETTER
    every = {"z": {"array": array, "select": "sequences"}, "y": {"label": "lanes"}}
    others = _heat(array, every | ({"text": {"label": "lane labels"}} if short else {}), palette)
    others.update(opacity=UNDER_TEXT, texttemplate="%{text}" if short else None)
    others.textfont = {"size": size, "color": palette.foreground}
    own = {"z": {"array": array, "select": "line", "as": "column"}, "y": {"label": "lane"}}
    followed = _heat(array, own, palette)
    followed.transpose = True
    parts = [others, followed, *([_letters(array, size, palette)] if short else [])]
    count = len(viewport.lanes_around(moment.sequence))
    return apply_bindings(go.Figure(parts, _layout(count, palette, array, narrow)), viewport, moment)


def _heat(array: str, follow: dict[str, Any], palette: Palette) -> go.Heatmap:
    shared = {
        "x": {"label": "steps"},
        "zmin": {"limit": array, "times": -1},
        "zmax": {"limit": array, "times": 1},
        "colorscale": {"colorscale": array, "colours": list(palette.signed)},
    }
    return go.Heatmap(
        xgap=1,
        ygap=2,
        showscale=False,
        hovertemplate="step %{x:d}: <b>%{z}</b><extra></extra>",
        zhoverformat=NUMBER,
        meta={"part": array, "follow": shared | follow},
    )


def _letters(array: str, size: int, palette: Palette) -> go.Scatter:
    """What the followed sequence's steps are called, in an ink that can be read on each cell."""
    cells = {"as": "letters", "scale": list(palette.signed), "over": palette.background}
    follow = {
        "x": {"label": "steps"},
        "y": {"label": "lane steps"},
        "text": {"label": "tick labels"},
        "textfont.color": {"array": array, "select": "line"} | cells,
    }
    return go.Scatter(mode="text", textfont={"size": size}, hoverinfo="skip", meta={"part": "names", "follow": follow})


def _layout(count: int, palette: Palette, array: str, narrow: bool) -> go.Layout:
    title, margin = TITLE + LINE * narrow, NARROW_MARGIN if narrow else MARGIN
    more = "<br>" if narrow else " · "
    axis = {"fixedrange": True, "showgrid": False, "zeroline": False, "ticks": ""}
    marks = [{"over": over, "x": "x", "y": "y"} for over in ("sequence", "step")]
    follow = {
        "shapes": {"marks": marks, "colour": palette.foreground},
        "xaxis.range": {"label": "window range"},
        "yaxis.range": {"label": "lane range"},
        "yaxis.tickvals": {"label": "lanes"},
        "yaxis.ticktext": {"label": "sequences"},
        "annotations[0].text": alt_text.sentence(
            {"label": "lanes title"}, more, "blue below 0, orange above; the stronger the larger, ", {"extent": array}
        ),
    }
    return go.Layout(
        height=count * LANE + title + 4,
        margin={"l": margin, "r": 2, "t": title, "b": 2},
        annotations=[heading(palette, margin) | {"align": "left"}],
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

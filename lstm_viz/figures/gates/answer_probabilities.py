"""Probabilities of a model's answers at a step: its softmax over short-term memory, as bars."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import plotly.graph_objects as go

from lstm_viz.figures.alt_text import STEP, sentence
from lstm_viz.figures.bindings.evaluate import apply_bindings
from lstm_viz.figures.gates.contributions import FOOT, NAMES, ROW, TITLE
from lstm_viz.figures.labels import escape_markup, visible
from lstm_viz.figures.layout import heading
from lstm_viz.figures.moment import Moment
from lstm_viz.figures.palette import FONT, LIGHT, Palette
from lstm_viz.figures.viewport import Viewport

#: The name of the extra numbers that this figure shows.
PROBABILITIES = "probabilities"
#: Rows that a short list has, so that its bars are not too thick.
MIN_ROWS = 5
#: Answers that are shown at most.
MAX_ANSWERS = 12


def answer_probabilities(labels: Sequence[str]) -> Callable[..., go.Figure]:
    """Draws one bar an answer, of many answers the likeliest; `extras["probabilities"]` has (time, batch, labels)."""
    named = [escape_markup(visible(label)) for label in labels]

    def draw(viewport: Viewport, moment: Moment, *, palette: Palette = LIGHT, narrow: bool = False) -> go.Figure:
        bars = go.Bar(
            y=list(range(min(len(labels), MAX_ANSWERS))),
            orientation="h",
            marker={"color": palette.use},
            textposition="outside",
            textfont={"color": palette.foreground, "size": 12},
            constraintext="none",
            cliponaxis=False,
            hovertemplate="%{y}: <b>%{text}</b><extra></extra>",
            meta={
                "part": "names",
                "follow": {"x": _shown(labels), "text": _shown(labels) | {"as": "percents"}},
            },
        )
        return apply_bindings(go.Figure(bars, _layout(named, palette)), viewport, moment)

    return draw


def _shown(labels: Sequence[str]) -> dict[str, Any]:
    """A binding to all probabilities in the model's order, or to the largest of many."""
    return {"extra": PROBABILITIES} | ({"largest": MAX_ANSWERS} if len(labels) > MAX_ANSWERS else {})


def _layout(labels: Sequence[str], palette: Palette) -> go.Layout:
    rows = min(max(len(labels), MIN_ROWS), MAX_ANSWERS)
    axis = {"fixedrange": True, "showgrid": False, "ticks": "", "zeroline": False}
    upward = {"range": [rows - 0.5, -0.5], "tickvals": list(range(min(len(labels), MAX_ANSWERS)))}
    alt = sentence("What the model makes of short-term memory at step ", STEP, ": ", {"label": "answer text"}, ".")
    many = len(labels) > MAX_ANSWERS
    title = f"<b>What is read out of STM</b><br>the chance of each answer{', the likeliest first' if many else ''}"
    follow = {"yaxis.ticktext": _shown(labels) | {"as": "names", "names": list(labels)}}
    font = {"color": palette.use, "size": 13}
    return go.Layout(
        height=rows * ROW + TITLE + FOOT,
        margin={"l": NAMES / 2, "r": 6, "t": TITLE, "b": FOOT},
        xaxis=axis | {"range": [0, 1.18], "showticklabels": False},
        yaxis=axis | upward | {"tickfont": {"color": palette.foreground, "size": 12}, "ticklabelstandoff": 4},
        annotations=[heading(palette, NAMES // 2) | {"text": title, "align": "left", "font": font}],
        bargap=0.25,
        showlegend=False,
        font={"color": palette.muted, "family": FONT},
        paper_bgcolor=palette.background,
        plot_bgcolor=palette.background,
        uirevision="chances",
        meta={"follow": follow, "alt": alt},
    )

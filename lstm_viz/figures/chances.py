"""What a model reads out of short-term memory: how sure it is of each answer it can give."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import plotly.graph_objects as go

from lstm_viz.figures.alts import STEP, sentence
from lstm_viz.figures.headings import heading
from lstm_viz.figures.moments import Moment
from lstm_viz.figures.palette import FONT, LIGHT, Palette
from lstm_viz.figures.reels import Reel
from lstm_viz.figures.rules import settle
from lstm_viz.figures.share_list import FOOT, NAMES, ROW, TITLE
from lstm_viz.figures.shares import MOST
from lstm_viz.figures.words import safe, visible

#: The name of the extra numbers that this figure shows.
CHANCES = "chances"
#: A longer list of answers names only some of them.
MOST_ROWS = 40


def chances(labels: Sequence[str]) -> Callable[..., go.Figure]:
    """Draws one bar an answer; the run's extra "chances" holds (time, batch, labels)."""

    def draw(reel: Reel, moment: Moment, *, palette: Palette = LIGHT, narrow: bool = False) -> go.Figure:
        few = len(labels) <= MOST
        follow: dict[str, Any] = {"x": {"extra": CHANCES}}
        if few:
            follow["text"] = {"extra": CHANCES, "as": "percents"}
        bars = go.Bar(
            y=list(range(len(labels))),
            orientation="h",
            marker={"color": palette.use},
            textposition="outside",
            textfont={"color": palette.ink, "size": 12},
            cliponaxis=False,
            hovertemplate="%{y}: <b>%{x:.1%}</b><extra></extra>",
            meta={"part": "names", "follow": follow},
        )
        return settle(go.Figure(bars, _layout(labels, palette)), reel, moment)

    return draw


def _layout(labels: Sequence[str], palette: Palette) -> go.Layout:
    rows = max(len(labels), 6)
    axis = {"fixedrange": True, "showgrid": False, "ticks": "", "zeroline": False}
    every = max(1, -(-len(labels) // MOST_ROWS))
    ticks = list(range(0, len(labels), every))
    told = sentence("What the model makes of short-term memory at step ", STEP, ": ", {"words": "said"}, ".")
    return go.Layout(
        height=MOST * ROW + TITLE + FOOT,
        margin={"l": NAMES / 2, "r": 6, "t": TITLE, "b": FOOT},
        xaxis=axis | {"range": [0, 1.18], "showticklabels": False},
        yaxis=axis
        | {
            "range": [rows - 0.5, -0.5],
            "tickvals": ticks,
            "ticktext": [safe(visible(labels[k])) for k in ticks],
            "tickfont": {"color": palette.ink, "size": 12 if len(labels) <= MOST else 8},
        },
        annotations=[
            heading(palette, NAMES // 2)
            | {
                "text": "<b>What is read out of STM</b><br>the chance of each answer",
                "align": "left",
                "font": {"color": palette.use, "size": 13},
            }
        ],
        bargap=0.25,
        showlegend=False,
        font={"color": palette.muted, "family": FONT},
        paper_bgcolor=palette.ground,
        plot_bgcolor=palette.ground,
        uirevision="chances",
        meta={"alt": told},
    )

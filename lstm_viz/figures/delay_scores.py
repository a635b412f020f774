"""How often networks answer right, by how long they had to wait: a line a network, the middle one strong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float

from lstm_viz.figures import alts
from lstm_viz.figures.headings import heading
from lstm_viz.figures.moments import Moment
from lstm_viz.figures.palette import FONT, LIGHT, Palette
from lstm_viz.figures.reels import Reel

HEIGHT, TITLE, MARGIN, ENDS = 216, 24, 46, 52
GUESSING = 1 / 3
Scores = Float[np.ndarray, "seeds delays"]


def delay_scores(delays: tuple[int, ...], lstm: Scores, rnn: Scores, chosen: int) -> Callable[..., go.Figure]:
    """Draws every network's share of right answers by delay, with the chosen delay marked."""

    def draw(reel: Reel, moment: Moment, *, palette: Palette = LIGHT, narrow: bool = False) -> go.Figure:
        traces = [
            *_family(delays, rnn, palette.ink, "RNN"),
            *_family(delays, lstm, palette.remember, "LSTM"),
        ]
        return go.Figure(traces, _layout(delays, lstm, rnn, chosen, palette))

    return draw


def _family(delays: tuple[int, ...], scores: Scores, colour: str, name: str) -> list[go.Scatter]:
    """The networks of one kind, thin, and their mean."""
    thin = [
        go.Scatter(
            x=delays,
            y=row,
            mode="lines",
            line={"color": colour, "width": 1},
            opacity=0.35,
            hovertemplate=f"{name} {place + 1}, %{{x}} steps: %{{y:.0%}}<extra></extra>",
            meta={"part": "names"},
        )
        for place, row in enumerate(scores)
    ]
    mean = go.Scatter(
        x=delays,
        y=scores.mean(axis=0),
        mode="lines+markers",
        line={"color": colour, "width": 3, "dash": "solid" if name == "LSTM" else "dot"},
        hovertemplate=f"mean of {len(scores)} {name}s, %{{x}} steps: <b>%{{y:.0%}}</b><extra></extra>",
        meta={"part": "names"},
    )
    return [*thin, mean]


def _layout(delays: tuple[int, ...], lstm: Scores, rnn: Scores, chosen: int, palette: Palette) -> go.Layout:
    axis = {"fixedrange": True, "zeroline": False, "ticks": "", "tickfont": {"size": 11}}
    title = heading(palette, MARGIN) | {"text": "<b>Questions answered right, by delay</b>  each thin line one network"}
    text = (
        f"Share of questions answered right after waits of {delays[0]} to {delays[-1]} steps. On average over all "
        f"delays {lstm.mean():.0%} by {len(lstm)} LSTMs and {rnn.mean():.0%} by {len(rnn)} RNNs; guessing gives 33%."
    )
    return go.Layout(
        height=HEIGHT,
        margin={"l": MARGIN, "r": ENDS, "t": TITLE, "b": 22},
        xaxis=axis | {"range": [0, delays[-1] + 2], "showgrid": False},
        yaxis=axis | {"range": [0, 1.06], "tickformat": ".0%", "nticks": 5, "gridcolor": palette.line},
        shapes=[_upright(chosen, palette), _guess(palette)],
        annotations=[title, _end("LSTM", float(lstm[:, -1].mean()), palette.remember), _end_of_rnn(rnn, palette)],
        showlegend=False,
        font={"color": palette.muted, "family": FONT},
        paper_bgcolor=palette.ground,
        plot_bgcolor=palette.belt,
        meta={"alt": alts.sentence(text)},
    )


def _upright(chosen: int, palette: Palette) -> dict[str, Any]:
    line = {"color": palette.ink, "width": 1.6}
    return {"type": "line", "x0": chosen, "x1": chosen, "yref": "paper", "y0": 0, "y1": 1, "line": line}


def _guess(palette: Palette) -> dict[str, Any]:
    line = {"color": palette.muted, "width": 1, "dash": "dash"}
    return {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": GUESSING, "y1": GUESSING, "line": line}


def _end(name: str, height: float, colour: str) -> dict[str, Any]:
    place = {"xref": "paper", "x": 1, "xshift": 6, "xanchor": "left", "yref": "y", "y": height, "showarrow": False}
    return place | {"text": name, "font": {"color": colour, "size": 12}}


def _end_of_rnn(rnn: Scores, palette: Palette) -> dict[str, Any]:
    return _end("RNN", float(rnn[:, -1].mean()), palette.ink)

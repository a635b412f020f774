"""Line charts: values over steps, accuracy by delay, and the loss of a fit over its updates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float

from lstm_viz.figures import alt_text
from lstm_viz.figures.alt_text import Sentence
from lstm_viz.figures.bindings.evaluate import apply_bindings
from lstm_viz.figures.layout import heading
from lstm_viz.figures.moment import Moment
from lstm_viz.figures.palette import FONT, LIGHT, Palette
from lstm_viz.figures.viewport import Viewport

HEIGHT, TITLE, MARGIN = 216, 24, 46
#: The smallest value on a log axis.
TINY = 1e-60


class Line(NamedTuple):
    """One line: its name, its values over the steps, the role of its colour, and how it is dashed."""

    name: str
    values: Float[np.ndarray, " steps"]
    role: str
    dash: str = "solid"


def lines(title: str, shown: Sequence[Line], alt: Sentence, *, log: bool = False) -> Callable[..., go.Figure]:
    """Draws lines over the steps; on a `log` axis down to the smallest value that is shown."""

    def draw(viewport: Viewport, moment: Moment, *, palette: Palette = LIGHT, narrow: bool = False) -> go.Figure:
        steps = np.arange(1, len(shown[0].values) + 1)
        traces = [_trace(line, steps, palette) for line in shown]
        layout = _layout(title, shown, alt, log, palette)
        return apply_bindings(go.Figure(traces, layout), viewport, moment)

    return draw


def _trace(line: Line, steps: np.ndarray, palette: Palette) -> go.Scatter:
    return go.Scatter(
        x=steps,
        y=line.values,
        mode="lines+markers",
        line={"color": getattr(palette, line.role), "width": 2.4, "dash": line.dash},
        marker={"size": 4},
        hovertemplate=f"{line.name}, step %{{x}}: <b>%{{y:.2g}}</b><extra></extra>",
        meta={"part": "names"},
    )


def _layout(title: str, shown: Sequence[Line], alt: Sentence, log: bool, palette: Palette) -> go.Layout:
    axis = {"fixedrange": True, "zeroline": False, "ticks": "", "tickfont": {"size": 11}}
    marks = {"marks": [{"over": "step", "x": "x", "y": "y"}], "colour": palette.foreground}
    last = len(shown[0].values)
    upright: dict[str, Any] = {"type": "log", "exponentformat": "power", "dtick": _decades(shown)} if log else {}
    upright |= {"range": _range(shown, log)}
    named = heading(palette, MARGIN) | {"text": f"<b>{title}</b>"}
    return go.Layout(
        height=HEIGHT,
        margin={"l": MARGIN, "r": 8, "t": TITLE, "b": 22},
        xaxis=axis | {"range": [0.5, last + 0.5], "showgrid": False, "nticks": 8},
        yaxis=axis | {"gridcolor": palette.grid, "gridwidth": 0.5} | upright,
        annotations=[named, *_names(shown, log, palette)],
        showlegend=False,
        font={"color": palette.muted, "family": FONT},
        paper_bgcolor=palette.background,
        plot_bgcolor=palette.surface,
        meta={"follow": {"shapes": marks}, "panels": ["steps"], "alt": alt},
    )


def _range(shown: Sequence[Line], log: bool) -> list[float]:
    values = np.concatenate([line.values for line in shown])
    if not log:
        return [min(0.0, float(values.min())) - 0.04, max(1.0, float(values.max())) + 0.08]
    positive = np.maximum(values[values > 0], TINY)
    return [float(np.floor(np.log10(positive.min()))) - 0.2, float(np.ceil(np.log10(positive.max()))) + 0.3]


def _decades(shown: Sequence[Line]) -> int:
    low, high = _range(shown, log=True)
    return max(1, round((high - low) / 5))


def _names(shown: Sequence[Line], log: bool, palette: Palette) -> list[dict[str, Any]]:
    """Each line's name on it, a third of the way along, on the side where the others are not."""
    position = {"xref": "x", "yref": "y", "showarrow": False, "borderpad": 3, "xanchor": "left"}
    third = len(shown[0].values) // 3
    heights = [_height(float(line.values[third]), log) for line in shown]
    named = []
    for line, height in zip(shown, heights, strict=True):
        side = "bottom" if height >= max(heights) else "top"
        font = {"color": getattr(palette, line.role), "size": 12.5}
        named.append(
            position | {"x": third + 1, "y": height, "yanchor": side, "text": f"<b>{line.name}</b>", "font": font}
        )
    return named


def _height(value: float, log: bool) -> float:
    """Where an annotation stands: Plotly takes the logarithm on a log axis."""
    return float(np.log10(max(value, TINY))) if log else value


def loss_curve(
    steps: Sequence[int], losses: Sequence[float], held_out: Sequence[float], *, palette: Palette = LIGHT
) -> go.Figure:
    """Both losses by update, on a logarithmic axis."""
    lines = [
        go.Scatter(x=steps, y=losses, name="learned from", line={"color": palette.learn, "width": 2}),
        go.Scatter(x=steps, y=held_out, name="held out", line={"color": palette.forget, "width": 2, "dash": "dot"}),
    ]
    axis = {"fixedrange": True, "gridcolor": palette.surface, "zeroline": False}
    layout = go.Layout(
        height=200,
        margin={"l": 50, "r": 10, "t": 28, "b": 36},
        xaxis=axis | {"title": "update"},
        yaxis=axis | {"type": "log", "title": "loss"},
        legend={"orientation": "h", "x": 1, "xanchor": "right", "y": 1, "yanchor": "bottom"},
        font={"family": FONT, "color": palette.muted},
        paper_bgcolor=palette.background,
        plot_bgcolor=palette.background,
    )
    return go.Figure(lines, layout)


#: Right margin for the names at the ends of lines.
NAME_MARGIN = 52
#: Accuracy of guessing one of three answers.
GUESSING = 1 / 3
Scores = Float[np.ndarray, "seeds delays"]


def delay_scores(delays: tuple[int, ...], lstm: Scores, rnn: Scores, chosen: int) -> Callable[..., go.Figure]:
    """Draws every network's share of right answers by delay, with the chosen delay marked."""

    def draw(viewport: Viewport, moment: Moment, *, palette: Palette = LIGHT, narrow: bool = False) -> go.Figure:
        traces = [
            *_family(delays, rnn, palette.foreground, "RNN"),
            *_family(delays, lstm, palette.remember, "LSTM"),
        ]
        return go.Figure(traces, _delay_layout(delays, lstm, rnn, chosen, palette))

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
            hovertemplate=f"{name} {index + 1}, %{{x}} steps: %{{y:.0%}}<extra></extra>",
            meta={"part": "names"},
        )
        for index, row in enumerate(scores)
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


def _delay_layout(delays: tuple[int, ...], lstm: Scores, rnn: Scores, chosen: int, palette: Palette) -> go.Layout:
    axis = {"fixedrange": True, "zeroline": False, "ticks": "", "tickfont": {"size": 11}}
    title = heading(palette, MARGIN) | {"text": "<b>Questions answered right, by delay</b>  each thin line one network"}
    text = (
        f"Share of questions answered right after waits of {delays[0]} to {delays[-1]} steps. On average over all "
        f"delays {lstm.mean():.0%} by {len(lstm)} LSTMs and {rnn.mean():.0%} by {len(rnn)} RNNs; guessing gives 33%."
    )
    return go.Layout(
        height=HEIGHT,
        margin={"l": MARGIN, "r": NAME_MARGIN, "t": TITLE, "b": 22},
        xaxis=axis | {"range": [0, delays[-1] + 2], "showgrid": False},
        yaxis=axis | {"range": [0, 1.06], "tickformat": ".0%", "nticks": 5, "gridcolor": palette.grid},
        shapes=[_upright(chosen, palette), _guess(palette)],
        annotations=[
            title,
            _end("LSTM", float(lstm[:, -1].mean()), palette.remember),
            _end("RNN", float(rnn[:, -1].mean()), palette.foreground),
        ],
        showlegend=False,
        font={"color": palette.muted, "family": FONT},
        paper_bgcolor=palette.background,
        plot_bgcolor=palette.surface,
        meta={"alt": alt_text.sentence(text)},
    )


def _upright(chosen: int, palette: Palette) -> dict[str, Any]:
    line = {"color": palette.foreground, "width": 1.6}
    return {"type": "line", "x0": chosen, "x1": chosen, "yref": "paper", "y0": 0, "y1": 1, "line": line}


def _guess(palette: Palette) -> dict[str, Any]:
    line = {"color": palette.muted, "width": 1, "dash": "dash"}
    return {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": GUESSING, "y1": GUESSING, "line": line}


def _end(name: str, height: float, colour: str) -> dict[str, Any]:
    position = {"xref": "paper", "x": 1, "xshift": 6, "xanchor": "left", "yref": "y", "y": height, "showarrow": False}
    return position | {"text": name, "font": {"color": colour, "size": 12}}

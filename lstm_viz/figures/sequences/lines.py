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
from lstm_viz.figures.formats import MINUS, percent, plain
from lstm_viz.figures.layout import heading
from lstm_viz.figures.moment import Moment
from lstm_viz.figures.palette import FONT, LIGHT, Palette
from lstm_viz.figures.viewport import Viewport

HEIGHT, TITLE, LINE, FOOT, MARGIN, LOG_MARGIN = 240, 42, 16, 38, 46, 80
#: Room over the highest line for its name, as a share of the axis.
NAME_ROOM = 0.14
#: A line whose height grows by more than this share of what lies between the lines is one that rises.
RISING = 0.02
#: Below this two decimals show less than a digit of a value.
SMALL = 0.05
#: The smallest value on a log axis.
TINY = 1e-60


class Line(NamedTuple):
    """One line: its name, its values over the steps, the role of its colour, and how it is dashed."""

    name: str
    values: Float[np.ndarray, " steps"]
    role: str
    dash: str = "solid"


def lines(
    title: str, about: str, shown: Sequence[Line], alt: Sentence, *, log: bool = False
) -> Callable[..., go.Figure]:
    """Draws lines over the steps, with a line on what they are about; on a `log` axis down to the smallest value."""

    def draw(viewport: Viewport, moment: Moment, *, palette: Palette = LIGHT, narrow: bool = False) -> go.Figure:
        steps = np.arange(1, len(shown[0].values) + 1)
        traces = [_trace(line, steps, palette) for line in shown]
        layout = _layout(title, about, shown, alt, log, palette)
        return apply_bindings(go.Figure(traces, layout), viewport, moment)

    return draw


def _trace(line: Line, steps: np.ndarray, palette: Palette) -> go.Scatter:
    return go.Scatter(
        x=steps,
        y=line.values,
        mode="lines+markers",
        line={"color": getattr(palette, line.role), "width": 2.4, "dash": line.dash},
        marker={"size": 4},
        customdata=[small_text(value) for value in line.values],
        hovertemplate=f"{line.name}, step %{{x:d}}: <b>%{{customdata}}</b><extra></extra>",
        meta={"part": "names"},
    )


def _layout(title: str, about: str, shown: Sequence[Line], alt: Sentence, log: bool, palette: Palette) -> go.Layout:
    axis = {"fixedrange": True, "zeroline": False, "ticks": "", "tickfont": {"size": 11}}
    marks = {"marks": [{"over": "step", "x": "x", "y": "y"}], "colour": palette.foreground}
    last = len(shown[0].values)
    upright: dict[str, Any] = {"type": "log"} | _log_ticks(shown) if log else {}
    upright |= {"range": _range(shown, log)}
    margin, top = LOG_MARGIN if log else MARGIN, TITLE
    if log:
        about += f"<br>each line is {power_text(_decades(shown))} times the one below"
        top += LINE
    text = f"<b>{title}</b><br>{about}"
    named = heading(palette, margin) | {"text": text, "align": "left"}
    return go.Layout(
        height=HEIGHT,
        margin={"l": margin, "r": 8, "t": top, "b": FOOT},
        xaxis=axis | {"range": [0.5, last + 0.5], "showgrid": False, "nticks": 8, "title": axis_title("step")},
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
    low, high = float(np.floor(np.log10(positive.min()))), float(np.ceil(np.log10(positive.max())))
    return [low - 0.03 * (high - low), high + NAME_ROOM * (high - low)]


def _decades(shown: Sequence[Line]) -> int:
    low, high = _range(shown, log=True)
    return max(1, round((high - low) / 5))


def _names(shown: Sequence[Line], log: bool, palette: Palette) -> list[dict[str, Any]]:
    """Each line's name a third of the way along it: over a line that falls or lies flat, under one that rises."""
    position = {"xref": "x", "yref": "y", "showarrow": False, "borderpad": 3, "xanchor": "left"}
    third = len(shown[0].values) // 3
    heights = [_height(float(line.values[third]), log) for line in shown]
    named = []
    for line, height in zip(shown, heights, strict=True):
        ahead = _height(float(line.values[min(third + 3, len(line.values) - 1)]), log)
        side = "top" if ahead > height + RISING * (max(heights) - min(heights)) else "bottom"
        font = {"color": getattr(palette, line.role), "size": 12.5}
        named.append(
            position | {"x": third + 1, "y": height, "yanchor": side, "text": f"<b>{line.name}</b>", "font": font}
        )
    return named


def _log_ticks(shown: Sequence[Line]) -> dict[str, Any]:
    """Powers of ten, called as people call them."""
    low, high = _range(shown, log=True)
    stride = _decades(shown)
    exponents = [power for power in range(int(np.ceil(low)), int(np.floor(high)) + 1) if power % stride == 0]
    return {"tickvals": [10.0**power for power in exponents], "ticktext": [power_text(power) for power in exponents]}


def power_text(exponent: int) -> str:
    """A power of ten in words or figures.

    >>> [power_text(exponent) for exponent in (2, 0, -2, -6, -8, -9, -12)]
    ['100', '1', '1/100', '1/1 million', '1/100 million', '1/1 billion', '1/10<sup>12</sup>']
    """
    if exponent < 0:
        return f"1/{power_text(-exponent)}"
    if exponent > 9:
        return f"10<sup>{exponent}</sup>"
    scale, name = next(pair for pair in ((10**9, " billion"), (10**6, " million"), (1, "")) if 10**exponent >= pair[0])
    return f"{10**exponent // scale:,}{name}"


def small_text(value: float) -> str:
    """A number with the page's two decimals, or two digits and a power of ten where those show nothing of it.

    >>> small_text(0.5), small_text(-1.25), small_text(0.0), small_text(3.14e-7)
    ('0.50', '−1.25', '0.00', '3.1 · 10<sup>−7</sup>')
    """
    if value == 0 or not np.isfinite(value) or abs(value) >= SMALL:
        return plain(float(value))
    digits, _, exponent = f"{value:.1e}".partition("e")
    return f"{plain(float(digits), 1)} · 10<sup>{MINUS}{-int(exponent)}</sup>"


def axis_title(text: str) -> dict[str, Any]:
    """What an axis counts, close to its ticks."""
    return {"text": text, "standoff": 4, "font": {"size": 12}}


def _height(value: float, log: bool) -> float:
    """Where an annotation stands: Plotly takes the logarithm on a log axis."""
    return float(np.log10(max(value, TINY))) if log else value


def loss_curve(
    steps: Sequence[int], losses: Sequence[float], held_out: Sequence[float], *, palette: Palette = LIGHT
) -> go.Figure:
    """Both losses by update, on a logarithmic axis."""
    lines = [
        go.Scatter(x=steps, y=losses, name="learned from", line={"color": palette.remember, "width": 2}),
        go.Scatter(x=steps, y=held_out, name="held out", line={"color": palette.foreground, "width": 2, "dash": "dot"}),
    ]
    axis = {"fixedrange": True, "gridcolor": palette.surface, "zeroline": False}
    layout = go.Layout(
        height=200,
        margin={"l": 50, "r": 10, "t": 26, "b": 36},
        xaxis=axis | {"title": "update"},
        yaxis=axis | {"type": "log", "title": "loss"},
        legend={"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"},
        font={"family": FONT, "color": palette.muted},
        paper_bgcolor=palette.background,
        plot_bgcolor=palette.background,
    )
    return go.Figure(lines, layout)


#: Right margin for the names at the ends of lines.
NAME_MARGIN = 62
#: Accuracy of guessing one of three answers.
GUESSING = 1 / 3
#: Shares of right answers that have a line.
SHARES = [0.0, 0.5, 1.0]
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
            customdata=[percent(share) for share in row],
            mode="lines",
            line={"color": colour, "width": 1},
            opacity=0.35,
            hovertemplate=f"{name} {index + 1}, %{{x}} steps: %{{customdata}}<extra></extra>",
            meta={"part": "names"},
        )
        for index, row in enumerate(scores)
    ]
    mean = go.Scatter(
        x=delays,
        y=scores.mean(axis=0),
        customdata=[percent(share) for share in scores.mean(axis=0)],
        mode="lines+markers",
        line={"color": colour, "width": 3, "dash": "solid" if name == "LSTM" else "dot"},
        hovertemplate=f"mean of {len(scores)} {name}s, %{{x}} steps: <b>%{{customdata}}</b><extra></extra>",
        meta={"part": "names"},
    )
    return [*thin, mean]


def _delay_layout(delays: tuple[int, ...], lstm: Scores, rnn: Scores, chosen: int, palette: Palette) -> go.Layout:
    axis = {"fixedrange": True, "zeroline": False, "ticks": "", "tickfont": {"size": 11}}
    title = heading(palette, MARGIN) | {"text": "<b>Questions answered right, by delay</b>  each thin line one network"}
    text = (
        f"Share of questions answered right after waits of {delays[0]} to {delays[-1]} steps. On average over all "
        f"delays {percent(lstm.mean())} by {len(lstm)} LSTMs and {percent(rnn.mean())} by {len(rnn)} RNNs; guessing "
        "gives 33 %."
    )
    return go.Layout(
        height=HEIGHT,
        margin={"l": MARGIN, "r": NAME_MARGIN, "t": TITLE - 16, "b": FOOT},
        xaxis=axis
        | {
            "range": [0, delays[-1] + 2],
            "showgrid": False,
            "title": axis_title("steps between the letter and the question"),
        },
        yaxis=axis
        | {"range": [0, 1.06], "tickvals": SHARES, "ticktext": [percent(share) for share in SHARES]}
        | {"gridcolor": palette.grid},
        shapes=[_upright(chosen, palette), _guess(palette)],
        annotations=[
            title,
            _end("LSTM", float(lstm[:, -1].mean()), palette.remember),
            _end("RNN", float(rnn[:, -1].mean()), palette.foreground),
            _end("guessing", GUESSING, palette.muted),
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

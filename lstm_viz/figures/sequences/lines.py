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

HEIGHT, TITLE, LINE, FOOT, MARGIN, LOG_MARGIN = 240, 42, 16, 38, 46, 98
#: Room over the highest line for its name, as a share of the axis.
NAME_ROOM = 0.14
#: Below this two decimals show less than a digit of a value.
SMALL = 0.05
#: The smallest value on a log axis.
TINY = 1e-60
#: About how wide a letter of a line's name is and how high the name, and how large the plot is drawn, in pixels.
LETTER_PX, NAME_PX, PLOT_PX = 8.6, 17, (260, 150)
#: A name this far from every line and name is far enough.
CLEAR_PX = 14


class Line(NamedTuple):
    """One line: its name, its values over the steps, the role of its colour, and how it is dashed.

    A line ends at its first NaN, or on a log axis at its first 0; `ending` is then written there.
    """

    name: str
    values: Float[np.ndarray, " steps"]
    role: str
    dash: str = "solid"
    ending: str = ""


def lines(
    title: str,
    about: str,
    shown: Sequence[Line],
    alt: Sentence,
    *,
    log: bool = False,
    axis: str = "",
    over: Sequence[float] = (),
) -> Callable[..., go.Figure]:
    """Draws lines over the steps, with a line on what they are about; on a `log` axis down to the smallest value.

    `axis` names the upright axis, and `over` are values that it has to have room for, so that two charts share one.
    """

    def draw(viewport: Viewport, moment: Moment, *, palette: Palette = LIGHT, narrow: bool = False) -> go.Figure:
        steps = np.arange(1, len(shown[0].values) + 1)
        traces = [_trace(line, steps, log, palette) for line in shown]
        layout = _layout(title, about, shown, alt, log, axis, np.asarray(over, float), palette)
        return apply_bindings(go.Figure(traces, layout), viewport, moment)

    return draw


def _drawn(line: Line, log: bool) -> np.ndarray:
    """The values as they are drawn: a log axis has no place for 0."""
    values = np.asarray(line.values, float)
    return np.where(values > 0, values, np.nan) if log else values


def _trace(line: Line, steps: np.ndarray, log: bool, palette: Palette) -> go.Scatter:
    return go.Scatter(
        x=steps,
        y=_drawn(line, log),
        mode="lines+markers",
        line={"color": getattr(palette, line.role), "width": 2.4, "dash": line.dash},
        marker={"size": 4},
        customdata=[small_text(value) for value in line.values],
        hovertemplate=f"{line.name}, step %{{x:d}}: <b>%{{customdata}}</b><extra></extra>",
        meta={"part": "names"},
    )


def _layout(
    title: str,
    about: str,
    shown: Sequence[Line],
    alt: Sentence,
    log: bool,
    axis_words: str,
    over: np.ndarray,
    palette: Palette,
) -> go.Layout:
    axis = {"fixedrange": True, "zeroline": False, "ticks": "", "tickfont": {"size": 11}}
    marks = {"marks": [{"over": "step", "x": "x", "y": "y"}], "colour": palette.foreground}
    last = len(shown[0].values)
    values = np.concatenate([*(line.values for line in shown), over])
    span = _range(values, log)
    upright: dict[str, Any] = {"type": "log"} | _log_ticks(span) if log else {}
    upright |= {"range": span, "title": axis_title(axis_words)}
    margin, top = LOG_MARGIN if log else MARGIN, TITLE
    if log:
        about += f"<br>each line is {power_text(_decades(span))} times the one below"
        top += LINE
    text = f"<b>{title}</b><br>{about}"
    named = heading(palette, margin) | {"text": text, "align": "left"}
    return go.Layout(
        height=HEIGHT,
        margin={"l": margin, "r": 8, "t": top, "b": FOOT},
        xaxis=axis | {"range": [0.5, last + 0.5], "showgrid": False, "nticks": 8, "title": axis_title("step")},
        yaxis=axis | {"gridcolor": palette.grid, "gridwidth": 0.5} | upright,
        annotations=[named, *_names(shown, span, log, palette), *_endings(shown, log, palette)],
        showlegend=False,
        font={"color": palette.muted, "family": FONT},
        paper_bgcolor=palette.background,
        plot_bgcolor=palette.surface,
        meta={"follow": {"shapes": marks}, "panels": ["steps"], "alt": alt},
    )


def _range(values: np.ndarray, log: bool) -> list[float]:
    if not log:
        return [min(0.0, float(np.nanmin(values))) - 0.04, max(1.0, float(np.nanmax(values))) + 0.08]
    positive = np.maximum(values[values > 0], TINY)
    low, high = float(np.floor(np.log10(positive.min()))), float(np.ceil(np.log10(positive.max())))
    low = min(low, high - 1)
    return [low - 0.03 * (high - low), high + NAME_ROOM * (high - low)]


def _decades(span: Sequence[float]) -> int:
    return max(1, round((span[1] - span[0]) / 5))


def _names(shown: Sequence[Line], span: Sequence[float], log: bool, palette: Palette) -> list[dict[str, Any]]:
    """Each line's name over it or under it, where it is farthest from the other lines and names."""
    heights = [_heights(line, span, log) for line in shown]
    steps = len(heights[0])
    taken: list[tuple[int, int, float]] = []
    named = []
    for index, line in enumerate(shown):
        width = min(steps, int(np.ceil(LETTER_PX * len(line.name) * steps / PLOT_PX[0])))
        place = _free_place(index, heights, width, taken)
        if place is None:
            continue
        start, bottom = place
        taken.append((start, start + width, bottom))
        value = span[0] + (bottom + NAME_PX / 2) / PLOT_PX[1] * (span[1] - span[0])
        position = {"xref": "x", "yref": "y", "x": start + 1, "y": value, "xanchor": "left", "yanchor": "middle"}
        font = {"color": getattr(palette, line.role), "size": 12.5}
        named.append(position | {"showarrow": False, "text": f"<b>{line.name}</b>", "font": font})
    return named


def _heights(line: Line, span: Sequence[float], log: bool) -> np.ndarray:
    """The line's heights over the lower edge of the plot, in pixels; NaN where it isn't drawn."""
    drawn = _drawn(line, log)
    places = np.log10(np.maximum(drawn, TINY)) if log else drawn
    heights: np.ndarray = (places - span[0]) / (span[1] - span[0]) * PLOT_PX[1]
    return heights


def _free_place(
    index: int, heights: Sequence[np.ndarray], width: int, taken: Sequence[tuple[int, int, float]]
) -> tuple[int, float] | None:
    """Where a name of so many steps stands clearest: its first step, from 0, and its lower edge in pixels."""
    best, found = -np.inf, None
    steps = len(heights[index])
    for start in range(max(1, steps - width + 1)):
        stretch = slice(start, start + width)
        own = heights[index][stretch]
        if np.isnan(own).any():
            continue
        for bottom in (float(own.max()) + 3, float(own.min()) - 3 - NAME_PX):
            if bottom < 0 or bottom + NAME_PX > PLOT_PX[1]:
                continue
            apart = [_apart(bottom, other[stretch]) for k, other in enumerate(heights) if k != index]
            apart += [abs(bottom - low) - NAME_PX for first, end, low in taken if first < start + width and start < end]
            # Beyond what is clear, near the line is better than far from all.
            slack = float(own.max() - own.min())
            score = min([CLEAR_PX, *apart]) - 0.3 * slack - 0.01 * abs(start - steps / 3)
            if score > best:
                best, found = score, (start, bottom)
    return found


def _apart(bottom: float, other: np.ndarray) -> float:
    """How far another line stays from a name, in pixels; below 0 where it runs through it."""
    drawn = other[~np.isnan(other)]
    if not len(drawn):
        return np.inf
    outside = np.maximum(bottom - drawn, drawn - bottom - NAME_PX)
    return float(outside.min())


def _endings(shown: Sequence[Line], log: bool, palette: Palette) -> list[dict[str, Any]]:
    """What is written where a line ends before the last step."""
    notes = []
    for line in shown:
        drawn = _drawn(line, log)
        missing = np.flatnonzero(np.isnan(drawn))
        if not line.ending or not len(missing) or missing[0] == 0:
            continue
        last = int(missing[0]) - 1
        left = last > 0.62 * len(drawn)
        position = {"x": last + 1, "y": _height(float(drawn[last]), log), "xref": "x", "yref": "y"}
        side = {"xanchor": "right" if left else "left", "xshift": -8 if left else 8, "yanchor": "middle"}
        font = {"color": getattr(palette, line.role), "size": 11.5}
        notes.append(position | side | {"showarrow": False, "text": line.ending, "font": font})
    return notes


def _log_ticks(span: Sequence[float]) -> dict[str, Any]:
    """Powers of ten, called as people call them."""
    low, high = span
    stride = _decades(span)
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


#: Right margin for the names at the ends of lines, and how far such names stay apart, as shares of the axis.
NAME_MARGIN, NAME_STEP = 96, 0.11
#: Accuracy of guessing one of three answers.
GUESSING = 1 / 3
#: Shares of right answers that have a line.
SHARES = [0.0, 0.5, 1.0]
Scores = Float[np.ndarray, "seeds delays"]


class ScoredKind(NamedTuple):
    """Networks of one kind: what they are called, each one's share of right answers by delay, colour and dash."""

    name: str
    scores: Scores
    role: str
    dash: str = "solid"
    #: Of the line of their mean: one that another lies on has to be wider.
    width: float = 3


def delay_scores(delays: tuple[int, ...], kinds: Sequence[ScoredKind], chosen: int) -> Callable[..., go.Figure]:
    """Draws every network's share of right answers by delay, with the chosen delay marked."""

    def draw(viewport: Viewport, moment: Moment, *, palette: Palette = LIGHT, narrow: bool = False) -> go.Figure:
        traces = [trace for kind in kinds for trace in _family(delays, kind, palette)]
        return go.Figure(traces, _delay_layout(delays, kinds, chosen, palette))

    return draw


def _family(delays: tuple[int, ...], kind: ScoredKind, palette: Palette) -> list[go.Scatter]:
    """The networks of one kind, thin, and their mean."""
    colour, scores = getattr(palette, kind.role), kind.scores
    thin = [
        go.Scatter(
            x=delays,
            y=row,
            customdata=[percent(share) for share in row],
            mode="lines",
            line={"color": colour, "width": 1},
            opacity=0.35,
            hovertemplate=f"{kind.name}, seed {index}, %{{x}} steps: %{{customdata}}<extra></extra>",
            meta={"part": "names"},
        )
        for index, row in enumerate(scores)
    ]
    mean = go.Scatter(
        x=delays,
        y=scores.mean(axis=0),
        customdata=[percent(share) for share in scores.mean(axis=0)],
        mode="lines+markers",
        line={"color": colour, "width": kind.width, "dash": kind.dash},
        hovertemplate=f"{kind.name}, mean of {len(scores)}, %{{x}} steps: <b>%{{customdata}}</b><extra></extra>",
        meta={"part": "names"},
    )
    return [*thin, mean]


def _delay_layout(delays: tuple[int, ...], kinds: Sequence[ScoredKind], chosen: int, palette: Palette) -> go.Layout:
    axis = {"fixedrange": True, "zeroline": False, "ticks": "", "tickfont": {"size": 11}}
    title = heading(palette, MARGIN) | {
        "align": "left",
        "text": "<b>Questions answered right, by wait</b><br>each thin line one network",
    }
    means = "; ".join(f"{percent(kind.scores.mean())} by {len(kind.scores)} of {kind.name}" for kind in kinds)
    text = (
        f"Share of questions answered right after waits of {delays[0]} to {delays[-1]} steps. On average over all "
        f"waits {means}; guessing gives 33 %."
    )
    ends = [(kind.name, float(kind.scores[:, -1].mean()), getattr(palette, kind.role)) for kind in kinds]
    ends.append(("guessing", GUESSING, palette.muted))
    return go.Layout(
        height=HEIGHT,
        margin={"l": MARGIN, "r": NAME_MARGIN, "t": TITLE, "b": FOOT},
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
        annotations=[title, *_ends(ends)],
        showlegend=False,
        font={"color": palette.muted, "family": FONT},
        paper_bgcolor=palette.background,
        plot_bgcolor=palette.surface,
        meta={"alt": alt_text.sentence(text)},
    )


def _ends(named: Sequence[tuple[str, float, str]]) -> list[dict[str, Any]]:
    """Names at the ends of lines; one that would stand in another moves down."""
    notes, above = [], np.inf
    for name, height, colour in sorted(named, key=lambda end: -end[1]):
        above = min(height, above - NAME_STEP)
        notes.append(_end(name, above, colour))
    return notes


def _upright(chosen: int, palette: Palette) -> dict[str, Any]:
    line = {"color": palette.foreground, "width": 1.6}
    return {"type": "line", "x0": chosen, "x1": chosen, "yref": "paper", "y0": 0, "y1": 1, "line": line}


def _guess(palette: Palette) -> dict[str, Any]:
    line = {"color": palette.muted, "width": 1, "dash": "dash"}
    return {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": GUESSING, "y1": GUESSING, "line": line}


def _end(name: str, height: float, colour: str) -> dict[str, Any]:
    position = {"xref": "paper", "x": 1, "xshift": 6, "xanchor": "left", "yref": "y", "y": height, "showarrow": False}
    return position | {"text": name, "font": {"color": colour, "size": 12}}

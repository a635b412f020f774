"""The shapes that sequences take going in and coming out: a network unrolled in time, one column a step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float

from lstm_viz.figures.headings import heading
from lstm_viz.figures.palette import FONT, LIGHT, Palette, blend
from lstm_viz.figures.words import BLANK, safe

#: Columns that every picture has room for, so that all of them are drawn to one scale.
COLUMNS = 8
HEIGHT, TITLE = 212, 26
#: Where things stand, bottom to top: the event, the cell from its lower to its upper edge, the answer.
EVENT, FLOOR, CEILING, ANSWER = 0.0, 0.8, 2.2, 3.0
MIDDLE, HALF = (FLOOR + CEILING) / 2, 0.28
#: How far an arrow stays away from what it leaves, and its head from what it comes to.
GAP, SHY_ACROSS, SHY_UP = 0.3, 0.07, 0.09
SHUT = 0.25

Arrow = list[tuple[float, float]]


@dataclass(frozen=True, eq=False)
class Unrolled:
    """What goes in and comes out at each step, as short texts ("" for nothing), and the memory between.

    `states` (steps, units) are a real run's short-term memory; None where nothing is run, and the cells
    are drawn empty. `fed_back` says that each event is the answer before it.
    """

    title: str
    events: tuple[str, ...]
    answers: tuple[str, ...]
    states: Float[np.ndarray, "steps units"] | None = None
    fed_back: bool = False

    @property
    def columns(self) -> list[float]:
        """Where each step's column stands; a few stand in the middle."""
        count = len(self.events)
        return [(COLUMNS - count) / 2 + step for step in range(count)]


def unrolled(picture: Unrolled, *, palette: Palette = LIGHT) -> go.Figure:
    """One shape: events below, the cell of each step, answers above; the step that is current is lit."""
    steps = range(len(picture.events))
    still = [arrow for step in steps for arrow in _arrows(picture, step)]
    traces = [
        *_drawn([still], palette.line, 1.4),
        *_drawn([_arrows(picture, step) for step in steps], palette.ink, 2.4),
        _cells(picture, palette),
        *([] if picture.states is None else [_units(picture, picture.states, palette)]),
        _boxes(picture, palette),
        _events(picture, palette),
        _answers(picture, palette),
    ]
    return go.Figure(traces, _layout(picture, palette))


def _arrows(picture: Unrolled, step: int) -> list[Arrow]:
    """The ways that numbers take at one step, each from its start to its head."""
    at = picture.columns[step]
    found: list[Arrow] = []
    if step:
        found.append([(at - 1 + HALF, MIDDLE), (at - HALF - SHY_ACROSS, MIDDLE)])
    if step and picture.fed_back:
        found.append([(at - 1 + HALF, ANSWER), (at - 0.5, ANSWER), (at - 0.5, EVENT), (at - HALF - SHY_ACROSS, EVENT)])
    if picture.events[step]:
        found.append([(at, EVENT + GAP), (at, FLOOR - SHY_UP)])
    if picture.answers[step]:
        found.append([(at, CEILING), (at, ANSWER - GAP - SHY_UP)])
    return found


def _drawn(by_step: list[list[Arrow]], colour: str, width: float) -> list[go.Scatter]:
    """Arrows as lines and heads; a list of several follows the steps."""
    lines = [_line(arrows) for arrows in by_step]
    heads = [[arrow[-1] for arrow in arrows] for arrows in by_step]
    turns = [
        ["triangle-right" if arrow[-1][1] == arrow[-2][1] else "triangle-up" for arrow in arrows] for arrows in by_step
    ]
    line = go.Scatter(mode="lines", line={"color": colour, "width": width})
    head = go.Scatter(mode="markers", marker={"color": colour, "size": 5 + 1.5 * width})
    return [
        _following(
            line, {"x": [[x for x, _ in part] for part in lines], "y": [[y for _, y in part] for part in lines]}
        ),
        _following(
            head,
            {
                "x": [[x for x, _ in part] for part in heads],
                "y": [[y for _, y in part] for part in heads],
                "marker.symbol": turns,
            },
        ),
    ]


def _line(arrows: list[Arrow]) -> list[tuple[float | None, float | None]]:
    """Arrows as one line with gaps between them."""
    return [point for arrow in arrows for point in [*arrow, (None, None)]]


def _following(trace: go.Scatter, properties: dict[str, list[Any]]) -> go.Scatter:
    """A trace with a value of each property for each step, drawn as at the last; a single value stands still."""
    for path, values in properties.items():
        trace[path] = values[-1]
    follow = {path: {"cycle": values} for path, values in properties.items() if len(values) > 1}
    trace.update(meta={"part": "names", "follow": follow}, hoverinfo="skip", showlegend=False)
    return trace


def _cells(picture: Unrolled, palette: Palette) -> go.Scatter:
    """The outline of every step's cell."""
    return go.Scatter(
        **_outlines(picture.columns),
        mode="lines",
        fill="toself",
        fillcolor=palette.belt,
        line={"color": palette.line, "width": 1.4, "dash": "solid" if picture.states is not None else "dot"},
        hoverinfo="skip",
        showlegend=False,
        meta={"part": "names"},
    )


def _boxes(picture: Unrolled, palette: Palette) -> go.Scatter:
    """The outline of the cell at work."""
    frames = [_outlines([at]) for at in picture.columns]
    trace = go.Scatter(mode="lines", line={"color": palette.ink, "width": 2.4})
    return _following(trace, {name: [frame[name] for frame in frames] for name in ("x", "y")})


def _outlines(columns: list[float]) -> dict[str, list[float | None]]:
    corners = [(-HALF, FLOOR), (HALF, FLOOR), (HALF, CEILING), (-HALF, CEILING), (-HALF, FLOOR)]
    x = [value for at in columns for value in [*(at + across for across, _ in corners), None]]
    return {"x": x, "y": [*(up for _, up in corners), None] * len(columns)}


def _units(picture: Unrolled, states: np.ndarray, palette: Palette) -> go.Scatter:
    """Short-term memory, one square a unit: dim until its step has come."""
    steps, units = states.shape
    tones = np.clip(states / (np.abs(states).max() or 1.0), -1, 1)
    rise = (CEILING - FLOOR) / units
    trace = go.Scatter(
        x=np.repeat(picture.columns, units),
        y=np.tile(CEILING - (np.arange(units) + 0.5) * rise, steps),
        mode="markers",
        marker={
            "symbol": "square",
            "size": 10,
            "color": [blend(palette.signed, float(tone + 1) / 2) for tone in tones.ravel()],
            "line": {"width": 0},
        },
    )
    lit = [np.repeat(np.where(np.arange(steps) <= step, 1.0, SHUT), units).tolist() for step in range(steps)]
    return _following(trace, {"marker.opacity": lit})


def _events(picture: Unrolled, palette: Palette) -> go.Scatter:
    """What goes in: given from outside in full, a network's own answers hollow."""
    own = [picture.fed_back and step > 0 for step in range(len(picture.events))]
    inner = [palette.ground if mine else palette.ink for mine in own]
    written = [palette.ink if mine else palette.ground for mine in own]
    return _texts(picture, picture.events, EVENT, inner, written, palette.ink)


def _answers(picture: Unrolled, palette: Palette) -> go.Scatter:
    """What comes out, as each step says it."""
    count = len(picture.answers)
    trace = _texts(picture, picture.answers, ANSWER, [palette.ground] * count, [palette.ink] * count, palette.use)
    said = [[trace.text[k] if k <= step else BLANK for k in range(count)] for step in range(count)]
    return _following(trace, {"text": said})


def _texts(
    picture: Unrolled, texts: tuple[str, ...], height: float, inner: list[str], written: list[str], edge: str
) -> go.Scatter:
    """Short texts in boxes; no box where there is no text."""
    return go.Scatter(
        x=picture.columns,
        y=[height if text else None for text in texts],
        text=[safe(text) or BLANK for text in texts],
        mode="markers+text",
        marker={"symbol": "square", "size": 26, "color": inner, "line": {"color": edge, "width": 1.4}},
        textfont={"size": 11, "color": written},
        hoverinfo="skip",
        showlegend=False,
        meta={"part": "names"},
    )


def _layout(picture: Unrolled, palette: Palette) -> go.Layout:
    axis = {"visible": False, "fixedrange": True}
    return go.Layout(
        height=HEIGHT,
        margin={"l": 0, "r": 0, "t": TITLE, "b": 0},
        annotations=[heading(palette, 0) | {"text": f"<b>{picture.title}</b>"}],
        xaxis=axis | {"range": [-0.6, COLUMNS - 0.4]},
        yaxis=axis | {"range": [-0.45, 3.45]},
        paper_bgcolor=palette.ground,
        plot_bgcolor=palette.ground,
        font={"family": FONT, "color": palette.muted},
        meta={"player": "animate"},
        uirevision=picture.title,
    )

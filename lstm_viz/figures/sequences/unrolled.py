"""Recurrent networks unrolled in time: one-to-one, one-to-many, many-to-one, many-to-many."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float

from lstm_viz.figures import alt_text
from lstm_viz.figures.labels import BLANK, escape_markup
from lstm_viz.figures.palette import FONT, LIGHT, Palette, blend

#: From one picture to the next, across and down, in columns and in heights; pixels of a row of pictures.
ACROSS, DOWN, ROW = 8.9, 4.9, 204
#: The upper edge of a picture.
TOP = 4.35
#: How much is seen of a memory whose step has not come yet.
DIM = 0.25

KEY = "<br>".join(
    (
        "Full boxes go in, hollow ones come out;",
        "a hollow box going in is the answer before it.",
        "The tall boxes are one cell, step after step.",
        "Its squares are units of short-term memory:",
        "orange above 0, blue below.",
        "Dotted cells are drawn, not run.",
    )
)


def unrolled_networks(pictures: Sequence[Unrolled], *, palette: Palette = LIGHT, narrow: bool = False) -> go.Figure:
    """All shapes at work at once: events below, the cell of each step, answers above; what acts now is lit."""
    per_row = 1 if narrow else 2
    placed = [Placed(shape, ACROSS * (k % per_row), -DOWN * (k // per_row)) for k, shape in enumerate(pictures)]
    steps = range(max(len(shape.events) for shape in pictures))
    still = [[arrow for one in placed for step in range(len(one.columns)) for arrow in arrows(one, step)]]
    lit = [[arrow for one in placed for arrow in arrows(one, one.now(step))] for step in steps]
    traces = [
        *_drawn(still, palette.line, 1.4),
        *_drawn(lit, palette.foreground, 2.4),
        *_cells(placed, palette),
        _boxes(placed, steps, palette),
        _units([one for one in placed if one.is_run], steps, palette),
        _events(placed, steps, palette),
        _answers(placed, steps, palette),
    ]
    return go.Figure(traces, _layout(placed, per_row, palette))


def _drawn(by_step: list[list[Arrow]], colour: str, width: float) -> list[go.Scatter]:
    """Arrows as lines and heads; a list of several follows the steps."""
    lines = [[point for arrow in step for point in (*arrow, BREAK)] for step in by_step]
    heads: list[list[Point]] = [[arrow[-1] for arrow in step] for step in by_step]
    line = go.Scatter(mode="lines", line={"color": colour, "width": width})
    head = go.Scatter(mode="markers", marker={"color": colour, "size": 5 + 1.5 * width})
    symbols = {"marker.symbol": [[_head_symbol(arrow) for arrow in step] for step in by_step]}
    return [_following(line, _coordinates(lines)), _following(head, _coordinates(heads) | symbols)]


def _head_symbol(arrow: Arrow) -> str:
    return "triangle-right" if arrow[-1][1] == arrow[-2][1] else "triangle-up"


def _coordinates(by_step: list[list[Point]]) -> dict[str, list[Any]]:
    return {name: [[point[axis] for point in points] for points in by_step] for axis, name in enumerate("xy")}


def _following(trace: go.Scatter, properties: dict[str, list[Any]]) -> go.Scatter:
    """A trace with a value of each property for each step, drawn as at the last; a single value stands still."""
    for path, values in properties.items():
        trace[path] = values[-1]
    follow = {path: {"cycle": values} for path, values in properties.items() if len(values) > 1}
    return trace.update(meta={"part": "names", "follow": follow}, hoverinfo="skip", showlegend=False)


def _cells(placed: Sequence[Placed], palette: Palette) -> list[go.Scatter]:
    """The outline of every step's cell: dotted where no network is run."""
    return [
        _following(
            go.Scatter(
                mode="lines",
                fill="toself",
                fillcolor=palette.surface,
                line={"color": palette.line, "width": 1.4, "dash": "solid" if run else "dot"},
            ),
            _coordinates(
                [[point for one in placed if one.is_run == run for at in one.columns for point in box(one, at)]]
            ),
        )
        for run in (True, False)
    ]


def _boxes(placed: Sequence[Placed], steps: range, palette: Palette) -> go.Scatter:
    """The outline of each picture's cell at work."""
    frames = [[point for one in placed for point in box(one, one.columns[one.now(step)])] for step in steps]
    return _following(go.Scatter(mode="lines", line={"color": palette.foreground, "width": 2.4}), _coordinates(frames))


def _units(placed: Sequence[Placed], steps: range, palette: Palette) -> go.Scatter:
    """Short-term memory, one square a unit: dim until its step has come."""
    points: list[Point] = []
    colours: list[str] = []
    first_steps: list[int] = []
    for one in placed:
        states = one.picture.states
        assert states is not None
        tones = np.clip(states / (np.abs(states).max() or 1.0), -1, 1)
        rise = (CEILING - FLOOR) / states.shape[1]
        for step, at in enumerate(one.columns):
            points += [(at, one.up + CEILING - (unit + 0.5) * rise) for unit in range(states.shape[1])]
            colours += [blend(palette.signed, float(tone + 1) / 2) for tone in tones[step]]
            first_steps += [step] * states.shape[1]
    marker = {"symbol": "square", "size": 10, "color": colours, "line": {"width": 0}}
    shades = [[1.0 if step <= now else DIM for step in first_steps] for now in steps]
    return _following(go.Scatter(mode="markers", marker=marker), _coordinates([points]) | {"marker.opacity": shades})


def _events(placed: Sequence[Placed], steps: range, palette: Palette) -> go.Scatter:
    """What goes in: given from outside in full; a network's own answers hollow, and there once they are made."""
    first_steps = [step * one.picture.fed_back for one in placed for step in range(len(one.columns))]
    own = [one.picture.fed_back and step > 0 for one in placed for step in range(len(one.columns))]
    inner, written = (
        [(palette.background, palette.foreground)[mine == hollow] for mine in own] for hollow in (False, True)
    )
    trace = _texts(placed, lambda picture: picture.events, EVENT, (inner, written, palette.foreground))
    return _appearing(trace, first_steps, steps)


def _answers(placed: Sequence[Placed], steps: range, palette: Palette) -> go.Scatter:
    """What comes out, as each step says it."""
    count = sum(len(one.columns) for one in placed)
    trace = _texts(
        placed,
        lambda picture: picture.answers,
        ANSWER,
        ([palette.background] * count, [palette.foreground] * count, palette.use),
    )
    first_steps = [step for one in placed for step in range(len(one.columns))]
    return _appearing(trace, first_steps, steps)


def _appearing(trace: go.Scatter, first_steps: list[int], steps: range) -> go.Scatter:
    """Texts that appear at their steps."""
    shown = [
        [text if when <= now else BLANK for text, when in zip(trace.text, first_steps, strict=True)] for now in steps
    ]
    return _following(trace, {"text": shown})


def _texts(
    placed: Sequence[Placed],
    texts: Callable[[Unrolled], tuple[str, ...]],
    height: float,
    colours: tuple[list[str], list[str], str],
) -> go.Scatter:
    """Short texts in boxes of an inner, a text's and an edge's colour; no box where there is no text."""
    inner, written, edge = colours
    placed_texts = [(one, at, text) for one in placed for at, text in zip(one.columns, texts(one.picture), strict=True)]
    return _following(
        go.Scatter(
            x=[at for _, at, _ in placed_texts],
            y=[one.up + height if text else None for one, _, text in placed_texts],
            text=[escape_markup(text) or BLANK for _, _, text in placed_texts],
            mode="markers+text",
            marker={"symbol": "square", "size": 26, "color": inner, "line": {"color": edge, "width": 1.4}},
            textfont={"size": 11, "color": written},
        ),
        {},
    )


def _layout(placed: Sequence[Placed], per_row: int, palette: Palette) -> go.Layout:
    axis = {"visible": False, "fixedrange": True}
    rows = -(-len(placed) // per_row)
    titles = [(one, one.picture.title, one.picture.caption) for one in placed]
    if len(placed) < rows * per_row:  # there is a place left
        titles.append((Placed(placed[-1].picture, placed[-1].right + ACROSS, placed[-1].up), "How to read them", KEY))
    return go.Layout(
        height=rows * ROW,
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        annotations=[_title(*title, palette) for title in titles],
        xaxis=axis | {"range": [-0.45, ACROSS * (per_row - 1) + COLUMNS - 0.55]},
        yaxis=axis | {"range": [TOP - rows * DOWN, TOP]},
        paper_bgcolor=palette.background,
        plot_bgcolor=palette.background,
        font={"family": FONT, "color": palette.muted},
        meta={"player": "animate", "rigid": True, "alt": _alt(placed)},
        uirevision="four shapes",
    )


def _title(one: Placed, name: str, caption: str, palette: Palette) -> dict[str, Any]:
    """A picture's name, and under it whose run it is."""
    return {
        "x": one.right - 0.4,
        "y": one.up + TOP - 0.05,
        "xanchor": "left",
        "yanchor": "top",
        "align": "left",
        "showarrow": False,
        "text": f"<b>{name}</b><br><span style='font-size:11px'>{caption}</span>",
        "font": {"color": palette.foreground, "size": 13},
    }


def _alt(placed: Sequence[Placed]) -> alt_text.Sentence:
    shapes = [one.picture for one in placed]
    sentences = [f"{one.title}, {one.caption}: in {_joined(one.events)}, out {_joined(one.answers)}." for one in shapes]
    return alt_text.sentence("Shapes of sequences, a column a step. " + " ".join(sentences))


def _joined(texts: tuple[str, ...]) -> str:
    return " ".join(text for text in texts if text)


#: Columns that every picture has room for, so that all of them are drawn to one scale.
COLUMNS = 8
#: Where things stand, bottom to top: the event, the cell from its lower to its upper edge, the answer.
EVENT, FLOOR, CEILING, ANSWER = 0.0, 0.8, 2.2, 3.0
MIDDLE, HALF = (FLOOR + CEILING) / 2, 0.28
#: How far an arrow stays away from what it leaves, and its head from what it comes to.
GAP, HEAD_GAP_ACROSS, HEAD_GAP_UP = 0.3, 0.07, 0.09

Point = tuple[float | None, float | None]
Arrow = list[tuple[float, float]]
BREAK: Point = (None, None)


@dataclass(frozen=True, eq=False)
class Unrolled:
    """What goes in and comes out at each step, as short texts ("" for nothing), and the memory between.

    `states` (steps, units) are a real run's short-term memory; None where nothing is run, and the cells
    are drawn empty. `fed_back` says that each event is the answer before it.
    """

    title: str
    caption: str
    events: tuple[str, ...]
    answers: tuple[str, ...]
    states: Float[np.ndarray, "steps units"] | None = None
    fed_back: bool = False


@dataclass(frozen=True, eq=False)
class Placed:
    """A picture with its place among the others: how far right and how far up it stands."""

    picture: Unrolled
    right: float
    up: float

    @property
    def is_run(self) -> bool:
        """Whether a network is run here at all."""
        return self.picture.states is not None

    @property
    def columns(self) -> list[float]:
        """Where each step's column stands; a few stand in the middle."""
        count = len(self.picture.events)
        return [self.right + (COLUMNS - count) / 2 + step for step in range(count)]

    def now(self, step: int) -> int:
        """The step that is shown at a step of the longest picture."""
        return min(step, len(self.picture.events) - 1)


def arrows(one: Placed, step: int) -> list[Arrow]:
    """Paths of the numbers at one step, each from its start to its head."""
    at, up, picture = one.columns[step], one.up, one.picture
    paths: list[Arrow] = []
    if step:
        paths.append([(at - 1 + HALF, MIDDLE), (at - HALF - HEAD_GAP_ACROSS, MIDDLE)])
    if step and picture.fed_back:
        detour = [(at - 1 + HALF, ANSWER), (at - 0.5, ANSWER), (at - 0.5, EVENT)]
        paths.append([*detour, (at - HALF - HEAD_GAP_ACROSS, EVENT)])
    if picture.events[step]:
        paths.append([(at, EVENT + GAP), (at, FLOOR - HEAD_GAP_UP)])
    if picture.answers[step]:
        paths.append([(at, CEILING), (at, ANSWER - GAP - HEAD_GAP_UP)])
    return [[(x, y + up) for x, y in arrow] for arrow in paths]


def box(one: Placed, at: float) -> list[Point]:
    """The outline of the cell of one column, and a break after it."""
    corners = [(-HALF, FLOOR), (HALF, FLOOR), (HALF, CEILING), (-HALF, CEILING), (-HALF, FLOOR)]
    return [*((at + across, one.up + up) for across, up in corners), BREAK]

"""Distances between the states of sequences that differ in their first event, step by step, for several networks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float

from lstm_viz.figures import alt_text
from lstm_viz.figures.bindings.evaluate import apply_bindings
from lstm_viz.figures.formats import plain
from lstm_viz.figures.labels import MAX_TICKS, escape_markup
from lstm_viz.figures.layout import NUMBER, axis_name, heading
from lstm_viz.figures.moment import Moment
from lstm_viz.figures.palette import FONT, LIGHT, Palette
from lstm_viz.figures.viewport import Viewport

ROW, TITLE, LEGEND, FOOT, LEFT, RIGHT = 24, 26, 20, 24, 60, 104
#: Steps up to which every one of them is labelled.
MAX_LABELLED = 40


class Network(NamedTuple):
    """One network: its name, the role of its colour, each state's distance to the nearest, and its last answers."""

    name: str
    role: str
    nearest: Float[np.ndarray, "steps sequences"]
    answers: Sequence[str]


def state_distance_lanes(networks: Sequence[Network], events: Sequence[str]) -> Callable[..., go.Figure]:
    """Draws a lane for each first event under each network: strong while its state is unlike all the others'.

    `events` are the sequences' first events, which they are told apart by.
    """

    def draw(viewport: Viewport, moment: Moment, *, palette: Palette = LIGHT, narrow: bool = False) -> go.Figure:
        traces = [_lanes(index, network, events, palette) for index, network in enumerate(networks)]
        layout = _layout(networks, events, viewport, palette, narrow)
        return apply_bindings(go.Figure(traces, layout), viewport, moment)

    return draw


def _lanes(index: int, network: Network, events: Sequence[str], palette: Palette) -> go.Heatmap:
    return go.Heatmap(
        x=list(range(1, len(network.nearest) + 1)),
        y=list(range(len(events))),
        z=np.round(network.nearest.T, 4).tolist(),
        customdata=[[escape_markup(event)] * len(network.nearest) for event in events],
        zmin=0,
        zmax=1,
        colorscale=[[0, palette.surface], [1, getattr(palette, network.role)]],
        xaxis=axis_name("x", index),
        yaxis=axis_name("y", index),
        xgap=1,
        ygap=2,
        showscale=False,
        zhoverformat=NUMBER,
        hovertemplate=(
            f"{network.name} after %{{customdata}}, step %{{x:d}}: <b>%{{z}}</b> of the difference "
            "right after the letter<extra></extra>"
        ),
        meta={"part": "names"},
    )


def _layout(
    networks: Sequence[Network], events: Sequence[str], viewport: Viewport, palette: Palette, narrow: bool
) -> go.Layout:
    legend, right = LEGEND * (1 + narrow), 8 if narrow else RIGHT
    panel = len(events) * ROW
    body = len(networks) * (panel + TITLE)
    axes: dict[str, Any] = {}
    notes: list[dict[str, Any]] = []
    for index, network in enumerate(networks):
        top = 1 - (index * (panel + TITLE) + TITLE) / body
        axes |= _axes(index, max(0.0, top - panel / body), top, index == len(networks) - 1, events, viewport, palette)
        notes.append(heading(palette, LEFT) | {"y": top, "text": f"<b>{_title(network.name)}</b>", "yshift": 2})
        if not narrow:
            notes += [
                _answer(index, row, event, answer, palette)
                for row, (event, answer) in enumerate(zip(events, network.answers, strict=True))
            ]
    listed = ", ".join(events[:-1]) + f" or {events[-1]}"
    told = f"strong: it holds which letter came ({escape_markup(listed)});{'<br>' if narrow else ' '}"
    told += "pale: it holds the same as after another letter"
    notes.append(heading(palette, LEFT) | {"y": 1, "text": told, "font": {"size": 12, "color": palette.muted}})
    marks = [
        {"over": over, "x": axis_name("x", k), "y": axis_name("y", k)}
        for k in range(len(networks))
        for over in ("sequence", "step")
    ]
    follow = {"shapes": {"marks": marks, "colour": palette.foreground}}
    return go.Layout(
        **axes,
        height=body + legend + FOOT,
        margin={"l": LEFT, "r": right, "t": legend, "b": FOOT},
        annotations=[note | {"align": "left"} for note in notes],
        showlegend=False,
        font={"color": palette.muted, "family": FONT},
        paper_bgcolor=palette.background,
        plot_bgcolor=palette.surface,
        uirevision="state distances",
        meta={"follow": follow, "panels": ["lanes"] * len(networks), "alt": _alt(networks)},
    )


def _title(name: str) -> str:
    return f"What the {name} still holds of the letter"


def _axes(
    index: int,
    bottom: float,
    top: float,
    last: bool,
    events: Sequence[str],
    viewport: Viewport,
    palette: Palette,
) -> dict[str, Any]:
    quiet = {"fixedrange": True, "showgrid": False, "zeroline": False, "ticks": ""}
    steps = viewport.labels[:, 0].tolist()
    stride = 1 if len(steps) <= MAX_LABELLED else max(1, len(steps) // (2 * MAX_TICKS))
    ticks = list(range(0, len(steps), stride))
    names = [escape_markup(steps[k]) if stride == 1 else f"{k + 1:,}" for k in ticks]
    # The first event is the letter, another in each lane.
    across = {"tickvals": [k + 1 for k in ticks], "ticktext": [" " if stride == 1 else names[0], *names[1:]]}
    up = {
        "tickvals": list(range(len(events))),
        "ticktext": [f"after <b>{escape_markup(event)}</b>" for event in events],
    }
    return {
        axis_name("xaxis", index): quiet
        | across
        | {
            "anchor": axis_name("y", index),
            "range": [0.5, len(steps) + 0.5],
            "showticklabels": last,
            "tickangle": 0,
            "tickfont": {"size": 11},
        },
        axis_name("yaxis", index): quiet
        | up
        | {
            "anchor": axis_name("x", index),
            "domain": [bottom, top],
            "range": [len(events) - 0.5, -0.5],
            "tickfont": {"size": 12, "color": palette.foreground},
            "ticklabelstandoff": 5,
        },
    }


def _answer(index: int, row: int, event: str, answer: str, palette: Palette) -> dict[str, Any]:
    """What the network answers at the end, and whether that is right."""
    position = {"xref": "paper", "x": 1, "xanchor": "left", "yref": axis_name("y", index), "y": row, "xshift": 6}
    right = answer == event
    text = f"answer: {escape_markup(answer)} {'✓' if right else '✗'}"
    colour = palette.learn if right else palette.forget
    return position | {"text": text, "showarrow": False, "font": {"size": 13, "color": colour}}


def _alt(networks: Sequence[Network]) -> dict[str, Any]:
    parts: list[str | dict[str, Any]] = [
        "How well the letter can still be told from what each network holds: at step ",
        alt_text.STEP,
    ]
    for network in networks:
        least = [plain(float(value)) for value in network.nearest.min(axis=1)]
        parts += [f", {network.name} ", {"cycle": least}]
    return alt_text.sentence(*parts, " times as well as right after it, for the two letters that are most alike.")

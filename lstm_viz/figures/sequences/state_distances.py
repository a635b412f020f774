"""Distances between the states of sequences that differ in their first event, and gradient factors, step by step."""

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

ROW, BARS, BETWEEN, FOOT, LEFT, RIGHT = 18, 34, 5, 24, 64, 172
#: Over each panel its title, on a phone with a second line; between panels.
TITLE, NARROW_TITLE, GAP, LEGEND = 22, 54, 10, 20
#: How strong a bar is that stands for the network before training.
PALE = 0.3
#: Steps up to which every one of them is labelled.
MAX_LABELLED = 40


class Network(NamedTuple):
    """One network as a panel shows it.

    Its name, the role of its colour, each state's distance to the nearest, its last answers, by what each step back
    multiplies the gradient before training and after it, and what that comes to, in two lines.
    """

    name: str
    role: str
    nearest: Float[np.ndarray, "steps sequences"]
    answers: Sequence[str]
    factors_before: Float[np.ndarray, " steps_back"]
    factors: Float[np.ndarray, " steps_back"]
    told: tuple[str, str] = ("", "")


def state_distance_lanes(networks: Sequence[Network], events: Sequence[str]) -> Callable[..., go.Figure]:
    """Draws a lane for each first event under each network, and a bar for each step back under them.

    A lane is strong while its state is unlike all the others'. `events` are the sequences' first events, which they
    are told apart by.
    """

    def draw(viewport: Viewport, moment: Moment, *, palette: Palette = LIGHT, narrow: bool = False) -> go.Figure:
        traces: list[Any] = []
        for index, network in enumerate(networks):
            traces += [_lanes(index, network, events, palette), *_bars(len(networks) + index, network, palette)]
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
            f"{network.name} after %{{customdata}}, step %{{x:d}}: <b>%{{z}}</b> times as far from the nearest "
            "as right after the letter<extra></extra>"
        ),
        meta={"part": "names"},
    )


def _bars(place: int, network: Network, palette: Palette) -> list[go.Bar]:
    """A bar between two steps: by what the step back from the later to the earlier one multiplies the gradient.

    Those before training are pale and wide, those after it full and narrow.
    """
    before = np.arange(1, len(network.factors) + 1)
    colour = getattr(palette, network.role)
    marker = {"color": colour, "line": {"width": 0}}
    looks = (("before training", network.factors_before, 0.86, PALE), ("trained", network.factors, 0.4, 1))
    return [
        go.Bar(
            x=before + 0.5,
            y=values,
            customdata=np.stack([before, before + 1], axis=1),
            width=width,
            marker=marker,
            opacity=opacity,
            xaxis=axis_name("x", place),
            yaxis=axis_name("y", place),
            hovertemplate=(
                f"{network.name}, {when}, from step %{{customdata[1]}} back to %{{customdata[0]}}: × <b>%{{y:.2f}}</b>"
                "<extra></extra>"
            ),
            meta={"part": "names"},
        )
        for when, values, width, opacity in looks
    ]


class _Panel(NamedTuple):
    """Where a network's lanes and bars stand, as shares of the height."""

    title: float
    lanes: tuple[float, float]
    bars: tuple[float, float]


def _panels(count: int, lanes: int, title: int) -> tuple[list[_Panel], int]:
    """The panels from top to bottom, and how high all of them are together."""
    height = title + lanes * ROW + BETWEEN + BARS
    body = count * height + (count - 1) * GAP
    panels = []
    for index in range(count):
        top = index * (height + GAP) + title
        edges = (top, top + lanes * ROW, top + lanes * ROW + BETWEEN, top + lanes * ROW + BETWEEN + BARS)
        first, second, third, fourth = (max(0.0, 1 - edge / body) for edge in edges)
        panels.append(_Panel(first, (second, first), (fourth, third)))
    return panels, body


def _layout(
    networks: Sequence[Network], events: Sequence[str], viewport: Viewport, palette: Palette, narrow: bool
) -> go.Layout:
    legend, right = LEGEND * (1 + narrow), 8 if narrow else RIGHT
    panels, body = _panels(len(networks), len(events), NARROW_TITLE if narrow else TITLE)
    all_factors = [factor for network in networks for factor in (*network.factors_before, *network.factors)]
    highest = max(1.0, *map(float, all_factors))
    axes: dict[str, Any] = {}
    notes: list[dict[str, Any]] = []
    for index, (network, panel) in enumerate(zip(networks, panels, strict=True)):
        axes |= _lane_axes(index, panel, events, len(network.nearest), palette)
        last = index == len(networks) - 1
        axes |= _bar_axes(index, len(networks), panel, highest, last, viewport, palette)
        title = f"<b>{network.name}</b>"
        if narrow:
            said = "  ".join(_mark(event, answer) for event, answer in zip(events, network.answers, strict=True))
            title = f"<b>{network.name}</b><br>{said}<br>{network.told[0]}; {network.told[1]}"
        notes.append(heading(palette, LEFT) | {"y": panel.title, "text": title, "yshift": 2})
        if not narrow:
            notes += [
                _answer(index, row, event, answer, palette)
                for row, (event, answer) in enumerate(zip(events, network.answers, strict=True))
            ]
            notes.append(_told(panel, network, palette))
    told = "strong: it still knows its letter; pale: it is as after another letter."
    told += f"{'<br>' if narrow else ' '}Bars: × a step back, pale before training"
    notes.append(
        heading(palette, LEFT) | {"y": 1, "yshift": 2, "text": told, "font": {"size": 12, "color": palette.muted}}
    )
    marks = [
        {"over": over, "x": axis_name("x", k), "y": axis_name("y", k)}
        for k in range(len(networks))
        for over in ("sequence", "step")
    ]
    return go.Layout(
        **axes,
        height=body + legend + FOOT,
        margin={"l": LEFT, "r": right, "t": legend, "b": FOOT},
        annotations=[note | {"align": "left"} for note in notes],
        showlegend=False,
        bargap=0,
        barmode="overlay",
        font={"color": palette.muted, "family": FONT},
        paper_bgcolor=palette.background,
        plot_bgcolor=palette.surface,
        uirevision="state distances",
        meta={
            "follow": {"shapes": {"marks": marks, "colour": palette.foreground}},
            "panels": ["lanes"] * len(networks),
            "alt": _alt(networks),
        },
    )


QUIET = {"fixedrange": True, "showgrid": False, "zeroline": False, "ticks": ""}


def _lane_axes(index: int, panel: _Panel, events: Sequence[str], steps: int, palette: Palette) -> dict[str, Any]:
    up = {
        "tickvals": list(range(len(events))),
        "ticktext": [f"after <b>{escape_markup(event)}</b>" for event in events],
    }
    return {
        axis_name("xaxis", index): QUIET
        | {"anchor": axis_name("y", index), "range": [0.5, steps + 0.5], "showticklabels": False},
        axis_name("yaxis", index): QUIET
        | up
        | {
            "anchor": axis_name("x", index),
            "domain": list(panel.lanes),
            "range": [len(events) - 0.5, -0.5],
            "tickfont": {"size": 12, "color": palette.foreground},
            "ticklabelstandoff": 5,
        },
    }


def _bar_axes(
    index: int, panels: int, panel: _Panel, highest: float, last: bool, viewport: Viewport, palette: Palette
) -> dict[str, Any]:
    """The axes of the bars: their steps have names under the last network's."""
    steps = viewport.labels[:, 0].tolist()
    stride = 1 if len(steps) <= MAX_LABELLED else max(1, len(steps) // (2 * MAX_TICKS))
    ticks = list(range(0, len(steps), stride))
    names = [escape_markup(steps[k]) if stride == 1 else f"{k + 1:,}" for k in ticks]
    # The first event is the letter, another in each lane.
    across = {"tickvals": [k + 1 for k in ticks], "ticktext": [" " if stride == 1 else names[0], *names[1:]]}
    place = panels + index
    return {
        axis_name("xaxis", place): QUIET
        | across
        | {
            "anchor": axis_name("y", place),
            "range": [0.5, len(steps) + 0.5],
            "showticklabels": last,
            "tickangle": 0,
            "tickfont": {"size": 11},
        },
        axis_name("yaxis", place): QUIET
        | {
            "anchor": axis_name("x", place),
            "domain": list(panel.bars),
            "range": [0, 1.08 * highest],
            "showgrid": True,
            "gridcolor": palette.line,
            "tickvals": [0, 1],
            "ticktext": ["× 0", "× 1"],
            "tickfont": {"size": 10.5},
            "ticklabelstandoff": 5,
        },
    }


def _beside(height: float) -> dict[str, Any]:
    place = {"xref": "paper", "x": 1, "xanchor": "left", "xshift": 6, "y": height, "yanchor": "middle"}
    return place | {"showarrow": False}


def _answer(index: int, row: int, event: str, answer: str, palette: Palette) -> dict[str, Any]:
    """What the network answers at the end, and whether that is right."""
    text = f"answer: {escape_markup(answer)} {'✓' if answer == event else '✗'}"
    colour = palette.learn if answer == event else palette.forget
    return _beside(row) | {"yref": axis_name("y", index), "text": text, "font": {"size": 13, "color": colour}}


def _mark(event: str, answer: str) -> str:
    return f"after {escape_markup(event)}: {escape_markup(answer)} {'✓' if answer == event else '✗'}"


def _told(panel: _Panel, network: Network, palette: Palette) -> dict[str, Any]:
    """What the bars come to, beside them."""
    text = "<br>".join(network.told)
    middle = sum(panel.bars) / 2
    return _beside(middle) | {"yref": "paper", "text": text, "font": {"size": 11.5, "color": palette.foreground}}


def _alt(networks: Sequence[Network]) -> dict[str, Any]:
    parts: list[str | dict[str, Any]] = [
        "How well the letter can still be told from what each network holds: at step ",
        alt_text.STEP,
    ]
    for network in networks:
        least = [plain(float(value)) for value in network.nearest.min(axis=1)]
        parts += [f", {network.name} ", {"cycle": least}]
    parts.append(" times as well as right after it, for the two letters that are most alike.")
    parts += [f" {network.name}: {', '.join(filter(None, network.told))}." for network in networks if any(network.told)]
    return alt_text.sentence(*parts)

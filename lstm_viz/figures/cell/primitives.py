"""Parts of the cell picture as Plotly traces: ribbons, openings of gates, pipes, rectangles under the pointer, texts.

All of them are scatters but for the rectangles under the pointer. What moves while a beat acts follows the moment's
`progress`; see `bindings/ribbons.py` for the shapes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from lstm_viz.figures.cell import timing
from lstm_viz.figures.cell.geometry import Box
from lstm_viz.figures.moment import ARRIVE, FORGET, MOVE_ON, REMEMBER, USE
from lstm_viz.figures.palette import Palette
from lstm_viz.figures.viewport import WRITERS

Binding = dict[str, Any]
Station = tuple[float, str]
#: A text: x, y (a binding follows the moment), what it says (a binding too), its colour.
Entry = tuple[float, float | Binding, str | Binding, str]
#: How bright a part is: acting now, done, at rest when the step is over.
BRIGHT, DONE, REST = 1.0, 0.5, 0.92


def beat_opacity(appears: int, *acts: int, done: float = DONE, rest: float = REST) -> Binding:
    """Opacity by beat: absent before it appears, bright while it acts, dimmed when done."""
    lights = [BRIGHT if beat in acts else rest if beat == 5 else done for beat in range(6)]
    return {"beat": [0.0 if beat < appears else light for beat, light in enumerate(lights)]}


def ribbon(
    stations: Sequence[Station],
    box: Box,
    palette: Palette,
    light: Binding,
    part: str,
    *,
    scale: str,
    bands: Sequence[int | str],
    event: bool = False,
    **motion: Any,
) -> list[go.Scatter]:
    """A vector along x, one trace a band: a group of writers, or the values of one sign.

    Values of one sign are neutral, or where `event` has it of the event that writes them.
    """
    traces = []
    for band in bands:
        shape = {"ribbon": [list(each) for each in stations], "band": band, "rows": box.rows, "scale": scale, **motion}
        fill = writer_fill(palette) | {"fill": band} | ({"event": True} if event else {})
        traces.append(polygons(shape, light, part, fill))
    return traces


def cell_state_ribbons(
    track: Box, gate: tuple[float, float], adds: tuple[float, float], palette: Palette
) -> list[go.Scatter]:
    """Long-term memory along its track: up to where the learned is added, through the forget gate; and from there."""
    (closes, throat), (added, sum_x) = gate, adds
    before = [
        (track.left, "previous_cell_state"),
        (closes, "previous_cell_state"),
        (throat, "kept"),
        (added, "kept"),
    ]
    after = [(added, "kept"), (sum_x, "cell_state"), (track.right, "cell_state")]
    left: dict[str, Any] = {
        "reach": [[track.left + track.right - sum_x, closes], [closes, added], *[[added, added]] * 4],
        "forms": FORGET,
        "travel": sum_x - track.left,
        "during": timing.during_beats(forget=timing.RUNS[FORGET]),
    }
    right: dict[str, Any] = {
        "reach": [*[[added, added]] * 3, *timing.goes_on(added, track.right)],
        "during": timing.during_beats(remember=timing.RUNS[REMEMBER]),
    }
    held = beat_opacity(ARRIVE, ARRIVE, FORGET)
    sums = beat_opacity(REMEMBER, REMEMBER, USE, MOVE_ON)
    memory: dict[str, Any] = {"scale": "cell_state", "bands": WRITTEN}
    return [
        *ribbon(before, track, palette, held, "previous_cell_state", **memory, **left),
        *ribbon(after, track, palette, sums, "cell_state", **memory, **right),
    ]


def writer_fill(palette: Palette) -> Binding:
    """The colours of a binding to a fill: by who wrote a value, by its sign, and where nobody is known to have."""
    named = {"names": [*palette.writers, palette.other_writers], "ages": [*palette.ages, palette.other_writers]}
    return named | {"signs": [palette.signed[1], palette.signed[3]], "plain": palette.muted}


#: Bands of a ribbon that is divided among the groups of writers, and of one that is not.
WRITTEN: tuple[int | str, ...] = tuple(range(WRITERS + 1))
SIGNS: tuple[int | str, ...] = ("+", "-")


def polygons(shape: Binding, light: Binding, part: str, fill: Binding | str) -> go.Scatter:
    """Polygons that follow the moment in shape and brightness, and where the fill is a binding in colour."""
    follow: dict[str, Any] = {"x": shape | {"give": "x"}, "y": shape | {"give": "y"}, "opacity": light}
    if isinstance(fill, dict):
        follow["fillcolor"] = fill
    return go.Scatter(
        mode="lines",
        fill="toself",
        fillcolor=None if isinstance(fill, dict) else fill,
        line={"width": 0, "simplify": False},
        hoverinfo="skip",
        meta={"part": part, "follow": follow},
    )


def jaws(gate: str, x: Sequence[float], box: Box, colour: str, acts: int) -> go.Scatter:
    """The opening of a gate, a row a unit: what its colour covers is what is held back."""
    shape = {"jaws": gate, "x": list(x), "rows": box.rows, "acts": acts, "during": list(timing.CLOSES[acts])}
    return polygons(shape, beat_opacity(acts, acts), gate, colour)


def lost(x: Sequence[float], box: Box, palette: Palette) -> list[go.Scatter]:
    """What the forget gate holds back, falling out of it; there only while it falls."""
    during = list(timing.FALLS)
    common = {"lost": list(x), "rows": box.rows, "scale": "cell_state", "during": during, "by": timing.FALL}
    fades = {"fades": FORGET, "during": during}
    return [polygons(common | {"band": band}, fades, "kept", writer_fill(palette) | {"fill": band}) for band in WRITTEN]


def heads(ways: Sequence[timing.Way], palette: Palette) -> go.Scatter:
    """What goes along pipes: squares in the colour of what they carry, each while it is on its way."""
    paths = [{"beat": way.beat, "during": list(way.during), "path": [list(p) for p in way.path]} for way in ways]
    event = writer_fill(palette) | {"fill": "event"}
    colours = [event if way.carries_event else {"beat": [palette.muted] * 6} for way in ways]
    follow: dict[str, Any] = {give: {"heads": paths, "give": give} for give in "xy"}
    return go.Scatter(
        mode="markers",
        marker={"symbol": "square", "size": 14, "line": {"width": 0}, "opacity": 1},
        hoverinfo="skip",
        meta={"part": "event", "follow": follow | {"marker.color": {"all": colours}}},
    )


def followed_rows(boxes: Sequence[Box], palette: Palette) -> go.Scatter:
    """The followed unit's row, set off from the others in every box."""
    shape = {"followed": [[box.left, box.right, box.bottom, box.top] for box in boxes]}
    trace = polygons(shape, {"beat": [1.0] * 6}, "followed", palette.lens)
    trace.line = {"width": 1, "color": palette.grid, "simplify": False}
    return trace


def pointed_rows(boxes: Sequence[Box], palette: Palette) -> go.Scatter:
    """A frame round the row of the unit under the pointer, in every box at once."""
    shape = {"followed": [[box.left, box.right, box.bottom, box.top] for box in boxes], "pointed": True}
    trace = polygons(shape, {"beat": [1.0] * 6}, "followed", "rgba(0,0,0,0)")
    trace.line = {"width": 1.5, "color": palette.foreground, "simplify": False}
    return trace


def zero_lines(boxes: Sequence[Box], palette: Palette, light: Binding | None = None) -> go.Scatter:
    """The line of 0 in each row."""
    shape = {"middles": [[box.left, box.right, box.bottom, box.top] for box in boxes]}
    return go.Scatter(
        mode="lines",
        line={"width": 0.8, "color": palette.grid, "simplify": False},
        hoverinfo="skip",
        meta={
            "part": "followed",
            "follow": {"x": shape | {"give": "x"}, "y": shape | {"give": "y"}} | ({"opacity": light} if light else {}),
        },
    )


def pipe(points: list[tuple[float, float]], colour: str, opacity: Binding, name: str, width: float = 3) -> go.Scatter:
    """A line along which a vector goes, with its arrow at the end."""
    sizes = [0] * (len(points) - 1) + [9]
    return go.Scatter(
        x=[x for x, _ in points],
        y=[y for _, y in points],
        mode="lines+markers",
        line={"color": colour, "width": width},
        marker={"symbol": "arrow", "angleref": "previous", "size": sizes, "color": colour, "opacity": 1},
        hoverinfo="skip",
        meta={"part": name, "follow": {"opacity": opacity}},
    )


def gate_fill(box: Box, colour: str, acts: tuple[int, ...], name: str) -> go.Scatter:
    """The tint that fills a gate while it acts; anywhere on it the pointer is on the gate."""
    return go.Scatter(
        x=[box.left, box.right, box.right, box.left, box.left],
        y=[box.bottom, box.bottom, box.top, box.top, box.bottom],
        mode="lines",
        fill="toself",
        fillcolor=colour,
        line={"width": 0},
        hoveron="fills",
        hoverinfo="none",
        meta={"part": name, "follow": {"opacity": {"beat": [0.12 if beat in acts else 0.03 for beat in range(6)]}}},
    )


def gate_edge(box: Box, colour: str, acts: tuple[int, ...], name: str) -> go.Scatter:
    """A gate's edge: faint until it acts, so that the eye goes to what is there already."""
    first = min(acts)
    lights = [0.35 if beat < first else 1.0 if beat in acts else 0.75 for beat in range(6)]
    return go.Scatter(
        x=[box.left, box.right, box.right, box.left, box.left],
        y=[box.bottom, box.bottom, box.top, box.top, box.bottom],
        mode="lines",
        line={"width": 1.6, "color": colour},
        hoverinfo="skip",
        meta={"part": name, "follow": {"opacity": {"beat": lights}}},
    )


def background(box: Box, colour: str) -> dict[str, Any]:
    """The rectangle behind a track, as a shape under all traces."""
    return _rectangle(box) | {"layer": "below", "line": {"width": 0}, "fillcolor": colour}


def outline(box: Box, colour: str) -> dict[str, Any]:
    """A gate's edge, as a shape."""
    return _rectangle(box) | {"layer": "above", "line": {"width": 1.6, "color": colour}, "opacity": 0.85}


def _rectangle(box: Box) -> dict[str, Any]:
    return {"type": "rect", "x0": box.left, "y0": box.bottom, "x1": box.right, "y1": box.top}


def targets(parts: Sequence[tuple[str, str, Box]]) -> go.Bar:
    """Rectangles that answer to the pointer, a row a unit: a part's array, what it is called, and its box."""
    shape = {"targets": [[part, name, box.left, box.right, box.bottom, box.top] for part, name, box in parts]}
    follow = {give: shape | {"give": give} for give in ("base", "x", "y", "width", "customdata", "hovertext")}
    return go.Bar(
        orientation="h",
        marker={"color": "rgba(0,0,0,0)", "line": {"width": 0}},
        hovertemplate="%{hovertext}<extra></extra>",
        meta={"part": "targets", "follow": follow},
    )


def tile(middle: tuple[float, float], size: float, palette: Palette) -> go.Scatter:
    """The event's letter on a tile in its colour."""
    fill = writer_fill(palette) | {"fill": "event"}
    follow = {
        "y": {"arrives": [middle[1] - timing.RISE, middle[1]], "during": list(timing.RISES)},
        "text": {"label": "event tile"},
        "marker.size": {"tile": size},
        "marker.color": fill,
        "textfont.color": {"ink": fill},
    }
    return go.Scatter(
        x=[middle[0]],
        y=[middle[1]],
        mode="markers+text",
        marker={"symbol": "square", "line": {"width": 0}, "opacity": 1},
        textposition="middle center",
        textfont={"size": 22},
        hoverinfo="skip",
        cliponaxis=False,
        meta={"part": "event", "follow": follow},
    )


def texts(entries: list[Entry], size: int, name: str, *, anchor: str = "middle center") -> go.Scatter:
    """Texts at (x, y) in a colour; a text or a height given as a binding follows the moment."""
    bindings = [text if isinstance(text, dict) else {"beat": [text] * 6} for *_, text, _ in entries]
    heights = [y if isinstance(y, dict) else {"beat": [y] * 6} for _, y, *_ in entries]
    follow: dict[str, Any] = {"text": {"all": bindings}}
    if any(isinstance(y, dict) for _, y, *_ in entries):
        follow["y"] = {"all": heights}
    return go.Scatter(
        x=[x for x, *_ in entries],
        y=[0 if isinstance(y, dict) else y for _, y, *_ in entries],
        mode="text",
        textposition=anchor,
        textfont={"size": size, "color": [colour for *_, colour in entries]},
        hoverinfo="skip",
        cliponaxis=False,
        meta={"part": name, "follow": follow},
    )


def number(
    array: str,
    appears: int,
    before: str = "",
    style: str = "plain",
    equals: tuple[str, str, str] | None = None,
    at: float = 0.0,
) -> Binding:
    """A binding that writes the followed unit's value: plain, signed, or as the second term of a sum.

    It appears at a beat, when so much of its motion is over. `equals` names the terms it is the result of: it is
    written after "=" where the rounded numbers check, after "≈" where rounding shows.
    """
    binding = {"array": array, "select": "unit", "as": "text", "from": appears, "before": before, "style": style}
    if at:
        binding["at"] = at
    return binding | ({"equals": list(equals)} if equals else {})

"""Parts of the central picture: columns of cells, pipes, boxes and texts.

Each is a Plotly trace, so that one animated frame moves them all. A cell is as thick as its
value is large and coloured by its sign or its gate; a thin cell is a small number.
"""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from lstm_viz.figures.cell.geometry import Box
from lstm_viz.figures.palette import Palette

Binding = dict[str, Any]
#: A text: x, y, what it says (a binding follows the moment), its colour.
Entry = tuple[float, float, str | Binding, str]
#: How bright a part is: acting now, done, at rest when the step is over.
BRIGHT, DONE, REST = 1.0, 0.38, 0.85
FILL = 0.94


def beat_opacity(appears: int, *acts: int) -> Binding:
    """Opacity by beat: absent before it appears, bright while it acts, dimmed when done."""
    return {"beat": [0.0 if beat < appears else _light(beat, acts) for beat in range(6)]}


def _light(beat: int, acts: tuple[int, ...]) -> float:
    return BRIGHT if beat in acts else REST if beat == 5 else DONE


def cells(
    array: str, box: Box, colours: tuple[str, ...], name: str, light: Binding, over: str, *, flows: bool = False
) -> go.Bar:
    """A vector as a column of cells, one row a unit, over the background colour `over`.

    `flows` lets it grow in from the left.
    """
    appears = next(beat for beat, share in enumerate(light["beat"]) if share)
    span = box.right - box.left
    lengths = [0.0 if beat < appears else span for beat in range(6)] if flows else [span] * 6
    follow = {
        "y": {"row_positions": [box.bottom, box.top]},
        "x": {"beat": lengths, "enter": 0.0, "repeat": True} if flows else {"beat": lengths, "repeat": True},
        "width": {
            "array": array,
            "select": "units",
            "as": "size",
            "height": FILL * (box.top - box.bottom),
            "from": appears,
        },
        "marker.color": {"array": array, "select": "units", "as": "colour", "scale": colours} | _dimming(light, over),
        "customdata": {"array": array, "select": "units"},
        "hovertext": {"label": "units"},
    }
    return go.Bar(
        orientation="h",
        base=box.left,
        marker={"line": {"width": 0}},
        hovertemplate=f"unit %{{hovertext}} · {name}: <b>%{{customdata:.3f}}</b><extra></extra>",
        meta={"part": array, "follow": follow},
    )


def _dimming(light: Binding, over: str) -> Binding:
    """How much of a cell's colour there is at each beat; a bar's opacity does not follow a frame."""
    return {"light": light["beat"], "over": over}


def features(box: Box, colours: tuple[str, ...], light: Binding, over: str) -> go.Bar:
    """The event as a column of cells, one row a feature."""
    follow = {
        "y": {"row_positions": [box.bottom, box.top], "rows": "features"},
        "x": {"beat": [box.right - box.left] * 6, "repeat": "features"},
        "width": {"array": "event", "select": "features", "as": "size", "height": FILL * (box.top - box.bottom)},
        "marker.color": {"array": "event", "select": "features", "as": "colour", "scale": colours}
        | _dimming(light, over),
        "customdata": {"array": "event", "select": "features"},
        "hovertext": {"label": "features"},
    }
    return go.Bar(
        orientation="h",
        base=box.left,
        marker={"line": {"width": 0}},
        hovertemplate="event · %{hovertext}: <b>%{customdata:.3f}</b> as the model sees it<extra></extra>",
        meta={"part": "event", "follow": follow},
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
    """The tint that fills a gate while it acts."""
    return go.Scatter(
        x=[box.left, box.right, box.right, box.left, box.left],
        y=[box.bottom, box.bottom, box.top, box.top, box.bottom],
        mode="lines",
        fill="toself",
        fillcolor=colour,
        line={"width": 0},
        hoveron="fills",
        hoverinfo="none",
        meta={"part": name, "follow": {"opacity": {"beat": [0.16 if beat in acts else 0.03 for beat in range(6)]}}},
    )


def background(box: Box, colour: str) -> dict[str, Any]:
    """The rectangle behind a track, as a shape under all traces."""
    return _rectangle(box) | {"layer": "below", "line": {"width": 0}, "fillcolor": colour}


def outline(box: Box, colour: str) -> dict[str, Any]:
    """A gate's edge, as a shape."""
    return _rectangle(box) | {"layer": "above", "line": {"width": 1.8, "color": colour}, "opacity": 0.85}


def _rectangle(box: Box) -> dict[str, Any]:
    return {"type": "rect", "x0": box.left, "y0": box.bottom, "x1": box.right, "y1": box.top}


def row_frame(boxes: list[Box], palette: Palette, rows: int) -> go.Bar:
    """The outline of the followed unit's row, in every column at once."""
    return go.Bar(
        orientation="h",
        base=[box.left - 2 for box in boxes],
        x=[box.right - box.left + 4 for box in boxes],
        width=[(box.top - box.bottom) / rows for box in boxes],
        marker={"color": "rgba(0,0,0,0)", "line": {"color": palette.foreground, "width": 1.3}},
        hoverinfo="skip",
        meta={"part": "followed", "follow": {"y": {"unit_positions": [[box.bottom, box.top] for box in boxes]}}},
    )


def texts(entries: list[Entry], size: int, name: str, *, anchor: str = "middle center") -> go.Scatter:
    """Texts at (x, y) in a colour; a text given as a binding follows the moment."""
    bindings = [text if isinstance(text, dict) else {"beat": [text] * 6} for *_, text, _ in entries]
    return go.Scatter(
        x=[x for x, *_ in entries],
        y=[y for _, y, *_ in entries],
        mode="text",
        textposition=anchor,
        textfont={"size": size, "color": [colour for *_, colour in entries]},
        hoverinfo="skip",
        cliponaxis=False,
        meta={"part": name, "follow": {"text": {"all": bindings}}},
    )


def number(
    array: str, appears: int, before: str = "", style: str = "plain", equals: tuple[str, str, str] | None = None
) -> Binding:
    """A binding that writes the followed unit's value: plain, signed, or as the second term of a sum.

    `equals` names the terms it is the result of: it is written after "=" where the rounded
    numbers check, after "≈" where rounding shows.
    """
    binding = {"array": array, "select": "unit", "as": "text", "from": appears, "before": before, "style": style}
    return binding | ({"equals": list(equals)} if equals else {})

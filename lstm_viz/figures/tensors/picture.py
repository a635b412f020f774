"""A picture of several tensors, set side by side in as many rows as the screen's width needs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import plotly.graph_objects as go

from lstm_viz.figures.palette import FONT, LIGHT, Palette
from lstm_viz.figures.tensors.blocks import LETTER, Block, Item, box, note, plate
from lstm_viz.figures.tensors.solids import Place, Scale, scale

#: Pixels that a picture is laid out for; what a screen has more is shared out.
WIDE, NARROW = 680, 340
#: The longest edges, in pixels: of a box; of a block of rows, of which four are stacked, and of a plate along.
MAX_LENGTH, MAX_HEIGHT, MAX_BREADTH = 60.0, 44.0, 110.0
HEAD, NAMES, PAD = 24.0, 38.0, 10.0


class Group(NamedTuple):
    """Tensors that belong together, under a title."""

    title: str
    blocks: tuple[Block, ...]


def box_picture(
    groups: Sequence[Group], *, palette: Palette = LIGHT, narrow: bool = False, spoken: bool = False
) -> go.Figure:
    """Tensors of up to three axes as boxes on one scale; `spoken` puts words to the numbers at their edges."""
    measure = scale([size for group in groups for block in group.blocks for size in block.shape], MAX_LENGTH)
    items = [[box(block, measure, palette, spoken=spoken) for block in group.blocks] for group in groups]
    return _picture([group.title for group in groups], items, measure, palette, narrow)


def plate_picture(groups: Sequence[Group], *, palette: Palette = LIGHT, narrow: bool = False) -> go.Figure:
    """Weights and biases of a layer as plates on one scale; the rows of each group's first plate are named."""
    rows = [block.shape[0] // (4 if "·" in block.lengths[0] else 1) for group in groups for block in group.blocks]
    columns = [block.shape[1] for group in groups for block in group.blocks if block.shape[1:]]
    measure = scale([1, *rows, *columns], MAX_BREADTH)
    measure = measure._replace(unit=min(measure.unit, MAX_HEIGHT / max(rows) ** measure.power))
    items = [
        [
            plate(block, measure, palette, named=at == 0, narrow=narrow or index > 0)
            for at, block in enumerate(group.blocks)
        ]
        for index, group in enumerate(groups)
    ]
    return _picture([group.title for group in groups], items, measure, palette, narrow)


class _Line(NamedTuple):
    """One line of a picture: pixels from the top to its upper edge, to what things stand on, and to its lower edge."""

    top: float
    base: float
    bottom: float


def _picture(
    titles: Sequence[str], groups: list[list[Item]], measure: Scale, palette: Palette, narrow: bool
) -> go.Figure:
    """The layout's `meta` says whether edges are to scale."""
    spots = flow([_widths(*pair) for pair in zip(titles, groups, strict=True)], NARROW if narrow else WIDE)
    lines = _lines(groups, spots)
    shapes: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    for title, group, group_spots in zip(titles, groups, spots, strict=True):
        shapes += _cards(group_spots, lines, palette)
        heading = Place(group_spots[0].left, 8, lines[group_spots[0].line].top + 5)
        notes.append(note(heading, title, palette.muted, "left top"))
        for item, spot in zip(group, group_spots, strict=True):
            place = Place((spot.left + spot.right) / 2, item.left - item.width / 2, lines[spot.line].base)
            shapes += item.shapes(place)
            notes += [*item.notes(place), _title(item, place, palette), _hover_note(item, place, palette)]
    layout = _layout(lines[-1].bottom, shapes, notes, palette)
    return go.Figure([_empty_trace()], layout.update(meta={"to scale": measure.true}))


def _widths(title: str, items: list[Item]) -> list[float]:
    """Of each item; the last one has room for what the title takes more."""
    *others, last = [item.width for item in items]
    return [*others, max(last, LETTER * len(title) + 16 - sum(others))]


def _lines(groups: list[list[Item]], spots: list[list[Spot]]) -> list[_Line]:
    standing: dict[int, list[Item]] = {}
    for group, group_spots in zip(groups, spots, strict=True):
        for item, spot in zip(group, group_spots, strict=True):
            standing.setdefault(spot.line, []).append(item)
    lines: list[_Line] = []
    for number in sorted(standing):
        top = lines[-1].bottom + PAD if lines else 0.0
        base = top + HEAD + NAMES + max(item.height for item in standing[number])
        lines.append(_Line(top, base, base + max(item.foot for item in standing[number]) + PAD))
    return lines


def _cards(group_spots: list[Spot], lines: list[_Line], palette: Palette) -> list[dict[str, Any]]:
    """A background under each line of a group."""
    cards = []
    for number in sorted({spot.line for spot in group_spots}):
        here = [spot for spot in group_spots if spot.line == number]
        sides = {"x0": here[0].left, "x1": here[-1].right, "xref": "paper", "yref": "paper"}
        heights = {"y0": -lines[number].top, "y1": -lines[number].bottom, "ysizemode": "pixel", "yanchor": 1}
        style = {"type": "rect", "fillcolor": palette.surface, "line": {"width": 0}, "layer": "below"}
        cards.append(sides | heights | style)
    return cards


def _title(item: Item, place: Place, palette: Palette) -> dict[str, Any]:
    text = f"<b>{item.name}</b><br>{item.block.shape}"
    return note(place.moved(0, -item.height - 5), text, palette.foreground, "left bottom", align="left")


def _hover_note(item: Item, place: Place, palette: Palette) -> dict[str, Any]:
    """An invisible annotation over the block that carries its hover text."""
    size = {"width": max(item.body, 40), "height": item.height + 30}
    hover = {
        "hovertext": item.block.description,
        "hoverlabel": {"bgcolor": palette.background, "font": {"color": palette.foreground}},
    }
    return note(place, " ", palette.foreground, "left bottom", **size, **hover)


def _empty_trace() -> go.Scatter:
    """Plotly draws no figure without a trace."""
    return go.Scatter(x=[], y=[], hoverinfo="skip")


def _layout(height: float, shapes: list[dict[str, Any]], notes: list[dict[str, Any]], palette: Palette) -> go.Layout:
    axis = {"visible": False, "fixedrange": True, "range": [0, 1]}
    return go.Layout(
        height=round(height),
        margin={"l": 0, "r": 0, "t": 0, "b": 0, "autoexpand": False},
        xaxis=axis,
        yaxis=axis,
        shapes=shapes,
        annotations=notes,
        showlegend=False,
        dragmode=False,
        font={"family": FONT, "color": palette.foreground},
        paper_bgcolor=palette.background,
        plot_bgcolor=palette.background,
    )


#: Pixels between two groups.
GAP = 14.0


class Spot(NamedTuple):
    """Place of one item: its left and right as shares of the width, and its line."""

    left: float
    right: float
    line: int


def flow(groups: Sequence[Sequence[float]], width: float) -> list[list[Spot]]:
    """Flow layout of items by their widths in pixels; a group that doesn't fit after the last one begins a line.

    What is left of a line is shared out. A group wider than the screen is broken within.

    >>> [[spot.line for spot in group] for group in flow([[50, 50], [60], [30, 30, 30]], 100)]
    [[0, 0], [1], [2, 2, 2]]
    """
    lines: list[list[tuple[int, float]]] = [[]]
    for number, group in enumerate(groups):
        if not _fits(lines[-1], sum(group), number, width):
            lines.append([])
        for thing in group:
            if not _fits(lines[-1], thing, number, width):
                lines.append([])
            lines[-1].append((number, thing))
    spots: list[list[Spot]] = [[] for _ in groups]
    for index, line in enumerate(lines):
        for number, spot in _spread(line, index, width):
            spots[number].append(spot)
    return spots


def _fits(line: list[tuple[int, float]], more: float, number: int, width: float) -> bool:
    gap = GAP if line and line[-1][0] != number else 0
    return not line or _line_width(line) + gap + more <= width


def _line_width(line: list[tuple[int, float]]) -> float:
    gaps = sum(GAP for one, other in pairwise(line) if one[0] != other[0])
    return sum(thing for _, thing in line) + gaps


def _spread(line: list[tuple[int, float]], line_index: int, width: float) -> list[tuple[int, Spot]]:
    """Each thing gets its width and an even part of what is left."""
    spare = max(0.0, width - _line_width(line)) / len(line)
    spots, at, before = [], 0.0, line[0][0]
    for number, thing in line:
        at += GAP if number != before else 0
        before = number
        spots.append((number, Spot(at / width, min(1.0, (at + thing + spare) / width), line_index)))
        at += thing + spare
    return spots

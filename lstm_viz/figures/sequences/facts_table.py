"""A small table of words: what differs between several things, a row each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import plotly.graph_objects as go

from lstm_viz.figures import alt_text
from lstm_viz.figures.layout import heading
from lstm_viz.figures.moment import Moment
from lstm_viz.figures.palette import FONT, LIGHT, Palette
from lstm_viz.figures.viewport import Viewport

TITLE, ROW, NARROW_LINE, FOOT = 30, 27, 20, 6


class FactsRow(NamedTuple):
    """A row: what it is about, the role of its colour, and a fact for each column."""

    name: str
    role: str
    facts: Sequence[str]


def facts_table(title: str, columns: Sequence[tuple[str, float]], rows: Sequence[FactsRow]) -> Callable[..., go.Figure]:
    """Draws a table; `columns` are names and where each begins, as a share of the width.

    On a phone each row has a line for each of its facts.
    """

    def draw(viewport: Viewport, moment: Moment, *, palette: Palette = LIGHT, narrow: bool = False) -> go.Figure:
        notes, height = (_stacked if narrow else _side_by_side)(columns, rows, palette)
        lines = [] if narrow else _rules(len(rows), height, palette)
        layout = go.Layout(
            height=height + TITLE + FOOT,
            margin={"l": 0, "r": 0, "t": TITLE, "b": FOOT},
            xaxis={"visible": False, "fixedrange": True, "range": [0, 1]},
            yaxis={"visible": False, "fixedrange": True, "range": [height, 0]},
            shapes=lines,
            annotations=[heading(palette, 0) | {"text": f"<b>{title}</b>", "yshift": 4}, *notes],
            showlegend=False,
            font={"color": palette.muted, "family": FONT},
            paper_bgcolor=palette.background,
            plot_bgcolor=palette.background,
            meta={"alt": _alt(title, columns, rows)},
        )
        return go.Figure([go.Scatter(x=[], y=[])], layout)

    return draw


def _note(x: float, y: float, text: str, colour: str, size: float = 13) -> dict[str, Any]:
    return {
        "x": x,
        "y": y,
        "xref": "x",
        "yref": "y",
        "xanchor": "left",
        "yanchor": "middle",
        "text": text,
        "align": "left",
        "showarrow": False,
        "borderpad": 0,
        "font": {"color": colour, "size": size},
    }


def _side_by_side(
    columns: Sequence[tuple[str, float]], rows: Sequence[FactsRow], palette: Palette
) -> tuple[list[dict[str, Any]], int]:
    notes = [_note(start, ROW / 2, name, palette.muted, 12) for name, start in columns]
    for index, row in enumerate(rows):
        middle = (index + 1.5) * ROW
        notes.append(_note(0, middle, f"<b>{row.name}</b>", getattr(palette, row.role)))
        for (_, start), fact in zip(columns, row.facts, strict=True):
            notes.append(_note(start, middle, fact, palette.foreground))
    return notes, (len(rows) + 1) * ROW


def _stacked(
    columns: Sequence[tuple[str, float]], rows: Sequence[FactsRow], palette: Palette
) -> tuple[list[dict[str, Any]], int]:
    notes, top = [], 0.0
    for row in rows:
        notes.append(_note(0, top + NARROW_LINE / 2, f"<b>{row.name}</b>", getattr(palette, row.role)))
        for index, ((name, _), fact) in enumerate(zip(columns, row.facts, strict=True)):
            middle = top + (index + 1.5) * NARROW_LINE
            notes.append(_note(0.02, middle, f"{name}: {fact}", palette.foreground, 12.5))
        top += (len(columns) + 1.4) * NARROW_LINE
    return notes, int(top)


def _rules(rows: int, height: int, palette: Palette) -> list[dict[str, Any]]:
    line = {"color": palette.grid, "width": 1}
    return [
        {"type": "line", "xref": "x", "yref": "y", "x0": 0, "x1": 1, "y0": y, "y1": y, "line": line}
        for y in ((index + 1) * ROW for index in range(rows))
    ]


def _alt(title: str, columns: Sequence[tuple[str, float]], rows: Sequence[FactsRow]) -> dict[str, Any]:
    told = [
        f"{row.name}: " + ", ".join(f"{name} {fact}" for (name, _), fact in zip(columns, row.facts, strict=True))
        for row in rows
    ]
    return alt_text.sentence(f"{title}. {'. '.join(told)}.")

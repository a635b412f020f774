"""A long text cut into rows, and a window that slides over them."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from lstm_viz.figures.headings import heading
from lstm_viz.figures.palette import FONT, LIGHT, Palette
from lstm_viz.figures.words import safe
from lstm_viz.sequences.sliding import Windows

#: Columns of the grid: about what a screen shows as letters, and always more than two windows.
COLUMNS = 72
#: Letters on each side of the seam.
BESIDE, BESIDE_NARROW = 16, 9
MARGIN, TITLE, ROW = 64, 24, 17
#: Columns from which a screen, wide or narrow, has no room for letters.
LETTERS, LETTERS_NARROW = 90, 32


def columns_shown(cut: Windows) -> int:
    """How many columns of the rows the grid shows, from the first: two windows and the start of a third, if there are.

    >>> from lstm_viz.sequences import load_example
    >>> from lstm_viz.sequences.sliding import windows
    >>> [columns_shown(windows(load_example("python"), 8, steps)) for steps in (5, 32, 100, 1000)]
    [72, 72, 225, 1000]
    """
    steps = len(cut.parts[0].values)
    return min(len(cut.parts) * steps, max(COLUMNS, 2 * steps + steps // 4))


def text_band(cut: Windows, *, palette: Palette = LIGHT) -> go.Figure:
    """The whole text from end to end, as it is cut: the rows, the places they are read at, and what is dropped."""
    steps, rows = cut.parts[0].values.shape[:2]
    length = steps * len(cut.parts)
    starts = np.arange(rows) * length
    kept = go.Bar(
        orientation="h",
        y=[0] * rows,
        base=starts.tolist(),
        x=[length] * rows,
        text=[f"row {row + 1}" if rows <= 12 else f"{row + 1}" for row in range(rows)],
        textposition="inside",
        insidetextanchor="middle",
        textangle=0,
        constraintext="none",
        marker={"color": palette.belt, "line": {"color": palette.line, "width": 1}},
        textfont={"color": palette.ink, "size": 11},
        hovertemplate="characters %{base:,} on<extra></extra>",
        meta={"part": "names"},
    )
    dropped = go.Bar(
        orientation="h",
        y=[0],
        base=[rows * length],
        x=[cut.dropped],
        marker={
            "color": palette.ground,
            "line": {"color": palette.forget, "width": 1},
            "pattern": {"shape": "/", "fgcolor": palette.forget, "size": 5},
        },
        hovertemplate=f"dropped: {cut.dropped:,} characters<extra></extra>",
        meta={"part": "names"},
    )
    readers = _readers(starts, columns_shown(cut), palette)
    end = rows * length + cut.dropped
    return go.Figure([kept, dropped, readers], _band_layout(end, palette))


def _readers(starts: np.ndarray, columns: int, palette: Palette) -> go.Scatter:
    """One pointer a row: all rows are read at once, each at its own place."""
    places = [(starts + step + 0.5).tolist() for step in range(columns)]
    return go.Scatter(
        x=places[-1],
        y=[0.62] * len(starts),
        mode="markers",
        marker={"symbol": "triangle-down", "size": 10, "color": palette.ink},
        hoverinfo="skip",
        meta={"part": "names", "follow": {"x": {"cycle": places}}},
    )


def _band_layout(end: int, palette: Palette) -> go.Layout:
    return _layout(
        palette,
        height=TITLE + 46,
        margin={"l": MARGIN, "r": 2, "t": TITLE, "b": 4},
        annotations=[heading(palette, MARGIN) | {"text": "<b>The whole text</b>  read at every ▼ at once"}],
        xaxis={"visible": False, "fixedrange": True, "range": [0, end]},
        yaxis={"visible": False, "fixedrange": True, "range": [-0.5, 0.9]},
        barmode="overlay",
        meta={"player": "animate"},
    )


def rows_and_windows(cut: Windows, *, palette: Palette = LIGHT, narrow: bool = False) -> go.Figure:
    """The first columns of the rows side by side, and the window over them; arrows where the state goes on."""
    steps, rows = cut.parts[0].values.shape[:2]
    columns = columns_shown(cut)
    grid = _characters(cut, columns)
    chart = go.Heatmap(
        z=[[(column // steps) % 2 for column in range(columns)]] * rows,
        x=list(range(1, columns + 1)),
        y=list(range(rows)),
        zmin=0,
        zmax=1,
        colorscale=[[0, palette.belt], [1, palette.ground]],
        showscale=False,
        text=grid if columns <= (LETTERS_NARROW if narrow else LETTERS) else None,
        texttemplate="%{text}" if columns <= (LETTERS_NARROW if narrow else LETTERS) else None,
        textfont={"size": 11, "color": palette.ink},
        customdata=grid,
        hovertemplate="row %{y}, column %{x}: <b>%{customdata}</b><extra></extra>",
        meta={"part": "names"},
    )
    return go.Figure([chart, _seam_arrows(steps, rows, columns, palette)], _grid_layout(cut, columns, palette))


def _characters(cut: Windows, columns: int) -> list[list[str]]:
    """(rows, columns) characters as they are shown."""
    held = np.concatenate([part.step_labels for part in cut.parts[: -(-columns // len(cut.parts[0].values))]])[:columns]
    return [[safe(label) for label in row] for row in held.T.tolist()]


def _seam_arrows(steps: int, rows: int, columns: int, palette: Palette) -> go.Scatter:
    """A state handed on: from each row's end in one window to the same row's start in the next."""
    seams = [seam + 0.5 for seam in range(steps, columns, steps)]
    return go.Scatter(
        x=[seam for seam in seams for _ in range(rows)],
        y=list(range(rows)) * len(seams),
        mode="markers",
        marker={
            "symbol": "triangle-right",
            "size": 8,
            "color": palette.remember,
            "line": {"color": palette.ground, "width": 1},
        },
        hovertemplate="the state goes on<extra></extra>",
        meta={"part": "names"},
    )


def window_outlines(steps: int, columns: int, palette: Palette) -> list[list[dict[str, Any]]]:
    """For each column, the outlines of the window that it is in and of the column itself."""
    whole = {"type": "rect", "layer": "above", "xref": "x", "yref": "y domain", "y0": 0, "y1": 1}
    return [
        [
            whole
            | _span(column // steps * steps, min(column // steps * steps + steps, columns))
            | {"line": {"color": palette.remember, "width": 2.4}},
            whole | _span(column, column + 1) | {"line": {"color": palette.ink, "width": 1.6}},
        ]
        for column in range(columns)
    ]


def _span(start: int, stop: int) -> dict[str, float]:
    return {"x0": start + 0.5, "x1": stop + 0.5}


def _grid_layout(cut: Windows, columns: int, palette: Palette) -> go.Layout:
    steps, rows = cut.parts[0].values.shape[:2]
    outlines = window_outlines(steps, columns, palette)
    axis = {"fixedrange": True, "showgrid": False, "zeroline": False, "ticks": ""}
    return _layout(
        palette,
        height=rows * ROW + TITLE + 24,
        margin={"l": MARGIN, "r": 2, "t": TITLE, "b": 20},
        annotations=[
            heading(palette, MARGIN)
            | {"text": "<b>The rows side by side</b>  the window takes the same columns of each"}
        ],
        shapes=outlines[-1],
        xaxis=axis | {"range": [0.5, columns + 0.5], "tickvals": [1, *range(steps + 1, columns + 1, steps)]},
        yaxis=axis
        | {
            "range": [rows - 0.5, -0.5],
            "tickvals": list(range(rows)),
            "ticktext": [f"row {row + 1}" for row in range(rows)],
        },
        meta={"follow": {"shapes": {"cycle": outlines}}},
    )


def at_the_seam(cut: Windows, *, palette: Palette = LIGHT, narrow: bool = False) -> go.Figure:
    """What row 1 reads round the last seam shown, and under it what it should say: the same, shifted by one."""
    steps = len(cut.parts[0].values)
    seam = max(steps, (columns_shown(cut) - 1) // steps * steps)
    beside = BESIDE_NARROW if narrow else BESIDE
    first, last = max(0, seam - beside), min(seam + beside, steps * len(cut.parts) - 1)
    row = [safe(label) for part in cut.parts[: last // steps + 1] for label in part.step_labels[:, 0]]
    columns = list(range(first + 1, last + 1))
    reads, wanted = row[first:last], row[first + 1 : last + 1]
    ahead = [[int(column % steps == edge) for column in columns] for edge in (1 % steps, 0)]
    chart = go.Heatmap(
        x=columns,
        y=[0, 1],
        z=ahead,
        zmin=0,
        zmax=1,
        colorscale=[[0, palette.belt], [1, palette.line]],
        showscale=False,
        xgap=1,
        ygap=2,
        text=[reads, wanted],
        texttemplate="%{text}",
        textfont={"size": 13, "color": palette.ink},
        hoverinfo="skip",
        meta={"part": "names"},
    )
    return go.Figure(chart, _seam_layout(columns, steps, palette))


def _seam_layout(columns: list[int], steps: int, palette: Palette) -> go.Layout:
    axis = {"fixedrange": True, "showgrid": False, "zeroline": False, "ticks": ""}
    seams = [column for column in columns if column % steps == 0 and column < columns[-1]]
    line = {
        "type": "line",
        "xref": "x",
        "yref": "paper",
        "y0": 0,
        "y1": 1,
        "line": {"color": palette.remember, "width": 2.4},
    }
    return _layout(
        palette,
        height=2 * 26 + TITLE + 22,
        margin={"l": MARGIN, "r": 2, "t": TITLE, "b": 20},
        annotations=[
            heading(palette, MARGIN) | {"text": "<b>Row 1 at the seam</b>  each target is the next character"}
        ],
        shapes=[line | {"x0": seam + 0.5, "x1": seam + 0.5} for seam in seams],
        xaxis=axis
        | {"range": [columns[0] - 0.5, columns[-1] + 0.5], "tickvals": [columns[0], *(seam + 1 for seam in seams)]},
        yaxis=axis | {"range": [1.5, -0.5], "tickvals": [0, 1], "ticktext": ["reads", "target"]},
    )


def _layout(palette: Palette, **rest: Any) -> go.Layout:
    return go.Layout(
        paper_bgcolor=palette.ground,
        plot_bgcolor=palette.ground,
        font={"family": FONT, "color": palette.muted, "size": 11},
        showlegend=False,
        **rest,
    )

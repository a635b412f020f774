"""Batching a long text: rows read side by side, the window that slides over them, inputs and targets at its edge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from lstm_viz.figures import alt_text
from lstm_viz.figures.labels import escape_markup
from lstm_viz.figures.layout import heading
from lstm_viz.figures.palette import FONT, LIGHT, Palette
from lstm_viz.sequences.sliding_windows import Windows

#: Columns of letters that fit on a screen, wide or narrow; a longer grid turns like a page.
PAGE, PAGE_NARROW = 72, 26
MARGIN, TITLE, ROW = 64, 24, 17
#: Rows beyond which a row of the band has room for its number alone.
NAMED_ROWS = 12
#: Names of columns that stand side by side on a screen, wide or narrow.
NAMES, NAMES_NARROW = 15, 4


def columns_shown(cut: Windows) -> int:
    """How many columns of the rows are shown, from the first: whole windows, two at least where there are two.

    >>> from lstm_viz.sequences import load_example
    >>> from lstm_viz.sequences.sliding_windows import windows
    >>> [columns_shown(windows(load_example("python"), 8, steps)) for steps in (5, 24, 100, 1000)]
    [70, 72, 200, 1000]
    """
    steps = len(cut.parts[0].values)
    return steps * min(len(cut.parts), max(2, PAGE // steps))


def thin_out(values: Sequence[int], narrow: bool) -> list[int]:
    """As many of the values as can be named along an axis, evenly spread from the first.

    >>> thin_out(range(1, 9), narrow=True)
    [1, 3, 5, 7]
    """
    return list(values[:: -(-len(values) // (NAMES_NARROW if narrow else NAMES)) or 1])


def text_band(cut: Windows, *, palette: Palette = LIGHT) -> go.Figure:
    """The whole text from end to end, as it is cut: the rows, the places they are read at, and what is dropped."""
    steps, rows = cut.parts[0].values.shape[:2]
    length = steps * len(cut.parts)
    starts = np.arange(rows) * length
    bars = [_kept(starts, length, palette), _dropped(rows * length, cut.dropped, palette)]
    readers = _readers(starts, columns_shown(cut), palette)
    return go.Figure([*bars, readers], _band_layout(rows, length, cut.dropped, palette))


def _kept(starts: np.ndarray, length: int, palette: Palette) -> go.Bar:
    rows = len(starts)
    return go.Bar(
        orientation="h",
        y=[0] * rows,
        base=starts.tolist(),
        x=[length] * rows,
        text=[f"row {row + 1}" if rows <= NAMED_ROWS else f"{row + 1}" for row in range(rows)],
        textposition="inside",
        insidetextanchor="middle",
        textangle=0,
        constraintext="none",
        marker={"color": palette.surface, "line": {"color": palette.line, "width": 1}},
        textfont={"color": palette.foreground, "size": 11},
        hovertemplate="%{x:,} characters, counted from %{base:,}<extra></extra>",
        meta={"part": "names"},
    )


def _dropped(start: int, count: int, palette: Palette) -> go.Bar:
    return go.Bar(
        orientation="h",
        y=[0],
        base=[start],
        x=[count],
        # No pattern: Plotly can't draw one while it animates.
        marker={"color": palette.forget},
        hovertemplate="dropped: %{x:,} characters<extra></extra>",
        meta={"part": "names"},
    )


def _readers(starts: np.ndarray, columns: int, palette: Palette) -> go.Scatter:
    """One pointer a row: all rows are read at once, each at its own place."""
    columns_by_step = [(starts + step + 0.5).tolist() for step in range(columns)]
    return go.Scatter(
        x=columns_by_step[0],
        y=[0.62] * len(starts),
        mode="markers",
        marker={"symbol": "triangle-down", "size": 10, "color": palette.foreground},
        hoverinfo="skip",
        meta={"part": "names", "follow": {"x": {"cycle": columns_by_step}}},
    )


def _band_layout(rows: int, length: int, dropped: int, palette: Palette) -> go.Layout:
    alt = (
        f"A text of {rows * length + dropped:,} characters from end to end, cut into {rows} rows of {length:,}; "
        f"{dropped:,} at the end are dropped. Every row is read at once, each from its own start."
    )
    return layout(
        palette,
        "<b>The whole text</b>  every row is read at once, at its ▼",
        height=TITLE + 46,
        margin={"l": MARGIN, "r": 2, "t": TITLE, "b": 4},
        xaxis={"visible": False, "fixedrange": True, "range": [0, rows * length + dropped]},
        yaxis={"visible": False, "fixedrange": True, "range": [-0.5, 0.9]},
        barmode="overlay",
        meta={"player": "animate", "rigid": True, "alt": alt_text.sentence(alt)},
    )


def rows_and_windows(cut: Windows, *, palette: Palette = LIGHT, narrow: bool = False) -> go.Figure:
    """The first columns of the rows side by side, and the window over them; arrows where the state goes on."""
    steps, rows = cut.parts[0].values.shape[:2]
    columns = columns_shown(cut)
    chart = go.Heatmap(
        z=[[(column // steps) % 2 for column in range(columns)]] * rows,
        x=list(range(1, columns + 1)),
        y=list(range(rows)),
        zmin=0,
        zmax=1,
        colorscale=[[0, palette.surface], [1, palette.background]],
        showscale=False,
        text=_characters(cut, columns),
        texttemplate="%{text}",
        textfont={"size": 11, "color": palette.foreground},
        hovertemplate="column %{x}: <b>%{text}</b><extra></extra>",
        meta={"part": "names"},
    )
    return go.Figure([chart, _seam_arrows(steps, rows, columns, palette)], _grid_layout(cut, narrow, palette))


def _characters(cut: Windows, columns: int) -> list[list[str]]:
    """(rows, columns) characters as they are shown."""
    steps = len(cut.parts[0].values)
    characters = np.concatenate([part.step_labels for part in cut.parts[: -(-columns // steps)]])[:columns]
    return [[escape_markup(label) for label in row] for row in characters.T.tolist()]


def _seam_arrows(steps: int, rows: int, columns: int, palette: Palette) -> go.Scatter:
    """Arrows where the state is carried: from each row's end in one window to the same row's start in the next."""
    seams = [seam + 0.5 for seam in range(steps, columns, steps)]
    edge = {"color": palette.background, "width": 1}
    return go.Scatter(
        x=[seam for seam in seams for _ in range(rows)],
        y=list(range(rows)) * len(seams),
        mode="markers",
        marker={"symbol": "triangle-right", "size": 8, "color": palette.remember, "line": edge},
        hovertemplate="the state goes on<extra></extra>",
        meta={"part": "names"},
    )


def _grid_layout(cut: Windows, narrow: bool, palette: Palette) -> go.Layout:
    steps, rows = cut.parts[0].values.shape[:2]
    columns, page = columns_shown(cut), PAGE_NARROW if narrow else PAGE
    pages = [[step // page * page + 0.5, min(step // page * page + page, columns) + 0.5] for step in range(columns)]
    return layout(
        palette,
        "<b>The rows side by side</b>  the window has the same columns of each",
        height=rows * ROW + TITLE + 24,
        margin={"l": MARGIN, "r": 2, "t": TITLE, "b": 20},
        xaxis={"range": pages[0], "tickvals": thin_out(range(1, columns + 1, steps), narrow and columns <= page)},
        yaxis={
            "range": [rows - 0.5, -0.5],
            "tickvals": list(range(rows)),
            "ticktext": [f"row {row + 1}" for row in range(rows)],
        },
        meta={
            "follow": _bindings(steps, columns, palette)
            | ({"xaxis.range": {"cycle": pages}} if columns > page else {}),
            "panels": ["overview"],
            "alt": alt_text.sentence(
                f"The first {columns} columns of {rows} rows of text, in windows of {steps} columns; the state goes on "
                "from each row of a window to the same row of the next. The column at work is ",
                alt_text.STEP,
                ".",
            ),
        },
    )


def _bindings(steps: int, columns: int, palette: Palette) -> dict[str, Any]:
    """The outlines of the window at work, and of the column in it."""
    across = {"x": "x", "y": "y"}
    part = {"over": "part", "steps": steps, "total": columns} | across
    marks = [([part], palette.remember), ([{"over": "step"} | across], palette.foreground)]
    return {"shapes": {"all": [{"marks": mark, "colour": colour} for mark, colour in marks]}}


def layout(palette: Palette, title: str, **rest: Any) -> go.Layout:
    """What the pictures of a cut text have in common; axes are plain, and stay as they are."""
    axis = {"fixedrange": True, "showgrid": False, "zeroline": False, "ticks": ""}
    return go.Layout(
        rest | {"xaxis": axis | rest["xaxis"], "yaxis": axis | rest["yaxis"]},
        annotations=[heading(palette, MARGIN) | {"text": title}],
        paper_bgcolor=palette.background,
        plot_bgcolor=palette.background,
        font={"family": FONT, "color": palette.muted, "size": 11},
        showlegend=False,
    )


#: Letters on each side of the seam, on a wide screen and on a narrow one.
CONTEXT, CONTEXT_NARROW = 16, 9
LINE = 26


def targets_at_seam(cut: Windows, *, palette: Palette = LIGHT, narrow: bool = False) -> go.Figure:
    """What row 1 reads round the last seam shown, and under it what it should say: the same, shifted by one."""
    steps = len(cut.parts[0].values)
    columns = _columns(cut, CONTEXT_NARROW if narrow else CONTEXT)
    row = [escape_markup(label) for part in cut.parts[: columns[-1] // steps + 1] for label in part.step_labels[:, 0]]
    reads, wanted = ([row[column - 1 + later] for column in columns] for later in (0, 1))
    chart = go.Heatmap(
        x=columns,
        y=[0, 1],
        # The target that is the next window's first character, and that character.
        z=[[int(column % steps == edge) for column in columns] for edge in (1 % steps, 0)],
        zmin=0,
        zmax=1,
        colorscale=[[0, palette.surface], [1, palette.grid]],
        showscale=False,
        xgap=1,
        ygap=2,
        text=[reads, wanted],
        texttemplate="%{text}",
        textfont={"size": 13, "color": palette.foreground},
        hoverinfo="skip",
        meta={"part": "names"},
    )
    layout_of = _layout(columns, reads, wanted, steps, palette)
    return go.Figure(chart, layout_of.update(xaxis={"tickvals": thin_out(_starts(columns, steps), narrow)}))


def _starts(columns: list[int], steps: int) -> list[int]:
    """The first column shown, and each first column of a window."""
    return [columns[0], *(column for column in columns[1:] if column % steps == 1 % steps)]


def _columns(cut: Windows, context: int) -> list[int]:
    """The columns round the last seam that is shown, counted from 1; each has a target."""
    steps = len(cut.parts[0].values)
    seam = max(steps, (columns_shown(cut) - 1) // steps * steps)
    return list(range(max(0, seam - context) + 1, min(seam + context, steps * len(cut.parts) - 1) + 1))


def _layout(columns: list[int], reads: list[str], wanted: list[str], steps: int, palette: Palette) -> go.Layout:
    seams = [column for column in columns[:-1] if column % steps == 0]
    alt = f"Columns {columns[0]} to {columns[-1]} of row 1 read {''.join(reads)}; their targets are {''.join(wanted)}."
    return layout(
        palette,
        "<b>Row 1 at a seam</b>  each target is the next character",
        height=2 * LINE + TITLE + 22,
        margin={"l": MARGIN, "r": 2, "t": TITLE, "b": 20},
        shapes=[_seam(seam, palette) for seam in seams],
        xaxis={"range": [columns[0] - 0.5, columns[-1] + 0.5]},
        yaxis={"range": [1.5, -0.5], "tickvals": [0, 1], "ticktext": ["reads", "target"]},
        meta={"alt": alt_text.sentence(alt)},
    )


def _seam(column: int, palette: Palette) -> dict[str, Any]:
    position = {"xref": "x", "x0": column + 0.5, "x1": column + 0.5, "yref": "paper", "y0": 0, "y1": 1}
    return position | {"type": "line", "line": {"color": palette.remember, "width": 2.4}}

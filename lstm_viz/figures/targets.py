"""What a network reads and what it should say, where one window ends and the next begins."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from lstm_viz.figures import alts
from lstm_viz.figures.batching import MARGIN, TITLE, columns_shown, few, layout
from lstm_viz.figures.palette import LIGHT, Palette
from lstm_viz.figures.words import safe
from lstm_viz.sequences.sliding import Windows

#: Letters on each side of the seam, on a wide screen and on a narrow one.
BESIDE, BESIDE_NARROW = 16, 9
LINE = 26


def at_the_seam(cut: Windows, *, palette: Palette = LIGHT, narrow: bool = False) -> go.Figure:
    """What row 1 reads round the last seam shown, and under it what it should say: the same, shifted by one."""
    steps = len(cut.parts[0].values)
    columns = _columns(cut, BESIDE_NARROW if narrow else BESIDE)
    row = [safe(label) for part in cut.parts[: columns[-1] // steps + 1] for label in part.step_labels[:, 0]]
    reads, wanted = ([row[column - 1 + later] for column in columns] for later in (0, 1))
    chart = go.Heatmap(
        x=columns,
        y=[0, 1],
        # The target that is the next window's first character, and that character.
        z=[[int(column % steps == edge) for column in columns] for edge in (1 % steps, 0)],
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
    layout_of = _layout(columns, reads, wanted, steps, palette)
    return go.Figure(chart, layout_of.update(xaxis={"tickvals": few(_starts(columns, steps), narrow)}))


def _starts(columns: list[int], steps: int) -> list[int]:
    """The first column shown, and each first column of a window."""
    return [columns[0], *(column for column in columns[1:] if column % steps == 1 % steps)]


def _columns(cut: Windows, beside: int) -> list[int]:
    """The columns round the last seam that is shown, counted from 1; each has a target."""
    steps = len(cut.parts[0].values)
    seam = max(steps, (columns_shown(cut) - 1) // steps * steps)
    return list(range(max(0, seam - beside) + 1, min(seam + beside, steps * len(cut.parts) - 1) + 1))


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
        meta={"alt": alts.sentence(alt)},
    )


def _seam(column: int, palette: Palette) -> dict[str, Any]:
    place = {"xref": "x", "x0": column + 0.5, "x1": column + 0.5, "yref": "paper", "y0": 0, "y1": 1}
    return place | {"type": "line", "line": {"color": palette.remember, "width": 2.4}}

"""The benchmark's table as dots on a line, and what growing runs cost: one HTML page with what it needs inside."""

from __future__ import annotations

from math import log10
from pathlib import Path

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from benchmarks.growth import Point, slopes
from benchmarks.marks import FAINT, GOALS, INK, LINES, MARKS, TICKS, TITLE, shown
from benchmarks.tables import Row
from benchmarks.ways import DEFAULT, EVERYTHING, UNCHECKED, WITHOUT

#: Pixels of a size's line.
ROOM = 34


def write(rows: list[Row], points: list[Point], about: list[str], path: Path) -> None:
    """One page that needs nothing else."""
    parts = [
        _ratios(rows, about).to_html(include_plotlyjs=True, full_html=False),
        _growth(points).to_html(False, False),
    ]
    page = "<!doctype html><html lang=en><meta charset=utf-8><title>Recording</title><body>"
    path.write_text(page + "".join(parts), encoding="utf-8")


def _ratios(rows: list[Row], about: list[str]) -> go.Figure:
    timed, sizes = shown(rows)
    figure = go.Figure()
    for way in MARKS:
        own = [row for row in timed if row.way == way]
        if own:
            figure.add_trace(_dots(way, own))
    for number, (way, goal) in enumerate(GOALS.items()):
        figure.add_vline(goal, line={"color": MARKS[way].colour, "width": 1, "dash": "dash"})
        figure.add_annotation(
            x=log10(goal), y=1, yref="paper", yanchor="bottom", text=f"{goal}", showarrow=False,
            yshift=14 * (number % 2),  # neighbours would overlap
            font={"color": MARKS[way].colour},
        )  # fmt: skip
    figure.update_xaxes(type="log", tickvals=TICKS, ticktext=[f"{tick:g}" for tick in TICKS], gridcolor=FAINT)
    figure.update_yaxes(categoryorder="array", categoryarray=sizes[::-1], gridcolor=FAINT, automargin=True)
    figure.update_xaxes(title="time over nn.LSTM's forward; dashed lines are goals")
    height = 250 + ROOM * max(7, len(sizes))
    title = {"text": f"{TITLE}<br><sup>{'<br>'.join(about)}</sup>", "y": 1 - 14 / height, "yanchor": "top"}
    return _dressed(figure, height=height, title=title, margin={"t": 150, "l": 20, "r": 20, "b": 60})


def _dots(way: str, own: list[Row]) -> go.Scatter:
    ours = way in (DEFAULT, UNCHECKED, EVERYTHING, WITHOUT)
    colour, shape, size = MARKS[way]
    return go.Scatter(
        name=way,
        x=[row.ratio for row in own],
        y=[row.size for row in own],
        mode="markers+text" if way == UNCHECKED else "markers",
        text=[f"{row.ratio:.2f}" for row in own],
        textposition="middle left",
        textfont={"color": colour},
        marker={"color": colour, "symbol": shape, "size": size},
        error_x={
            "array": [row.high - row.ratio for row in own],
            "arrayminus": [row.ratio - row.low for row in own],
            "symmetric": False,
            "thickness": 1.5 if ours else 0.75,
            "width": 0,
        },
        customdata=[[row.milliseconds, row.goal, row.predicted, row.apart] for row in own],
        hovertemplate="%{y}<br>%{x:.2f} times the forward, %{customdata[0]:.2f} ms<br>goal %{customdata[1]}, "
        "predicted %{customdata[2]}, in a process of its own %{customdata[3]:.2f}",
    )


def _growth(points: list[Point]) -> go.Figure:
    kinds = list(dict.fromkeys(point.along for point in points))
    found = slopes(points)
    figure = make_subplots(1, len(kinds), subplot_titles=[f"Cost by {kind}" for kind in kinds])
    for column, kind in enumerate(kinds, 1):
        for way, colour in LINES.items():
            own = [point for point in points if (point.along, point.way) == (kind, way)]
            figure.add_scatter(
                x=[point.count for point in own],
                y=[point.seconds for point in own],
                name=way,
                line_color=colour,
                mode="lines+markers",
                showlegend=column == 1,
                row=1,
                col=column,
            )
        said = "<br>".join(f"<span style='color:{LINES[way]}'>slope {found[kind, way]:.2f}</span>" for way in LINES)
        figure.add_annotation(
            text=said, x=0.97, y=0.03, xref="x domain", yref="y domain", showarrow=False, align="right",
            row=1, col=column,
        )  # fmt: skip
        counts = sorted({point.count for point in points if point.along == kind})
        figure.update_xaxes(type="log", tickvals=counts, ticktext=[f"{n:,}" for n in counts], row=1, col=column)
    figure.update_yaxes(type="log", gridcolor=FAINT, exponentformat="power", dtick=1)
    figure.update_yaxes(title="seconds", col=1)
    return _dressed(figure, height=420, margin={"t": 60, "l": 70, "r": 20, "b": 50})


def _dressed(figure: go.Figure, **layout: object) -> go.Figure:
    return figure.update_layout(template="plotly_white", font_color=INK, **layout)

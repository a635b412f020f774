"""The benchmark's plots: ratios as dots on a log axis, and cost over size, as HTML (Plotly) and as PNG (Pillow).

The PNG is drawn with Pillow, which comes with Streamlit; Plotly would need a browser for it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import pairwise
from math import cos, log10, pi, sin
from pathlib import Path
from typing import NamedTuple

import plotly.graph_objects as go
from PIL import Image, ImageDraw, ImageFont
from plotly.subplots import make_subplots

from benchmarks.implementations import DEFAULT, EVERYTHING, FORWARD, UNCHECKED, WITHOUT_NUMBA
from benchmarks.results import Row
from benchmarks.scaling import Point, slopes


class MarkerStyle(NamedTuple):
    """A marker's colour, shape (as Plotly names it) and size in pixels."""

    colour: str
    shape: str
    size: int


INK, MUTED, FAINT, OVER_GOAL = "#1A2233", "#5B6678", "#D9DEE7", "#B3261E"

MARKERS = {
    DEFAULT: MarkerStyle("#7A2E9D", "circle", 13),
    UNCHECKED: MarkerStyle("#5633FA", "circle", 13),
    EVERYTHING: MarkerStyle("#197352", "diamond", 13),
    WITHOUT_NUMBA: MarkerStyle("#CA0645", "square", 11),
    "nn.LSTMCell loop": MarkerStyle("#7A8496", "triangle-up", 10),
    "recording loop": MarkerStyle("#7A8496", "circle-open", 9),
    "TorchScript loop": MarkerStyle("#7A8496", "square-open", 9),
    "torch.compile": MarkerStyle("#7A8496", "diamond-open", 10),
    "NeuralHydrology": MarkerStyle("#7A8496", "cross", 10),
    "JAX lax.scan": MarkerStyle("#7A8496", "x", 9),
}
#: The most that our ways may take, as lines; one at 1,024 units or of another kind has a little more, and a short one
#: that is checked.
MAX_RATIO = {DEFAULT: 1.15, UNCHECKED: 1.0, EVERYTHING: 1.3, WITHOUT_NUMBA: 1.8}

LINE_COLOURS = {FORWARD: "#7A8496", UNCHECKED: MARKERS[UNCHECKED].colour}
TITLE = "Recording every gate of every step: time over nn.LSTM's forward"
#: Of the ratios' axis.
RATIO_TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50)


def plotted_rows(rows: list[Row]) -> tuple[list[Row], list[str]]:
    """The rows to plot (timed, and with a marker), and their sizes in order."""
    timed = [row for row in rows if row.ratio is not None and row.implementation in MARKERS]
    return timed, list(dict.fromkeys(row.size for row in timed))


#: Height of a size's row in the HTML chart, in pixels.
HTML_ROW_HEIGHT = 34


def write_html(rows: list[Row], points: list[Point], about: list[str], path: Path) -> None:
    """Write both charts as one HTML page that needs no network."""
    parts = [
        _ratio_figure(rows, about).to_html(include_plotlyjs=True, full_html=False),
        _scaling_figure(points).to_html(False, False),
    ]
    page = "<!doctype html><html lang=en><meta charset=utf-8><title>Recording</title><body>"
    path.write_text(page + "".join(parts), encoding="utf-8")


def _ratio_figure(rows: list[Row], about: list[str]) -> go.Figure:
    timed, sizes = plotted_rows(rows)
    figure = go.Figure()
    for name in MARKERS:
        matching = [row for row in timed if row.implementation == name]
        if matching:
            figure.add_trace(_scatter(name, matching))
    for number, (name, goal) in enumerate(MAX_RATIO.items()):
        figure.add_vline(goal, line={"color": MARKERS[name].colour, "width": 1, "dash": "dash"})
        figure.add_annotation(
            x=log10(goal), y=1, yref="paper", yanchor="bottom", text=f"{goal}", showarrow=False,
            yshift=14 * (number % 2),  # neighbours would overlap
            font={"color": MARKERS[name].colour},
        )  # fmt: skip
    figure.update_xaxes(
        type="log", tickvals=RATIO_TICKS, ticktext=[f"{tick:g}" for tick in RATIO_TICKS], gridcolor=FAINT
    )
    figure.update_yaxes(categoryorder="array", categoryarray=sizes[::-1], gridcolor=FAINT, automargin=True)
    figure.update_xaxes(title="time over nn.LSTM's forward; dashed lines are goals")
    height = 250 + HTML_ROW_HEIGHT * max(7, len(sizes))
    title = {"text": f"{TITLE}<br><sup>{'<br>'.join(about)}</sup>", "y": 1 - 14 / height, "yanchor": "top"}
    return _with_layout(figure, height=height, title=title, margin={"t": 150, "l": 20, "r": 20, "b": 60})


def _scatter(name: str, rows: list[Row]) -> go.Scatter:
    ours = name in (DEFAULT, UNCHECKED, EVERYTHING, WITHOUT_NUMBA)
    colour, shape, size = MARKERS[name]
    return go.Scatter(
        name=name,
        x=[row.ratio for row in rows],
        y=[row.size for row in rows],
        mode="markers+text" if name == UNCHECKED else "markers",
        text=[f"{row.ratio:.2f}" for row in rows],
        textposition="middle left",
        textfont={"color": colour},
        marker={"color": colour, "symbol": shape, "size": size},
        error_x={
            "array": [row.high - row.ratio for row in rows],
            "arrayminus": [row.ratio - row.low for row in rows],
            "symmetric": False,
            "thickness": 1.5 if ours else 0.75,
            "width": 0,
        },
        customdata=[[row.milliseconds, row.goal, row.predicted, row.separate_process_ratio] for row in rows],
        hovertemplate="%{y}<br>%{x:.2f} times the forward, %{customdata[0]:.2f} ms<br>goal %{customdata[1]}, "
        "predicted %{customdata[2]}, in a process of its own %{customdata[3]:.2f}",
    )


def _scaling_figure(points: list[Point]) -> go.Figure:
    kinds = list(dict.fromkeys(point.along for point in points))
    slope_of = slopes(points)
    figure = make_subplots(1, len(kinds), subplot_titles=[f"Cost by {kind}" for kind in kinds])
    for column, kind in enumerate(kinds, 1):
        for name, colour in LINE_COLOURS.items():
            matching = [point for point in points if (point.along, point.implementation) == (kind, name)]
            figure.add_scatter(
                x=[point.count for point in matching],
                y=[point.seconds for point in matching],
                name=name,
                line_color=colour,
                mode="lines+markers",
                showlegend=column == 1,
                row=1,
                col=column,
            )
        label = "<br>".join(
            f"<span style='color:{LINE_COLOURS[name]}'>slope {slope_of[kind, name]:.2f}</span>" for name in LINE_COLOURS
        )
        figure.add_annotation(
            text=label, x=0.97, y=0.03, xref="x domain", yref="y domain", showarrow=False, align="right",
            row=1, col=column,
        )  # fmt: skip
        counts = sorted({point.count for point in points if point.along == kind})
        figure.update_xaxes(type="log", tickvals=counts, ticktext=[f"{n:,}" for n in counts], row=1, col=column)
    figure.update_yaxes(type="log", gridcolor=FAINT, exponentformat="power", dtick=1)
    figure.update_yaxes(title="seconds", col=1)
    return _with_layout(figure, height=420, margin={"t": 60, "l": 70, "r": 20, "b": 50})


def _with_layout(figure: go.Figure, **layout: object) -> go.Figure:
    return figure.update_layout(template="plotly_white", font_color=INK, **layout)


PNG_WIDTH, PNG_ROW_HEIGHT, CHART_TOP, PANEL_HEIGHT = 1280, 28, 232, 250
#: Where names of sizes end, where the axis of ratios begins and ends, and where each column of numbers does.
LABELS_RIGHT, AXIS_LEFT, AXIS_RIGHT, COLUMN_EDGES = 336, 352, 970, (1040, 1110, 1180, 1250)
PANEL_SPACING = 420


def write_png(rows: list[Row], points: list[Point], about: list[str], path: Path) -> None:
    """Write both charts as one PNG, at twice the pixel density."""
    timed, sizes = plotted_rows(rows)
    foot = CHART_TOP + PNG_ROW_HEIGHT * len(sizes)
    canvas = Canvas(PNG_WIDTH, foot + 70 + (PANEL_HEIGHT + 60 if points else 0))
    canvas.text(24, 30, TITLE, INK, 21)
    for number, line in enumerate(about):
        canvas.text(24, 60 + 18 * number, line, MUTED)
    _legend(canvas, [name for name in MARKERS if name in {row.implementation for row in timed}])
    ratios = [value for row in timed for value in (row.low, row.high)]
    scale = log_scale(min(0.5, 0.9 * min(ratios)), 1.1 * max(2, *ratios), AXIS_LEFT, AXIS_RIGHT)
    _axis(canvas, scale, min(ratios), max(ratios), foot)
    for number, size in enumerate(sizes):
        _size_row(
            canvas, CHART_TOP + PNG_ROW_HEIGHT * (number + 0.5), [row for row in timed if row.size == size], scale
        )
    for number, kind in enumerate(dict.fromkeys(point.along for point in points)):
        matching = [point for point in points if point.along == kind]
        _scaling_panel(canvas, matching, 80 + number * PANEL_SPACING, foot + 100, number == 0)
    canvas.image.save(path, optimize=True)


def _legend(canvas: Canvas, names: list[str]) -> None:
    x, y = 30.0, 146.0
    for name in names:
        if name not in MAX_RATIO and y == 146:
            x, y = 30.0, 168.0
        canvas.mark(x, y, MARKERS[name])
        canvas.text(x + 14, y, name, INK)
        x += canvas.width(name) + 44


def _axis(canvas: Canvas, scale: Scale, low: float, high: float, foot: float) -> None:
    for tick in RATIO_TICKS:
        if 0.7 * min(low, 0.5) < tick < 1.4 * max(2, high) and AXIS_LEFT <= scale(tick) <= AXIS_RIGHT:
            canvas.line(scale(tick), CHART_TOP, scale(tick), foot, FAINT)
            canvas.text(scale(tick), foot + 14, f"{tick:g}", MUTED, anchor="mm")
    canvas.text(
        (AXIS_LEFT + AXIS_RIGHT) / 2, foot + 36, "time over nn.LSTM's forward, quartiles as bars", MUTED, anchor="mm"
    )
    for number, (column, (name, goal)) in enumerate(zip(COLUMN_EDGES, MAX_RATIO.items(), strict=True)):
        colour = MARKERS[name].colour
        canvas.line(scale(goal), CHART_TOP - 4, scale(goal), foot, colour, 1.5, dash=5)
        above = 12 + 14 * (number % 2)  # neighbours would overlap
        canvas.text(scale(goal), CHART_TOP - above, f"{goal}", colour, anchor="mm")
        canvas.mark(column - 8, CHART_TOP - 12, MARKERS[name])


def _size_row(canvas: Canvas, y: float, rows: list[Row], scale: Scale) -> None:
    canvas.line(AXIS_LEFT, y, AXIS_RIGHT, y, FAINT)
    canvas.text(LABELS_RIGHT, y, rows[0].size, INK, anchor="rm")
    for row in reversed(rows):
        mark = MARKERS[row.implementation]
        canvas.line(scale(row.low), y, scale(row.high), y, mark.colour, 2.5 if row.implementation in MAX_RATIO else 1)
        canvas.mark(scale(row.ratio), y, mark)
    for column, name in zip(COLUMN_EDGES, MAX_RATIO, strict=True):
        for row in rows:
            if row.implementation == name:
                canvas.text(column, y, f"{row.ratio:.2f}", OVER_GOAL if row.missed else INK, 14, "rm")


def _scaling_panel(canvas: Canvas, points: list[Point], left: float, top: float, first: bool) -> None:
    """Seconds over counts on log axes, with each line's slope."""
    right, foot = left + PANEL_SPACING - 110, top + PANEL_HEIGHT - 40
    counts = sorted({point.count for point in points})
    times = [point.seconds for point in points]
    across, up = log_scale(counts[0], counts[-1], left, right), log_scale(min(times), max(times), foot - 6, top + 6)
    parts = (1, 2, 5) if max(times) < 100 * min(times) else (1,)
    canvas.text(left, top - 18, f"Cost by {points[0].along}", INK, 15)
    for count in counts:
        canvas.line(across(count), top, across(count), foot, FAINT)
        canvas.text(across(count), foot + 14, f"{count:,}", MUTED, 12, "mm")
    for tick in (part * 10.0**power for power in range(-5, 3) for part in parts):
        if top <= up(tick) <= foot:
            canvas.line(left, up(tick), right, up(tick), FAINT)
            canvas.text(left - 8, up(tick), _seconds_label(tick), MUTED, 12, "rm")
    slope_of = slopes(points)
    for number, (name, colour) in enumerate(LINE_COLOURS.items()):
        matching = [point for point in points if point.implementation == name]
        positions = [(across(point.count), up(point.seconds)) for point in matching]
        for start, end in pairwise(positions):
            canvas.line(*start, *end, colour, 2)
        for spot in positions:
            canvas.mark(*spot, MarkerStyle(colour, "circle", 7))
        label = f"slope {slope_of[matching[0].along, name]:.2f}  {name if first else ''}"
        canvas.text(left + 10, top + 12 + 18 * number, label, colour)


def _seconds_label(value: float) -> str:
    return f"{value:g} s" if value >= 1 else f"{value * 1e3:g} ms" if value >= 1e-3 else f"{value * 1e6:g} us"


#: Pixels of the picture for each that is counted here, so that it is sharp on any screen.
PIXEL_RATIO = 2
#: Corners of a shape and the angle of the first.
POLYGONS = {"square": (4, pi / 4), "diamond": (4, 0.0), "triangle-up": (3, -pi / 2)}
#: Strokes of a shape that has no inside: the angle of the first of two.
CROSSES = {"cross": 0.0, "x": pi / 4}

Scale = Callable[[float], float]


class Canvas:
    """A white image with drawing methods; positions and sizes are in CSS pixels."""

    def __init__(self, width: float, height: float) -> None:
        self.image = Image.new("RGB", (round(width * PIXEL_RATIO), round(height * PIXEL_RATIO)), "white")
        self._draw = ImageDraw.Draw(self.image)

    def text(self, x: float, y: float, words: str, colour: str, size: float = 13, anchor: str = "lm") -> None:
        """Text at a position; `anchor` is Pillow's: l, m or r, then a, m or s."""
        self._draw.text((x * PIXEL_RATIO, y * PIXEL_RATIO), words, colour, _font(size * PIXEL_RATIO), anchor)

    def line(self, x: float, y: float, to_x: float, to_y: float, colour: str, width: float = 1, dash: int = 0) -> None:
        """A straight line; `dash` pixels drawn, as many left out."""
        length = max(abs(to_x - x), abs(to_y - y), 1e-9)
        for start in range(0, round(length), 2 * dash) if dash else (0,):
            first, last = start / length, min(1.0, (start + dash) / length) if dash else 1.0
            ends = [(x + share * (to_x - x), y + share * (to_y - y)) for share in (first, last)]
            self._draw.line([value * PIXEL_RATIO for end in ends for value in end], colour, round(width * PIXEL_RATIO))

    def mark(self, x: float, y: float, mark: MarkerStyle) -> None:
        """A marker."""
        shape, radius = mark.shape.removesuffix("-open"), mark.size / 2
        if shape in CROSSES:
            for angle in (CROSSES[shape], CROSSES[shape] + pi / 2):
                across, down = radius * cos(angle), radius * sin(angle)
                self.line(x - across, y - down, x + across, y + down, mark.colour, 2)
            return
        corners, first = POLYGONS.get(shape, (40, 0.0))
        angles = [first + 2 * pi * number / corners for number in range(corners)]
        polygon = [
            ((x + radius * cos(angle)) * PIXEL_RATIO, (y + radius * sin(angle)) * PIXEL_RATIO) for angle in angles
        ]
        inside = "white" if mark.shape.endswith("-open") else mark.colour
        self._draw.polygon(polygon, inside, mark.colour, round(1.5 * PIXEL_RATIO))

    def width(self, words: str, size: float = 13) -> float:
        """The width of a text in pixels."""
        return _font(size * PIXEL_RATIO).getlength(words) / PIXEL_RATIO


def log_scale(low: float, high: float, first: float, last: float) -> Scale:
    """A log scale that maps `low` to `high` onto `first` to `last`.

    >>> scale = log_scale(1, 100, 0, 50)
    >>> scale(1), scale(10), scale(100)
    (0.0, 25.0, 50.0)
    """
    span = log10(high / low)
    return lambda value: first + (last - first) * log10(value / low) / span


@cache
def _font(size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)

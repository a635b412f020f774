"""The same as `drawing` gives, as one PNG for a note or a page: dots, their numbers, and how cost grows.

Painted with Pillow, which comes with Streamlit; Plotly would need a browser for it.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from benchmarks.canvas import Canvas, Scale, by_tens
from benchmarks.growth import Point, slopes
from benchmarks.marks import FAINT, GOALS, INK, LATE, LINES, MARKS, MUTED, TICKS, TITLE, Mark, shown
from benchmarks.tables import Row

WIDTH, ROOM, TOP, PANEL = 1280, 28, 232, 250
#: Where names of sizes end, where the axis of ratios begins and ends, and where each column of numbers does.
NAMES, LEFT, RIGHT, COLUMNS = 336, 352, 970, (1040, 1110, 1180, 1250)
BETWEEN = 420


def write(rows: list[Row], points: list[Point], about: list[str], path: Path) -> None:
    """One picture, twice as sharp as it is wide."""
    timed, sizes = shown(rows)
    foot = TOP + ROOM * len(sizes)
    canvas = Canvas(WIDTH, foot + 70 + (PANEL + 60 if points else 0))
    canvas.text(24, 30, TITLE, INK, 21)
    for number, line in enumerate(about):
        canvas.text(24, 60 + 18 * number, line, MUTED)
    _legend(canvas, [way for way in MARKS if way in {row.way for row in timed}])
    ratios = [value for row in timed for value in (row.low, row.high)]
    place = by_tens(min(0.5, 0.9 * min(ratios)), 1.1 * max(2, *ratios), LEFT, RIGHT)
    _axis(canvas, place, min(ratios), max(ratios), foot)
    for number, size in enumerate(sizes):
        _size(canvas, TOP + ROOM * (number + 0.5), [row for row in timed if row.size == size], place)
    for number, kind in enumerate(dict.fromkeys(point.along for point in points)):
        own = [point for point in points if point.along == kind]
        _panel(canvas, own, 80 + number * BETWEEN, foot + 100, number == 0)
    canvas.image.save(path, optimize=True)


def _legend(canvas: Canvas, ways: list[str]) -> None:
    x, y = 30.0, 146.0
    for way in ways:
        if way not in GOALS and y == 146:
            x, y = 30.0, 168.0
        canvas.mark(x, y, MARKS[way])
        canvas.text(x + 14, y, way, INK)
        x += canvas.width(way) + 44


def _axis(canvas: Canvas, place: Scale, low: float, high: float, foot: float) -> None:
    for tick in TICKS:
        if 0.7 * min(low, 0.5) < tick < 1.4 * max(2, high) and LEFT <= place(tick) <= RIGHT:
            canvas.line(place(tick), TOP, place(tick), foot, FAINT)
            canvas.text(place(tick), foot + 14, f"{tick:g}", MUTED, anchor="mm")
    canvas.text((LEFT + RIGHT) / 2, foot + 36, "time over nn.LSTM's forward, quartiles as bars", MUTED, anchor="mm")
    for number, (column, (way, goal)) in enumerate(zip(COLUMNS, GOALS.items(), strict=True)):
        colour = MARKS[way].colour
        canvas.line(place(goal), TOP - 4, place(goal), foot, colour, 1.5, dash=5)
        above = 12 + 14 * (number % 2)  # neighbours would overlap
        canvas.text(place(goal), TOP - above, f"{goal}", colour, anchor="mm")
        canvas.mark(column - 8, TOP - 12, MARKS[way])


def _size(canvas: Canvas, y: float, rows: list[Row], place: Scale) -> None:
    canvas.line(LEFT, y, RIGHT, y, FAINT)
    canvas.text(NAMES, y, rows[0].size, INK, anchor="rm")
    for row in reversed(rows):
        mark = MARKS[row.way]
        canvas.line(place(row.low), y, place(row.high), y, mark.colour, 2.5 if row.way in GOALS else 1)
        canvas.mark(place(row.ratio), y, mark)
    for column, way in zip(COLUMNS, GOALS, strict=True):
        for row in rows:
            if row.way == way:
                canvas.text(column, y, f"{row.ratio:.2f}", LATE if row.missed else INK, 14, "rm")


def _panel(canvas: Canvas, points: list[Point], left: float, top: float, first: bool) -> None:
    """Seconds over counts, both by tens, with each line's slope."""
    right, foot = left + BETWEEN - 110, top + PANEL - 40
    counts = sorted({point.count for point in points})
    times = [point.seconds for point in points]
    across, up = by_tens(counts[0], counts[-1], left, right), by_tens(min(times), max(times), foot - 6, top + 6)
    parts = (1, 2, 5) if max(times) < 100 * min(times) else (1,)
    canvas.text(left, top - 18, f"Cost by {points[0].along}", INK, 15)
    for count in counts:
        canvas.line(across(count), top, across(count), foot, FAINT)
        canvas.text(across(count), foot + 14, f"{count:,}", MUTED, 12, "mm")
    for tick in (part * 10.0**power for power in range(-5, 3) for part in parts):
        if top <= up(tick) <= foot:
            canvas.line(left, up(tick), right, up(tick), FAINT)
            canvas.text(left - 8, up(tick), _seconds(tick), MUTED, 12, "rm")
    found = slopes(points)
    for number, (way, colour) in enumerate(LINES.items()):
        own = [point for point in points if point.way == way]
        place = [(across(point.count), up(point.seconds)) for point in own]
        for start, end in pairwise(place):
            canvas.line(*start, *end, colour, 2)
        for spot in place:
            canvas.mark(*spot, Mark(colour, "circle", 7))
        said = f"slope {found[own[0].along, way]:.2f}  {way if first else ''}"
        canvas.text(left + 10, top + 12 + 18 * number, said, colour)


def _seconds(value: float) -> str:
    return f"{value:g} s" if value >= 1 else f"{value * 1e3:g} ms" if value >= 1e-3 else f"{value * 1e6:g} us"

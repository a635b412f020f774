"""Bindings that draw vectors as polygons: ribbons, the openings of gates, zero lines; one row a unit.

A row is a unit's share of a box's height; the followed unit's is twice as high. A value stands in its row from the
middle line up where it is above 0, down where it is below, and is as thick as it is large.

    {"ribbon": [[x, array], ...], "band": b, "rows": [bottom, top], "scale": array}
                values along x, from station to station: level between two of one array, curved between two of
                different ones. "band" is a writers' group (see `bindings/writers.py`), or "+" or "-", all values of
                one sign. It reaches as far as "reach" ([[from, to], ...], a pair a beat), on the way while "during" of
                the beat's progress (a pair a beat, or all of it); before the beat "forms" all of it has the first
                array's values. At the first beat it comes in from "travel" further right.
    {"jaws": gate, "x": [x0, x1, x2], "rows": [bottom, top], "acts": beat, "during": [start, stop]}
                two wedges a row that leave as much of its height open as the gate's factor says, closed at
                x1 to x2; none before the beat, in which they close.
    {"lost": [x0, x1, x2], "band": b, "rows": ...}
                what the forget gate holds back of a ribbon, falling "by" so much while "during" of its beat; after it
                there is nothing. {"fades": beat, "during": ...} is an opacity meanwhile.
    {"heads": [{"beat", "during", "path"}, ...]}
                points on their way along paths, each while a part of a beat's progress; else outside of the picture
    {"arrives": [from, to], "during": ...}               a height on its way while the event arrives
    {"middles": [[left, right, bottom, top], ...]}       the line of 0 in each row of some boxes
    {"followed": [[left, right, bottom, top], ...]}      the followed unit's row of some boxes, or the "pointed" one's
    {"beside": array, "rows": [bottom, top]}             a height in the followed row, on the side that its value leaves
    {"swatches": [left, right], "lines": [y, ...]}       a bar beside each value of the event that is written out
    {"answer_bar": rank, ...}                            see `bindings/answers.py`
    {"forecast_bar": 0 or 1, ...}                        see `bindings/forecasts.py`
    {"targets": [[part, left, right, bottom, top], ...]} rectangles under the pointer, one a row of each part

"give" says which of its lists a binding gives: "x" or "y" of polygons that None sets apart, or a bar's properties. The
player's twin is `player/frontend/ribbons.js`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from lstm_viz.figures.bindings.answers import answer_bar
from lstm_viz.figures.bindings.forecasts import forecast_bar
from lstm_viz.figures.bindings.writers import divided, hover_shares
from lstm_viz.figures.formats import plain, signed
from lstm_viz.figures.labels import has_tile
from lstm_viz.figures.moment import ARRIVE, FORGET, Moment
from lstm_viz.figures.viewport import SIGMOID_GATES, Viewport

Binding = dict[str, Any]
#: How many rows of the others the followed unit's is as high as, and the least share of a box's height it has; how much
#: of a row a full value fills.
LENS, MIN_LENS, FILL = 2, 0.2, 0.94
#: A memory up to this large is drawn on the scale of what the gates make, which is within 1: no scale changes then.
ONE_SCALE = 1.5
#: Points of a curve between two stations.
SAMPLES = 7
#: A ribbon thinner than this share of its row is not drawn.
INVISIBLE = 1e-3
WRITTEN = ("previous_cell_state", "kept", "learned", "cell_state")
Point = tuple[float, float]
#: While which part of the first beat both memories come in from the step before.
TRAVELS = (0.0, 0.55)
#: Where what is not there is put.
NOWHERE = -9.0


def row_bounds(viewport: Viewport, moment: Moment, bottom: float, top: float) -> list[tuple[float, float]]:
    """The (lower, upper) edge of each shown unit's row in a box, from the first, which is uppermost."""
    rows = viewport.shown_rows(moment.layer, moment.unit)
    followed = rows.index(viewport.row_of(moment.layer, moment.unit))
    return lens_rows(len(rows), followed, bottom, top)


def lens_rows(count: int, followed: int, bottom: float, top: float) -> list[tuple[float, float]]:
    """Rows of a box from the top down, the followed one as high as the lens has it.

    >>> lens_rows(2, 0, 0.0, 9.0)
    [(3.0, 9.0), (0.0, 3.0)]
    """
    large = max(LENS / (count + LENS - 1), MIN_LENS) * (top - bottom)
    small = (top - bottom - large) / max(1, count - 1)
    edges, upper = [], top
    for row in range(count):
        lower = upper - (large if row == followed else small)
        edges.append((lower, upper))
        upper = lower
    return edges


def share_of_row(value: float, row: int, array: str, viewport: Viewport, moment: Moment) -> float:
    """A value as a share of what fills half of its row, from -1 to 1."""
    if not math.isfinite(value):
        return 0.0
    return min(max(value / drawn_limit(array, row, viewport, moment), -1.0), 1.0)


def drawn_limit(array: str, row: int, viewport: Viewport, moment: Moment) -> float:
    """The magnitude that fills half of a row: one for all of the cell where that can be.

    Long-term memory that reaches far beyond what the gates make has a scale of its own, and where one unit would drown
    the rest, each unit has. All of them are straight, so that half of a value looks like half.
    """
    memory = viewport.scale(moment.layer, "cell_state")
    if has_unit_scales(viewport, moment):
        return viewport.unit_limits[moment.layer][row] if array == "cell_state" else 1.0
    if memory.limit <= ONE_SCALE:
        return max(1.0, memory.limit)
    return memory.limit if array == "cell_state" else 1.0


def has_unit_scales(viewport: Viewport, moment: Moment) -> bool:
    """Whether each unit's long-term memory is drawn on a scale of its own."""
    return viewport.scale(moment.layer, "cell_state").signed_sqrt


def ease(progress: float) -> float:
    """Progress that starts and ends gently.

    >>> ease(0.5), ease(2.0)
    (0.5, 1.0)
    """
    bounded = min(max(progress, 0.0), 1.0)
    return bounded * bounded * (3 - 2 * bounded)


def _between(ends: list[float], during: list[float], moment: Moment) -> float:
    """Where something is on its way from one end to the other, which takes a part of the beat."""
    start, stop = during
    return ends[0] + (ends[1] - ends[0]) * ease((moment.progress - start) / (stop - start))


def _edges(array: str, binding: Binding, viewport: Viewport, moment: Moment) -> list[tuple[float, float]]:
    """The lower and upper edge of a ribbon's band in each row, as shares of half the row."""
    band, scale = binding["band"], binding["scale"]
    found = []
    for row in viewport.shown_rows(moment.layer, moment.unit):
        value = _value(array, row, viewport, moment)
        thick = share_of_row(value, row, scale, viewport, moment)
        if isinstance(band, str):
            found.append((0.0, thick) if thick * (1 if band == "+" else -1) > 0 else (0.0, 0.0))
        elif moment.signs:
            found.append((0.0, thick) if band == (0 if thick > 0 else 1) else (0.0, 0.0))
        elif thick == 0:
            found.append((0.0, 0.0))
        else:
            parts = divided(array, viewport, moment, row)
            before = sum(parts[:band])
            found.append((thick * (before / value), thick * ((before + parts[band]) / value)))
    return found


def _ribbon(binding: Binding, viewport: Viewport, moment: Moment) -> list[list[Point]]:
    stations = binding["ribbon"]
    if moment.beat < binding.get("forms", ARRIVE):
        stations = [[x, stations[0][1]] for x, _ in stations]
    start, reach = stations[0][0], stations[-1][0]
    if "reach" in binding:
        during = binding["during"][moment.beat] if "during" in binding else [0.0, 1.0]
        reach = _between(binding["reach"][moment.beat], during, moment)
    if reach <= start:
        return []
    moved = _between([binding.get("travel", 0.0), 0.0], list(TRAVELS), moment) if moment.beat == ARRIVE else 0.0
    edges = {array: _edges(array, binding, viewport, moment) for array in {array for _, array in stations}}
    bounds = row_bounds(viewport, moment, *binding["rows"])
    polygons = []
    for row, (low, high) in enumerate(bounds):
        if all(abs(upper - lower) < INVISIBLE for lower, upper in (part[row] for part in edges.values())):
            continue
        middle, half = (low + high) / 2, FILL * (high - low) / 2
        line = [(x, edges[one][row], edges[other][row], by) for x, one, other, by in _samples(stations, reach)]
        upper = [(x + moved, middle + half * (a[1] + (b[1] - a[1]) * by)) for x, a, b, by in line]
        lower = [(x + moved, middle + half * (a[0] + (b[0] - a[0]) * by)) for x, a, b, by in line]
        polygons.append([*upper, *reversed(lower)])
    return polygons


def _samples(stations: list[list[Any]], reach: float) -> list[tuple[float, str, str, float]]:
    """Points along a ribbon as far as it reaches: x, the arrays of the stations round it, how far between them."""
    points = []
    for (x0, one), (x1, other) in pairwise(stations):
        if x0 > reach:
            break
        steps = 1 if one == other else SAMPLES
        for step in range(steps + 1):
            x = x0 + (x1 - x0) * step / steps
            if x >= reach:
                points.append((reach, one, other, ease((reach - x0) / (x1 - x0))))
                break
            points.append((x, one, other, ease(step / steps)))
    return points


def _jaws(binding: Binding, viewport: Viewport, moment: Moment) -> list[list[Point]]:
    acts = binding["acts"]
    if moment.beat < acts:
        return []
    closed = _between([0.0, 1.0], binding["during"], moment) if moment.beat == acts else 1.0
    x0, x1, x2 = binding["x"]
    polygons = []
    for row, (low, high) in zip(
        viewport.shown_rows(moment.layer, moment.unit),
        row_bounds(viewport, moment, *binding["rows"]),
        strict=True,
    ):
        factor = _value(binding["jaws"], row, viewport, moment)
        if not math.isfinite(factor):
            continue
        opening = min(max(factor, 0.0), 1.0)
        open_share = 1 - closed * (1 - opening)
        if open_share > 1 - INVISIBLE:
            continue
        middle, half = (low + high) / 2, FILL * (high - low) / 2
        for side in (1, -1):
            curve = [
                (
                    x0 + (x1 - x0) * step / SAMPLES,
                    middle + side * half * (1 - (1 - open_share) * ease(step / SAMPLES)),
                )
                for step in range(SAMPLES + 1)
            ]
            edge = middle + side * half
            polygons.append([*curve, (x2, middle + side * half * open_share), (x2, edge)])
    return polygons


def _lost(binding: Binding, viewport: Viewport, moment: Moment) -> list[list[Point]]:
    """Of each row's ribbon what is outside of the part that is kept, in the colours that it has before the gate."""
    start, _ = binding["during"]
    if moment.beat != FORGET or not start < moment.progress < 1:
        return []
    before = _edges("previous_cell_state", binding, viewport, moment)
    whole, kept = (
        [
            share_of_row(_value(array, row, viewport, moment), row, "cell_state", viewport, moment)
            for row in viewport.shown_rows(moment.layer, moment.unit)
        ]
        for array in ("previous_cell_state", "kept")
    )
    x0, x1, x2 = binding["lost"]
    fallen = _between([0.0, binding["by"]], binding["during"], moment)
    polygons = []
    for row, (low, high) in enumerate(row_bounds(viewport, moment, *binding["rows"])):
        middle, half = (low + high) / 2, FILL * (high - low) / 2
        inner, outer = (_outside(edge, kept[row], whole[row]) for edge in before[row])
        if abs(outer - inner) < INVISIBLE:
            continue
        sides = [(x0, outer), (x2, outer), (x2, inner), (x1, inner), (x0, outer)]
        polygons.append([(x, middle + half * share - fallen) for x, share in sides])
    return polygons


def _outside(edge: float, kept: float, whole: float) -> float:
    """An edge moved to that of what is kept, where it lies inside."""
    if abs(kept) >= abs(whole):
        return 0.0
    return math.copysign(max(abs(edge), abs(kept)), whole)


def _value(array: str, row: int, viewport: Viewport, moment: Moment) -> float:
    """One number of an array at the step; NaN where there is no such unit, as past a projection's width."""
    values = viewport.array(moment.layer, array)[moment.step - viewport.start, moment.sequence]
    return float(values[row]) if row < len(values) else math.nan


def faded(binding: Binding, viewport: Viewport, moment: Moment) -> float:
    """An opacity that goes from 1 to 0 in a beat, and is 0 in all others."""
    return _between([1.0, 0.0], binding["during"], moment) if moment.beat == binding["fades"] else 0.0


def heads(binding: Binding, viewport: Viewport, moment: Moment) -> list[float]:
    """All x or all y of the points that are on their way."""
    coordinate = 0 if binding["give"] == "x" else 1
    places = []
    for head in binding["heads"]:
        start, stop = head["during"]
        if moment.beat != head["beat"] or not start < moment.progress < stop:
            places.append(NOWHERE)
        else:
            places.append(_along(head["path"], ease((moment.progress - start) / (stop - start)))[coordinate])
    return places


def _along(path: list[list[float]], share: float) -> list[float]:
    """The point at a share of a path of straight lines, each of which takes as long as it is."""
    lengths = [abs(x1 - x0) + abs(y1 - y0) for (x0, y0), (x1, y1) in pairwise(path)]
    left = share * sum(lengths)
    for (x0, y0), (x1, y1), length in zip(path, path[1:], lengths, strict=False):
        if left <= length:
            by = left / length if length else 1.0
            return [x0 + (x1 - x0) * by, y0 + (y1 - y0) * by]
        left -= length
    return list(path[-1])


def arriving(binding: Binding, viewport: Viewport, moment: Moment) -> list[float]:
    """A height on its way in the first beat, and at its end after it."""
    start, end = binding["arrives"]
    return [_between([start, end], binding["during"], moment) if moment.beat == ARRIVE else end]


def _middles(binding: Binding, viewport: Viewport, moment: Moment) -> list[list[Point]]:
    return [
        [(left, (low + high) / 2), (right, (low + high) / 2)]
        for left, right, bottom, top in binding["middles"]
        for low, high in row_bounds(viewport, moment, bottom, top)
    ]


def _followed(binding: Binding, viewport: Viewport, moment: Moment) -> list[list[Point]]:
    polygons = []
    rows = viewport.shown_rows(moment.layer, moment.unit)
    unit = moment.pointed if "pointed" in binding else moment.unit
    row = viewport.row_of(moment.layer, unit)
    if unit not in viewport.units[moment.layer] or row not in rows:
        return []
    for left, right, bottom, top in binding["followed"]:
        low, high = row_bounds(viewport, moment, bottom, top)[rows.index(row)]
        polygons.append([(left, low), (right, low), (right, high), (left, high), (left, low)])
    return polygons


def _followed_bounds(viewport: Viewport, moment: Moment, bottom: float, top: float) -> tuple[float, float]:
    rows = viewport.shown_rows(moment.layer, moment.unit)
    return row_bounds(viewport, moment, bottom, top)[rows.index(viewport.row_of(moment.layer, moment.unit))]


def _swatches(binding: Binding, viewport: Viewport, moment: Moment) -> list[list[Point]]:
    """A bar at the line of each of the event's values that is written out: to the right above 0, to the left below."""
    left, right = binding["swatches"]
    middle, half = (left + right) / 2, (right - left) / 2
    if has_tile(viewport, moment) or not viewport.reads_input(moment.layer):
        return []
    limit = viewport.scale(moment.layer, "event").limit
    polygons = []
    for line, y in enumerate(binding["lines"]):
        value = _value("event", line, viewport, moment) if line in viewport.features else math.nan
        if not math.isfinite(value):
            continue
        # The root, so that small values are seen.
        end = middle + half * math.copysign(math.sqrt(min(abs(value) / limit, 1.0)), value)
        polygons.append([(middle, y - 4), (end, y - 4), (end, y + 4), (middle, y + 4)])
    return polygons


def _answer_bar(binding: Binding, viewport: Viewport, moment: Moment) -> list[list[Point]]:
    return answer_bar(binding, viewport, moment, _between([0.0, 1.0], [0.75, 1.0], moment))


def _forecast_bar(binding: Binding, viewport: Viewport, moment: Moment) -> list[list[Point]]:
    return forecast_bar(binding, viewport, moment, _between([0.0, 1.0], [0.75, 1.0], moment))


_POLYGONS: dict[str, Callable[[Binding, Viewport, Moment], list[list[Point]]]] = {
    "ribbon": _ribbon,
    "jaws": _jaws,
    "lost": _lost,
    "middles": _middles,
    "followed": _followed,
    "swatches": _swatches,
    "answer_bar": _answer_bar,
    "forecast_bar": _forecast_bar,
}


def polygon_values(binding: Binding, viewport: Viewport, moment: Moment) -> list[float | None]:
    """Value of a binding to polygons: all x or all y, with None after each polygon but the last.

    Where there is nothing to draw it is a point outside of the picture: Plotly gives an empty trace up for good.
    """
    kind = next(kind for kind in _POLYGONS if kind in binding)
    coordinate = 0 if binding["give"] == "x" else 1
    values: list[float | None] = []
    for polygon in _POLYGONS[kind](binding, viewport, moment):
        values += [
            *([None] if values else []),
            *(math.floor(1000 * point[coordinate] + 0.5) / 1000 for point in polygon),
        ]
    return values or [NOWHERE, NOWHERE]


def height_beside(binding: Binding, viewport: Viewport, moment: Moment) -> list[float]:
    """A height in the followed row, halfway on the side where its value is not."""
    low, high = _followed_bounds(viewport, moment, *binding["rows"])
    value = _value(binding["beside"], viewport.row_of(moment.layer, moment.unit), viewport, moment)
    return [(low + high) / 2 + (high - low) / 4 * (1 if value < 0 else -1)]


def target_values(binding: Binding, viewport: Viewport, moment: Moment) -> list[Any]:
    """Rectangles that answer to the pointer: all rows of all parts, and what each says."""
    give, found = binding["give"], []
    rows = viewport.shown_rows(moment.layer, moment.unit)
    units = viewport.units[moment.layer]
    for part, name, left, right, bottom, top in binding["targets"]:
        for row, (low, high) in zip(rows, row_bounds(viewport, moment, bottom, top), strict=True):
            match give:
                case "base":
                    found.append(left)
                case "x":
                    found.append(right - left)
                case "y":
                    found.append((low + high) / 2)
                case "width":
                    found.append(high - low)
                case "customdata":
                    found.append(part)
                case _:
                    found.append(f"unit {int(units[row]) + 1} · {name}: {_told(part, row, viewport, moment)}")
    return found


def _told(part: str, row: int, viewport: Viewport, moment: Moment) -> str:
    value = _value(part, row, viewport, moment)
    number = f"<b>{plain(value, 3) if part in SIGMOID_GATES else signed(value, 3)}</b>"
    if part not in WRITTEN or not np.isfinite(value):
        return number
    shares = hover_shares(part, viewport, moment, row)
    return f"{number}<br>{shares}" if shares else number

"""The cell picture: memory as ribbons that pass through the gates, long-term along the top, short-term below.

A pure function of a viewport. It is drawn for one moment and carries the bindings by which the player moves it: six
beats a step, see `moment.BEATS`. Long-term memory is filled by the events that wrote it, a gate is as far open as its
factor says, and what comes through is as thick as what went in times the factor.
"""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from lstm_viz.figures import alt_text
from lstm_viz.figures.bindings.answers import CHANCES
from lstm_viz.figures.bindings.evaluate import apply_bindings
from lstm_viz.figures.cell import primitives, timing
from lstm_viz.figures.cell.geometry import FACTOR, NARROW, WIDE, Box, Geometry
from lstm_viz.figures.cell.labels import (
    answer_traces,
    event_line_heights,
    forecast_traces,
    name_annotations,
    text_traces,
)
from lstm_viz.figures.cell.primitives import SIGNS, beat_opacity
from lstm_viz.figures.labels import visible
from lstm_viz.figures.moment import ARRIVE, FORGET, LEARN, MOVE_ON, REMEMBER, USE, Moment
from lstm_viz.figures.palette import FONT, LIGHT, Palette
from lstm_viz.figures.viewport import Viewport

#: The longest bar beside a value of the event, and what it keeps free before the value's name.
SWATCH, SWATCH_GAP = 24, 6


def cell_picture(viewport: Viewport, moment: Moment, *, palette: Palette = LIGHT, narrow: bool = False) -> go.Figure:
    """The cell at one moment; `narrow` arranges it for a phone."""
    geometry = NARROW if narrow else WIDE
    layer = viewport.layers[moment.layer]
    course = layer.variant == "course"
    traces = [
        primitives.targets(_targets(geometry)),
        primitives.followed_rows(_tracks(geometry), palette),
        primitives.zero_lines(_tracks(geometry), palette),
        *(
            primitives.zero_lines([box], palette, beat_opacity(beat, beat, done=1.0))
            for box, beat in zip(_row_boxes(geometry), (FORGET, LEARN, USE), strict=True)
        ),
        *_gate_fills(geometry, palette),
        *_pipes(geometry, palette, course),
        *_ribbons(geometry, palette),
        *_jaws(geometry, palette),
        *primitives.lost(geometry.forget_zone, geometry.cell_state_track, palette),
        primitives.heads(_ways(geometry, course), palette),
        primitives.pointed_rows([*_tracks(geometry), *_row_boxes(geometry)], palette),
        _swatches(geometry, palette),
        *text_traces(geometry, palette, projected=layer.projection is not None),
        *_answer(viewport, moment, geometry, palette),
    ]
    return apply_bindings(go.Figure(traces, _layout(geometry, palette)), viewport, moment)


def _answer(viewport: Viewport, moment: Moment, geometry: Geometry, palette: Palette) -> list[go.Scatter]:
    """What the model makes of STM: chances, a forecast, or words; nothing where it isn't asked."""
    if viewport.answers_in(moment.layer) is None:
        return []
    if moment.layer >= viewport.own_layers:  # of the run beside, the words alone are known
        return answer_traces(geometry, palette, 0)
    if viewport.forecast_scale is not None:
        return forecast_traces(geometry, palette, viewport.forecast_scale)
    count = viewport.extras[CHANCES].shape[-1] // 2 if CHANCES in viewport.extras else 0
    longest = max((len(visible(name)) for name in viewport.answer_names), default=1)
    return answer_traces(geometry, palette, count, longest)


def _layout(geometry: Geometry, palette: Palette) -> go.Layout:
    axis = {"visible": False, "fixedrange": True, "zeroline": False}
    return go.Layout(
        height=geometry.height + 8,
        margin={"l": 0, "r": 0, "t": 4, "b": 4},
        xaxis=axis | {"range": [0, geometry.width]},
        yaxis=axis | {"range": [0, geometry.height]},
        barmode="overlay",
        showlegend=False,
        shapes=[primitives.background(box, palette.surface) for box in _tracks(geometry)],
        annotations=name_annotations(geometry, palette),
        paper_bgcolor=palette.background,
        plot_bgcolor=palette.background,
        font={"color": palette.foreground, "size": geometry.font, "family": FONT},
        hoverlabel={"font": {"size": 13}},
        uirevision="cell",
        meta={"player": "animate", "travels": True, "alt": alt_text.CELL, "texts": list(geometry.text_width)},
    )


def _tracks(geometry: Geometry) -> list[Box]:
    return [geometry.cell_state_track, geometry.stm_before, geometry.stm_after]


def _row_boxes(geometry: Geometry) -> list[Box]:
    """Where units have their rows in the gates."""
    learn, use = (
        geometry.rows_in(box)._replace(left=columns.left, right=columns.right)
        for box, columns in ((geometry.learn_box, geometry.learn_columns), (geometry.use_box, geometry.use_columns))
    )
    return [_factor_rows(geometry), learn, use]


def _factor_rows(geometry: Geometry) -> Box:
    """Where the forget gate's factors stand in its box."""
    rows, margin = geometry.rows_in(geometry.forget_box), 0.16
    inset = margin * (rows.right - rows.left)
    return rows._replace(
        left=rows.left + inset, right=rows.right - inset, bottom=geometry.forget_box.bottom + FACTOR + 14
    )


def _pipes(geometry: Geometry, palette: Palette, course: bool) -> list[go.Scatter]:
    """From STM' and the event to the gates, and from each gate to where it acts."""
    bus_x, bus_y = geometry.bus
    light = {"beat": [1.0, 1.0, 1.0, primitives.DONE, 1.0, primitives.REST]}
    source = beat_opacity(ARRIVE, ARRIVE, FORGET, LEARN, USE)
    inlets, bottom = _gate_inlets(geometry), geometry.learn_box.bottom
    last = inlets[-1][1]
    stm, (tile_x, tile_y) = geometry.stm_before, geometry.tile
    if geometry.compact:
        into = [
            ([(stm.middle[0], stm.top), (stm.middle[0], bus_y)], "hidden_state"),
            ([(tile_x, tile_y + geometry.tile_size / 2 + 2), (tile_x, bus_y)], "event"),
        ]
        line = [(inlets[0][1], bus_y), (last, bus_y)]
    else:
        into = [
            ([(stm.right, stm.middle[1]), (bus_x, stm.middle[1]), (bus_x, bus_y)], "hidden_state"),
            ([(tile_x, tile_y), (bus_x, tile_y)], "event"),
        ]
        line = [(bus_x, bus_y), (last, bus_y)]
    pipes = [primitives.pipe(points, palette.line, source, part, width=2) for points, part in into]
    # An event that is written out stands elsewhere than a tile.
    path, _ = into[1]
    along, start, end = ("y", path[0][1], path[1][1]) if geometry.compact else ("x", path[0][0], path[1][0])
    without = geometry.event_lines[1] if geometry.compact else geometry.stm_before.right + 6
    starts = {"all": [{"with_tile": start, "without": without}, {"beat": [end] * 6}]}
    pipes[1].meta["follow"][along] = starts
    pipes.append(primitives.pipe(line, palette.line, light, "input_line", width=2))
    for beat, x in inlets:
        points = [(x, bus_y), (x, bottom)]
        pipes.append(primitives.pipe(points, palette.line, beat_opacity(ARRIVE, beat), "input_line", width=2))
    return pipes + _acting_pipes(geometry, palette, course)


def _acting_pipes(geometry: Geometry, palette: Palette, course: bool) -> list[go.Scatter]:
    floor = geometry.cell_state_track.bottom
    forget_x, box_x = (geometry.forget_zone[0] + geometry.forget_zone[2]) / 2, geometry.forget_box.middle[0]
    lane = (floor + geometry.use_box.top) / 2
    rises = [(box_x, geometry.forget_box.top), (box_x, lane), (forget_x, lane), (forget_x, floor)]
    joins = sum(geometry.remember_zone) / 2
    learned = [(joins, geometry.learn_box.top), (joins, floor)]
    return [
        primitives.pipe(rises, palette.forget, beat_opacity(FORGET, FORGET), "forget"),
        primitives.pipe(learned, palette.learn, beat_opacity(LEARN, LEARN, REMEMBER), "learn"),
        primitives.pipe(_readout_path(geometry, course), palette.use, beat_opacity(USE, USE), "readout"),
        primitives.pipe(_output_path(geometry), palette.use, beat_opacity(USE, USE), "use"),
    ]


def _gate_inlets(geometry: Geometry) -> list[tuple[int, float]]:
    """The beat of each gate that reads STM' and the event, and the x at which they come into its box."""
    return [
        (FORGET, geometry.forget_box.middle[0]),
        (LEARN, geometry.learn_columns.middles[1]),
        (USE, geometry.use_columns.middles[1]),
    ]


def _readout_path(geometry: Geometry, course: bool) -> list[tuple[float, float]]:
    """From the cell state's track down to the use gate: from its end, or from what was kept."""
    floor, top, x = geometry.cell_state_track.bottom, geometry.use_box.top, geometry.readout_x
    if not course:
        return [(x, floor), (x, top)]
    start, lane = geometry.course_readout_x, (floor + top) / 2
    return [(start, floor), (start, lane), (x, lane), (x, top)]


def _output_path(geometry: Geometry) -> list[tuple[float, float]]:
    """From the use gate to STM."""
    stm, use = geometry.stm_after, geometry.use_box
    if geometry.compact:
        return [(stm.middle[0], use.bottom), (stm.middle[0], stm.top)]
    return [(use.right, stm.middle[1]), (stm.left, stm.middle[1])]


def _ways(geometry: Geometry, course: bool) -> list[timing.Way]:
    """What goes where: the event to each gate, what is learned to the track, memory to the use gate and on."""
    bus_x, bus_y = geometry.bus
    tile_x, tile_y = geometry.tile
    to_bus = (
        [(tile_x, tile_y), (tile_x, bus_y)] if geometry.compact else [(tile_x, tile_y), (bus_x, tile_y), (bus_x, bus_y)]
    )
    bottom, joins = geometry.learn_box.bottom, sum(geometry.remember_zone) / 2
    learned = [(joins, geometry.learn_box.top), (joins, geometry.cell_state_track.bottom + 10)]
    return [
        *(timing.Way(beat, timing.GOES, [*to_bus, (x, bus_y), (x, bottom)]) for beat, x in _gate_inlets(geometry)),
        timing.Way(REMEMBER, timing.GOES, learned),
        timing.Way(USE, timing.GOES, _readout_path(geometry, course), carries_event=False),
        timing.Way(USE, timing.LEAVES, _output_path(geometry), carries_event=False),
    ]


def _gates(geometry: Geometry, palette: Palette) -> list[tuple[Box, str, tuple[int, ...], str]]:
    """Each gate's box, colour, beat and name; two stand on the cell state's track."""
    left, _, right = geometry.forget_zone
    return [
        (geometry.forget_box, palette.forget, (FORGET,), "forget"),
        (geometry.learn_box, palette.learn, (LEARN,), "learn"),
        (geometry.use_box, palette.use, (USE,), "use"),
        (geometry.on_cell_state_track(left, right), palette.forget, (FORGET,), "forget"),
        (geometry.on_cell_state_track(*geometry.remember_zone), palette.remember, (REMEMBER,), "remember"),
    ]


def _gate_fills(geometry: Geometry, palette: Palette) -> list[go.Scatter]:
    gates = _gates(geometry, palette)
    return [
        *(primitives.gate_fill(*gate) for gate in gates),
        *(primitives.gate_edge(*gate) for gate in gates),
    ]


def _ribbons(geometry: Geometry, palette: Palette) -> list[go.Scatter]:
    """Long-term memory along its track, the products in the learn and use gates, short-term memory on both sides."""
    gate, throat, _ = geometry.forget_zone
    return [
        *primitives.cell_state_ribbons(geometry.cell_state_track, (gate, throat), geometry.remember_zone, palette),
        *_gate_ribbons(geometry, palette),
        *_hidden_state_ribbons(geometry, palette),
    ]


def _gate_ribbons(geometry: Geometry, palette: Palette) -> list[go.Scatter]:
    _, learn_rows, use_rows = _row_boxes(geometry)
    learn, use = geometry.learn_columns, geometry.use_columns
    combined = [
        (learn.left, "candidate"),
        (learn.gate, "candidate"),
        (learn.throat, "learned"),
        (learn.right, "learned"),
    ]
    offered = [(use.left, "readout"), (use.gate, "readout"), (use.throat, "hidden_state"), (use.right, "hidden_state")]
    return [
        *primitives.ribbon(
            combined,
            learn_rows,
            palette,
            beat_opacity(LEARN, LEARN, REMEMBER),
            "learned",
            scale="candidate",
            bands=SIGNS,
            event=True,
            reach=_grows(LEARN, learn.left, learn.right),
            during=timing.during_beats(learn=timing.RUNS[LEARN]),
        ),
        *primitives.ribbon(
            offered,
            use_rows,
            palette,
            beat_opacity(USE, USE),
            "hidden_state",
            scale="candidate",
            bands=SIGNS,
            reach=_grows(USE, use.left, use.right),
            during=timing.during_beats(use=timing.RUNS[USE]),
        ),
    ]


def _grows(acts: int, start: float, end: float) -> list[list[float]]:
    """How far a ribbon reaches that runs from start to end in the beat in which it acts."""
    return [[start, start]] * acts + [[start, end]] + [[end, end]] * (5 - acts)


def _hidden_state_ribbons(geometry: Geometry, palette: Palette) -> list[go.Scatter]:
    before, after = geometry.stm_before, geometry.stm_after
    read = beat_opacity(ARRIVE, ARRIVE, FORGET, LEARN, USE)
    stm: dict[str, Any] = {"scale": "hidden_state", "bands": SIGNS}
    found = [(before.left, "previous_hidden_state"), (before.right, "previous_hidden_state")]
    made = [(after.left, "hidden_state"), (after.right, "hidden_state")]
    given = beat_opacity(USE, USE, MOVE_ON)
    goes = [*[[after.left] * 2] * 4, *timing.goes_on(after.left, after.right)[::2]]
    reach: dict[str, Any] = {"reach": goes, "during": timing.during_beats(use=timing.MADE)}
    travel: dict[str, Any] = {"travel": after.left - before.left}
    return [
        *primitives.ribbon(found, before, palette, read, "previous_hidden_state", **stm, **travel),
        *primitives.ribbon(made, after, palette, given, "hidden_state", **stm, **reach),
    ]


def _jaws(geometry: Geometry, palette: Palette) -> list[go.Scatter]:
    """How far each gate is open: the forget gate on the track and in its box, the others where they multiply."""
    factors, learn_rows, use_rows = _row_boxes(geometry)
    learn, use = geometry.learn_columns, geometry.use_columns
    middle = (factors.left + factors.right) / 2
    in_box = (factors.left, middle, factors.right)
    return [
        primitives.jaws("forget_gate", geometry.forget_zone, geometry.cell_state_track, palette.forget, FORGET),
        primitives.jaws("forget_gate", in_box, factors, palette.forget, FORGET),
        primitives.jaws("input_gate", (learn.gate, learn.throat, learn.end), learn_rows, palette.learn, LEARN),
        primitives.jaws("output_gate", (use.gate, use.throat, use.end), use_rows, palette.use, USE),
    ]


def _swatches(geometry: Geometry, palette: Palette) -> go.Scatter:
    """A bar beside each of the event's values that is written out."""
    lines = event_line_heights(geometry)[1:4]
    right = geometry.event_lines[0] - SWATCH_GAP
    shape = {"swatches": [right - SWATCH, right], "lines": lines}
    return primitives.polygons(shape, {"beat": [1.0] * 6}, "event", palette.muted)


def _targets(geometry: Geometry) -> list[tuple[str, str, Box]]:
    """What is under the pointer where: an array, its name, and where its rows are."""
    track = geometry.cell_state_track
    (gate, _, through), (added, sum_x) = geometry.forget_zone, geometry.remember_zone
    along = geometry.on_cell_state_track
    factors, learn_rows, use_rows = _row_boxes(geometry)
    learn, use = geometry.learn_columns, geometry.use_columns

    def across(rows: Box, left: float, right: float) -> Box:
        return Box(left, rows.bottom, right, rows.top)

    return [
        ("previous_cell_state", "LTM before", along(track.left, gate)),
        ("forget_gate", "forget factor", along(gate, through)),
        ("kept", "kept", along(through, added)),
        ("learned", "learned", along(added, sum_x)),
        ("cell_state", "LTM", along(sum_x, track.right)),
        ("forget_gate", "forget factor", factors),
        ("candidate", "combined value (candidate)", across(learn_rows, learn.left, learn.gate)),
        ("input_gate", "ignore factor (input gate)", across(learn_rows, learn.gate, learn.end)),
        ("learned", "learned", across(learn_rows, learn.end, learn.right)),
        ("readout", "offered value", across(use_rows, use.left, use.gate)),
        ("output_gate", "use factor (output gate)", across(use_rows, use.gate, use.end)),
        ("hidden_state", "STM", across(use_rows, use.end, use.right)),
        ("previous_hidden_state", "STM before", geometry.stm_before),
        ("hidden_state", "STM", geometry.stm_after),
    ]

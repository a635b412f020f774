"""The central picture: long-term memory on a belt above, short-term memory below, gates between.

A pure function of a viewport. It is drawn for one moment and carries the bindings by which the
player moves it: six beats a step, see `moment.BEATS`.
"""

from __future__ import annotations

import plotly.graph_objects as go

from lstm_viz.figures import alt_text
from lstm_viz.figures.bindings.evaluate import apply_bindings
from lstm_viz.figures.cell import primitives
from lstm_viz.figures.cell.geometry import NARROW, WIDE, Box, Geometry
from lstm_viz.figures.cell.labels import name_annotations, number_traces
from lstm_viz.figures.cell.primitives import beat_opacity
from lstm_viz.figures.moment import Moment
from lstm_viz.figures.palette import FONT, LIGHT, Palette
from lstm_viz.figures.viewport import Viewport

ARRIVE, FORGET, LEARN, REMEMBER, USE, MOVE_ON = range(6)


def cell_picture(viewport: Viewport, moment: Moment, *, palette: Palette = LIGHT, narrow: bool = False) -> go.Figure:
    """The cell at one moment; `narrow` arranges it for a phone."""
    place = NARROW if narrow else WIDE
    layer = viewport.layers[moment.layer]
    course = layer.variant == "course"
    rows = len(viewport.shown_rows(moment.layer, moment.unit))
    number_texts = number_traces(place, palette, projected=layer.projection is not None)
    traces = [*_pipes(place, palette, course), *_gate_fills(place, palette), *_vectors(place, palette)]
    traces += [primitives.row_frame(_columns(place), palette, rows), *number_texts]
    figure = go.Figure(traces, _layout(place, palette))
    return apply_bindings(figure, viewport, moment)


def _layout(place: Geometry, palette: Palette) -> go.Layout:
    axis = {"visible": False, "fixedrange": True, "zeroline": False}
    belts = [place.belt, place.on_stm(place.stm_before), place.on_stm(place.stm_after)]
    edges = [primitives.outline(box, colour) for box, colour, _, _ in _gates(place, palette)]
    return go.Layout(
        height=place.height + 8,
        margin={"l": 0, "r": 0, "t": 4, "b": 4},
        xaxis=axis | {"range": [0, place.width]},
        yaxis=axis | {"range": [0, place.height]},
        barmode="overlay",
        showlegend=False,
        shapes=[*(primitives.background(box, palette.belt) for box in belts), *edges],
        annotations=name_annotations(place, palette),
        paper_bgcolor=palette.ground,
        plot_bgcolor=palette.ground,
        font={"color": palette.ink, "size": place.font, "family": FONT},
        hoverlabel={"font": {"size": 13}},
        uirevision="cell",
        meta={"player": "animate", "alt": alt_text.CELL},
    )


def _pipes(place: Geometry, palette: Palette, course: bool) -> list[go.Scatter]:
    """From STM' and the event to the gates, and from each gate to where it acts."""
    bus, (stm_x, stm_y) = place.bus, (place.stm_before[1], place.on_stm(place.stm_before).middle[1])
    event_x = place.event.middle[0]
    turn = (stm_x + place.event.left) / 2
    rail_opacity = {"beat": [1.0, 1.0, 1.0, primitives.DONE, 1.0, primitives.REST]}
    rail = [(turn, bus), (place.use_column, bus)]
    gates = [(place.forget_box, FORGET), (place.learn_box, LEARN), (place.use_box, USE)]
    source = beat_opacity(ARRIVE, ARRIVE, FORGET, LEARN, USE)
    feeds = [
        primitives.pipe([(stm_x, stm_y), (turn, stm_y), (turn, bus)], palette.line, source, "hidden_state", width=2.5),
        primitives.pipe([(event_x, place.event.top), (event_x, bus)], palette.line, source, "event", width=2.5),
        primitives.pipe(rail, palette.line, rail_opacity, "rail", width=2.5),
    ]
    for box, beat in gates:
        x = place.use_column if box is place.use_box else box.middle[0]
        feeds.append(
            primitives.pipe([(x, bus), (x, box.bottom)], palette.line, beat_opacity(ARRIVE, beat), "rail", width=2.5)
        )
    return feeds + _acting_pipes(place, palette, course)


def _acting_pipes(place: Geometry, palette: Palette, course: bool) -> list[go.Scatter]:
    floor = place.belt.bottom
    forget_x = place.forget_box.middle[0]
    add_x = sum(place.remember_column) / 2
    learn_y = place.learn_box.middle[1]
    offers = [(place.learn_box.right, learn_y), (add_x, learn_y), (add_x, floor)]
    down = [(place.reading, floor), (place.reading, place.use_box.top)]
    if course:
        lane = (floor + place.use_box.top) / 2
        start = place.remember_column[0] - place.reach
        down = [(start, floor), (start, lane), (place.reading, lane), (place.reading, place.use_box.top)]
    out_x, out_y = sum(place.stm_after) / 2, place.use_box.middle[1]
    leaves = [(place.use_box.right, out_y), (out_x, out_y), (out_x, place.stm_belts.top)]
    if place.brief:
        offers = [(add_x, place.learn_box.top), (add_x, floor)]
        leaves = [(out_x, place.use_box.bottom), (out_x, place.stm_belts.top)]
    return [
        primitives.pipe(
            [(forget_x, place.forget_box.top), (forget_x, floor)],
            palette.forget,
            beat_opacity(FORGET, FORGET),
            "forget",
        ),
        primitives.pipe(
            offers,
            palette.learn,
            beat_opacity(LEARN, LEARN, REMEMBER),
            "learn",
        ),
        primitives.pipe(down, palette.use, beat_opacity(USE, USE), "readout"),
        primitives.pipe(leaves, palette.use, beat_opacity(USE, USE), "use"),
    ]


def _gates(place: Geometry, palette: Palette) -> list[tuple[Box, str, tuple[int, ...], str]]:
    """Each gate's box, colour, beat and name; two stand on the belt."""
    return [
        (place.forget_box, palette.forget, (FORGET,), "forget"),
        (place.learn_box, palette.learn, (LEARN,), "learn"),
        (place.use_box, palette.use, (USE,), "use"),
        (place.on_belt(*place.forget_column), palette.forget, (FORGET,), "forget"),
        (place.on_belt(*place.remember_column), palette.remember, (REMEMBER,), "remember"),
    ]


def _gate_fills(place: Geometry, palette: Palette) -> list[go.Scatter]:
    return [primitives.gate_fill(*gate) for gate in _gates(place, palette)]


def _vectors(place: Geometry, palette: Palette) -> list[go.Bar]:
    return [*_belt_vectors(place, palette), *_gate_vectors(place, palette), *_stm_vectors(place, palette)]


def _belt_vectors(place: Geometry, palette: Palette, gap: float = 3) -> list[go.Bar]:
    """Along the belt: LTM before, the forget factor, what was kept, what is added, LTM."""
    signed, over, belt = palette.signed, palette.belt, place.on_belt
    (valve_left, valve_right), (add_left, add_right) = place.forget_column, place.remember_column
    before, between = belt(place.belt.left, valve_left - gap), belt(valve_right + gap, add_left - gap)
    after = belt(add_right + gap, place.belt.right)
    reads = beat_opacity(REMEMBER, REMEMBER, USE, MOVE_ON)
    keeps = beat_opacity(FORGET, FORGET, REMEMBER)
    valve = primitives.cells(
        "forget_gate",
        belt(valve_left, valve_right),
        palette.gate("forget"),
        "forget factor",
        beat_opacity(FORGET, FORGET),
        over,
    )
    return [
        primitives.cells(
            "previous_cell_state", before, signed, "LTM before", beat_opacity(ARRIVE, ARRIVE, FORGET), over, flows=True
        ),
        valve,
        primitives.cells("kept", between, signed, "kept", keeps, over, flows=True),
        primitives.cells(
            "learned", belt(add_left, add_right), signed, "learned", beat_opacity(LEARN, LEARN, REMEMBER), over
        ),
        primitives.cells("cell_state", after, signed, "LTM", reads, over, flows=True),
    ]


def _gate_vectors(place: Geometry, palette: Palette) -> list[go.Bar]:
    """In the gates: the factor and the products each of them makes."""
    candidate, ignore, learned = place.learn_columns
    readout, factor, product = place.use_columns
    columns = [
        ("forget_gate", place.forget_cells, palette.gate("forget"), "forget factor", beat_opacity(FORGET, FORGET)),
        ("candidate", candidate, palette.signed, "combined (candidate)", beat_opacity(LEARN, LEARN)),
        ("input_gate", ignore, palette.gate("learn"), "ignore factor (input gate)", beat_opacity(LEARN, LEARN)),
        ("learned", learned, palette.signed, "learned", beat_opacity(LEARN, LEARN, REMEMBER)),
        ("readout", readout, palette.signed, "offered by memory", beat_opacity(USE, USE)),
        ("output_gate", factor, palette.gate("use"), "use factor (output gate)", beat_opacity(USE, USE)),
        ("hidden_state", product, palette.signed, "STM", beat_opacity(USE, USE)),
    ]
    return [primitives.cells(*column, palette.ground) for column in columns]


def _stm_vectors(place: Geometry, palette: Palette) -> list[go.Bar]:
    """Below: STM before, the event, STM."""
    input_opacity = beat_opacity(ARRIVE, ARRIVE, FORGET, LEARN, USE)
    before, after = place.on_stm(place.stm_before), place.on_stm(place.stm_after)
    signed, over = palette.signed, palette.belt
    return [
        primitives.cells("previous_hidden_state", before, signed, "STM before", input_opacity, over, flows=True),
        primitives.cells("hidden_state", after, signed, "STM", beat_opacity(USE, USE, MOVE_ON), over, flows=True),
        primitives.features(place.event, signed, input_opacity, palette.ground),
    ]


def _columns(place: Geometry) -> list[Box]:
    stm = [place.on_stm(place.stm_before), place.on_stm(place.stm_after)]
    return [place.belt, *stm, place.forget_cells, *place.learn_columns, *place.use_columns]

"""The central picture: long-term memory along the top, short-term memory along the foot, gates between.

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
from lstm_viz.figures.moment import ARRIVE, FORGET, LEARN, MOVE_ON, REMEMBER, USE, Moment
from lstm_viz.figures.palette import FONT, LIGHT, Palette
from lstm_viz.figures.viewport import Viewport


def cell_picture(viewport: Viewport, moment: Moment, *, palette: Palette = LIGHT, narrow: bool = False) -> go.Figure:
    """The cell at one moment; `narrow` arranges it for a phone."""
    geometry = NARROW if narrow else WIDE
    layer = viewport.layers[moment.layer]
    course = layer.variant == "course"
    rows = len(viewport.shown_rows(moment.layer, moment.unit))
    number_texts = number_traces(geometry, palette, projected=layer.projection is not None)
    traces = [*_pipes(geometry, palette, course), *_gate_fills(geometry, palette), *_vectors(geometry, palette)]
    traces += [primitives.row_frame(_columns(geometry), palette, rows), *number_texts]
    figure = go.Figure(traces, _layout(geometry, palette))
    return apply_bindings(figure, viewport, moment)


def _layout(geometry: Geometry, palette: Palette) -> go.Layout:
    axis = {"visible": False, "fixedrange": True, "zeroline": False}
    tracks = [
        geometry.cell_state_track,
        geometry.on_hidden_state_track(geometry.stm_before),
        geometry.on_hidden_state_track(geometry.stm_after),
    ]
    edges = [primitives.outline(box, colour) for box, colour, _, _ in _gates(geometry, palette)]
    return go.Layout(
        height=geometry.height + 8,
        margin={"l": 0, "r": 0, "t": 4, "b": 4},
        xaxis=axis | {"range": [0, geometry.width]},
        yaxis=axis | {"range": [0, geometry.height]},
        barmode="overlay",
        showlegend=False,
        shapes=[*(primitives.background(box, palette.surface) for box in tracks), *edges],
        annotations=name_annotations(geometry, palette),
        paper_bgcolor=palette.background,
        plot_bgcolor=palette.background,
        font={"color": palette.foreground, "size": geometry.font, "family": FONT},
        hoverlabel={"font": {"size": 13}},
        uirevision="cell",
        meta={"player": "animate", "alt": alt_text.CELL},
    )


def _pipes(geometry: Geometry, palette: Palette, course: bool) -> list[go.Scatter]:
    """From STM' and the event to the gates, and from each gate to where it acts."""
    input_line_y, (stm_x, stm_y) = (
        geometry.input_line_y,
        (geometry.stm_before[1], geometry.on_hidden_state_track(geometry.stm_before).middle[1]),
    )
    event_x = geometry.event.middle[0]
    turn = (stm_x + geometry.event.left) / 2
    input_line_opacity = {"beat": [1.0, 1.0, 1.0, primitives.DONE, 1.0, primitives.REST]}
    input_line = [(turn, input_line_y), (geometry.use_input_x, input_line_y)]
    gates = [(geometry.forget_box, FORGET), (geometry.learn_box, LEARN), (geometry.use_box, USE)]
    source = beat_opacity(ARRIVE, ARRIVE, FORGET, LEARN, USE)
    input_pipes = [
        primitives.pipe(
            [(stm_x, stm_y), (turn, stm_y), (turn, input_line_y)], palette.line, source, "hidden_state", width=2.5
        ),
        primitives.pipe(
            [(event_x, geometry.event.top), (event_x, input_line_y)], palette.line, source, "event", width=2.5
        ),
        primitives.pipe(input_line, palette.line, input_line_opacity, "input_line", width=2.5),
    ]
    for box, beat in gates:
        x = geometry.use_input_x if box is geometry.use_box else box.middle[0]
        input_pipes.append(
            primitives.pipe(
                [(x, input_line_y), (x, box.bottom)], palette.line, beat_opacity(ARRIVE, beat), "input_line", width=2.5
            )
        )
    return input_pipes + _acting_pipes(geometry, palette, course)


def _acting_pipes(geometry: Geometry, palette: Palette, course: bool) -> list[go.Scatter]:
    floor = geometry.cell_state_track.bottom
    forget_x = geometry.forget_box.middle[0]
    add_x = sum(geometry.remember_column) / 2
    learn_y = geometry.learn_box.middle[1]
    offers = [(geometry.learn_box.right, learn_y), (add_x, learn_y), (add_x, floor)]
    down = [(geometry.readout_x, floor), (geometry.readout_x, geometry.use_box.top)]
    if course:
        lane = (floor + geometry.use_box.top) / 2
        start = geometry.remember_column[0] - geometry.course_readout_offset
        down = [(start, floor), (start, lane), (geometry.readout_x, lane), (geometry.readout_x, geometry.use_box.top)]
    out_x, out_y = sum(geometry.stm_after) / 2, geometry.use_box.middle[1]
    leaves = [(geometry.use_box.right, out_y), (out_x, out_y), (out_x, geometry.hidden_state_track.top)]
    if geometry.compact:
        offers = [(add_x, geometry.learn_box.top), (add_x, floor)]
        leaves = [(out_x, geometry.use_box.bottom), (out_x, geometry.hidden_state_track.top)]
    return [
        primitives.pipe(
            [(forget_x, geometry.forget_box.top), (forget_x, floor)],
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


def _gates(geometry: Geometry, palette: Palette) -> list[tuple[Box, str, tuple[int, ...], str]]:
    """Each gate's box, colour, beat and name; two stand on the cell state's track."""
    return [
        (geometry.forget_box, palette.forget, (FORGET,), "forget"),
        (geometry.learn_box, palette.learn, (LEARN,), "learn"),
        (geometry.use_box, palette.use, (USE,), "use"),
        (geometry.on_cell_state_track(*geometry.forget_column), palette.forget, (FORGET,), "forget"),
        (geometry.on_cell_state_track(*geometry.remember_column), palette.remember, (REMEMBER,), "remember"),
    ]


def _gate_fills(geometry: Geometry, palette: Palette) -> list[go.Scatter]:
    return [primitives.gate_fill(*gate) for gate in _gates(geometry, palette)]


def _vectors(geometry: Geometry, palette: Palette) -> list[go.Bar]:
    return [
        *_cell_state_vectors(geometry, palette),
        *_gate_vectors(geometry, palette),
        *_hidden_state_vectors(geometry, palette),
    ]


def _cell_state_vectors(geometry: Geometry, palette: Palette, gap: float = 3) -> list[go.Bar]:
    """Along the cell state's track: LTM before, the forget factor, what was kept, what is added, LTM."""
    signed, over, on_track = palette.signed, palette.surface, geometry.on_cell_state_track
    (forget_left, forget_right), (add_left, add_right) = geometry.forget_column, geometry.remember_column
    before, between = (
        on_track(geometry.cell_state_track.left, forget_left - gap),
        on_track(forget_right + gap, add_left - gap),
    )
    after = on_track(add_right + gap, geometry.cell_state_track.right)
    reads = beat_opacity(REMEMBER, REMEMBER, USE, MOVE_ON)
    keeps = beat_opacity(FORGET, FORGET, REMEMBER)
    forget_cells = primitives.cells(
        "forget_gate",
        on_track(forget_left, forget_right),
        palette.gate("forget"),
        "forget factor",
        beat_opacity(FORGET, FORGET),
        over,
    )
    return [
        primitives.cells(
            "previous_cell_state", before, signed, "LTM before", beat_opacity(ARRIVE, ARRIVE, FORGET), over, flows=True
        ),
        forget_cells,
        primitives.cells("kept", between, signed, "kept", keeps, over, flows=True),
        primitives.cells(
            "learned", on_track(add_left, add_right), signed, "learned", beat_opacity(LEARN, LEARN, REMEMBER), over
        ),
        primitives.cells("cell_state", after, signed, "LTM", reads, over, flows=True),
    ]


def _gate_vectors(geometry: Geometry, palette: Palette) -> list[go.Bar]:
    """In the gates: the factor and the products each of them makes."""
    candidate, ignore, learned = geometry.learn_columns
    readout, factor, product = geometry.use_columns
    columns = [
        ("forget_gate", geometry.forget_cells, palette.gate("forget"), "forget factor", beat_opacity(FORGET, FORGET)),
        ("candidate", candidate, palette.signed, "combined (candidate)", beat_opacity(LEARN, LEARN)),
        ("input_gate", ignore, palette.gate("learn"), "ignore factor (input gate)", beat_opacity(LEARN, LEARN)),
        ("learned", learned, palette.signed, "learned", beat_opacity(LEARN, LEARN, REMEMBER)),
        ("readout", readout, palette.signed, "offered by memory", beat_opacity(USE, USE)),
        ("output_gate", factor, palette.gate("use"), "use factor (output gate)", beat_opacity(USE, USE)),
        ("hidden_state", product, palette.signed, "STM", beat_opacity(USE, USE)),
    ]
    return [primitives.cells(*column, palette.background) for column in columns]


def _hidden_state_vectors(geometry: Geometry, palette: Palette) -> list[go.Bar]:
    """Below: STM before, the event, STM."""
    input_opacity = beat_opacity(ARRIVE, ARRIVE, FORGET, LEARN, USE)
    before, after = (
        geometry.on_hidden_state_track(geometry.stm_before),
        geometry.on_hidden_state_track(geometry.stm_after),
    )
    signed, over = palette.signed, palette.surface
    return [
        primitives.cells("previous_hidden_state", before, signed, "STM before", input_opacity, over, flows=True),
        primitives.cells("hidden_state", after, signed, "STM", beat_opacity(USE, USE, MOVE_ON), over, flows=True),
        primitives.features(geometry.event, signed, input_opacity, palette.background),
    ]


def _columns(geometry: Geometry) -> list[Box]:
    stm = [geometry.on_hidden_state_track(geometry.stm_before), geometry.on_hidden_state_track(geometry.stm_after)]
    return [geometry.cell_state_track, *stm, geometry.forget_cells, *geometry.learn_columns, *geometry.use_columns]

"""The cell before any gate is named: an event comes in, two memories go through, something stays, something is new."""

from __future__ import annotations

from typing import Any, NamedTuple

import plotly.graph_objects as go

from lstm_viz.figures import alt_text
from lstm_viz.figures.bindings.evaluate import apply_bindings
from lstm_viz.figures.cell import primitives
from lstm_viz.figures.cell.geometry import Box
from lstm_viz.figures.cell.primitives import beat_opacity, number
from lstm_viz.figures.moment import ARRIVE, FORGET, LEARN, MOVE_ON, REMEMBER, USE, Moment
from lstm_viz.figures.palette import FONT, LIGHT, Palette
from lstm_viz.figures.viewport import Viewport

ALT = alt_text.sentence(
    "At step ",
    alt_text.STEP,
    " an event comes into the cell. Long-term memory of ",
    alt_text.UNIT,
    ": ",
    alt_text.number("previous_cell_state"),
    " before, of which ",
    alt_text.number("kept"),
    " stays, ",
    alt_text.number("learned"),
    " is new, ",
    alt_text.number("cell_state"),
    " afterwards. Short-term memory: ",
    alt_text.number("hidden_state"),
    ".",
)


class TwoMemoriesGeometry(NamedTuple):
    """Where things stand: the picture is `width` units wide; heights are CSS pixels."""

    width: float
    cell: Box
    before: tuple[float, float]
    stays: tuple[float, float]
    new: tuple[float, float]
    after: tuple[float, float]
    event: float
    font: int
    compact: bool


HEIGHT = 310
LTM, STM = (176, 276), (14, 96)
WIDE = TwoMemoriesGeometry(1000, Box(290, 4, 690, 306), (2, 282), (320, 470), (510, 660), (698, 998), 480, 14, False)
NARROW = TwoMemoriesGeometry(360, Box(96, 4, 264, 306), (2, 90), (106, 166), (194, 254), (270, 358), 172, 12, True)


def two_memories(viewport: Viewport, moment: Moment, *, palette: Palette = LIGHT, narrow: bool = False) -> go.Figure:
    """Both memories and the event at one moment, in the six beats of a step."""
    geometry = NARROW if narrow else WIDE
    rows = len(viewport.shown_rows(moment.layer, moment.unit))
    spans = (geometry.before, geometry.stays, geometry.new, geometry.after)
    boxes = [Box(left, LTM[0], right, LTM[1]) for left, right in spans]
    stm = [Box(left, STM[0], right, STM[1]) for left, right in (geometry.before, geometry.after)]
    traces = [*_arrows(geometry, palette), *_columns(boxes, stm, geometry, palette)]
    traces += [primitives.row_frame([*boxes, *stm], palette, rows), *_text_traces(boxes, stm, geometry, palette)]
    return apply_bindings(go.Figure(traces, _layout(boxes, stm, geometry, palette)), viewport, moment)


def _columns(boxes: list[Box], stm: list[Box], geometry: TwoMemoriesGeometry, palette: Palette) -> list[go.Bar]:
    before, stays, new, after = boxes
    input_opacity = beat_opacity(ARRIVE, ARRIVE, FORGET, LEARN)
    event = Box(geometry.event - 10, STM[0], geometry.event + 10, STM[1])

    def flowing(array: str, box: Box, name: str, light: dict[str, Any]) -> go.Bar:
        return primitives.cells(array, box, palette.signed, name, light, palette.surface, flows=True)

    return [
        flowing("previous_cell_state", before, "LTM before", beat_opacity(ARRIVE, ARRIVE, FORGET)),
        flowing("kept", stays, "what stays", beat_opacity(FORGET, FORGET, REMEMBER)),
        flowing("learned", new, "what is new", beat_opacity(LEARN, LEARN, REMEMBER)),
        flowing("cell_state", after, "LTM", beat_opacity(REMEMBER, REMEMBER, USE, MOVE_ON)),
        flowing("previous_hidden_state", stm[0], "STM before", input_opacity),
        flowing("hidden_state", stm[1], "STM", beat_opacity(USE, USE, MOVE_ON)),
        primitives.features(event, palette.signed, input_opacity, palette.background),
    ]


def _arrows(geometry: TwoMemoriesGeometry, palette: Palette) -> list[go.Scatter]:
    """The event and STM go up to what they change; LTM comes down to be read out."""
    top, low = STM[1] + 4, LTM[0] - 4
    rise = (geometry.stays[1] + geometry.new[0]) / 2
    out, left = geometry.after[0] + 14, geometry.before[1]
    turn = geometry.cell.left + 14
    middle = (top + low) / 2
    return [
        primitives.pipe(
            [(geometry.event, top), (geometry.event, middle)],
            palette.line,
            beat_opacity(ARRIVE, ARRIVE, LEARN),
            "event",
        ),
        primitives.pipe(
            [(left, 55), (turn, 55), (turn, middle), (rise, middle)],
            palette.line,
            beat_opacity(ARRIVE, ARRIVE),
            "input_line",
        ),
        primitives.pipe([(rise, middle), (rise, low)], palette.line, beat_opacity(FORGET, FORGET, LEARN), "input_line"),
        primitives.pipe([(out, low), (out, top)], palette.line, beat_opacity(USE, USE), "readout"),
    ]


def _text_traces(boxes: list[Box], stm: list[Box], geometry: TwoMemoriesGeometry, palette: Palette) -> list[go.Scatter]:
    before, stays, new, after = boxes
    above = LTM[1] + 10

    def over(box: Box, array: str, appears: int, style: str = "signed") -> primitives.Entry:
        return (box.middle[0], above, number(array, appears, style=style), palette.foreground)

    numbers = [
        over(before, "previous_cell_state", ARRIVE),
        over(stays, "kept", FORGET),
        over(new, "learned", LEARN, "sum"),
        over(after, "cell_state", REMEMBER),
    ]
    answer_x = stm[1].left + (46 if geometry.compact else 28)
    event = (geometry.event + 16, (STM[0] + STM[1]) / 2, {"label": "event"}, palette.foreground)
    answer = (answer_x, (STM[1] + LTM[0]) / 2 + 8, {"label": "answer"}, palette.foreground)
    return [
        primitives.texts(numbers, geometry.font + 1, "numbers"),
        primitives.texts([event], geometry.font + 2, "event", anchor="middle right"),
        primitives.texts(
            [answer], geometry.font, "answer", anchor="middle center" if geometry.compact else "middle right"
        ),
    ]


def _layout(boxes: list[Box], stm: list[Box], geometry: TwoMemoriesGeometry, palette: Palette) -> go.Layout:
    axis = {"visible": False, "fixedrange": True, "zeroline": False}
    tracks = [Box(geometry.before[0], LTM[0], geometry.after[1], LTM[1]), *stm]
    return go.Layout(
        height=HEIGHT + 30,
        margin={"l": 0, "r": 0, "t": 4, "b": 4},
        xaxis=axis | {"range": [0, geometry.width]},
        yaxis=axis | {"range": [0, HEIGHT + 22]},
        barmode="overlay",
        showlegend=False,
        shapes=[
            *(primitives.background(track, palette.surface) for track in tracks),
            primitives.outline(geometry.cell, palette.line),
        ],
        annotations=_names(boxes, stm, geometry, palette),
        paper_bgcolor=palette.background,
        plot_bgcolor=palette.background,
        font={"color": palette.foreground, "size": geometry.font, "family": FONT},
        uirevision="two memories",
        meta={"player": "animate", "alt": ALT},
    )


def _names(boxes: list[Box], stm: list[Box], geometry: TwoMemoriesGeometry, palette: Palette) -> list[dict[str, Any]]:
    _, stays, new, after = boxes
    top, below = HEIGHT + 12, STM[1] + 12
    left = {"showarrow": False, "xanchor": "left", "yanchor": "middle", "borderpad": 0}
    middle = left | {"xanchor": "center"}

    def name(x: float, y: float, text: str, colour: str, how: dict[str, Any]) -> dict[str, Any]:
        return how | {"x": x, "y": y, "text": text, "font": {"color": colour, "size": geometry.font}}

    return [
        name(2, top, "<b>LTM</b>" if geometry.compact else "<b>Long-term memory</b>", palette.remember, left),
        name(2, below, "<b>STM</b>" if geometry.compact else "<b>Short-term memory</b>", palette.use, left),
        name(geometry.cell.middle[0], top, "<b>the cell</b>", palette.muted, middle),
        name(stays.middle[0], LTM[0] - 11, "what stays", palette.muted, middle),
        name(new.middle[0], LTM[0] - 11, "what is new", palette.muted, middle),
        name(after.right, top, "next →" if geometry.compact else "to the next step →", palette.muted, left)
        | {"xanchor": "right"},
    ]

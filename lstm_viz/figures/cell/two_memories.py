"""The cell before any gate is named: an event comes in, two memories go through, something stays, something is new."""

from __future__ import annotations

from typing import Any, NamedTuple

import plotly.graph_objects as go

from lstm_viz.figures import alt_text
from lstm_viz.figures.bindings.evaluate import apply_bindings
from lstm_viz.figures.cell import primitives, timing
from lstm_viz.figures.cell.geometry import Box
from lstm_viz.figures.cell.primitives import SIGNS, Binding, beat_opacity, number, writer_fill
from lstm_viz.figures.moment import ARRIVE, FORGET, LEARN, MOVE_ON, REMEMBER, USE, Moment
from lstm_viz.figures.palette import FONT, LIGHT, Palette
from lstm_viz.figures.viewport import Viewport

ALT = alt_text.by_beat(
    [
        "At step ",
        alt_text.STEP,
        " an event comes into the cell. Long-term memory of ",
        alt_text.UNIT,
        ": ",
        alt_text.number("previous_cell_state"),
        " before",
    ],
    {
        FORGET: [", of which ", alt_text.number("kept"), " is kept"],
        LEARN: [", ", alt_text.number("learned"), " is learned"],
        REMEMBER: [", ", alt_text.number("cell_state"), " afterwards"],
        USE: [". Short-term memory: ", alt_text.number("hidden_state")],
    },
)


class TwoMemoriesGeometry(NamedTuple):
    """Where things stand: the picture is `width` units wide; heights are CSS pixels."""

    width: float
    cell: Box
    ltm: Box
    #: Where what is kept is told apart from what goes, and where what is learned is added.
    stays: tuple[float, float]
    new: tuple[float, float]
    stm: tuple[Box, Box]
    tile: tuple[float, float]
    tile_size: float
    legend: tuple[float, float]
    font: int
    compact: bool


HEIGHT = 360
WIDE = TwoMemoriesGeometry(
    1000,
    Box(270, 4, 730, 322),
    Box(2, 168, 998, 300),
    (300, 352),
    (560, 630),
    (Box(2, 20, 200, 116), Box(800, 20, 998, 116)),
    (460, 58),
    48,
    (140, 350),
    14,
    False,
)
NARROW = TwoMemoriesGeometry(
    360,
    Box(88, 4, 272, 310),
    Box(2, 168, 358, 284),
    (98, 122),
    (206, 234),
    (Box(2, 20, 80, 104), Box(280, 20, 358, 104)),
    (166, 56),
    40,
    (2, 330),
    12,
    True,
)


def two_memories(viewport: Viewport, moment: Moment, *, palette: Palette = LIGHT, narrow: bool = False) -> go.Figure:
    """Both memories and the event at one moment, in the six beats of a step."""
    geometry = NARROW if narrow else WIDE
    boxes = [geometry.ltm, *geometry.stm]
    traces = [
        primitives.targets(_targets(geometry)),
        primitives.followed_rows(boxes, palette),
        primitives.zero_lines(boxes, palette),
        *_arrows(geometry, palette),
        *_ribbons(geometry, palette),
        *primitives.lost((*geometry.stays, geometry.stays[1]), geometry.ltm, palette),
        *_text_traces(geometry, palette),
        primitives.tile(geometry.tile, geometry.tile_size, palette),
    ]
    return apply_bindings(go.Figure(traces, _layout(boxes, geometry, palette)), viewport, moment)


def _targets(geometry: TwoMemoriesGeometry) -> list[tuple[str, str, Box]]:
    ltm, (gate, through), (added, total) = geometry.ltm, geometry.stays, geometry.new

    def along(left: float, right: float) -> Box:
        return Box(left, ltm.bottom, right, ltm.top)

    return [
        ("previous_cell_state", "LTM before", along(ltm.left, gate)),
        ("kept", "kept", along(through, added)),
        ("learned", "learned", along(added, total)),
        ("cell_state", "LTM", along(total, ltm.right)),
        ("previous_hidden_state", "STM before", geometry.stm[0]),
        ("hidden_state", "STM", geometry.stm[1]),
    ]


def _ribbons(geometry: TwoMemoriesGeometry, palette: Palette) -> list[go.Scatter]:
    found, made = geometry.stm
    stm: dict[str, Any] = {"scale": "hidden_state", "bands": SIGNS}
    read = beat_opacity(ARRIVE, ARRIVE, FORGET, LEARN)
    ends = [(found.left, "previous_hidden_state"), (found.right, "previous_hidden_state")]
    outs = [(made.left, "hidden_state"), (made.right, "hidden_state")]
    reach = [*[[made.left, made.left]] * 4, *timing.goes_on(made.left, made.right)[::2]]
    return [
        *primitives.cell_state_ribbons(geometry.ltm, geometry.stays, geometry.new, palette),
        *primitives.ribbon(ends, found, palette, read, "previous_hidden_state", **stm, travel=made.left - found.left),
        *primitives.ribbon(outs, made, palette, beat_opacity(USE, USE, MOVE_ON), "hidden_state", **stm, reach=reach),
    ]


def _arrows(geometry: TwoMemoriesGeometry, palette: Palette) -> list[go.Scatter]:
    """The event and STM go up to what they change; LTM comes down to be read out."""
    low, (found, made) = geometry.ltm.bottom - 2, geometry.stm
    lane = (low + found.top) / 2
    (tile_x, tile_y), gate, add = geometry.tile, sum(geometry.stays) / 2, sum(geometry.new) / 2
    reads = beat_opacity(ARRIVE, ARRIVE, FORGET, LEARN)
    y = found.middle[1]
    turn = geometry.cell.left + (8 if geometry.compact else 16)
    out = made.left + 24  # beside the title, which ends at the right
    return [
        primitives.pipe([(tile_x, tile_y), (tile_x, lane)], palette.line, reads, "event", width=2),
        primitives.pipe([(found.right, y), (turn, y), (turn, lane)], palette.line, reads, "hidden_state", width=2),
        primitives.pipe([(turn, lane), (add, lane)], palette.line, reads, "input_line", width=2),
        primitives.pipe([(gate, lane), (gate, low)], palette.forget, beat_opacity(FORGET, FORGET), "forget"),
        primitives.pipe([(add, lane), (add, low)], palette.learn, beat_opacity(LEARN, LEARN, REMEMBER), "learn"),
        primitives.pipe([(out, low), (out, made.top)], palette.use, beat_opacity(USE, USE), "readout"),
    ]


def _text_traces(geometry: TwoMemoriesGeometry, palette: Palette) -> list[go.Scatter]:
    ltm, (gate, through), (added, total) = geometry.ltm, geometry.stays, geometry.new
    above, ink = ltm.top + 11, palette.foreground

    def over(left: float, right: float, array: str, appears: int, style: str = "signed") -> primitives.Entry:
        return (left + right) / 2, above, number(array, appears, style=style, at=0.9 if appears else 0.0), ink

    numbers = [
        over(ltm.left, gate, "previous_cell_state", ARRIVE),
        over(through, added, "kept", FORGET),
        over(added, total, "learned", LEARN, "sum"),
        over(total, ltm.right, "cell_state", REMEMBER),
    ]

    def writer(x: float, array: str, appears: int) -> primitives.Entry:
        says: Binding = {"writers": array, "give": "label", "from": appears, "short": geometry.compact}
        return x, {"beside": array, "rows": ltm.rows}, says, ink

    says: Binding = {"writers": "cell_state", "give": "legend"} | writer_fill(palette)
    size, (tile_x, tile_y) = geometry.font, geometry.tile
    event = (tile_x - geometry.tile_size / 2, tile_y, {"label": "event words"}, ink)
    made = geometry.stm[1]
    return [
        primitives.texts(numbers, size + 1, "numbers"),
        primitives.texts(
            [
                writer(ltm.left + 4, "previous_cell_state", ARRIVE),
                writer(geometry.cell.right + 6, "cell_state", REMEMBER),
            ],
            size,
            "writers",
            anchor="middle right",
        ),
        primitives.texts([(*geometry.legend, says, palette.muted)], size - 1, "names", anchor="middle right"),
        primitives.texts([event], size + 1, "event", anchor="middle right"),
        primitives.texts([(made.left, 9, {"label": "answer"}, ink)], size, "answer", anchor="middle right")
        if not geometry.compact
        else primitives.texts([(made.right, 9, {"label": "answer"}, ink)], size - 1, "answer", anchor="middle left"),
    ]


def _layout(boxes: list[Box], geometry: TwoMemoriesGeometry, palette: Palette) -> go.Layout:
    axis = {"visible": False, "fixedrange": True, "zeroline": False}
    return go.Layout(
        height=HEIGHT + 8,
        margin={"l": 0, "r": 0, "t": 4, "b": 4},
        xaxis=axis | {"range": [0, geometry.width]},
        yaxis=axis | {"range": [0, HEIGHT]},
        barmode="overlay",
        showlegend=False,
        shapes=[
            *(primitives.background(box, palette.surface) for box in boxes),
            primitives.outline(geometry.cell, palette.line),
        ],
        annotations=_names(geometry, palette),
        paper_bgcolor=palette.background,
        plot_bgcolor=palette.background,
        font={"color": palette.foreground, "size": geometry.font, "family": FONT},
        uirevision="two memories",
        meta={
            "player": "animate",
            "travels": True,
            "alt": ALT,
            "texts": [358, 0.8, 1.2] if geometry.compact else [900, 0.76, 1.0],
        },
    )


def _names(geometry: TwoMemoriesGeometry, palette: Palette) -> list[dict[str, Any]]:
    top, (found, made) = HEIGHT - 10, geometry.stm
    low = geometry.ltm.bottom - 10
    left = {"showarrow": False, "xanchor": "left", "yanchor": "middle", "borderpad": 0}
    right, middle = left | {"xanchor": "right"}, left | {"xanchor": "center"}
    compact, ink = geometry.compact, palette.foreground

    def name(x: float, y: float, text: str, colour: str, how: dict[str, Any]) -> dict[str, Any]:
        return how | {"x": x, "y": y, "text": text, "font": {"color": colour, "size": geometry.font}}

    stm = "<b>STM</b>" if compact else "<b>Short-term memory</b>"
    gate, add = sum(geometry.stays) / 2, sum(geometry.new) / 2
    return [
        name(2, top, "<b>LTM</b>" if compact else "<b>Long-term memory</b>", ink, left),
        name(found.left, found.top + 11, stm, ink, left),
        name(made.right, made.top + 11, stm, ink, right),
        name(geometry.cell.middle[0], top, "<b>the cell</b>", palette.muted, middle),
        name(gate + 6, low, "kept", palette.forget, left),
        name(add - 6, low, "learned", palette.learn, right),
        name(geometry.ltm.right, top, "next →" if compact else "to the next step →", palette.muted, right),
    ]

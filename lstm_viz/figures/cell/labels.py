"""The texts of the central picture: names of tracks, gates and columns, and the followed unit's numbers."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from lstm_viz.figures.cell import primitives
from lstm_viz.figures.cell.geometry import Geometry
from lstm_viz.figures.cell.primitives import number
from lstm_viz.figures.moment import FORGET, LEARN, REMEMBER, USE
from lstm_viz.figures.palette import Palette

#: A name that stays: x, y, text, colour.
Name = tuple[float, float, str, str]
KEPT = ("previous_cell_state", "×", "forget_gate")
LEARNED = ("candidate", "×", "input_gate")
SUM = ("kept", "+", "learned")
USED = ("readout", "×", "output_gate")


def name_annotations(geometry: Geometry, palette: Palette) -> list[dict[str, Any]]:
    """Titles of tracks and gates, and names over the columns, as annotations: they never change."""
    top, stm_top = geometry.cell_state_track.top + geometry.font + 15, geometry.hidden_state_track.top + 10
    add_x = sum(geometry.remember_column) / 2
    titles: list[Name] = [
        (
            geometry.cell_state_track.left,
            top,
            "<b>LTM</b>" if geometry.compact else "<b>Long-term memory</b>",
            palette.foreground,
        ),
        (
            geometry.stm_before[0],
            stm_top,
            "<b>STM</b>" if geometry.compact else "<b>Short-term memory</b>",
            palette.foreground,
        ),
        (
            geometry.learn_box.left,
            geometry.learn_box.top + 10,
            "<b>Learn</b>" if geometry.compact else "<b>Learn gate</b>",
            palette.learn,
        ),
    ]
    # Left of the pipe that leads from it to the track.
    forget = geometry.forget_box.middle[0] - (4 if geometry.compact else 8)
    before: list[Name] = [
        (
            forget,
            geometry.forget_box.top + 10,
            "<b>Forget</b>" if geometry.compact else "<b>Forget gate</b>",
            palette.forget,
        )
    ]
    gates: list[Name] = [
        (add_x, top, "<b>Remember</b>" if geometry.compact else "<b>Remember gate</b>", palette.remember)
    ]
    right: list[Name] = [
        (
            geometry.use_box.right,
            geometry.use_box.top + 10,
            "<b>Use</b>" if geometry.compact else "<b>Use gate</b>",
            palette.use,
        ),
        (geometry.stm_after[1], stm_top, "→", palette.muted),
    ]
    return [
        *_annotations(titles, geometry.font, "left"),
        *_annotations(before, geometry.font, "right"),
        *_annotations(gates, geometry.font, "center"),
        *_annotations(right, geometry.font, "right"),
        *_annotations(_column_names(geometry, palette), geometry.font - 2, "center"),
    ]


def _annotations(entries: list[Name], size: int, anchor: str) -> list[dict[str, Any]]:
    common = {"showarrow": False, "xanchor": anchor, "yanchor": "middle", "borderpad": 0}
    return [
        common | {"x": x, "y": y, "text": text, "font": {"size": size, "color": colour}}
        for x, y, text, colour in entries
    ]


def _column_names(geometry: Geometry, palette: Palette) -> list[Name]:
    learn = ("N", "i", "N·i") if geometry.compact else ("combined", "ignore", "learned")
    use = ("U", "V", "U·V") if geometry.compact else ("offered", "use", "STM")
    boxes = [*zip(geometry.learn_columns, learn, strict=True), *zip(geometry.use_columns, use, strict=True)]
    boxes.append((geometry.forget_cells, "f" if geometry.compact else "factor"))
    return [(box.middle[0], box.top + 9, name, palette.muted) for box, name in boxes]


def number_traces(geometry: Geometry, palette: Palette, *, projected: bool = False) -> list[go.Scatter]:
    """The followed unit's numbers, each where it stands: along the track they read as the equation.

    Where STM is `projected` from all units, it is no product of the followed one's.
    """
    shown = [
        primitives.texts(
            _cell_state_numbers(geometry, palette), geometry.font + (0 if geometry.compact else 1), "numbers"
        ),
        primitives.texts(_box_numbers(geometry, palette, projected), geometry.font, "numbers"),
        primitives.texts(_event(geometry, palette), geometry.font + 1, "event", anchor="middle right"),
        primitives.texts(_next_step(geometry, palette), geometry.font, "names", anchor="middle left"),
    ]
    # On a phone there is no room beside the event; the line above the picture says the answer.
    return shown if geometry.compact else [*shown, _answer(geometry, palette)]


def _cell_state_numbers(geometry: Geometry, palette: Palette) -> list[primitives.Entry]:
    y = geometry.cell_state_track.top + 9
    (forget_left, forget_right), (add_left, add_right) = geometry.forget_column, geometry.remember_column
    between = (forget_right + add_left) / 2
    return [
        (
            (geometry.cell_state_track.left + forget_left) / 2,
            y,
            number("previous_cell_state", 0, style="signed"),
            palette.foreground,
        ),
        ((forget_left + forget_right) / 2, y, number("forget_gate", FORGET, "× "), palette.forget),
        (between, y, number("kept", FORGET, style="signed", equals=KEPT), palette.foreground),
        ((add_left + add_right) / 2, y, number("learned", LEARN, style="sum"), palette.learn),
        (
            (add_right + geometry.cell_state_track.right) / 2,
            y,
            number("cell_state", REMEMBER, style="signed", equals=SUM),
            palette.foreground,
        ),
    ]


def _box_numbers(geometry: Geometry, palette: Palette, projected: bool) -> list[primitives.Entry]:
    candidate, ignore, learned = geometry.learn_columns
    readout, factor, stm = geometry.use_columns
    entries = [
        (candidate, number("candidate", LEARN, style="signed"), palette.foreground),
        (ignore, number("input_gate", LEARN, "× "), palette.learn),
        (learned, number("learned", LEARN, style="signed", equals=LEARNED), palette.foreground),
        (readout, number("readout", USE, style="signed"), palette.foreground),
        (factor, number("output_gate", USE, "× "), palette.use),
        (stm, number("hidden_state", USE, style="signed", equals=None if projected else USED), palette.foreground),
        (geometry.forget_cells, number("forget_gate", FORGET), palette.forget),
    ]
    return [(box.middle[0], box.bottom - 9, text, colour) for box, text, colour in entries]


def _event(geometry: Geometry, palette: Palette) -> list[primitives.Entry]:
    return [(geometry.event.right + 6, geometry.event.middle[1], {"label": "event"}, palette.foreground)]


def _next_step(geometry: Geometry, palette: Palette) -> list[primitives.Entry]:
    word = {"label": "next step short" if geometry.compact else "next step"}
    return [(geometry.cell_state_track.right, geometry.cell_state_track.top + geometry.font + 15, word, palette.muted)]


def _answer(geometry: Geometry, palette: Palette) -> go.Scatter:
    answer = (geometry.stm_after[0] - 8, geometry.hidden_state_track.middle[1], {"label": "answer"}, palette.foreground)
    return primitives.texts([answer], geometry.font + 1, "answer", anchor="middle left")

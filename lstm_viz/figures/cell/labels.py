"""The texts of the central picture: names of belts, gates and columns, and the followed unit's numbers."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from lstm_viz.figures.cell import primitives
from lstm_viz.figures.cell.geometry import Geometry
from lstm_viz.figures.cell.primitives import number
from lstm_viz.figures.palette import Palette

#: A name that stays: x, y, text, colour.
Name = tuple[float, float, str, str]
FORGET, LEARN, REMEMBER, USE = 1, 2, 3, 4
KEPT = ("previous_cell_state", "×", "forget_gate")
LEARNED = ("candidate", "×", "input_gate")
SUM = ("kept", "+", "learned")
USED = ("readout", "×", "output_gate")


def name_annotations(place: Geometry, palette: Palette) -> list[dict[str, Any]]:
    """Titles of belts and gates, and names over the columns, as annotations: they never change."""
    top, stm_top = place.belt.top + place.font + 15, place.stm_belts.top + 10
    add_x = sum(place.remember_column) / 2
    titles: list[Name] = [
        (place.belt.left, top, "<b>LTM</b>" if place.brief else "<b>Long-term memory</b>", palette.ink),
        (place.stm_before[0], stm_top, "<b>STM</b>" if place.brief else "<b>Short-term memory</b>", palette.ink),
        (
            place.learn_box.left,
            place.learn_box.top + 10,
            "<b>Learn</b>" if place.brief else "<b>Learn gate</b>",
            palette.learn,
        ),
    ]
    # Left of the pipe that leads from it to the belt.
    forget = place.forget_box.middle[0] - (4 if place.brief else 8)
    before: list[Name] = [
        (forget, place.forget_box.top + 10, "<b>Forget</b>" if place.brief else "<b>Forget gate</b>", palette.forget)
    ]
    gates: list[Name] = [(add_x, top, "<b>Remember</b>" if place.brief else "<b>Remember gate</b>", palette.remember)]
    right: list[Name] = [
        (place.use_box.right, place.use_box.top + 10, "<b>Use</b>" if place.brief else "<b>Use gate</b>", palette.use),
        (place.stm_after[1], stm_top, "→", palette.muted),
    ]
    return [
        *_annotations(titles, place.font, "left"),
        *_annotations(before, place.font, "right"),
        *_annotations(gates, place.font, "center"),
        *_annotations(right, place.font, "right"),
        *_annotations(_column_names(place, palette), place.font - 2, "center"),
    ]


def _annotations(entries: list[Name], size: int, anchor: str) -> list[dict[str, Any]]:
    common = {"showarrow": False, "xanchor": anchor, "yanchor": "middle", "borderpad": 0}
    return [
        common | {"x": x, "y": y, "text": text, "font": {"size": size, "color": colour}}
        for x, y, text, colour in entries
    ]


def _column_names(place: Geometry, palette: Palette) -> list[Name]:
    learn = ("N", "i", "N·i") if place.brief else ("combined", "ignore", "learned")
    use = ("U", "V", "U·V") if place.brief else ("offered", "use", "STM")
    boxes = [*zip(place.learn_columns, learn, strict=True), *zip(place.use_columns, use, strict=True)]
    boxes.append((place.forget_cells, "f" if place.brief else "factor"))
    return [(box.middle[0], box.top + 9, name, palette.muted) for box, name in boxes]


def number_traces(place: Geometry, palette: Palette, *, projected: bool = False) -> list[go.Scatter]:
    """The followed unit's numbers, each where it stands: along the belt they read as the equation.

    Where STM is `projected` from all units, it is no product of the followed one's.
    """
    shown = [
        primitives.texts(_belt_numbers(place, palette), place.font + (0 if place.brief else 1), "numbers"),
        primitives.texts(_box_numbers(place, palette, projected), place.font, "numbers"),
        primitives.texts(_event(place, palette), place.font + 1, "event", anchor="middle right"),
        primitives.texts(_onward(place, palette), place.font, "names", anchor="middle left"),
    ]
    # On a phone there is no room beside the event; the line above the picture says the answer.
    return shown if place.brief else [*shown, _answer(place, palette)]


def _belt_numbers(place: Geometry, palette: Palette) -> list[primitives.Entry]:
    y = place.belt.top + 9
    (valve_left, valve_right), (add_left, add_right) = place.forget_column, place.remember_column
    between = (valve_right + add_left) / 2
    return [
        ((place.belt.left + valve_left) / 2, y, number("previous_cell_state", 0, style="signed"), palette.ink),
        ((valve_left + valve_right) / 2, y, number("forget_gate", FORGET, "× "), palette.forget),
        (between, y, number("kept", FORGET, style="signed", equals=KEPT), palette.ink),
        ((add_left + add_right) / 2, y, number("learned", LEARN, style="sum"), palette.learn),
        (
            (add_right + place.belt.right) / 2,
            y,
            number("cell_state", REMEMBER, style="signed", equals=SUM),
            palette.ink,
        ),
    ]


def _box_numbers(place: Geometry, palette: Palette, projected: bool) -> list[primitives.Entry]:
    candidate, ignore, learned = place.learn_columns
    readout, factor, stm = place.use_columns
    entries = [
        (candidate, number("candidate", LEARN, style="signed"), palette.ink),
        (ignore, number("input_gate", LEARN, "× "), palette.learn),
        (learned, number("learned", LEARN, style="signed", equals=LEARNED), palette.ink),
        (readout, number("readout", USE, style="signed"), palette.ink),
        (factor, number("output_gate", USE, "× "), palette.use),
        (stm, number("hidden_state", USE, style="signed", equals=None if projected else USED), palette.ink),
        (place.forget_cells, number("forget_gate", FORGET), palette.forget),
    ]
    return [(box.middle[0], box.bottom - 9, text, colour) for box, text, colour in entries]


def _event(place: Geometry, palette: Palette) -> list[primitives.Entry]:
    return [(place.event.right + 6, place.event.middle[1], {"label": "event"}, palette.ink)]


def _onward(place: Geometry, palette: Palette) -> list[primitives.Entry]:
    word = {"label": "next step short" if place.brief else "next step"}
    return [(place.belt.right, place.belt.top + place.font + 15, word, palette.muted)]


def _answer(place: Geometry, palette: Palette) -> go.Scatter:
    answer = (place.stm_after[0] - 8, place.stm_belts.middle[1], {"label": "answer"}, palette.ink)
    return primitives.texts([answer], place.font + 1, "answer", anchor="middle left")

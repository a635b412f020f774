"""The texts of the cell picture: names of tracks, gates and columns, the followed unit's numbers, and who wrote it."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from lstm_viz.figures.bindings.answers import MAX_ANSWER_NAME, answer_height
from lstm_viz.figures.cell import primitives
from lstm_viz.figures.cell.geometry import FACTOR, NAMES, NUMBERS, TITLE, Geometry
from lstm_viz.figures.cell.primitives import Binding, number, writer_fill
from lstm_viz.figures.cell.timing import ARRIVED, CLOSED, FOUND, GOES, TAKEN
from lstm_viz.figures.forecast import FORECAST_NAMES, ForecastScale
from lstm_viz.figures.labels import BLANK, EVENT_LINES, SHORT_LABEL, escape_markup
from lstm_viz.figures.moment import ARRIVE, FORGET, LEARN, REMEMBER, USE
from lstm_viz.figures.palette import Palette

#: A name that stays: x, y, text, colour.
Name = tuple[float, float, str, str]
KEPT = ("previous_cell_state", "×", "forget_gate")
LEARNED = ("candidate", "×", "input_gate")
SUM = ("kept", "+", "learned")
USED = ("readout", "×", "output_gate")
LINE = 17
#: Under a forecast's bars, the room of its scale; the part of a bar's row that it fills, and signs of a name over it.
SCALE_ROOM, BAR_SHARE, MAX_NAME = 12, 0.38, 13
#: What a sign more of an answer's name takes.
NAME_SIGN = 5.5


def name_annotations(geometry: Geometry, palette: Palette) -> list[dict[str, Any]]:
    """Titles of tracks and gates, and names of columns, as annotations: they never change."""
    compact, ink, muted = geometry.compact, palette.foreground, palette.muted
    add_x = sum(geometry.remember_zone) / 2
    stm = "<b>STM</b>" if compact else "<b>Short-term memory</b>"
    left: list[Name] = [
        (
            geometry.cell_state_track.left,
            geometry.titles_y,
            "<b>LTM</b>" if compact else "<b>Long-term memory</b>",
            ink,
        ),
        (geometry.stm_before.left, geometry.stm_before.top + 11, stm, ink),
    ]
    if compact:
        left.append((geometry.stm_after.left, geometry.stm_after.top + 11, stm, ink))
    middle: list[Name] = [
        (add_x, geometry.titles_y, "<b>Remember</b>" if compact else "<b>Remember gate</b>", palette.remember)
    ]
    for box, name, colour in (
        (geometry.forget_box, "Forget", palette.forget),
        (geometry.learn_box, "Learn", palette.learn),
        (geometry.use_box, "Use", palette.use),
    ):
        middle.append((box.middle[0], box.top - TITLE, f"<b>{name}</b>" if compact else f"<b>{name} gate</b>", colour))
    right: list[Name] = [] if compact else [(geometry.stm_after.right, geometry.stm_after.top + 11, stm, ink)]
    return [
        *_annotations(left, geometry.font, "left"),
        *_annotations(middle, geometry.font, "center"),
        *_annotations(right, geometry.font, "right"),
        *_annotations([(x, y, text, muted) for x, y, text in _column_names(geometry)], geometry.font - 2, "center"),
    ]


def _annotations(entries: list[Name], size: int, anchor: str) -> list[dict[str, Any]]:
    common = {"showarrow": False, "xanchor": anchor, "yanchor": "middle", "borderpad": 0}
    return [
        common | {"x": x, "y": y, "text": text, "font": {"size": size, "color": colour}}
        for x, y, text, colour in entries
    ]


def _column_names(geometry: Geometry) -> list[tuple[float, float, str]]:
    names = [(geometry.forget_box.middle[0], geometry.forget_box.top - NAMES, "forget factor")]
    for box, columns, words in (
        (geometry.learn_box, geometry.learn_columns, ("combined", "ignore", "learned")),
        (geometry.use_box, geometry.use_columns, ("offered", "use", "STM")),
    ):
        names += [(x, box.top - NAMES, word) for x, word in zip(columns.middles, words, strict=True)]
    return names


def text_traces(geometry: Geometry, palette: Palette, *, projected: bool = False) -> list[go.Scatter]:
    """The followed unit's numbers, each where it stands, along the track as an equation; and all other moving words.

    Where STM is `projected` from all units, it is no product of the followed one's.
    """
    size = geometry.font
    return [
        primitives.texts(_cell_state_numbers(geometry, palette), size + (0 if geometry.compact else 1), "numbers"),
        primitives.texts(_box_numbers(geometry, palette, projected), size - geometry.compact, "numbers"),
        *_factor(geometry, palette),
        primitives.texts(_writers(geometry, palette), size, "writers", anchor="middle right"),
        primitives.texts(
            _legend(geometry, palette), size - 1, "names", anchor="middle right" if geometry.compact else "middle left"
        ),
        primitives.texts(_scale_mark(geometry, palette), size - 2, "names", anchor="middle right"),
        primitives.texts(_next_step(geometry, palette), size, "names", anchor="middle left"),
        _event_lines(geometry, palette),
        primitives.tile(geometry.tile, geometry.tile_size, palette),
    ]


def _cell_state_numbers(geometry: Geometry, palette: Palette) -> list[primitives.Entry]:
    y, ink = geometry.numbers_y, palette.foreground
    (forget_left, _, forget_right), (add_left, add_right) = geometry.forget_zone, geometry.remember_zone
    track = geometry.cell_state_track
    return [
        ((track.left + forget_left) / 2, y, number("previous_cell_state", ARRIVE, style="signed", at=FOUND), ink),
        ((forget_left + forget_right) / 2, y, number("forget_gate", FORGET, "× ", at=CLOSED), palette.forget),
        (
            (forget_right + add_left) / 2,
            y,
            number("kept", FORGET, style="signed", equals=KEPT, at=ARRIVED),
            ink,
        ),
        ((add_left + add_right) / 2, y, number("learned", REMEMBER, style="sum", at=GOES[1]), palette.learn),
        (
            (add_right + track.right) / 2,
            y,
            number("cell_state", REMEMBER, style="signed", equals=SUM, at=ARRIVED),
            ink,
        ),
    ]


def _box_numbers(geometry: Geometry, palette: Palette, projected: bool) -> list[primitives.Entry]:
    learn, use, ink = geometry.learn_columns.middles, geometry.use_columns.middles, palette.foreground
    stm = number("hidden_state", USE, style="signed", equals=None if projected else USED, at=ARRIVED)
    entries = [
        (learn[0], number("candidate", LEARN, style="signed", at=TAKEN), ink),
        (learn[1], number("input_gate", LEARN, "× ", at=CLOSED), palette.learn),
        (learn[2], number("learned", LEARN, style="signed", equals=LEARNED, at=ARRIVED), ink),
        (use[0], number("readout", USE, style="signed", at=TAKEN), ink),
        (use[1], number("output_gate", USE, "× ", at=CLOSED), palette.use),
        (use[2], stm, ink),
    ]
    return [(x, geometry.learn_box.bottom + NUMBERS, text, colour) for x, text, colour in entries]


def _factor(geometry: Geometry, palette: Palette) -> list[go.Scatter]:
    """The forget gate's factor in its box: as a number, and in words."""
    x, bottom, size = geometry.forget_box.middle[0], geometry.forget_box.bottom, geometry.font
    words: Binding = {"kept": "forget_gate", "word": "open", "from": FORGET, "at": CLOSED}
    factor = number("forget_gate", FORGET, at=CLOSED)
    return [
        primitives.texts([(x, bottom + FACTOR, factor, palette.forget)], size + 3, "numbers"),
        primitives.texts([(x, bottom + NUMBERS, words, palette.forget)], size - 1, "names"),
    ]


def _writers(geometry: Geometry, palette: Palette) -> list[primitives.Entry]:
    """Who wrote most of what the followed unit holds, before and after, in its row on the side without a ribbon."""
    rows = geometry.cell_state_track.rows
    after = max(geometry.remember_zone) + 6

    def entry(x: float, array: str, appears: int, at: float) -> primitives.Entry:
        says = {"writers": array, "give": "label", "from": appears, "at": at, "short": geometry.compact}
        return x, {"beside": array, "rows": rows}, says, palette.foreground

    kept: Binding = {"kept": "forget_gate", "word": "is kept", "from": FORGET, "at": CLOSED}
    left = (max(geometry.forget_zone) + 6, {"beside": "kept", "rows": rows}, kept, palette.forget)
    before = entry(geometry.cell_state_track.left + 4, "previous_cell_state", ARRIVE, FOUND)
    now = entry(after, "cell_state", REMEMBER, ARRIVED)
    return [before, now] if geometry.compact else [before, left, now]


def _legend(geometry: Geometry, palette: Palette) -> list[primitives.Entry]:
    says: Binding = {"writers": "cell_state", "give": "legend"} | writer_fill(palette)
    return [(*geometry.legend, says, palette.muted)]


def _scale_mark(geometry: Geometry, palette: Palette) -> list[primitives.Entry]:
    """Beside the pipe from the learn gate to the track: that the scale changes there."""
    y = (geometry.cell_state_track.bottom + geometry.learn_box.top) / 2
    says: Binding = {"scales": LEARN} | ({"short": True} if geometry.compact else {})
    return [(sum(geometry.remember_zone) / 2 + 6, y, says, palette.muted)]


def _next_step(geometry: Geometry, palette: Palette) -> list[primitives.Entry]:
    word = {"label": "next step short" if geometry.compact else "next step"}
    y = geometry.titles_y if geometry.compact else geometry.numbers_y
    return [(geometry.cell_state_track.right, y, word, palette.muted)]


def _event_lines(geometry: Geometry, palette: Palette) -> go.Scatter:
    """An event that is no letter, line by line."""
    return go.Scatter(
        x=[geometry.event_lines[0]] * EVENT_LINES,
        y=event_line_heights(geometry),
        mode="text",
        textposition="middle right",
        textfont={"size": geometry.font - 1, "color": palette.foreground},
        hoverinfo="skip",
        cliponaxis=False,
        meta={"part": "event", "follow": {"text": {"label": "event lines"}}},
    )


def event_line_heights(geometry: Geometry) -> list[float]:
    """The heights of an event's lines of text, from the first down."""
    return [geometry.event_lines[1] - LINE * line for line in range(EVENT_LINES)]


def answer_traces(geometry: Geometry, palette: Palette, count: int, longest: int = 1) -> list[go.Scatter]:
    """The chances of so many answers as bars, with their names and percents; or, of none, the answer in words.

    longest: signs of the longest name.
    """
    box, size = geometry.answer, geometry.font
    title: Binding = {"answer_title": ["answer", "answer before" if count else BLANK]}
    over = (box.left, box.top + 10, title, palette.muted)
    titles = primitives.texts([over], size - 1, "names", anchor="middle right")
    if not count:
        words = (box.left, box.top, {"label": "answer value"}, palette.foreground)
        return [titles, primitives.texts([words], size, "answer", anchor="bottom right")]
    light = {"beat": [0.55] * 4 + [1.0, 1.0]}
    bars = [
        primitives.polygons(
            _answer_bar(geometry, rank, longest),
            light,
            "answer",
            {"answer": rank, "give": "fill"} | writer_fill(palette),
        )
        for rank in range(count)
    ]
    rows = [box.left, box.right, box.bottom, box.top]
    heights = [answer_height(rank, count, rows) for rank in range(count)]
    texts = []
    for give, x, anchor in (("name", box.left, "middle right"), ("percent", box.right, "middle left")):
        entries: list[primitives.Entry] = [
            (x, y, {"answer": rank, "give": give}, palette.foreground) for rank, y in enumerate(heights)
        ]
        trace = primitives.texts(entries, size - (give == "percent"), "answer", anchor=anchor)
        trace.meta["follow"]["opacity"] = light
        texts.append(trace)
    return [titles, *bars, *texts]


def forecast_traces(geometry: Geometry, palette: Palette, scale: ForecastScale) -> list[go.Scatter]:
    """The forecast and what came: each in words over a bar, both on one scale of what is usual."""
    box, size = geometry.answer, geometry.font
    light = {"beat": [0.55] * 4 + [1.0, 1.0]}
    name = scale.name if len(scale.name) <= MAX_NAME else f"{scale.name[: MAX_NAME - 1].rstrip()}…"
    title: Binding = {"answer_title": [escape_markup(f"next {name}".strip()), "answer before"]}
    # From the top down: two lines of words, each over its bar, and the scale's ends.
    row = (box.top - box.bottom - SCALE_ROOM) / 2
    ends, floor = [scale.low, scale.high, scale.base], box.bottom + SCALE_ROOM
    bars: list[go.Scatter] = []
    words: list[primitives.Entry] = []
    for which, (said, colour) in enumerate(zip(FORECAST_NAMES, (palette.use, palette.muted), strict=True)):
        bottom = floor + (1 - which) * row + 2
        rows = [box.left, box.right, bottom, bottom + row * BAR_SHARE]
        shape = {"forecast_bar": which, "ends": ends, "box": rows}
        bars.append(primitives.polygons(shape, light, "answer", colour))
        text: Binding = {"forecast": which, "words": said, "digits": scale.digits, "unit": scale.unit}
        words.append((box.left, bottom + row * (1 + BAR_SHARE) / 2, text, palette.foreground))
    said = primitives.texts(words, size - 1, "answer", anchor="middle right")
    said.meta["follow"]["opacity"] = light
    # Where the bars begin, beside each of them alone: through the words it would be another letter.
    zero = box.left + (box.right - box.left) * (scale.base - scale.low) / (scale.high - scale.low)
    heights = [floor - 1, floor + BAR_SHARE * row + 4, None, floor + row, floor + (1 + BAR_SHARE) * row + 4]
    axis = go.Scatter(
        x=[box.left, box.right, None, zero, zero, None, zero, zero],
        y=[floor - 1, floor - 1, None, *heights],
        mode="lines",
        line={"width": 1, "color": palette.line},
        hoverinfo="skip",
        meta={"part": "answer"},
    )
    low, high = scale.ends
    over = (box.left, box.top + 10, title, palette.muted)
    return [
        primitives.texts([over], size - 1, "names", anchor="middle right"),
        axis,
        *bars,
        said,
        primitives.texts([(box.left, box.bottom + 5, low, palette.muted)], size - 3, "answer", anchor="middle right"),
        primitives.texts([(box.right, box.bottom + 5, high, palette.muted)], size - 3, "answer", anchor="middle left"),
    ]


def _answer_bar(geometry: Geometry, rank: int, longest: int) -> Binding:
    """An answer's bar, between its name and its percents."""
    box = geometry.answer
    left, right = geometry.answer_margins
    left += NAME_SIGN * max(0, min(longest, MAX_ANSWER_NAME) - SHORT_LABEL)
    return {"answer_bar": rank, "box": [box.left + left, box.right - right, box.bottom, box.top]}

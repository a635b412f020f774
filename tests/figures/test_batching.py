"""The cut text as it is drawn, against the text itself."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_viz.figures.bindings.outlines import outlines
from lstm_viz.figures.moment import Moment
from lstm_viz.figures.palette import DARK
from lstm_viz.figures.run_view import RunView
from lstm_viz.figures.sequences.batching import (
    PAGE,
    columns_shown,
    rows_and_windows,
    targets_at_seam,
    text_band,
)
from lstm_viz.figures.viewport_builder import build_viewport
from lstm_viz.sequences import load_example
from lstm_viz.sequences.sliding_windows import Windows, windows
from lstm_viz.traces import LayerTrace, Trace

BOOK = load_example("python")
TEXT = BOOK.step_labels[:, 0].tolist()
STILL = np.zeros((1, 1, 1))
LAYER = LayerTrace("l0", "rnn", STILL, STILL, STILL[0], np.array([1]))
#: Outlines of steps and windows ask a viewport for nothing.
VIEWPORT = build_viewport(RunView(Trace((LAYER,), STILL, STILL, LAYER.lengths)))
CUTS = {"rows": st.integers(1, 32), "steps": st.integers(1, 100)}


def shown(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def cut_of(rows: int, steps: int) -> Windows:
    return windows(BOOK, rows, steps)


@given(**CUTS)
@settings(max_examples=12)
def test_the_grid_holds_the_text_row_after_row(rows: int, steps: int):
    cut = cut_of(rows, steps)
    grid = rows_and_windows(cut).data[0]
    length = steps * len(cut.parts)
    for row, letters in enumerate(grid.text):
        assert [shown(letter) for letter in letters] == TEXT[row * length : row * length + columns_shown(cut)]


@given(**CUTS)
@settings(max_examples=12)
def test_every_column_is_outlined_with_the_window_that_holds_it(rows: int, steps: int):
    cut = cut_of(rows, steps)
    bindings = rows_and_windows(cut).layout.meta["follow"]["shapes"]["all"]
    for step in range(columns_shown(cut)):
        moment = Moment(step=step)
        (window, column) = [
            outline
            for binding in bindings
            for outline in outlines(binding["marks"], binding["colour"], VIEWPORT, moment)
        ]
        assert (column["x0"], column["x1"]) == (step + 0.5, step + 1.5)
        assert window["x0"] <= column["x0"] and column["x1"] <= window["x1"]
        assert (window["x0"] - 0.5) % steps == 0
        assert window["x1"] - window["x0"] == min(steps, columns_shown(cut) - (window["x0"] - 0.5))


@given(**CUTS, narrow=st.booleans())
@settings(max_examples=12)
def test_a_grid_that_is_wider_than_the_screen_turns_to_the_column_at_work(rows: int, steps: int, narrow: bool):
    cut = cut_of(rows, steps)
    layout = rows_and_windows(cut, narrow=narrow).layout
    pages = layout.meta["follow"].get("xaxis.range", {"cycle": [list(layout.xaxis.range)] * columns_shown(cut)})[
        "cycle"
    ]
    assert len(pages) == columns_shown(cut)
    for column, (left, right) in enumerate(pages, start=1):
        assert left < column < right and right - left <= PAGE


@given(**CUTS)
@settings(max_examples=12)
def test_the_state_goes_on_in_every_row_at_every_seam(rows: int, steps: int):
    cut = cut_of(rows, steps)
    arrows = rows_and_windows(cut).data[1]
    seams = [column + 0.5 for column in range(1, columns_shown(cut)) if column % steps == 0]
    assert sorted(zip(arrows.x, arrows.y, strict=True)) == sorted((x, y) for x in seams for y in range(rows))


@given(**CUTS)
@settings(max_examples=12)
def test_each_target_is_the_next_character(rows: int, steps: int):
    cut = cut_of(rows, steps)
    for narrow in (False, True):
        figure = targets_at_seam(cut, narrow=narrow)
        (chart,) = figure.data
        reads, targets = ([shown(letter) for letter in line] for line in chart.text)
        first = chart.x[0] - 1
        assert reads == TEXT[first : first + len(reads)]
        assert targets == TEXT[first + 1 : first + 1 + len(reads)]
        seams = [shape.x0 - 0.5 for shape in figure.layout.shapes]
        assert seams and all(seam % steps == 0 for seam in seams)
        for seam in seams:
            place = list(chart.x).index(seam)
            assert (chart.z[0][place + 1], chart.z[1][place]) == (1, 1)


@given(**CUTS)
@settings(max_examples=12)
def test_names_of_columns_have_room(rows: int, steps: int):
    cut = cut_of(rows, steps)
    for narrow in (False, True):
        named = [rows_and_windows(cut, narrow=narrow), targets_at_seam(cut, narrow=narrow)]
        for layout in (figure.layout for figure in named):
            left, right = layout.xaxis.range
            inside = [place for place in layout.xaxis.tickvals if left < place < right]
            assert len(inside) <= (6 if narrow else 15)


@given(**CUTS)
@settings(max_examples=12)
def test_the_band_is_the_whole_text(rows: int, steps: int):
    cut = cut_of(rows, steps)
    kept, dropped, readers = text_band(cut, palette=DARK).data
    assert sum(kept.x) + sum(dropped.x) == len(TEXT)
    assert sum(dropped.x) == len(TEXT) % (rows * steps)
    moves = readers.meta["follow"]["x"]["cycle"]
    assert np.allclose(np.diff(moves, axis=0), 1)
    assert np.allclose(moves[0], np.array(kept.base) + 0.5)

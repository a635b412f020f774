"""Two runs side by side in Explore: one player moves both, and the server is asked for nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lstm_viz.analysis.comparison import companions
from lstm_viz.analysis.ranking import ranked_units
from lstm_viz.analysis.what_if import hold
from lstm_viz.figures.cell.comparison import BESIDE, cell_of_run, compared
from lstm_viz.figures.moment import BEATS, Moment
from lstm_viz.figures.run_view import ComparedRun, Words
from lstm_viz.figures.viewport_builder import build_viewport
from lstm_viz.ui.stage.bundled_runs import bundled_answers, bundled_view

ADDRESS = "/explore?compare=a+factor+held&held_from=10&held_at=0.5&step=20&unit=8"


def test_one_player_moves_both_runs_and_their_difference(open_view):
    screen = open_view(ADDRESS)
    view = bundled_view("forecast")
    trace = view.trace
    other = hold(trace, "l0", "forget_gate", 0.5, 9, None)
    words = Words(answers=bundled_answers("forecast", other.output))
    orders, beside = [ranked_units(trace.layers[0], "range")], ComparedRun(companions(trace, other), words)
    viewport = build_viewport(replace(view, orders=orders, compared=[beside]))
    sent = len(screen.sent)
    screen.press("Shift+ArrowRight", "Shift+ArrowRight", "ArrowDown")
    screen.wait_for_address("step=22")
    assert len(screen.sent) == sent
    unit = int(screen.page.locator(".player [data-is=unit]").input_value())
    moment = Moment(step=21, unit=unit, beat=len(BEATS) - 1)
    screen.assert_follows("compared", compared(viewport, moment), viewport, moment)
    charts = (("cell", cell_of_run(None)), ("cell_beside", cell_of_run(BESIDE)))
    for key, draw in charts:
        screen.assert_follows(key, draw(viewport, moment), viewport, moment)
    apart = np.array(screen.held("compared")["data"][2]["z"], float)
    units = viewport.units[0][: len(apart)]
    expected = (other.layers[0].cell_state - trace.layers[0].cell_state)[:32, 0, units].T
    assert np.allclose(apart, expected, atol=2e-5)


@pytest.mark.parametrize(("theme", "device"), [("light", "projector"), ("dark", "phone")])
def test_both_cells_are_seen_whole(open_view, theme, device):
    screen = open_view(ADDRESS, theme=theme, device=device)
    width = screen.page.viewport_size["width"]
    for key in ("cell", "cell_beside", "compared"):
        box = screen.page.locator(f".st-key-{key} .js-plotly-plot").bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= width + 1


def test_another_sequence_keeps_its_own_words_in_the_browser(open_view):
    screen = open_view("/explore?example=Delayed+recall&compare=another+sequence+of+the+batch&step=9&unit=3")
    view = bundled_view("recall", "range")
    rows = np.full(8, 1)
    beside = ComparedRun(companions(view.trace, view.trace, 1), view.words.map(lambda texts: texts[:][:, rows]))
    viewport = build_viewport(replace(view, compared=[beside], captions={"beside": "sequence 2"}))
    moment = Moment(step=8, unit=2, beat=len(BEATS) - 1)
    for key, draw in (("cell_beside", cell_of_run(BESIDE)), ("compared", compared)):
        screen.assert_follows(key, draw(viewport, moment), viewport, moment)
    assert "Beside it: sequence 2" in screen.page.locator(".st-key-cell_beside").inner_text()

"""What an answer feels, in Explore: the strip holds the gradients, and follows the player and its controls."""

from __future__ import annotations

from typing import Any

import numpy as np

from lstm_viz.analysis.gradients import answer_at, backpropagate
from lstm_viz.analysis.ranking import ranked_units
from lstm_viz.figures.memory.gradients import feeling, felt_layer
from lstm_viz.figures.moment import BEATS, Moment
from lstm_viz.figures.run_view import ComparedRun, RunView, Words
from lstm_viz.figures.viewport_builder import build_viewport, with_compared_run
from lstm_viz.sequences import load_example
from lstm_viz.ui.stage.bundled_runs import bundled_view

TRACE = bundled_view("forecast").trace
WAIT = "(words) => document.querySelector('[aria-label^=\"The gradient of\"]')?.ariaLabel.includes(words)"


def strips(screen: Any) -> list[np.ndarray]:
    """What the two panels hold."""
    return [np.array(part["z"], float) for part in screen.held("felt")["data"]]


def test_the_strips_hold_the_gradients_of_the_output_that_was_asked_for(open_view):
    screen = open_view("/explore?felt_step=25&felt_unit=unit+3&step=20&unit=8")
    screen.page.wait_for_function(WAIT, arg="output unit 3 at step 25")
    felt = backpropagate(TRACE, answer_at(TRACE, 24, 2))[0]
    batch, orders = load_example("river"), [ranked_units(TRACE.layers[0], "range")]
    usual = build_viewport(RunView(TRACE, Words(batch.step_labels), batch.names, orders=orders))
    beside = ComparedRun([felt_layer(TRACE.layers[0], felt)])
    found = with_compared_run(usual, beside, {"felt": "output unit 3 at step 25"})
    moment = Moment(step=19, unit=7, beat=len(BEATS) - 1)
    screen.assert_follows("felt", feeling(found, moment), found, moment)
    memory, hidden = strips(screen)
    assert np.allclose(memory, felt.cell_state[:32, 0, found.units[0][: len(memory)]].T, atol=2e-5)
    assert hidden[2].argmax() == 24 and not hidden[:, 25:].any()


def test_the_players_step_can_be_taken(open_view):
    screen = open_view("/explore?step=12&unit=8")
    assert strips(screen)[1][:, 31].any()
    screen.page.get_by_role("button", name="At this step").click()
    screen.page.wait_for_function(WAIT, arg="size of the output at step 12")
    assert strips(screen)[1][:, 11].any() and not strips(screen)[1][:, 12:].any()
    screen.page.wait_for_function("location.search.includes('felt_step=12')")
    screen.press("Shift+ArrowRight")
    assert screen.text("place").startswith("Step 13 ")

"""Two runs side by side in Explore: one player moves both, and the server is asked for nothing."""

from __future__ import annotations

import numpy as np
import pytest

from lstm_viz.analysis.ranking import ranked_units
from lstm_viz.analysis.what_if import hold
from lstm_viz.figures.formats import signed
from lstm_viz.ui.stage.bundled_runs import bundled_view

ADDRESS = "/explore?compare=a+factor+held&held_from=10&held_at=0.5&step=20&unit=8"


def test_one_player_moves_both_runs_and_their_difference(open_view):
    screen = open_view(ADDRESS)
    trace = bundled_view("forecast").trace
    other = hold(trace, "l0", "forget_gate", 0.5, 9, None)
    units = ranked_units(trace.layers[0], "range")
    expected = (other.layers[0].cell_state - trace.layers[0].cell_state)[:32, 0].T
    sent = len(screen.sent)
    screen.press("Shift+ArrowRight", "Shift+ArrowRight", "ArrowDown")
    screen.wait_for_address("step=22")
    assert len(screen.sent) == sent
    unit = int(screen.page.locator(".player [data-is=unit]").input_value())

    def both_have_moved() -> None:
        apart = np.array(screen.bound_values("compared")["data"][2]["z"], float)
        assert np.allclose(apart, expected[units[: len(apart)]], atol=2e-5)
        for key, layer in (("cell", trace.layers[0]), ("cell_beside", other.layers[0])):
            memory = signed(float(layer.cell_state[21, 0, unit]))
            assert memory in screen.page.locator(f".st-key-{key}").inner_text()

    screen.eventually(both_have_moved)


@pytest.mark.parametrize(("theme", "device"), [("light", "projector"), ("dark", "phone")])
def test_both_cells_are_seen_whole(open_view, theme, device):
    screen = open_view(ADDRESS, theme=theme, device=device)
    width = screen.page.viewport_size["width"]
    for key in ("cell", "cell_beside", "compared"):
        box = screen.page.locator(f".st-key-{key} .js-plotly-plot").bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= width + 1

"""A long stored run in Explore, in a real browser: read piece by piece, at any step and any width."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

import lstm_viz
from lstm_viz.figures.formats import signed
from lstm_viz.figures.memory.long_runs import BINS
from lstm_viz.figures.viewport_builder import order_by_range
from lstm_viz.ui.explore.startup_files import STORED_RUNS

STEPS = 60_000
ZOOMED = """() => {
  const panel = document.querySelector('.st-key-zoomed .js-plotly-plot')._fullData[0];
  return { x: Array.from(panel.x), z: Array.from(panel.z, (row) => Array.from(row)) };
}"""
RANGE = """(range) => {
  const plot = document.querySelector('.st-key-zoomed .js-plotly-plot');
  return String(plot?._fullLayout?.xaxis.range) === String(range);
}"""


def test_any_step_and_any_width_of_a_long_run(monkeypatch, tmp_path, fresh_server, new_screen):
    torch.manual_seed(0)
    run = lstm_viz.trace_to(nn.LSTM(2, 24), torch.randn(STEPS, 1, 2), tmp_path / "river", chunk=4096)
    monkeypatch.setenv(STORED_RUNS, str(tmp_path / "river"))
    with fresh_server() as server:
        screen = new_screen().open(f"{server.address}/explore?source=Long&step=41001&unit=5&beat=move+on")
        assert screen.text("place") == "Step 41,001 / 60,000"
        memory = run.part(41_000, 41_001).layers[0].cell_state[0, 0, 4]
        assert signed(float(memory)) in screen.text("line")
        assert screen.page.title().startswith("Explore · ")
        assert screen.page.get_by_text("Page not found").count() == 0
        screen.press("Home").page.locator(".player [data-is=place]").filter(has_text="Step 1 ").wait_for()
        first = run.part(0, 32).layers[0].cell_state[:, 0, order_by_range(run)[0][:16]].T

        def is_drawn() -> None:
            assert np.allclose(screen.bound_values("strips")["data"][0]["z"][:10], first[:10], atol=2e-5)

        screen.ready().eventually(is_drawn)
        screen.choose_option(screen.page.locator(".st-key-zoom input"), "10,000")
        screen.page.wait_for_function(RANGE, arg=[1, 10_001])
        screen.ready()
        screen.page.locator(".st-key-zoom_from input").fill("30001")
        screen.page.keyboard.press("Enter")
        screen.page.wait_for_function(RANGE, arg=[30_001, 40_001])
        held, zoom = screen.page.evaluate(ZOOMED), run.zoom("l0", "cell_state", 30_000, 40_000, BINS)
        assert held["x"] == (zoom.edges[:-1] + 1).tolist()
        assert np.allclose(held["z"], zoom.mean[:, 0, order_by_range(run)[0][:16]].T, atol=2e-5)
        assert "zoom=10%2C000" in screen.page.url and "zoom_from=30001" in screen.page.url
        assert screen.horizontal_overflow() <= 0

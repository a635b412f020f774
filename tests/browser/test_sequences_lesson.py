"""The lesson on sequences in a real browser: one player moves all of it, and the numbers are the model's."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lstm_viz.models import load_bundled
from lstm_viz.models.generating import generate
from lstm_viz.sequences import load_example

ADDRESS = "/sequences_of_data?rows=8&window=24&step=24&unit=36"
TITLE = "() => document.querySelector('.st-key-seams .js-plotly-plot').layout.annotations[0].text"
LOOKS = [("light", "laptop"), ("dark", "laptop"), ("light", "projector"), ("light", "phone")]


def place(held: dict, width: float) -> list[float]:
    """Where the outline of this width stands."""
    return [
        shape["x0"]
        for shape in held["layout"]["shapes"]
        if shape["type"] == "rect" and shape["x1"] - shape["x0"] == width
    ]


def test_a_step_moves_every_picture_and_asks_the_server_nothing(open_view):
    screen = open_view(ADDRESS)
    said = generate(load_bundled("characters"), "T", 8).text[1:]
    screen.page.wait_for_timeout(500)
    sent = len(screen.sent)
    for step in range(24, 28):
        held = screen.held("batching")
        assert (place(held, 24), place(held, 1)) == ([24.5 if step > 24 else 0.5], [step - 0.5])
        answers = screen.held("four-shapes")["data"][-1]["text"]
        assert "".join(answers[1:9]).strip() == said[: (step - 1) % 8 + 1]
        readers = screen.held("whole-text")["data"][-1]["x"]
        assert np.allclose(np.diff(readers), 1488) and readers[0] == step - 0.5
        assert place(screen.held("seams"), 1) == [step - 0.5] * 2
        screen.press("Shift+ArrowRight")
        screen.page.wait_for_timeout(300)
    assert len(screen.sent) == sent


def test_another_unit_is_drawn_from_both_runs(open_view):
    screen = open_view(ADDRESS)
    screen.press("ArrowDown")
    screen.page.wait_for_timeout(500)
    held = screen.held("seams")
    unit = int(screen.page.evaluate(TITLE).split("unit ")[1].split("<")[0]) - 1
    assert unit == int(screen.page.locator(".player [data-is=unit]").input_value()) != 35
    module, x = load_bundled("characters").module, torch.from_numpy(load_example("python").values[:72].copy())
    with torch.no_grad():
        carried = module(x)[0][:, 0, unit]
        reset = torch.cat([module(part)[0][:, 0, unit] for part in x.split(24)])
    np.testing.assert_allclose(held["data"][0]["y"], carried, atol=1e-5)
    np.testing.assert_allclose(held["data"][2]["y"], reset, atol=1e-5)


@pytest.mark.parametrize(("theme", "device"), LOOKS)
def test_it_can_be_looked_at_on_every_screen(open_view, theme, device):
    screen = open_view(ADDRESS, theme=theme, device=device)
    assert screen.sideways() <= 0
    screen.picture(f"sequences-of-data-{theme}-{device}")
    charts = screen.page.locator(".js-plotly-plot")
    assert charts.count() == 6
    for chart in charts.all():
        assert screen.page.evaluate("(chart) => chart.scrollWidth <= chart.clientWidth + 1", chart.element_handle())

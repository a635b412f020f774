"""A model and a table of one's own: which unit follows rain, and the figure saved, in few clicks."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from axe_playwright_python.sync_playwright import Axe
from torch import nn

from lstm_viz.sequences.read import read_sequence
from tests.browser.test_accessibility import own_violations

STEPS = 300
#: Clicks from the open page to the saved figure, at most.
MAX_CLICKS = 9


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """A table of rain, temperature and a level, and a model that reads the first two."""
    chance = np.random.default_rng(0)
    rain = np.round(np.maximum(0, chance.gamma(0.6, 4, STEPS) - 2), 2)
    warmth = np.round(10 - 9 * np.cos(np.arange(STEPS) / 58), 2)
    days = np.datetime64("2023-01-01") + np.arange(STEPS)
    rows = [f"{day},{wet},{warm},{(wet + warm) / 2:.2f}" for day, wet, warm in zip(days, rain, warmth, strict=True)]
    (tmp_path / "river_gauge.csv").write_text("date,rain_mm,temp_C,level_m\n" + "\n".join(rows), encoding="utf-8")
    torch.manual_seed(0)
    torch.save(nn.LSTM(2, 16).state_dict(), tmp_path / "gauge_lstm.pt")
    return tmp_path / "river_gauge.csv", tmp_path / "gauge_lstm.pt"


def most_like_rain(table: Path, model: Path) -> tuple[int, float]:
    """The unit, from 1, whose memory follows rain most at up to 30 steps later, and its r; by NumPy alone."""
    inputs = read_sequence(table, features=["rain_mm", "temp_C"]).values
    module = nn.LSTM(2, 16)
    module.load_state_dict(torch.load(model))
    state, memory = None, []
    with torch.no_grad():
        for step in torch.tensor(inputs):
            _, state = module(step[None], state)
            memory.append(state[1][0, 0].numpy())
    states, rain = np.stack(memory), inputs[:, 0, 0]
    r = np.array(
        [[np.corrcoef(states[lag:, unit], rain[: STEPS - lag])[0, 1] for unit in range(16)] for lag in range(31)]
    )
    lag, unit = np.unravel_index(np.abs(r).argmax(), r.shape)
    return int(unit) + 1, float(r[lag, unit])


def test_which_unit_follows_rain_and_the_figure_saved_in_few_clicks(files, open_view):
    clicks: list[str] = []

    def click(what: str, locator, **where) -> None:
        clicks.append(what)
        locator.click(**where)

    screen = open_view("/explore")
    page, drawer = screen.page, screen.page.get_by_test_id("stSidebar")
    with page.expect_file_chooser() as chooser:
        click("Upload", page.get_by_role("button", name="Upload", exact=True))
    clicks.append("both files, in the system's own window")
    chooser.value.set_files(files)
    asked = page.locator(".st-key-ask-columns")
    asked.get_by_text("gauge_lstm.pt: LSTM 2 → 16.").wait_for(timeout=30_000)
    page.get_by_text("Still showing: River Fulda").wait_for()
    assert own_violations(Axe().run(page).response) == []
    click("Run", asked.get_by_role("button", name="Run", exact=True))
    asked.wait_for(state="detached")
    unit, r = most_like_rain(*files)
    said = drawer.get_by_text("follows rain_mm most")
    said.wait_for(timeout=30_000)
    screen.ready()
    assert said.inner_text().startswith(f"Unit {unit} follows rain_mm most: r = {f'{r:+.2f}'.replace('-', '−')}")
    click("the first row", drawer.locator(".dvn-scroller").first, position={"x": 30, "y": 55})

    def is_followed() -> None:
        assert page.locator(".player [data-is=unit]").input_value() == str(unit - 1)

    screen.eventually(is_followed)
    click("Save", drawer.get_by_role("tab", name="Save"))
    assert own_violations(Axe().run(page).response) == []
    with page.expect_download() as download:
        click("PNG", drawer.get_by_role("button", name="PNG"))
    assert re.fullmatch(
        rf"river_gauge-gauge_lstm-cell-sequence-1-step-\d+-unit-{unit}\.png", download.value.suggested_filename
    )
    assert len(clicks) <= MAX_CLICKS, clicks


def test_a_typed_date_is_gone_to_and_a_file_that_cant_be_read_leaves_the_run(files, open_view, tmp_path):
    screen = open_view("/explore")
    page, drawer = screen.page, screen.page.get_by_test_id("stSidebar")
    zone = page.locator("input[type=file]")
    zone.set_input_files(files[1])
    page.get_by_text("Now drop a table above").wait_for(timeout=30_000)
    zone.set_input_files(files[0])
    page.get_by_role("button", name="Run", exact=True).click(timeout=30_000)
    drawer.get_by_text("follows rain_mm most").wait_for(timeout=30_000)
    screen.ready()
    drawer.get_by_placeholder("Go to a step").fill("2023-03-01")
    page.keyboard.press("Enter")
    page.locator(".st-key-cell .js-plotly-plot").get_by_text("2023-03-01").wait_for()
    (tmp_path / "bad.csv").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
    zone.set_input_files(tmp_path / "bad.csv")
    page.get_by_text("bad.csv can't be read.").wait_for()
    page.get_by_text("Still showing: river_gauge.csv · gauge_lstm.pt, LSTM 2 → 16").wait_for()
    assert screen.text("place").startswith("Step 60 ")
    page.get_by_role("button", name="Back to river_gauge.csv").click()
    page.get_by_text("Still showing").wait_for(state="detached")
    screen.ready()
    assert screen.text("place").startswith("Step 60 ")

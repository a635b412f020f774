"""Names that would be pictures and links if anything read them so: a model's, a table's, a saved run's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

import lstm_viz
from lstm_viz.sequences.read import read_sequence

#: Nothing listens there, and nothing may ask for it.
ELSEWHERE = "http://127.0.0.1:8699"
NAMES = (
    f"![x]({ELSEWHERE}/m.png)[c](javascript:alert(1))",
    f"<img src={ELSEWHERE}/i.png>",
    "<a href='javascript:alert(1)'>a</a>",
    f"{ELSEWHERE}/p a@elsewhere.example",
    "www.elsewhere.example :smile:",
    ":material/face: $x^2$ :red[r] -> **b**",
)
FOREIGN = """() => [...document.querySelectorAll('img, image, a, script, iframe, object')].map(
    (part) => part.getAttribute('src') ?? part.getAttribute('href') ?? part.getAttribute('xlink:href') ?? ''
  ).filter((address) => /8699|javascript:|elsewhere|mailto/.test(address))"""
ROWS = 40


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A table of two sequences, whose columns and words are NAMES."""
    chance = np.random.default_rng(0)
    lines = [",".join(["step", *(f'"{name}"' for name in NAMES), "which"])]
    for row in range(2):
        for step, values in enumerate(chance.normal(size=(ROWS, len(NAMES)))):
            lines.append(f'{step},{",".join(map("{:.3f}".format, values))},"{NAMES[0]} {row}"')
    path = tmp_path / "![x](http:|127.0.0.1:8699|f.png).csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A state_dict with an LSTM and a layer after it, whose keys begin with NAMES."""
    torch.manual_seed(0)
    states = {f"{NAMES[0]}.{key}": value for key, value in nn.LSTM(len(NAMES), 8).state_dict().items()}
    for name in NAMES[1:]:
        states |= {f"{name}.{key}": value for key, value in nn.Linear(8, 2).state_dict().items()}
    torch.save(states, tmp_path / "![x](http:|127.0.0.1:8699|g.png).pt")
    return tmp_path / "![x](http:|127.0.0.1:8699|g.png).pt"


def assert_plain(screen) -> None:
    """Nothing on the page leads elsewhere, nothing was asked for there, and nothing of it became a sign or an icon."""
    screen.settle()
    assert screen.page.evaluate(FOREIGN) == []
    assert [address for address in screen.fetched if "8699" in address or "elsewhere" in address] == []
    assert "😄" not in screen.page.locator("body").inner_text()


def assert_says_names(drawer) -> None:
    """The columns' names stand there sign by sign, as options and in a sentence."""
    said = drawer.locator("p").filter(has_text="most: r =")
    said.wait_for(timeout=30_000)
    words = said.inner_text().replace("\u2060", "")
    assert [name for name in NAMES if f"follows {name} most" in words] != []
    offered = drawer.get_by_test_id("stButtonGroup").first.inner_text().replace("\u2060", "")
    assert [name for name in NAMES if name not in offered] == []


def test_a_model_and_a_table_are_called_what_they_are_called(table, model, open_view):
    screen = open_view("/explore")
    page = screen.page
    page.locator("input[type=file]").set_input_files(table)
    page.get_by_role("button", name="Fit a small LSTM").wait_for(timeout=30_000)
    assert_plain(screen)
    page.locator("input[type=file]").set_input_files(model)
    drawer = page.get_by_test_id("stSidebar")
    drawer.get_by_role("tab", name="Model").click()
    drawer.get_by_text("file has").wait_for(timeout=30_000)
    assert_plain(screen)
    found = drawer.get_by_test_id("stCaptionContainer").filter(has_text="file has")
    listed = found.inner_text().replace("\u2060", "")
    assert [name for name in NAMES if name not in listed] == []
    for tab in ("Units", "Data", "Compare", "Save"):
        drawer.get_by_role("tab", name=tab).click()
        assert_plain(screen)
    page.locator(".st-key-explore-stage .js-plotly-plot").first.wait_for(timeout=30_000)
    screen.ready()
    assert_plain(screen)
    drawer.get_by_role("tab", name="Units").click()
    assert_says_names(drawer)


def test_a_saved_run_is_called_what_it_is_called(table, tmp_path, open_view):
    batch = read_sequence(table)
    trace = lstm_viz.trace(nn.LSTM(len(NAMES), 8), batch.values)
    answers = np.full(trace.output.shape[:2], NAMES[0], dtype=object)
    trace.named(batch, answers).save(tmp_path / "run.nc")
    screen = open_view("/explore")
    screen.page.locator("input[type=file]").set_input_files(tmp_path / "run.nc")
    screen.page.get_by_text("run.nc").first.wait_for(timeout=30_000)
    screen.ready()
    assert_plain(screen)
    for tab in ("Data", "Compare", "Save", "Units"):
        screen.page.get_by_test_id("stSidebar").get_by_role("tab", name=tab).click()
        assert_plain(screen)
    assert_says_names(screen.page.get_by_test_id("stSidebar"))

"""A run that the shell wrote, opened in the app: the same numbers, under the same names, without a model."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

import lstm_viz
from lstm_viz.cli.program import program
from lstm_viz.figures.formats import plain
from lstm_viz.ui.explore.startup_files import RUN_FILE
from tests.browser.screens import assert_says_forget_factor
from tests.browser.servers import running_app


@pytest.fixture
def written(tmp_path: Path) -> Path:
    words = ["trace", "forecast", "river", "-o", str(tmp_path / "fulda.nc"), "--steps", "90"]
    assert CliRunner().invoke(program, words).exit_code == 0
    return tmp_path / "fulda.nc"


def check_numbers(screen, path: Path) -> None:
    """What stands on the screen is what stands in the file."""
    trace = lstm_viz.load_trace(path)
    layer = trace.layers[0]
    assert screen.text("place").endswith("/ 90")
    screen.page.locator(".player .chip.use").click()
    step = screen.step() - 1
    title, answer = str(trace.names.answers[step, 0]).split(": ")
    words = screen.page.locator(".st-key-cell .js-plotly-plot").inner_text().splitlines()
    assert {title, answer} <= set(words)
    screen.press("Home", "Shift+ArrowRight", "Shift+ArrowRight")
    screen.page.locator(".player .chip.forget").click()
    step = screen.step() - 1
    assert_says_forget_factor(screen, layer)
    picture = screen.page.locator(".st-key-cell .js-plotly-plot")
    picture.get_by_text(str(trace.names.steps[step, 0])).first.wait_for()
    own = trace.names.offset[0] + trace.names.scale[0] * layer.event[step, 0, 0]
    assert f"{trace.names.features[0]} {plain(float(own))}" in picture.inner_text()


def test_a_file_of_the_shell_is_brought_to_explore(written, open_view):
    screen = open_view("/explore")
    screen.page.locator("input[type=file]").set_input_files(written)
    screen.page.get_by_text("fulda.nc · River Fulda").wait_for(timeout=30_000)
    screen.ready()
    check_numbers(screen, written)
    assert screen.page.get_by_text("nothing was run again").count() == 1
    broken = written.with_name("broken.nc")
    broken.write_bytes(written.read_bytes()[:5000])
    screen.page.locator("input[type=file]").set_input_files(broken)
    screen.page.get_by_test_id("stAlert").get_by_text("can't be read as a trace").wait_for(timeout=30_000)


def test_the_app_is_handed_a_run_when_it_is_started_not_by_an_address(written, new_screen, tmp_path, monkeypatch):
    monkeypatch.setitem(os.environ, RUN_FILE, str(written))
    with running_app(tmp_path / "log.txt") as server:
        screen = new_screen().open(f"{server.address}/explore?source=Saved+run")
        assert screen.page.title().startswith("Explore · ")
        assert screen.page.get_by_text("Page not found").count() == 0
        check_numbers(screen, written)
        screen.page.goto(f"{server.address}/explore?source=Saved+run&trace=/etc/hostname&open=/etc/hostname")
        screen.ready()
        assert screen.page.get_by_text("fulda.nc · River Fulda").count() == 1
    assert "Traceback" not in (tmp_path / "log.txt").read_text()

"""A bidirectional run: the player goes through each layer as that layer reads."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import lstm_viz
from lstm_viz.figures.formats import signed
from lstm_viz.lessons.placeholders import percent

LENGTHS = (7, 4)


@pytest.fixture
def run() -> lstm_viz.Trace:
    """Two layers in both directions over two sequences, one of them shorter."""
    torch.manual_seed(5)
    return lstm_viz.trace(nn.LSTM(3, 6, 2, bidirectional=True), torch.randn(7, 2, 3), lengths=LENGTHS)


@pytest.fixture
def screen(run, open_view, tmp_path):
    run.save(tmp_path / "both.nc")
    screen = open_view("/explore")
    screen.page.locator("input[type=file]").set_input_files(tmp_path / "both.nc")
    screen.page.locator(".st-key-explore-said").get_by_text("both.nc").wait_for(timeout=30_000)
    screen.page.locator(".player [data-is=place]").filter(has_text=f"/ {LENGTHS[0]}").wait_for(timeout=30_000)
    return screen.ready()


def step_of(screen) -> int:
    """The step that is looked at, counted from 0."""
    return screen.step() - 1


def choose(screen, what: str, place: int) -> None:
    """Chooses in the bar, and leaves the field, which would take keys for itself."""
    screen.choose(what, place)
    screen.page.locator(".player .chip.move-on").click()


def assert_steps_follow_as_the_layer_reads(screen, run, sequence: int) -> None:
    """From the last step of the sequence to its first, with the numbers of the layer, and without the server."""
    choose(screen, "layer", 3)
    choose(screen, "sequence", sequence)
    assert "from the end" in screen.text("backwards")
    before = len(screen.quiet().sent)
    screen.press("Home")
    seen, unit = [], int(screen.page.locator(".player [data-is=unit]").input_value())
    for _ in range(LENGTHS[sequence]):
        seen.append(step_of(screen))
        screen.page.locator(".player .chip.forget").click()
        memory, factor = (
            float(getattr(run.layers[3], name)[seen[-1], sequence, unit])
            for name in ("previous_cell_state", "forget_gate")
        )
        expected = (
            f"{percent(factor)} of {signed(memory)} stays" if signed(memory).strip("+−0.") else "nothing is held yet"
        )
        assert expected in screen.text("line")
        screen.press("Shift+ArrowRight")
    assert seen == list(range(LENGTHS[sequence]))[::-1]
    screen.press("End")
    assert step_of(screen) == 0 and "Reading from the end stops here." in screen.text("line")
    screen.press("Shift+ArrowLeft")
    assert step_of(screen) == 1 and len(screen.quiet().sent) == before


def test_the_player_goes_through_a_layer_as_it_reads(screen, run, subtests):
    with subtests.test("a layer that reads forwards says nothing of it"):
        assert not screen.page.locator(".player [data-is=backwards]").is_visible()
    for sequence in (0, 1):
        with subtests.test("steps follow each other as the layer reads", sequence=sequence):
            assert_steps_follow_as_the_layer_reads(screen, run, sequence)
    choose(screen, "sequence", 0)
    with subtests.test("playing begins anew where the reading ended"):
        choose(screen, "layer", 1)
        screen.press("End")
        screen.page.locator(".player [data-is=play]").click()
        screen.page.locator(".player [data-is=play]").click()
        assert step_of(screen) == LENGTHS[0] - 1
    with subtests.test("a forward layer steps forwards"):
        choose(screen, "layer", 0)
        screen.press("Home", "Shift+ArrowRight")
        assert step_of(screen) == 1

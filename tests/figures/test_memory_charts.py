"""Ledger and half-lives against the sums and powers that define them."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import lstm_viz
from lstm_viz.analysis.memory_attribution import half_life
from lstm_viz.cells.course import CourseLSTM
from lstm_viz.figures.bindings.attribution import MAX_WRITES, attribution_in_window
from lstm_viz.figures.memory.attribution import attribution_areas
from lstm_viz.figures.memory.half_life import half_lives
from lstm_viz.figures.moment import Moment
from lstm_viz.figures.palette import DARK, LIGHT, contrast
from lstm_viz.figures.run_view import RunView
from lstm_viz.figures.viewport_builder import build_viewport
from lstm_viz.traces import LayerTrace
from lstm_viz.ui.stage.bundled_runs import bundled_view
from tests.support.random_runs import Run, runs

CELLS = ("lstm", "course")


@given(run=runs(CELLS))
@settings(max_examples=40)
def test_the_areas_add_up_to_the_line_at_every_step(run: Run) -> None:
    figure = attribution_areas(run.viewport, run.moment)
    areas = np.array([trace.y for trace in figure.data if trace.type == "bar"], float)
    line = np.array(figure.data[-1].y, float)
    read = np.isfinite(line)
    assert np.allclose(areas.sum(axis=0)[read], line[read], atol=1e-4, rtol=1e-5)
    assert not areas[:, ~read].any()


@given(run=runs(CELLS))
@settings(max_examples=5, deadline=None)
def test_letters_on_areas_can_be_read(run: Run) -> None:
    for palette in (LIGHT, DARK):
        for area in attribution_areas(run.viewport, run.moment, palette=palette).data[:MAX_WRITES]:
            assert contrast(area.insidetextfont.color, area.marker.color) >= 4.5


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_a_write_has_the_colour_that_it_has_in_the_cell(palette) -> None:
    letters = dict(zip("ABC", palette.writers, strict=False))
    viewport = build_viewport(bundled_view("recall"))
    areas = attribution_areas(viewport, Moment(step=16, unit=6), palette=palette)
    named = [(area.name, area.marker.color) for area in areas.data[:MAX_WRITES]]
    assert [colour for name, colour in named] == [letters.get(name[0], palette.other_writers) for name, _ in named]
    assert {name[0] for name, _ in named} >= set("AC")
    told = areas.layout.annotations[1].text
    for colour, letter in re.findall(r"color:(#\w+)\">■</span> (\w) at step", told):
        assert colour == letters.get(letter, palette.other_writers)


def test_where_steps_have_no_names_the_colour_is_the_age_at_the_step() -> None:
    torch.manual_seed(1)
    viewport = build_viewport(RunView(lstm_viz.trace(torch.nn.LSTM(2, 3), torch.randn(20, 1, 2))))
    for now in (2, 9, 19):
        areas = attribution_areas(viewport, Moment(step=now, unit=1)).data[:MAX_WRITES]
        for area in areas:
            ago = now + 1 - int(area.name.rpartition(" ")[2])
            age = next((k for k, most in enumerate((0, 3, 12, 99)) if 0 <= ago <= most), None)
            assert area.marker.color == (LIGHT.other_writers if age is None else LIGHT.ages[age])


@given(kind=st.sampled_from([torch.nn.LSTM, CourseLSTM]), time=st.integers(1, 30), seed=st.integers(0, 999))
@settings(max_examples=25)
def test_each_area_is_the_write_times_all_later_forget_factors(kind: type, time: int, seed: int) -> None:
    torch.manual_seed(seed)
    trace = lstm_viz.trace(kind(2, 3).double(), torch.randn(time, 1, 2).double() * 3)
    layer = trace.layers[0]
    table, order = attribution_in_window(build_viewport(RunView(trace)), Moment(unit=1))
    factor, learned = layer.forget_gate[:, 0, 1], layer.learned[:, 0, 1]
    shares = np.array(
        [[learned[k] * np.prod(factor[k + 1 : t + 1]) if k <= t else 0 for t in range(time)] for k in range(time)]
    )
    assert np.allclose(table[1:], shares, atol=1e-6)
    assert np.allclose(table.sum(axis=0), layer.cell_state[:, 0, 1], atol=1e-6)
    assert order[0] == np.abs(shares).max(axis=1).argmax()


@given(run=runs(CELLS))
@settings(max_examples=30)
def test_the_words_give_shares_that_add_up_to_the_memory(run: Run) -> None:
    told = attribution_areas(run.viewport, run.moment).layout.annotations[1].text.replace("−", "-")
    shares = [float(share) for share in re.findall(r"[+-]?\d+\.\d\d(?=,|$)", told)]
    assert len(shares) >= 1
    # Each is rounded to hundredths, and of all other events and of what was before none is said where that is nothing.
    assert abs(sum(shares) - run.value("cell_state")) <= 0.005 * (len(shares) + 2) + 1e-6


@pytest.mark.parametrize("bias", [-3.0, 0.0, 4.0])
@pytest.mark.parametrize("kind", [torch.nn.LSTM, CourseLSTM])
def test_after_a_half_life_half_is_left(kind: type, bias: float) -> None:
    module = kind(1, 2).double()
    for weights in module.parameters():
        torch.nn.init.zeros_(weights)
    state = torch.zeros(1, 1, 2).double(), torch.ones(1, 1, 2).double()
    with torch.no_grad():
        next(part for name, part in module.named_parameters() if "bias" in name)[2:4] = bias
    layer = lstm_viz.trace(module, torch.zeros(12, 1, 1).double(), state=state).layers[0]
    lives = half_life(layer)
    assert np.allclose(layer.cell_state[:, 0], 0.5 ** (np.arange(1, 13)[:, None] / lives), rtol=1e-12)


def test_a_few_steps_that_wipe_a_memory_leave_the_middle_half_life() -> None:
    factors = np.full((9, 1, 1), 0.5)
    factors[[2, 5]] = 1e-6
    layer = LayerTrace("l0", "standard", factors, factors, factors[0], np.array([9]), forget_gate=factors)
    assert half_life(layer, middle=True) == pytest.approx(1.0, abs=1e-12)
    assert half_life(layer) == pytest.approx(9 * np.log(2) / (7 * np.log(2) + 2 * np.log(1e6)))


def test_a_memory_that_never_fades_and_one_that_is_gone_at_once_have_marks() -> None:
    trace = lstm_viz.trace(torch.nn.LSTM(1, 3), torch.zeros(2, 1, 1))
    lives, viewport = np.array([0.0, 3.6, np.inf]), build_viewport(RunView(trace))
    figure = half_lives(viewport, Moment(), half_lives=[lives])
    assert [text.strip() for text in figure.data[0].text] == ["0.0 steps", "3.6 steps", "more than 10,000 steps"]
    assert np.isfinite(figure.data[0].x).all()
    assert min(figure.data[0].x) > 0

"""The lessons of the forget and the remember gate, in a real browser."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest

from lstm_viz.analysis.ledgers import half_life
from lstm_viz.analysis.what_if import hold
from lstm_viz.figures.formats import signed
from lstm_viz.figures.half_lives import half_lives, told
from lstm_viz.figures.ledger_areas import ledger_areas
from lstm_viz.figures.moments import BEATS, Moment
from lstm_viz.figures.reeling import reel_of
from lstm_viz.figures.reels import Reel
from lstm_viz.figures.rules import evaluate
from lstm_viz.models import first_view
from lstm_viz.sequences import load_example
from lstm_viz.ui.bundled import bundled_view

TRACE, ANSWERS = first_view()
LAYER = TRACE.layers[0]


def reel(**more: Any) -> Reel:
    """What the pages hold of the bundled model of delayed recall."""
    batch = load_example("recall")
    return reel_of(TRACE, batch.step_labels, feature_names=batch.names, sequence_names=batch.sequence_names, **more)


def differences(held: dict[str, Any], figure: Any, reel: Reel, moment: Moment) -> list[tuple]:
    """Rules of which the browser makes something else than this process does."""
    parts = zip((*figure.data, figure.layout), (*held["data"], held["layout"]), strict=True)
    return [
        (path, rule, values[path])
        for part, values in parts
        for path, rule in ((part.meta or {}).get("follow") or {}).items()
        if "[" not in path and not same(values[path], evaluate(rule, reel, moment))
    ]


def same(held: Any, given: Any) -> bool:
    if isinstance(given, (list, tuple)):
        return len(held) == len(given) and all(map(same, held, given))
    if isinstance(given, dict):
        return all(same(held.get(name), value) for name, value in given.items())
    return held == given if isinstance(given, str) or given is None else bool(np.isclose(held, given, atol=2e-5))


def title(screen: Any, chart: str, place: int = 0) -> str:
    """What stands over a chart."""
    words = "([key, k]) => document.querySelector(`.st-key-${key} .js-plotly-plot`).layout.annotations[k].text"
    return screen.page.evaluate(words, [chart, place])


def alt(screen: Any, chart: str) -> str:
    """What a chart says to those who don't see it."""
    return screen.page.locator(f".st-key-{chart} [aria-label]").first.get_attribute("aria-label")


def pressed(screen: Any, *keys: str) -> Any:
    """Keys, one after the other, each with the time that a chart takes."""
    for key in keys:
        screen.press(key).page.wait_for_timeout(150)
    return screen


@pytest.mark.parametrize(("step", "unit"), [(17, 7), (24, 2)])
def test_the_ledger_names_where_the_memory_came_from(step, unit, open_view):
    screen = open_view(f"/remember_gate?step={step}&unit={unit}&beat=remember&paragraph=3")
    pressed(screen, "Shift+ArrowLeft", "Shift+ArrowRight")
    moment = Moment(step - 1, BEATS.index("remember"), unit - 1)
    memory = signed(float(LAYER.cell_state[step - 1, 0, unit - 1]))
    assert title(screen, "ledger") == f"<b>Where the {memory} of unit {unit} at step {step}</b> came from"
    assert alt(screen, "ledger").startswith(f"Where the {memory} of unit {unit} at step {step} came from: ")
    figure = ledger_areas(reel(), moment)
    assert title(screen, "ledger", 1) == figure.layout.annotations[1].text
    assert differences(screen.held("ledger"), figure, reel(), moment) == []


def test_half_lives_are_those_of_the_whole_run_and_a_bar_chooses_its_unit(open_view):
    screen = open_view("/remember_gate?unit=3&paragraph=6")
    lives = half_life(LAYER)
    assert title(screen, "halves").startswith(f"<b>Half-life of unit 3: {told(lives[2])}</b>")
    draw = partial(half_lives, lives=[lives], middles=[half_life(LAYER, middle=True)])
    assert differences(screen.held("halves"), draw(reel(), Moment(unit=2)), reel(), Moment(unit=2)) == []
    bar = screen.page.locator(".st-key-halves .bars .point").nth(5)
    bar.scroll_into_view_if_needed()
    box = bar.bounding_box()
    middle = box["x"] + box["width"] - 20, box["y"] + box["height"] / 2
    screen.page.mouse.move(*middle)
    screen.page.wait_for_timeout(300)
    screen.page.mouse.click(*middle)
    screen.page.wait_for_timeout(300)
    assert title(screen, "halves").startswith(f"<b>Half-life of unit 6: {told(lives[5])}</b>")
    assert screen.text("place").startswith("Step ")


def test_reading_on_brings_the_ledger_into_sight(open_view):
    screen = open_view("/remember_gate", device="projector")
    pressed(screen, *["ArrowRight"] * 4).page.wait_for_timeout(900)
    box = screen.page.locator(".st-key-ledger.highlighted-chart").bounding_box()
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= 577


def after(value: float, start: int, model: str = "recall") -> Any:
    """The first layer of a model's run with every unit's forget factor held."""
    trace = bundled_view(model).trace
    return hold(trace, "l0", "forget_gate", value, start).layers[0]


def told_whatif(screen: Any, words: str) -> str:
    """What the what-if says once it speaks of these words."""
    label = "() => document.querySelector('.st-key-whatif .stPlotlyChart [aria-label], [aria-label^=\"What if\"]')"
    screen.page.wait_for_function(f"{label}?.ariaLabel.includes({words!r})")
    return screen.page.evaluate(f"{label}.ariaLabel")


def test_a_slider_shows_the_held_run_at_once_and_leaves_all_else_alone(open_view):
    screen = open_view("/forget_gate?held_from=6&step=9&unit=7&paragraph=6")
    screen.page.wait_for_timeout(600)
    screen.page.evaluate("document.querySelectorAll('.js-plotly-plot').forEach((chart) => (chart.marked = true))")
    screen.received.clear()
    screen.page.locator(".st-key-held_at input[type=range]").press("Home")
    assert "at 0.00 from step 6 on" in told_whatif(screen, "held at 0.00")
    held, steps = after(0.0, 5), LAYER.cell_state.shape[0]
    lines = [part["y"] for part in screen.held("whatif")["data"]]
    for place, array in ((2, "cell_state"), (5, "hidden_state")):
        assert np.allclose(lines[place], getattr(held, array)[:, 0, 6], atol=1e-5)
        assert np.allclose(lines[place - 1], getattr(LAYER, array)[:, 0, 6], atol=1e-5)
        assert len(lines[place]) == steps
    assert screen.page.evaluate("[...document.querySelectorAll('.js-plotly-plot')].every((chart) => chart.marked)")
    assert sum(screen.received) < 60_000
    assert screen.text("place").startswith("Step 9 ")


def test_a_link_holds_what_was_held_and_another_model_as_much_of_it_as_it_has(open_view):
    held = "held=Ignore+factor&held_at=0.25&held_from=300&held_unit=unit+11"
    screen = open_view(f"/forget_gate?model=River+forecast&{held}&step=320&unit=3&paragraph=6")
    assert title(screen, "whatif") == "<b>What if the ignore factor of unit 11 were held at 0.25 from step 300 on?</b>"
    screen.page.get_by_test_id("stSelectbox").locator("input").first.click()
    screen.page.get_by_role("option", name="Bracket depth").click()
    told_whatif(screen, "the ignore factor of every unit were held at 0.25 from step 24 on")
    screen.page.wait_for_function("location.search.includes('held_from=24')")
    other = open_view("/" + screen.page.url.split("/", 3)[3])
    assert title(other, "whatif") == title(screen, "whatif")


def test_far_along_a_long_run_the_held_one_goes_along(open_view):
    screen = open_view("/forget_gate?model=River+forecast&held_from=500&held_at=0&step=3600&unit=8&paragraph=6")
    held = after(0.0, 499, "forecast").cell_state[:, 0, 7]
    assert f"becomes {signed(float(held[3599]))}" in told_whatif(screen, "at step 3600")
    screen.press("Home").page.wait_for_timeout(300)
    screen.page.locator(".player [data-is=scrub]").fill("700")
    assert f"becomes {signed(float(held[699]))}" in told_whatif(screen, "at step 700:")


def test_what_is_held_goes_back_to_the_usual(open_view):
    screen = open_view("/forget_gate?held=Use+factor&held_at=0.5&step=11&unit=3&paragraph=6")
    screen.page.get_by_role("button", name="From here").click()
    told_whatif(screen, "the use factor of unit 3 were held at 0.50 from step 11 on")
    screen.page.get_by_role("button", name="Reset").click()
    told_whatif(screen, "the forget factor of every unit were held at 1.00 from step 7 on")
    screen.page.wait_for_function("!location.search.includes('held')")

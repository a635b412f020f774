"""The lessons of the forget and the remember gate, in a real browser."""

from __future__ import annotations

from typing import Any

import numpy as np

from lstm_viz.analysis.memory_attribution import half_life
from lstm_viz.analysis.what_if import hold
from lstm_viz.bundled import first_view
from lstm_viz.figures.formats import signed
from lstm_viz.figures.memory.attribution import attribution_areas
from lstm_viz.figures.memory.half_life import duration_text
from lstm_viz.figures.moment import BEATS, Moment
from lstm_viz.figures.run_view import RunView, StepTexts
from lstm_viz.figures.viewport import Viewport
from lstm_viz.figures.viewport_builder import build_viewport
from lstm_viz.sequences import load_example
from lstm_viz.ui.stage.bundled_runs import bundled_view

TRACE, ANSWERS = first_view()
LAYER = TRACE.layers[0]


def viewport(**more: Any) -> Viewport:
    """What the pages hold of the bundled model of delayed recall."""
    batch = load_example("recall")
    view = RunView(TRACE, StepTexts(batch.step_labels), batch.names, batch.sequence_names)
    return build_viewport(view, **more)


def title(screen: Any, chart: str, place: int = 0) -> str:
    """What stands over a chart."""
    words = "([key, k]) => document.querySelector(`.st-key-${key} .js-plotly-plot`).layout.annotations[k].text"
    return screen.page.evaluate(words, [chart, place])


def alt(screen: Any, chart: str) -> str:
    """What a chart says to those who don't see it."""
    return screen.page.locator(f".st-key-{chart} [aria-label]").first.get_attribute("aria-label")


def choose(screen: Any, what: str, place: int, beat: str) -> None:
    """Chooses in the bar, then a beat by its button, which takes the keys away from the field."""
    screen.choose(what, place)
    screen.page.locator(f".player .chip.{beat}").click()


def test_the_remember_gates_page_says_where_a_memory_came_from_and_how_long_it_lives(open_view, subtests):
    screen = open_view("/remember_gate?paragraph=2&step=9&unit=3&sequence=4&beat=learn")
    with subtests.test("a link reopens the same view"):
        assert screen.text("place").startswith("Step 9 ")
        assert screen.page.locator(".player [data-is=unit]").input_value() == "2"
        assert screen.page.locator(".player [data-is=sequence]").input_value() == "3"
        assert screen.page.locator(".lesson-text [data-is=place]").inner_text().startswith("2 /")
        assert screen.text("line").startswith("Learn:")
    choose(screen, "sequence", 0, "remember")
    for step, unit in ((17, 7), (24, 2)):
        with subtests.test("the ledger", step=step, unit=unit):
            screen.press("Home", *["Shift+ArrowRight"] * (step - 1))
            choose(screen, "unit", unit - 1, "remember")
            moment = Moment(step - 1, BEATS.index("remember"), unit - 1)
            memory = signed(float(LAYER.cell_state[step - 1, 0, unit - 1]))
            heading = f"<b>Where the {memory} of unit {unit} at step {step}</b> came from"
            screen.eventually(lambda text=heading: assert_is(title(screen, "ledger"), text))
            assert alt(screen, "ledger").startswith(f"Where the {memory} of unit {unit} at step {step} came from: ")
            assert title(screen, "ledger", 1) == attribution_areas(viewport(), moment).layout.annotations[1].text
    with subtests.test("half-lives are those of the whole run"):
        choose(screen, "unit", 2, "move-on")
        lives = half_life(LAYER, middle=True)
        beginning = f"<b>Half-life of unit 3: {duration_text(lives[2])}</b>"
        screen.eventually(lambda: assert_begins(title(screen, "halves"), beginning))
    with subtests.test("a mark chooses its unit"):
        bar = screen.page.locator(".st-key-halves .points .point").nth(5)
        middle = screen.middle_of(bar)
        screen.page.mouse.move(*middle)
        screen.wait_until_pointed_at("halves")
        screen.page.mouse.click(*middle)
        screen.eventually(
            lambda: assert_begins(title(screen, "halves"), f"<b>Half-life of unit 6: {duration_text(lives[5])}</b>")
        )
        assert screen.text("place").startswith("Step ")


def assert_is(text: str, expected: str) -> None:
    assert text == expected


def assert_begins(text: str, beginning: str) -> None:
    assert text.startswith(beginning)


def test_reading_on_brings_the_ledger_into_sight(open_view):
    screen = open_view("/remember_gate", device="projector")
    screen.press(*["ArrowRight"] * 4)

    def is_in_sight() -> None:
        box = screen.page.locator(".st-key-ledger.highlighted-chart").bounding_box()
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 577

    screen.eventually(is_in_sight)


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
    screen.quiet()
    screen.page.evaluate("document.querySelectorAll('.js-plotly-plot').forEach((chart) => (chart.marked = true))")
    screen.received.clear()
    # Reached by Tab, as a person reaches it who has no mouse: it keeps its keys then.
    screen.page.locator(".st-key-held_unit input").first.focus()
    screen.page.keyboard.press("Tab")
    screen.page.keyboard.press("Home")
    assert "at 0.00 from step 6 on" in told_whatif(screen, "held at 0.00")
    held, steps = after(0.0, 5), LAYER.cell_state.shape[0]

    def is_drawn() -> None:
        lines = [part["y"] for part in screen.bound_values("whatif")["data"]]
        for place, array in ((2, "cell_state"), (5, "hidden_state")):
            assert np.allclose(lines[place], getattr(held, array)[:, 0, 6], atol=1e-5)
            assert np.allclose(lines[place - 1], getattr(LAYER, array)[:, 0, 6], atol=1e-5)
            assert len(lines[place]) == steps

    screen.eventually(is_drawn)
    assert screen.page.evaluate("[...document.querySelectorAll('.js-plotly-plot')].every((chart) => chart.marked)")
    assert sum(screen.received) < 60_000
    assert screen.text("place").startswith("Step 9 ")


def test_a_link_holds_what_was_held_and_another_model_as_much_of_it_as_it_has(open_view):
    held = "held=Ignore+factor&held_at=0.25&held_from=300&held_unit=unit+11"
    screen = open_view(f"/forget_gate?model=River+forecast&{held}&step=320&unit=3&paragraph=6")
    assert title(screen, "whatif") == "<b>What if the ignore factor of unit 11 were held at 0.25 from step 300 on?</b>"
    model = screen.open_menu().page.get_by_test_id("stSelectbox").locator("input").first
    screen.choose_option(model, "Bracket depth")
    told_whatif(screen, "the ignore factor of every unit were held at 0.25 from step 24 on")
    screen.page.wait_for_function("() => location.search.includes('held_from=24')")
    other = open_view("/" + screen.page.url.split("/", 3)[3])
    assert title(other, "whatif") == title(screen, "whatif")


def test_far_along_a_long_run_the_held_one_goes_along(open_view):
    screen = open_view("/forget_gate?model=River+forecast&held_from=500&held_at=0&step=3600&unit=8&paragraph=6")
    held = after(0.0, 499, "forecast").cell_state[:, 0, 7]
    assert f"becomes {signed(float(held[3599]))}" in told_whatif(screen, "at step 3600")
    factor = "the forget factor of every unit were held at 0.00 from step 500 on"
    assert factor in screen.page.locator(".st-key-whatif .annotation-text").first.text_content()
    screen.press("Home").page.locator(".player [data-is=place]").filter(has_text="Step 1 ").wait_for()
    screen.press("End")
    assert f"becomes {signed(float(held[-1]))}" in told_whatif(screen, f"at step {len(held)}:")


def test_what_is_held_goes_back_to_the_usual(open_view):
    screen = open_view("/forget_gate?held=Use+factor&held_at=0.5&step=11&unit=3&paragraph=6")
    screen.page.get_by_role("button", name="From here").click()
    told_whatif(screen, "the use factor of unit 3 were held at 0.50 from step 11 on")
    screen.page.get_by_role("button", name="Reset").click()
    told_whatif(screen, "a factor were held at another value")
    screen.page.wait_for_function("() => !location.search.includes('held')")

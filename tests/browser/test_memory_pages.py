"""The lessons of the forget and the remember gate, in a real browser."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest

from lstm_viz.analysis.ledgers import half_life
from lstm_viz.figures.formats import signed
from lstm_viz.figures.half_lives import half_lives, told
from lstm_viz.figures.ledger_areas import ledger_areas
from lstm_viz.figures.moments import BEATS, Moment
from lstm_viz.figures.reeling import reel_of
from lstm_viz.figures.reels import Reel
from lstm_viz.figures.rules import evaluate
from lstm_viz.models import first_view
from lstm_viz.sequences import load_example

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
    assert title(screen, "halves") == f"<b>Half-life of unit 3: {told(lives[2])}</b>"
    draw = partial(half_lives, lives=[lives])
    assert differences(screen.held("halves"), draw(reel(), Moment(unit=2)), reel(), Moment(unit=2)) == []
    bar = screen.page.locator(".st-key-halves .bars .point").nth(5)
    bar.scroll_into_view_if_needed()
    box = bar.bounding_box()
    middle = box["x"] + box["width"] - 20, box["y"] + box["height"] / 2
    screen.page.mouse.move(*middle)
    screen.page.wait_for_timeout(300)
    screen.page.mouse.click(*middle)
    screen.page.wait_for_timeout(300)
    assert title(screen, "halves") == f"<b>Half-life of unit 6: {told(lives[5])}</b>"
    assert screen.text("place").startswith("Step ")


def test_reading_on_brings_the_ledger_into_sight(open_view):
    screen = open_view("/remember_gate", device="projector")
    pressed(screen, *["ArrowRight"] * 4).page.wait_for_timeout(900)
    box = screen.page.locator(".st-key-ledger.spoken-of").bounding_box()
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= 577

"""A figure's bindings give in the player what they give in Python: on every page of the app, and for any run."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import given, settings
from streamlit.testing.v1 import AppTest

from lstm_viz.figures.bindings.evaluate import evaluate
from lstm_viz.figures.cell.picture import cell_picture
from lstm_viz.figures.cell.two_memories import two_memories
from lstm_viz.figures.forecast import FORECAST, ForecastScale
from lstm_viz.figures.gates.activation_curves import COMBINED, FORGET, IGNORE, USE, curve_needs, curves
from lstm_viz.figures.gates.contributions import contribution_bars
from lstm_viz.figures.gates.matrix import COURSE_NEEDS, NEEDS, gate_matrix, gate_vectors
from lstm_viz.figures.memory.attribution import attribution_areas
from lstm_viz.figures.memory.lanes import lanes
from lstm_viz.figures.memory.long_runs import overview
from lstm_viz.figures.memory.strips import memory_strips, strips
from lstm_viz.figures.moment import BEATS, Moment
from lstm_viz.figures.options import clamp_moment
from lstm_viz.figures.run_view import RunView, StepTexts
from lstm_viz.figures.viewport import Viewport
from lstm_viz.figures.viewport_builder import build_viewport
from lstm_viz.player.message import pack
from lstm_viz.ui.navigation.pages import PAGES
from lstm_viz.ui.stage import stage
from lstm_viz.ui.stage.bundled_runs import bundled_view
from tests.player.v8 import Player
from tests.support.drawn_charts import figure_of
from tests.support.random_runs import Run, runs

#: One of the app's pages, run as Streamlit runs it.
ROUTER = """
import streamlit as st
from lstm_viz.ui.navigation.pages import PAGES
from lstm_viz.ui.stage.frame import run_page
page = st.navigation([st.Page(page.path, default=page.name == {name!r}) for page in PAGES])
run_page(page.run)
"""
#: Looks that change which charts a page has or what is in them, and one chart that is there then, by the page's name.
LOOKS: dict[str, list[tuple[dict[str, str], str]]] = {
    "memory_flow": [({"step": "17", "unit": "7", "sequence": "6"}, "lanes")],
    "use_gate": [({"variant": "Course"}, "offering"), ({"model": "Characters of a text", "step": "12"}, "chances")],
    "forget_gate": [({"held": "Ignore factor", "held_unit": "unit 3", "held_at": "0.25", "held_from": "5"}, "whatif")],
    "architecture": [({"variant": "Course"}, "course")],
    "explore": [
        ({"compare": "a factor held", "held_from": "10", "held_at": "0.5", "step": "20", "unit": "8"}, "compared"),
        ({"example": "Delayed recall", "compare": "another sequence of the batch", "step": "9"}, "cell_beside"),
        ({"felt_step": "25", "felt_unit": "unit 3", "step": "20", "unit": "8"}, "felt"),
    ],
}
SEEN = [(page.name, *look) for page in PAGES for look in [({}, ""), *LOOKS.get(page.name, [])]]


class Page(NamedTuple):
    """What the stage of a page sends: its charts, the messages, and the viewport that they were packed from."""

    figures: dict[str, go.Figure]
    viewport: Viewport
    moment: Moment
    message: bytes
    comparison: bytes


def open_page(name: str, look: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Page:
    """Runs a page, and listens to what its stage packs of a comparison run."""
    packed: list[Viewport] = []
    original = stage.comparison_message

    def listening(viewport: Viewport, *more: Any) -> bytes:
        packed.append(viewport)
        return original(viewport, *more)

    monkeypatch.setattr(stage, "comparison_message", listening)
    app = AppTest.from_string(ROUTER.format(name=name), default_timeout=120)
    for key, value in look.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception
    drawn = app.session_state["page_state"]
    figures = {key: figure_of(chart) for key, chart in drawn.figures.items()}
    viewport = packed[-1] if packed else drawn.viewport
    return Page(figures, viewport, drawn.moment, drawn.message, drawn.comparison_message if packed else b"")


def moments_around(moment: Moment, viewport: Viewport) -> list[Moment]:
    """Moments that between them have every beat and gate, and the ends of steps, units, sequences and layers."""
    last = len(BEATS) - 1
    of_rnn = viewport.layers[0].variant == "rnn"
    beats = [last] if of_rnn else range(last + 1)
    moments = [replace(moment, beat=beat, gate=k % 5, signs=k % 2) for k, beat in enumerate(beats)]
    moments += [replace(moment, beat=beat, progress=progress) for beat in beats for progress in (0.0, 0.5, 0.7)]
    if (known := viewport.checkpoints) is not None:
        places = product(range(len(known.updates)), range(len(known.trainings)))
        moments += [replace(moment, checkpoint=checkpoint, training=training) for checkpoint, training in places]
    stop = viewport.start + len(viewport.labels) - 1
    for layer, sequence in product(range(viewport.own_layers), (0, len(viewport.sequence_names) - 1)):
        held = viewport.units[layer]
        for k, step in enumerate((viewport.start, (viewport.start + stop) // 2, stop)):
            unit = int(held[(0, len(held) // 2, -1)[k]])
            beat = last if of_rnn else (k * 2 + layer) % len(BEATS)
            asked = Moment(step, beat, unit, sequence, layer, gate=(k + layer) % 5)
            moments.append(replace(clamp_moment(asked, viewport), gate=asked.gate))
    return [replace(each, gate=available(each.gate, each.layer, viewport)) for each in moments]


def available(gate: int, layer: int, viewport: Viewport) -> int:
    """The gate, where it can be inspected."""
    return gate if viewport.maps and gate < len(viewport.maps[layer]) else 0


@pytest.mark.parametrize(("name", "look", "chart"), SEEN, ids=[f"{name}-{chart}" for name, _, chart in SEEN])
def test_every_binding_of_a_page_gives_in_the_player_what_it_gives_in_python(
    name: str, look: dict[str, str], chart: str, v8: Player, monkeypatch: pytest.MonkeyPatch
):
    page = open_page(name, look, monkeypatch)
    v8.receive(page.message, page.comparison)
    moments = moments_around(page.moment, page.viewport)
    assert chart in ("", *page.figures)
    for key, figure in page.figures.items():
        assert v8.differences(figure, page.viewport, moments) == [], key


def charts_of(run: Run, viewport: Viewport, moment: Moment) -> dict[str, go.Figure]:
    """Every chart that a run of this kind can have."""
    draws = {"lanes": lanes, "strips": strips}
    if viewport.overview is not None:
        draws["overview"] = overview
    if run.layer.variant != "rnn":
        draws |= {"cell": cell_picture, "memories": two_memories, "memory strips": memory_strips}
        draws |= {"ledger": attribution_areas, "vectors": gate_vectors, "matrix": gate_matrix}
        draws |= {"curves": curves(COMBINED, IGNORE), "others": curves(FORGET, USE)}
        draws |= {gate: contribution_bars(gate) for gate in viewport.maps[moment.layer]}
    return {key: draw(viewport, moment, narrow=moment.step % 2 == 1) for key, draw in draws.items()}


@settings(max_examples=15, deadline=None)
@given(run=runs())
def test_any_run_of_any_cell_forwards_or_from_the_end_is_told_alike(run: Run, v8: Player):
    needs = {"lstm": NEEDS, "course": COURSE_NEEDS}.get(run.layer.variant.replace("standard", "lstm"), ())
    needs = {*needs, *curve_needs((COMBINED, IGNORE, FORGET, USE))} if needs else set()
    labels = np.array(
        [[f"<day> {t}.{b}" for b in range(run.trace.output.shape[1])] for t in range(len(run.trace.output))]
    )
    view = RunView(run.trace, StepTexts(labels, answers=labels))
    viewport = build_viewport(view, run.moment.step, run.moment.unit, run.viewport.window, sorted(needs))
    gate = available(run.moment.step % 5, run.moment.layer, viewport)
    moment = replace(clamp_moment(run.moment, viewport), beat=run.moment.beat, gate=gate)
    v8.receive(pack(viewport, moment, charts=[], id="run", formulas=[]))
    seen = [moment, replace(moment, signs=1), *(replace(moment, progress=share) for share in (0.0, 0.3, 0.6, 0.8))]
    for key, figure in charts_of(run, viewport, moment).items():
        assert v8.differences(figure, viewport, seen) == [], key


@pytest.mark.parametrize(("low", "high"), [(0.0, 40.0), (-10.0, 12.0), (5.0, 6.0)])
def test_a_forecast_is_told_alike(low: float, high: float, v8: Player):
    view = bundled_view("recall")
    numbers = np.random.default_rng(1).normal(4, 9, (*view.run.output.shape[:2], 2))
    numbers[5:8, :, 1] = np.nan
    view = replace(view, extras={FORECAST: numbers}, forecast_scale=ForecastScale("a & b", "<m>", 1, low, high))
    viewport = build_viewport(view, 6, 2)
    at = [
        Moment(step=step, beat=beat, unit=2, progress=done)
        for step in (0, 6, 9)
        for beat in (1, 4)
        for done in (0.9, 1)
    ]
    v8.receive(pack(viewport, at[0], charts=[], id="forecast", formulas=[]))
    assert v8.differences(cell_picture(viewport, at[0]), viewport, at) == []


@pytest.mark.parametrize("draw", [cell_picture, two_memories])
@pytest.mark.parametrize("beat", range(len(BEATS)))
def test_all_that_moves_in_a_beat_is_painted_frame_by_frame(draw: Any, beat: int, v8: Player):
    """Parts that are another somewhere on the way than at its beginning are those that the player takes to move."""
    view = bundled_view("recall")
    viewport = build_viewport(view, 16, 6)
    moment = Moment(step=16, beat=beat, unit=6)
    traces = [trace for trace in draw(viewport, moment).data if trace.type == "scatter"]
    bound = [list((trace.meta.get("follow") or {}).values()) for trace in traces]

    def values(progress: float) -> list[list[Any]]:
        return [[evaluate(each, viewport, replace(moment, progress=progress)) for each in all_of] for all_of in bound]

    start, ways = values(0.0), [values(share) for share in (0.1, 0.25, 0.5, 0.8, 0.93, 1.0)]
    moves = [[any(way[k][j] != each for way in ways) for j, each in enumerate(start[k])] for k in range(len(traces))]
    taken = v8.call("movingBindings", bound, beat)
    assert not [
        trace.meta
        for trace, here, there in zip(traces, moves, taken, strict=True)
        if any(moved and not found for moved, found in zip(here, there, strict=True))
    ]
    assert sum(map(any, moves)) >= (3 if draw is cell_picture else 1) or (draw is two_memories and beat in (2,))

"""The gradients of an output by the states before it: the choice of the output, and the chart over the run."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import NamedTuple

import streamlit as st

from lstm_viz.analysis.gradients import answer_at, backpropagate
from lstm_viz.figures.formats import layer_title
from lstm_viz.figures.memory.gradients import gradient_strips, gradients_as_layer
from lstm_viz.figures.run_view import ComparedRun
from lstm_viz.ui.session import Session, session
from lstm_viz.ui.stage.charts import Chart, ChartControls, ComparisonProvider
from lstm_viz.ui.stage.stage import window
from lstm_viz.ui.stage.views import View, made_once

#: Links such as `?hide=felt` name its key.
GRADIENT_CHART = Chart(
    "felt",
    gradient_strips,
    caption="Orange: were this memory a little higher after its step, that output would be larger; blue: smaller. "
    "What comes after the output's step can't matter to it, where layers read forwards.",
)
WHOLE_OUTPUT = "all of it"


class GradientTarget(NamedTuple):
    """The target of the gradients: one unit or the size of the output at a step (from 0), by the states of a layer."""

    step: int
    unit: int | None
    layer: int

    @property
    def description(self) -> str:
        """The target in words, counted from 1."""
        of = "the size of the output" if self.unit is None else f"output unit {self.unit + 1}"
        return f"{of} at step {self.step + 1}"


def gradient_controls(view: View) -> ChartControls:
    """The controls over the chart of gradients, which choose whose gradients are shown."""
    return ChartControls(GRADIENT_CHART.key, partial(_choose_comparison, view))


def _choose_comparison(view: View) -> ComparisonProvider:
    target = _choose_target(view)
    return ComparisonProvider(f"gradients {view.name} {target}", partial(_gradient_view, view, target))


def _choose_target(view: View) -> GradientTarget:
    """The target, by default the end of the first window, so that there are gradients in what is seen first."""
    steps, _, outputs = view.trace.output.shape
    names = [layer.name for layer in view.trace.layers]
    units = [WHOLE_OUTPUT, *(f"unit {unit + 1}" for unit in range(outputs))]
    _restrict_choices(steps, units, names)
    st.markdown("**What this output depends on** (its gradient)")
    with st.container(horizontal=True, vertical_alignment="bottom", key="gradient-controls"):
        first = min(int(view.trace.lengths[0]), window())
        step = st.number_input(
            "the output at step", 1, steps, first, key=Session.gradient_step.key, bind="query-params", width=150
        )
        st.button("At this step", on_click=_take_player_step, args=(steps,), help="The step at which the player is.")
        unit = st.selectbox("of it", units, key=Session.gradient_unit.key, bind="query-params", width=160)
        layer = names[0]
        if len(names) > 1:
            layer = st.selectbox(
                "by the memories of layer", names, format_func=layer_title, key=Session.gradient_layer.key, width=190
            )
    return GradientTarget(
        int(step) - 1, None if unit == WHOLE_OUTPUT else units.index(str(unit)) - 1, names.index(str(layer))
    )


def _restrict_choices(steps: int, units: list[str], layers: list[str]) -> None:
    """Limits the choices that were made for another run to what this run has."""
    Session.gradient_step.limit(steps)
    Session.gradient_unit.restrict(units, units[0])
    Session.gradient_layer.restrict(layers, layers[0])


def _take_player_step(steps: int) -> None:
    """Takes the player's step, which it writes into the address."""
    step = st.query_params.get("step", "")
    if step.isascii() and step.isdigit() and len(step) < 10 and 1 <= int(step) <= steps:
        session.gradient_step = int(step)


def _gradient_view(view: View, target: GradientTarget, steps: int) -> View:
    """The view with the gradients as its comparison run."""
    trace = view.trace
    key = (view.name, target.step, target.unit)
    gradients = session.output_gradients.cached(
        key,
        lambda: made_once(
            view,
            "output gradients",
            (target.step, target.unit),
            lambda: backpropagate(trace, answer_at(trace, target.step, target.unit)),
        ),
    )
    layer = gradients_as_layer(trace.layers[target.layer], gradients[target.layer])
    return replace(
        view, compared=[ComparedRun([layer])], captions={**view.captions, "gradient_target": target.description}
    )

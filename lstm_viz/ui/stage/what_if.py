"""The what-if intervention: a gate held at a value. Its controls, the counterfactual run, and its chart."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np
import streamlit as st

from lstm_viz.analysis.landmark_steps import landmarks
from lstm_viz.analysis.slicing import first_steps
from lstm_viz.analysis.what_if import hold
from lstm_viz.figures.formats import layer_title, plain
from lstm_viz.figures.gates.what_if import intervention_comparison
from lstm_viz.figures.run_view import ComparedRun, LazyTexts, StepTexts, Texts
from lstm_viz.traces import Trace
from lstm_viz.ui.session import Session, session
from lstm_viz.ui.stage.bundled_runs import bundled_answers, cards
from lstm_viz.ui.stage.charts import Chart, ChartControls, ComparisonProvider
from lstm_viz.ui.stage.stage import first_unit
from lstm_viz.ui.stage.views import View

#: Before and after.
WHAT_IF = Chart("whatif", intervention_comparison)
FACTORS = {"Forget factor": "forget_gate", "Ignore factor": "input_gate", "Use factor": "output_gate"}
USUAL_FACTOR, ALL_UNITS = "Forget factor", "all units"
#: Where a factor is held unless someone chooses: at half, with which any memory is seen to fade.
USUAL_VALUE = 0.5


class GateIntervention(NamedTuple):
    """A gate's factor held at a value from a step on (counted from 0), in one unit or in all (None).

    Without a factor nothing is held. A layer that reads from the end is held from that step back to the first.
    """

    factor: str
    value: float
    start: int
    unit: int | None
    #: The layer's name; "" for the first.
    layer: str = ""

    @property
    def description(self) -> str:
        """The intervention as a clause, steps and units counted from 1."""
        if not self.factor:
            return "a factor were held at another value"
        direction = "back to the first" if self.layer.endswith("_reverse") else "on"
        return f"the {self._subject.lower()} were held at {plain(self.value)} from step {self.start + 1} {direction}"

    @property
    def short_description(self) -> str:
        """The intervention in the few words that a phone has room for."""
        if not self.factor:
            return "Nothing is held yet"
        return f"{self._subject} at {plain(self.value)} from step {self.start + 1}"

    @property
    def _subject(self) -> str:
        name = next(name for name, factor in FACTORS.items() if factor == self.factor)
        of = "every unit" if self.unit is None else f"unit {self.unit + 1}"
        return f"{name} of {of}" + (f" in layer {layer_title(self.layer)}" if self.layer else "")


def what_if_controls(view: View) -> ChartControls:
    """The controls over the chart of before and after, which choose the run with a factor held."""
    return ChartControls(WHAT_IF.key, partial(_choose_comparison, view))


def _choose_comparison(view: View) -> ComparisonProvider:
    intervention = choose_intervention(view)
    return ComparisonProvider(str(intervention), partial(what_if_view, view, intervention))


def choose_intervention(view: View, usual: str | None = None) -> GateIntervention:
    """The controls. Without a `usual` factor nothing is held until a person touches one of them.

    What is offered is that every memory is halved at each step from the one on at which the followed unit forgot most.
    """
    layer = view.trace.layers[0]
    steps, options = layer.memory.shape[0], [ALL_UNITS, *(f"unit {unit + 1}" for unit in range(layer.units))]
    first = min(offered_start(view) + 1, steps)
    _restrict_choices(steps, options)
    touched = any(state.key in st.query_params for state in (Session.held_unit, Session.held_at, Session.held_from))
    if session.held_factor is None and touched and Session.held_factor.key not in st.query_params:
        session.held_factor = USUAL_FACTOR
    with st.container(horizontal=True, vertical_alignment="top", key="what-if-controls"):
        name = st.segmented_control(
            "Hold the",
            list(FACTORS),
            default=usual,
            required=usual is not None,
            key=Session.held_factor.key,
            bind="query-params",
        )
        whose = st.selectbox("of", options, key=Session.held_unit.key, bind="query-params", width=120)
        value = st.slider("at", 0.0, 1.0, USUAL_VALUE, 0.01, key=Session.held_at.key, bind="query-params", width=200)
        start = st.number_input("from step", 1, steps, first, key=Session.held_from.key, bind="query-params", width=120)
        st.button(
            "From here", on_click=_hold_from_player, args=(steps, options), help="From this step on, of this unit."
        )
        st.button("Reset", on_click=_reset, args=(usual, first))
    if name is None:
        return GateIntervention("", float(value), steps, None)
    unit = None if whose == ALL_UNITS else options.index(whose) - 1
    return GateIntervention(FACTORS[str(name)], float(value), int(start) - 1, unit)


def offered_start(view: View) -> int:
    """The step from which on a gate is held at first: where the followed unit forgets most."""
    return landmarks(view.trace.layers[0], first_unit(view), 0)["forget"]


def _restrict_choices(steps: int, options: list[str]) -> None:
    """Limits the choices that were made for another run to what this run has."""
    Session.held_from.limit(steps)
    Session.held_unit.restrict(options, ALL_UNITS)


def _hold_from_player(steps: int, options: list[str]) -> None:
    """Holds from the player's step on, in its unit; it writes both into the address."""
    step, unit = (st.query_params.get(name, "") for name in ("step", "unit"))
    if step.isdigit() and 1 <= int(step) <= steps:
        session.held_from = int(step)
    if f"unit {unit}" in options:
        session.held_unit = f"unit {unit}"
    session.held_factor = session.held_factor or USUAL_FACTOR


def _reset(usual: str | None, first: int) -> None:
    session.held_factor, session.held_unit, session.held_at, session.held_from = usual, ALL_UNITS, USUAL_VALUE, first


def what_if_view(view: View, intervention: GateIntervention, steps: int | None = None) -> View:
    """The view with the intervention's run as its comparison run, of the first `steps` alone where those are enough."""
    trace = view.trace
    if steps is not None and trace.directions == 1:
        trace = first_steps(trace, steps)
    after = what_if_run(trace, intervention)
    captions = {"held": intervention.description, "brief": intervention.short_description, "start": intervention.start}
    texts = StepTexts(answers=_answers(view, after.output))
    return replace(view, compared=[ComparedRun([after.layers[0]], texts)], captions=captions)


def what_if_run(trace: Trace, intervention: GateIntervention) -> Trace:
    """The run with the factor held; the run itself where the intervention begins after its end."""
    if intervention.start >= len(trace.output):
        return trace
    units = None if intervention.unit is None else [intervention.unit]
    return hold(
        trace,
        intervention.layer or trace.layers[0].name,
        intervention.factor,
        intervention.value,
        intervention.start,
        units,
    )


def _answers(view: View, output: np.ndarray) -> Texts | None:
    """A bundled model's answers to other hidden states; None for any other run."""
    key = view.name.split()[0]
    return LazyTexts(output.shape[:2], lambda steps: bundled_answers(key, output[steps])) if key in cards() else None

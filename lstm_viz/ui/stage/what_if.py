"""What if a factor were held: the controls, the run that comes of them, and its chart."""

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
from lstm_viz.ui.stage.charts import Asking, Beside, Chart
from lstm_viz.ui.stage.stage import first_unit
from lstm_viz.ui.stage.views import View

#: Before and after.
WHAT_IF = Chart("whatif", intervention_comparison)
FACTORS = {"Forget factor": "forget_gate", "Ignore factor": "input_gate", "Use factor": "output_gate"}
USUAL_FACTOR, ALL_UNITS = "Forget factor", "all units"


class HeldFactor(NamedTuple):
    """What is held, at which value, from which step on (counted from 0), and in which units (None: in all).

    A layer that reads from the end is held from that step back to the first.
    """

    factor: str
    value: float
    start: int
    unit: int | None
    #: The layer's name; "" for the first.
    layer: str = ""

    @property
    def said(self) -> str:
        """In words, steps and units counted from 1."""
        way = "back to the first" if self.layer.endswith("_reverse") else "on"
        return f"the {self._whose.lower()} were held at {plain(self.value)} from step {self.start + 1} {way}"

    @property
    def brief(self) -> str:
        """The same in a phone's few words."""
        return f"{self._whose} at {plain(self.value)} from step {self.start + 1}"

    @property
    def _whose(self) -> str:
        name = next(name for name, factor in FACTORS.items() if factor == self.factor)
        of = "every unit" if self.unit is None else f"unit {self.unit + 1}"
        return f"{name} of {of}" + (f" in layer {layer_title(self.layer)}" if self.layer else "")


def what_if_controls(view: View) -> Asking:
    """The controls over the chart of before and after, and the run that they ask for."""
    return Asking(WHAT_IF.key, partial(_choose_comparison, view))


def _choose_comparison(view: View) -> Beside:
    held = choose_held_factor(view)
    return Beside(str(held), partial(what_if_view, view, held))


def choose_held_factor(view: View) -> HeldFactor:
    """The controls: by default nothing is forgotten from the step on at which the followed unit forgot most."""
    layer = view.trace.layers[0]
    steps, options = layer.memory.shape[0], [ALL_UNITS, *(f"unit {unit + 1}" for unit in range(layer.units))]
    first = min(landmarks(layer, first_unit(view), 0)["forget"] + 1, steps)
    _restrict_choices(steps, options)
    with st.container(horizontal=True, vertical_alignment="bottom", key="hold"):
        name = st.segmented_control(
            "Hold the",
            list(FACTORS),
            default=USUAL_FACTOR,
            required=True,
            key=Session.held_factor.key,
            bind="query-params",
        )
        whose = st.selectbox("of", options, key=Session.held_unit.key, bind="query-params", width=120)
        value = st.slider("at", 0.0, 1.0, 1.0, 0.01, key=Session.held_at.key, bind="query-params", width=200)
        start = st.number_input("from step", 1, steps, first, key=Session.held_from.key, bind="query-params", width=120)
        st.button(
            "From here", on_click=_hold_from_player, args=(steps, options), help="From this step on, of this unit."
        )
        st.button("Reset", on_click=_reset, args=(first,))
    unit = None if whose == ALL_UNITS else options.index(whose) - 1
    return HeldFactor(FACTORS[str(name)], float(value), int(start) - 1, unit)


def _restrict_choices(steps: int, options: list[str]) -> None:
    """What was chosen for another run, as far as this one has it."""
    Session.held_from.limit(steps)
    Session.held_unit.restrict(options, ALL_UNITS)


def _hold_from_player(steps: int, options: list[str]) -> None:
    """Holds from the step and the unit at which the player is; it writes them into the address."""
    step, unit = (st.query_params.get(name, "") for name in ("step", "unit"))
    if step.isdigit() and 1 <= int(step) <= steps:
        session.held_from = int(step)
    if f"unit {unit}" in options:
        session.held_unit = f"unit {unit}"


def _reset(first: int) -> None:
    session.held_factor, session.held_unit, session.held_at, session.held_from = USUAL_FACTOR, ALL_UNITS, 1.0, first


def what_if_view(view: View, held: HeldFactor, steps: int | None = None) -> View:
    """The view with the held run beside it, as far as its first `steps` where the others aren't needed."""
    trace = view.trace
    if steps is not None and trace.directions == 1:
        trace = first_steps(trace, steps)
    after = what_if_run(trace, held)
    captions = {"held": held.said, "brief": held.brief, "start": held.start}
    words = StepTexts(answers=_answers(view, after.output))
    return replace(view, compared=[ComparedRun([after.layers[0]], words)], captions=captions)


def what_if_run(trace: Trace, held: HeldFactor) -> Trace:
    """The run with the factor held; as it was where the holding begins after its end."""
    if held.start >= len(trace.output):
        return trace
    units = None if held.unit is None else [held.unit]
    return hold(trace, held.layer or trace.layers[0].name, held.factor, held.value, held.start, units)


def _answers(view: View, output: np.ndarray) -> Texts | None:
    """What a bundled model says of other hidden states; None for a run of one's own."""
    key = view.name.split()[0]
    return LazyTexts(output.shape[:2], lambda steps: bundled_answers(key, output[steps])) if key in cards() else None

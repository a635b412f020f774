"""What if a factor were held: the controls, the run that comes of them, and its chart."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import streamlit as st

from lstm_viz.analysis.points import landmarks
from lstm_viz.analysis.what_if import hold
from lstm_viz.figures.before_after import before_after
from lstm_viz.figures.formats import plain
from lstm_viz.figures.moments import Moment
from lstm_viz.figures.reeling import Texts
from lstm_viz.ui.bundled import cards
from lstm_viz.ui.charts import Chart
from lstm_viz.ui.views import View

#: Before and after.
WHAT_IF = Chart("whatif", before_after)
FACTORS = {"Forget factor": "forget_gate", "Ignore factor": "input_gate", "Use factor": "output_gate"}
ALL = "all units"


class Held(NamedTuple):
    """What is held, at which value, from which step on (counted from 0), and in which units (None: in all)."""

    factor: str
    value: float
    start: int
    unit: int | None

    @property
    def said(self) -> str:
        """In words, steps and units counted from 1."""
        name = next(name for name, factor in FACTORS.items() if factor == self.factor).lower()
        whose = "of every unit" if self.unit is None else f"of unit {self.unit + 1}"
        return f"the {name} {whose} were held at {plain(self.value)} from step {self.start + 1} on"


def choose_held(view: View, at: Moment) -> Held:
    """The controls: by default nothing is forgotten from the step on at which the followed unit forgot most."""
    layer = view.trace.layers[0]
    steps, units = layer.memory.shape[0], layer.memory.shape[-1]
    first = landmarks(layer, at.unit, at.sequence)["forget"]
    with st.container(horizontal=True, vertical_alignment="bottom", key="hold"):
        name = st.segmented_control(
            "What if", list(FACTORS), default="Forget factor", required=True, key="held", bind="query-params"
        )
        options = [ALL, *(f"unit {unit + 1}" for unit in range(units))]
        whose = st.selectbox("of", options, key="held_unit", bind="query-params", width=120)
        value = st.slider("is held at", 0.0, 1.0, 1.0, 0.05, key="held_at", bind="query-params")
        start = st.number_input(
            "from step", 1, steps, min(first + 1, steps), key="held_from", bind="query-params", width=120
        )
    unit = None if whose == ALL else options.index(whose) - 1
    return Held(FACTORS[str(name)], float(value), int(start) - 1, unit)


def with_held(view: View, held: Held) -> View:
    """The view with the held run beside it; made once for each setting of the session."""
    name = f"{view.name} {held}"
    made: View | None = st.session_state.get("held view")
    if made is None or made.name != name:
        units = None if held.unit is None else [held.unit]
        after = hold(view.trace, view.trace.layers[0].name, held.factor, held.value, held.start, units)
        answers = _answers(view, after.output)
        captions = {"held": held.said, "start": held.start}
        beside: dict[str, Any] = {"beside": [after.layers[0]], "answers_beside": [answers], "captions": captions}
        made = replace(view, name=name, base=f"held {view.name}", **beside)
        st.session_state["held view"] = made
    return made


def _answers(view: View, output: np.ndarray) -> Texts | None:
    """What a bundled model says of other hidden states; None for a run of one's own."""
    key = view.name.split()[0]
    if key not in cards():
        return None
    from lstm_viz.models import load_bundled

    said = load_bundled(key).answers(output)
    return said.__getitem__

"""Fitting a small model while the person watches: progress, the falling loss, and a way out."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import streamlit as st

from lstm_viz.figures.palette import DARK, LIGHT
from lstm_viz.figures.sequences.lines import loss_curve
from lstm_viz.recording.memory import bytes_needed, refuse_if_too_large
from lstm_viz.sequences.batch import SequenceBatch
from lstm_viz.sequences.choices import Choices
from lstm_viz.traces import Trace, Variant

if TYPE_CHECKING:
    from lstm_viz.fitting.fitter import FittedModel, Progress

#: Seconds from one drawing of the curve to the next.
REDRAW = 0.5
#: Runs a session keeps, so that going back to one costs nothing.
KEPT = 4


class Plan(NamedTuple):
    """All that a fit depends on."""

    source: str
    choices: Choices
    units: int
    variant: Variant


class Fitted(NamedTuple):
    """A fitted model's run: its name, its record, its answers, and how well it does in a sentence."""

    name: str
    trace: Trace
    answers: np.ndarray
    said: str


def fitted_run(plan: Plan, batch: SequenceBatch) -> Fitted | None:
    """The run of a model fitted to the batch, fitted now if it has not been; None if there is none yet."""
    runs: dict[Plan, Fitted] = st.session_state.setdefault("fitted", {})
    if plan in runs:
        return runs[plan]
    if st.session_state.get("cancelled") == plan:
        st.info("The fit was cancelled.")
        if not st.button("Fit again", type="primary"):
            return None
    run = _fit(plan, batch)
    if run is not None:
        runs[plan] = run
        while len(runs) > KEPT:
            runs.pop(next(iter(runs)))
        st.rerun()
    return None


def _fit(plan: Plan, batch: SequenceBatch) -> Fitted | None:
    place = st.empty()
    with place.container(border=True):
        st.session_state["cancelled"] = plan  # holds until the fit is done: whatever interrupts it cancels it
        bar = st.progress(0.0, "Getting ready …")
        st.button("Cancel", key="cancel fit")
        curve = st.empty()
        try:
            _refuse_if_too_large(plan, batch)
            model = _watched(plan, batch, bar, curve)
            run = _run(plan, batch, model)
        except ValueError as refusal:
            place.error(str(refusal))
            return None
    place.empty()
    st.session_state.pop("cancelled", None)
    return run


def _refuse_if_too_large(plan: Plan, batch: SequenceBatch) -> None:
    """Says so before a minute is spent on fitting what could not be recorded."""
    time, rows, features = batch.values.shape
    refuse_if_too_large(bytes_needed(time, rows, features, plan.units, variant=plan.variant))


def _watched(plan: Plan, batch: SequenceBatch, bar: st.delta_generator.DeltaGenerator, curve: object) -> FittedModel:
    """Runs the fit, showing how it goes. Streamlit ends it from within when the person presses Cancel."""
    from lstm_viz.fitting.fitter import fit

    reports: list[Progress] = []
    drawn = 0.0
    palette = DARK if st.context.theme.type == "dark" else LIGHT
    reach = {"window": plan.choices.steps} if plan.choices.steps else {}
    for report in fit(batch, hidden=plan.units, variant=plan.variant, **reach):
        reports.append(report)
        bar.progress(report.fraction, f"Fitting {plan.units} units: {report.seconds:.1f} s, update {report.step:,}")
        if time.monotonic() - drawn > REDRAW:
            drawn = time.monotonic()
            steps, losses = [r.step for r in reports], [r.loss for r in reports]
            held_out = [r.validation_loss for r in reports]
            curve.plotly_chart(loss_curve(steps, losses, held_out, palette=palette), theme=None)  # type: ignore[attr-defined]
    return reports[-1].model  # type: ignore[return-value]


def _run(plan: Plan, batch: SequenceBatch, model: FittedModel) -> Fitted:
    import lstm_viz

    trace = lstm_viz.trace(model.module, batch.values, lengths=batch.lengths)
    return Fitted(f"fitted {hash(plan)}", trace, model.answers(trace.output, batch.values), model.score.sentence)

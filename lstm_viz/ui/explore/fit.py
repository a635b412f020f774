"""Fitting a small model to the sequence in Explore, with progress, the loss curve and a Cancel button."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import streamlit as st

from lstm_viz.figures.formats import plain
from lstm_viz.figures.sequences.lines import loss_curve
from lstm_viz.player.components import theme_palette
from lstm_viz.recording.memory_limit import bytes_needed, refuse_if_too_large
from lstm_viz.sequences.batch import SequenceBatch
from lstm_viz.sequences.choices import Choices
from lstm_viz.traces import Variant
from lstm_viz.ui.explore.drop_zone import use_uploaded_model
from lstm_viz.ui.explore.fit_checkpoints import COUNT, record_checkpoints
from lstm_viz.ui.explore.quotas import job_queue, oldest_gone, quotas, refuse_if_over, session_id, waiting_text
from lstm_viz.ui.explore.run import Run
from lstm_viz.ui.plain_text import markdown, plain_text
from lstm_viz.ui.session import session
from lstm_viz.ui.stage.answer_numbers import AnswerNumbers, chances_of, next_value_of

if TYPE_CHECKING:
    from lstm_viz.fitting.fitter import FittedModel, Progress

#: Seconds from one drawing of the curve to the next.
REDRAW_SECONDS = 0.5
FIT_LABEL, FIT_AGAIN = "Fit a small LSTM (8 s)", "Fit again (8 s)"
#: What a worker process runs.
FIT_FUNCTION = "lstm_viz.fitting.fitter:fit"
#: What a fit begins with where nothing else is chosen: as `fit` does, which is imported when it is first run.
USUAL_FORGET_BIAS, LEARNING_RATE = 1.0, 0.01


class FitSettings(NamedTuple):
    """All that a fit depends on."""

    source: str
    choices: Choices
    units: int
    variant: Variant
    #: The usual ones, or others that show how a training fails.
    forget_bias: float = USUAL_FORGET_BIAS
    learning_rate: float = LEARNING_RATE

    @property
    def look_for(self) -> str:
        """What there is to see in its checkpoints; {forget} stands for the mean forget factor before training."""
        said = "Before training the forget factors were {forget} on average."
        if self.forget_bias < 0:
            said += f" A forget bias of {plain(self.forget_bias, 0)} has most of a memory forgotten at each step."
        if self.learning_rate > LEARNING_RATE:
            said += (
                f" Each update went {self.learning_rate / LEARNING_RATE:.0f} times as far as usual: look whether "
                "factors jump from one checkpoint to the next, or stick at 0 or 1."
            )
            return said
        return said + " Look when they begin to part, and which units keep in the end."


def fitted_run(settings: FitSettings, batch: SequenceBatch) -> Run | None:
    """The run of a model fitted to the batch; where there is none yet a fit is offered, and started by a click."""
    runs = session.fitted_runs = session.fitted_runs or {}
    if settings in runs:
        return runs[settings]
    place = st.empty()
    with place.container(key="ask-fit", border=True):
        if not _is_wanted(settings, batch):
            return None
    place.empty()
    del session.let_go
    run = _fit(settings, batch)
    if run is not None:
        runs[settings] = run
        gone = list(runs)[: -quotas().runs]  # the others are kept, so that going back to one costs nothing
        session.let_go = oldest_gone("fitted model", [_fit_title(old, runs.pop(old)) for old in gone])
        st.rerun()
    return None


def _fit_title(settings: FitSettings, run: Run) -> str:
    of = f" of {run.batch.source}" if run.batch is not None and run.batch.source else ""
    return f"{run.model_name}{of}"


def _is_wanted(settings: FitSettings, batch: SequenceBatch) -> bool:
    """The offer, and whether it was taken just now."""
    was_cancelled = session.cancelled_fit == settings
    asked = markdown("**{name}** needs a model. What shall run on it?", name=batch.source)
    st.markdown("**The fit was cancelled.**" if was_cancelled else plain_text(asked))
    with st.container(horizontal=True):
        fit = st.button(FIT_AGAIN if was_cancelled else FIT_LABEL, type="primary", key="fit")
        if session.model_files:
            st.button(plain_text(f"Use {session.model_files.plain_names}"), on_click=use_uploaded_model)
        else:
            st.markdown("or drop the file of a trained model above.")
    return fit


def _fit(settings: FitSettings, batch: SequenceBatch) -> Run | None:
    container = st.empty()
    with container.container(border=True, key="progress-fit"):
        session.cancelled_fit = settings  # holds until the fit is done: whatever interrupts it cancels it
        bar = st.progress(0.0, "Getting ready …")
        st.button("Cancel", key="cancel fit")
        curve = st.empty()
        try:
            _refuse_if_too_large(settings, batch)
            model = _fit_with_progress(settings, batch, bar, curve)
            run = _trace(settings, batch, model)
        except ValueError as refusal:
            container.error(plain_text(refusal))
            return None
    container.empty()
    del session.cancelled_fit
    return run


def _refuse_if_too_large(settings: FitSettings, batch: SequenceBatch) -> None:
    """Says so before a minute is spent on fitting what could not be recorded."""
    time, rows, features = batch.values.shape
    needed = bytes_needed(time, rows, features, settings.units, variant=settings.variant)
    refuse_if_too_large(needed)
    refuse_if_over(needed, "The run of a fitted model")


def _fit_with_progress(
    settings: FitSettings, batch: SequenceBatch, bar: st.delta_generator.DeltaGenerator, curve: object
) -> FittedModel:
    """Has a worker process run the fit, showing how it goes.

    Streamlit ends this from within when the person presses Cancel, or leaves; the job is cancelled with it.
    """
    reports: list[Progress] = []
    drawn = 0.0
    palette = theme_palette()
    reach = {"window": settings.choices.steps} if settings.choices.steps else {}
    fit = {"batch": batch, "hidden": settings.units, "variant": settings.variant, "checkpoints": COUNT, **reach}
    start = {"forget_bias": settings.forget_bias, "learning_rate": settings.learning_rate}
    with job_queue().submit(session_id(), FIT_FUNCTION, **fit, **start) as job:
        for report in job.results(REDRAW_SECONDS):
            if report is not None:
                reports.append(report)
            # Also where nothing came: it is in such a call that Streamlit ends this where the person has left.
            bar.progress(*_progress_text(settings, reports[-1]) if reports else (0.0, waiting_text(job)))
            if report is not None and time.monotonic() - drawn > REDRAW_SECONDS:
                drawn = time.monotonic()
                steps, losses = [r.step for r in reports], [r.loss for r in reports]
                held_out = [r.validation_loss for r in reports]
                curve.plotly_chart(loss_curve(steps, losses, held_out, palette=palette), theme=None)  # type: ignore[attr-defined]
    return reports[-1].model  # type: ignore[return-value]


def _progress_text(settings: FitSettings, report: Progress) -> tuple[float, str]:
    said = f"Fitting {settings.units} units: {report.seconds:.1f} s, update {report.step:,}"
    return report.fraction, plain_text(said)


def _trace(settings: FitSettings, batch: SequenceBatch, model: FittedModel) -> Run:
    import lstm_viz

    read = model.batch or batch
    trace = lstm_viz.trace(model.module, read.values, lengths=read.lengths)
    expected = model.expected(trace.output, read.values)
    fitted = f"fitted {settings.units} units" + (" course" if settings.variant == "course" else "")
    return Run(
        f"fitted {hash(settings)}",
        fitted,
        trace,
        model.answer_format(expected),
        model.score.sentence,
        batch=read,
        findings=model.findings,
        answer_numbers=_answer_numbers(model, expected, read),
        checkpoints=record_checkpoints(model.checkpoints, read, settings.look_for),
        model_title=f"a small LSTM {read.values.shape[2]} → {settings.units}, fitted here",
    )


def _answer_numbers(model: FittedModel, expected: np.ndarray, read: SequenceBatch) -> AnswerNumbers:
    labels = model.answer_format.labels
    return chances_of(expected, labels) if labels else next_value_of(expected, read)

"""The run of an uploaded model on the sequence, with progress and a Cancel button where it takes long."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import streamlit as st

from lstm_viz.checkpoints.contents import FoundLSTM
from lstm_viz.checkpoints.lstm_shape import FORWARD
from lstm_viz.recording.start import StartError
from lstm_viz.sequences.batch import SequenceBatch
from lstm_viz.sequences.findings import Finding
from lstm_viz.sequences.model_features import UNSAID_NOTE
from lstm_viz.traces import Trace
from lstm_viz.ui.explore.columns import NO_COLUMN, ROWS_LABEL
from lstm_viz.ui.explore.quotas import refuse_if_over
from lstm_viz.ui.explore.run import Run
from lstm_viz.ui.explore.uploaded_model import UploadedModel
from lstm_viz.ui.explore.uploaded_model_inputs import is_text
from lstm_viz.ui.plain_text import plain_text
from lstm_viz.ui.session import session
from lstm_viz.ui.stage.answer_numbers import NO_NUMBERS

#: Products of weights with numbers, in one stretch of a long run; about half a second on two cores.
CHUNK_PRODUCTS = 4 * 10**9
PROGRESS_TEXT = "Running your model on the whole sequence …"


def run_uploaded_model(
    model: UploadedModel, batch: SequenceBatch, source: str, prepared: Callable[..., SequenceBatch]
) -> Run | None:
    """The model's run on a batch, made once; None, with a sentence, where the two don't fit or it was cancelled.

    source: tells the batch from others. prepared: the batch of the same table under other choices.
    """
    key = (model.identity, source)
    run = session.uploaded_model_run.get(key)
    if run is None:
        try:
            inputs = model.input_encoding.encode(batch, prepared)
            trace = _trace(model, inputs, key)
        except StartError as refusal:
            st.error(plain_text(f"{model.file_names}: {refusal.reason} {_way_to_sequences(refusal)}"))
            return None
        except ValueError as refusal:
            st.error(plain_text(refusal))
            return None
        if trace is None:
            return None
        head = model.output_head
        answers, numbers = None, NO_NUMBERS
        if head is not None:
            given = _head_input(trace, model.found)
            answers, numbers = head.texts(given), head.answer_numbers(given)
        run = session.uploaded_model_run.store(key, (trace, answers, inputs, numbers))
    trace, answers, inputs, numbers = run
    description = (
        f"“{model.found.name}”, from your file, {model.found.description}. "
        f"It was given {_input_description(model, inputs)}."
    )
    return Run(
        f"own {hash(key)}",
        model.title,
        trace,
        answers,
        description,
        answer_numbers=numbers,
        batch=inputs,
        findings=_scaling_findings(model, inputs),
        model_title=f"{model.title}, {model.found.lstm_shape.in_short}",
    )


def _scaling_findings(model: UploadedModel, inputs: SequenceBatch) -> tuple[Finding, ...]:
    """Whether it is not known how the model's inputs were scaled: another scaling gives other gates."""
    encoding = model.input_encoding
    if encoding.table is not None or encoding.scaling is not None or is_text(inputs):
        return ()
    return (Finding(f"It was given {_input_description(model, inputs)}.", "Unknown scaling of inputs"),)


def _way_to_sequences(refusal: StartError) -> str:
    """How the page gets as many sequences as the model's file starts."""
    whole = "" if refusal.came == 1 else f"“{NO_COLUMN}” for what tells sequences apart, and "
    return (
        f"In the drawer's tab “Data” choose {whole}{refusal.stored:,} for “{ROWS_LABEL}”, "
        f"or bring a file of {refusal.stored:,} sequences."
    )


def _trace(model: UploadedModel, inputs: SequenceBatch, key: tuple[str, str]) -> Trace | None:
    import lstm_viz

    steps, lengths = _chunk_steps(model, inputs), _lengths(model, inputs)
    if lengths is None or len(inputs.values) <= steps:
        with st.spinner(PROGRESS_TEXT):
            return lstm_viz.trace(model.module, inputs.values, lengths=lengths)
    if session.cancelled_run == key:
        st.info("The run was cancelled.")
        if not st.button("Run again", type="primary"):
            return None
    return _trace_in_chunks(model, inputs, steps, key)


def _chunk_steps(model: UploadedModel, inputs: SequenceBatch) -> int:
    """Steps of a stretch; all of them where the run is short, or can't be made in stretches."""
    steps, rows, _ = inputs.values.shape
    if model.found.lstm_shape.directions != FORWARD or (inputs.lengths < steps).any():
        return steps
    weights = sum(part.size for part in model.found.parameters.values())
    return max(1, CHUNK_PRODUCTS // (weights * rows))


def _trace_in_chunks(model: UploadedModel, inputs: SequenceBatch, steps: int, key: tuple[str, str]) -> Trace | None:
    """The run, stretch by stretch. Streamlit ends it from within when the person presses Cancel."""
    import lstm_viz
    from lstm_viz.analysis.slicing import concatenate
    from lstm_viz.recording.memory_limit import bytes_needed, refuse_if_too_large

    form, container = model.found.lstm_shape, st.empty()
    time, rows, features = inputs.values.shape
    size = bytes_needed(time, rows, features, form.hidden_size, layers=form.num_layers, output=form.output_size)
    refuse_if_too_large(2 * size)  # the stretches, and what they are concatenated to
    refuse_if_over(size, "The run of your model")
    parts: list[Trace] = []
    state: Any = None  # where the file starts it, or zero
    with container.container(border=True, key="progress-run"):
        session.cancelled_run = key  # holds until the run is done: whatever interrupts it cancels it
        bar = st.progress(0.0, PROGRESS_TEXT)
        st.button("Cancel", key="cancel run")
        for begin in range(0, len(inputs.values), steps):
            parts.append(lstm_viz.trace(model.module, inputs.values[begin : begin + steps], state))
            state = parts[-1].final_state
            done = min(begin + steps, len(inputs.values))
            done_text = f"{PROGRESS_TEXT} {done:,} of {len(inputs.values):,} steps"
            bar.progress(done / len(inputs.values), plain_text(done_text))
    container.empty()
    del session.cancelled_run
    return concatenate(parts)


def _head_input(trace: Trace, found: FoundLSTM) -> np.ndarray:
    """The output of the file's LSTM: one that reads backwards alone is the second half of a module of both ways."""
    return trace.output_within_lengths[..., -found.lstm_shape.output_size :]


def _lengths(model: UploadedModel, inputs: SequenceBatch) -> np.ndarray | None:
    from lstm_viz.recording.start import given_lengths

    return given_lengths(model.module, inputs.lengths, len(inputs.values))


def _input_description(model: UploadedModel, inputs: SequenceBatch) -> str:
    if model.input_encoding.table is not None:
        return model.input_encoding.description
    if (scaling := model.input_encoding.scaling) is not None:
        return (
            "the values as they are in the file, which you said are scaled already"
            if scaling.is_identity
            else f"the values scaled as the model learned it, by {scaling.source or 'its file'}"
        )
    plain = bool((inputs.scale == 1).all() and (inputs.offset == 0).all())
    given = (
        "the values as they are in the file; the drawer's tab “Data” can standardise them"
        if plain
        else "the values standardised; the drawer's tab “Data” can leave them as they are"
    )
    return given if is_text(inputs) else f"{given}. {UNSAID_NOTE}"

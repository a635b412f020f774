"""The run of an uploaded model on the sequence: at once, or where it takes long by a worker process, in its turn, with
progress and a Cancel button."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lstm_viz.checkpoints.contents import FoundLSTM
from lstm_viz.checkpoints.lstm_shape import FORWARD
from lstm_viz.files.sizes import MEGABYTE
from lstm_viz.recording.start import StartError
from lstm_viz.sequences.batch import SequenceBatch
from lstm_viz.sequences.findings import Finding
from lstm_viz.sequences.model_features import UNSAID_NOTE
from lstm_viz.traces import Trace
from lstm_viz.ui.explore.columns import NO_COLUMN, ROWS_LABEL
from lstm_viz.ui.explore.quotas import job_queue, refuse_if_over, session_id, trace_arrays, waiting_text
from lstm_viz.ui.explore.run import Run
from lstm_viz.ui.explore.uploaded_model import UploadedModel
from lstm_viz.ui.explore.uploaded_model_inputs import is_text
from lstm_viz.ui.plain_text import plain_text
from lstm_viz.ui.session import session
from lstm_viz.ui.stage.answer_numbers import NO_NUMBERS

#: Products of weights with numbers, in one chunk of a long run; about half a second on two cores. A run of no more is
#: made in this process, at once.
CHUNK_PRODUCTS = 4 * 10**9
#: Bytes of a chunk at most, which a worker process holds twice.
CHUNK_BYTES = 64 * MEGABYTE
#: What a worker process runs.
TRACE_FUNCTION = "lstm_viz.recording.chunks:trace_chunks"
#: Seconds from one look at what has come to the next.
REDRAW_SECONDS = 0.5
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
    """The run; a long one by a worker process, in its turn. None where the person cancelled it."""
    import lstm_viz

    lengths = _lengths(model, inputs)
    if _products_of_a_step(model, inputs) * len(inputs.values) <= CHUNK_PRODUCTS:
        with st.spinner(PROGRESS_TEXT):
            return lstm_viz.trace(model.module, inputs.values, lengths=lengths)
    if session.cancelled_run == key:
        st.info("The run was cancelled.")
        if not st.button("Run again", type="primary"):
            return None
    container = st.empty()
    with container.container(border=True, key="progress-run"):
        session.cancelled_run = key  # holds until the run is done: whatever interrupts it cancels it
        bar = st.progress(0.0, PROGRESS_TEXT)
        st.button("Cancel", key="cancel run")
        try:
            trace = _trace_in_worker(model, inputs, lengths, bar)
        except ValueError:  # a refusal, which the page says in this one's place
            container.empty()
            del session.cancelled_run
            raise
    container.empty()
    del session.cancelled_run
    return trace


def _products_of_a_step(model: UploadedModel, inputs: SequenceBatch) -> int:
    """Products of weights with numbers."""
    return sum(part.size for part in model.found.parameters.values()) * inputs.values.shape[1]


def _chunk_steps(model: UploadedModel, inputs: SequenceBatch, lengths: np.ndarray | None, size: int) -> int:
    """Steps of a chunk; all of them where the run, of `size` bytes, can't be made in chunks."""
    steps = len(inputs.values)
    if lengths is None or model.found.lstm_shape.directions != FORWARD or (lengths < steps).any():
        return steps
    at_once = min(CHUNK_PRODUCTS // _products_of_a_step(model, inputs), steps * CHUNK_BYTES // size)
    return min(steps, max(1, at_once))


def _trace_in_worker(
    model: UploadedModel, inputs: SequenceBatch, lengths: np.ndarray | None, bar: DeltaGenerator
) -> Trace:
    """Has a worker process run the model chunk by chunk, showing how far it is.

    Streamlit ends this from within when the person presses Cancel, or leaves; the job is cancelled with it.
    """
    from lstm_viz.analysis.slicing import concatenate
    from lstm_viz.recording.memory_limit import bytes_needed, refuse_if_too_large

    form, (time, rows, features) = model.found.lstm_shape, inputs.values.shape
    size = bytes_needed(
        time,
        rows,
        features,
        form.hidden_size,
        layers=form.num_layers,
        directions=len(form.directions),
        output=form.proj_size or None,
    )
    steps = _chunk_steps(model, inputs, lengths, size)
    refuse_if_too_large(2 * size)  # the chunks and what they are joined to; or a whole run here and in the worker
    refuse_if_over(size, "The run of your model")
    run = {"module": model.module, "x": inputs.values, "lengths": lengths, "steps": steps}
    parts: list[Trace] = []
    done = 0
    with job_queue().submit(session_id(), TRACE_FUNCTION, **run) as job:
        for part in job.results(REDRAW_SECONDS):
            if part is not None:
                parts.append(part)
                done += len(part.output)
            # Also where nothing came: it is in such a call that Streamlit ends this where the person has left.
            running = f"{PROGRESS_TEXT} {done:,} of {time:,} steps" if done else PROGRESS_TEXT
            bar.progress(done / time, plain_text(waiting_text(job) if job.state == "waiting" else running))
    trace = parts[0] if len(parts) == 1 else concatenate(parts)
    for array in trace_arrays(trace):
        array.flags.writeable = False  # which is lost on the way between processes
    return trace


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

"""A person's own trained model: brought as a file, kept for their session alone, and run on their sequence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import streamlit as st

from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.found import FoundLSTM
from lstm_viz.checkpoints.naming import shown
from lstm_viz.checkpoints.readers.formats import ENDINGS
from lstm_viz.sequences.batches import SequenceBatch
from lstm_viz.traces import Trace
from lstm_viz.ui.columns import harmless
from lstm_viz.ui.own_answers import Saying, choose_saying
from lstm_viz.ui.own_readings import Reading, choose_reading
from lstm_viz.ui.views import Note

if TYPE_CHECKING:
    from torch import nn

    from lstm_viz.checkpoints.opening import Checkpoint

#: Findings of a file that are listed.
MOST_LISTED = 20


@dataclass(frozen=True, eq=False)
class Run:
    """A model's run on a batch, and its answers; `name` tells it from every other of the session."""

    name: str
    trace: Trace
    answers: np.ndarray | None
    #: The model in a sentence, and what there is to look for in its units.
    said: str
    notes: tuple[Note, ...] = ()
    #: What the model was given, where it is not the sequence as it is.
    batch: SequenceBatch | None = None


class OwnModel(NamedTuple):
    """One LSTM of a person's file: what tells it from others, itself, how it reads and what it says."""

    identity: str
    found: FoundLSTM
    module: nn.LSTM
    reading: Reading
    saying: Saying | None


def own_model(batch: SequenceBatch) -> OwnModel | None:
    """The file that was brought, which of its LSTMs is meant and how it reads; None while that is not all known."""
    file = st.file_uploader("A trained model's file", type=list(ENDINGS), key="model file")
    if file is None:
        return None
    held = st.session_state.get("own models")
    if held is None or held[0] != file.file_id:
        held = st.session_state["own models"] = (file.file_id, _opened(file.getvalue(), file.name))
    checkpoint: Checkpoint | str = held[1]
    if isinstance(checkpoint, str):
        st.error(checkpoint)
        return None
    return _chosen(file.file_id, checkpoint, batch)


def _opened(data: bytes, name: str) -> Checkpoint | str:
    """What is in the file; a sentence where it can't be opened."""
    from lstm_viz.checkpoints import open_checkpoint

    try:
        with st.spinner("Looking for LSTMs in the file …"):
            return open_checkpoint(data, name)
    except CheckpointError as refusal:
        return str(refusal)


def _chosen(file: str, checkpoint: Checkpoint, batch: SequenceBatch) -> OwnModel | None:
    """What the person chooses of what was found; nothing of it is used unsaid."""
    _list(checkpoint)
    name = str(st.selectbox("Which LSTM in it", list(checkpoint.found), key=f"own model {file}"))
    found, key = checkpoint.found[name], f"{file} {name}"
    reading = choose_reading(key, found, checkpoint.neighbours, batch)
    if reading is None:
        return None
    saying = choose_saying(key, found, checkpoint.neighbours, reading.vocabulary)
    identity = f"{key} {reading.name} {saying.name if saying else ''}"
    return OwnModel(identity, found, checkpoint.models[name], reading, saying)


def _list(checkpoint: Checkpoint) -> None:
    """Everything that was found, with its shape and what it is taken for, and what was left out."""
    rows = [f"{_bold(lstm.name)} {lstm.kind}: {harmless(lstm.reading)}." for lstm in checkpoint.found.values()]
    rows += [f"{_bold(n.name)} {n.shape[0]:,} × {n.shape[1]:,}: {harmless(n.reading)}." for n in checkpoint.neighbours]
    rows += [harmless(note) for note in checkpoint.notes]
    rows += [harmless(note) for lstm in checkpoint.found.values() for note in lstm.notes]
    listed = "\n".join(f"- {row}" for row in rows[:MOST_LISTED])
    more = f"\n- … and {len(rows) - MOST_LISTED:,} more" if len(rows) > MOST_LISTED else ""
    st.caption(f"This {checkpoint.format} file has\n{listed}{more}")


def _bold(name: str) -> str:
    return f"**{harmless(shown(name))}**"


def run_of_own(model: OwnModel, batch: SequenceBatch, source: str) -> Run | None:
    """The model's run on a batch, made once; None, with a sentence, where the two don't fit together.

    source: tells the batch from others.
    """
    key = (model.identity, source)
    held = st.session_state.get("own run")
    if held is None or held[0] != key:
        try:
            given = model.reading.given(batch)
            with st.spinner("Running your model on the whole sequence …"):
                trace = _traced(model, given)
        except ValueError as refusal:
            st.error(str(refusal))
            return None
        answers = None if model.saying is None else model.saying.texts(_inside(trace.output, given))
        held = st.session_state["own run"] = (key, trace, answers, given)
    _, trace, answers, given = held
    said = f"“{model.found.name}”, from your file, {model.found.reading}. It was given {_way(model, given)}."
    return Run(f"own {hash(key)}", trace, answers, said, batch=given)


def _traced(model: OwnModel, given: SequenceBatch) -> Trace:
    import lstm_viz

    return lstm_viz.trace(model.module, given.values, _start(model.found, given.values.shape[1]), lengths=given.lengths)


def _inside(output: np.ndarray, given: SequenceBatch) -> np.ndarray:
    """The output, NaN past each sequence's end: nothing is answered there."""
    steps = np.arange(len(output))[:, None, None]
    return np.where(steps < given.lengths[:, None], output, np.nan)


def _start(found: FoundLSTM, rows: int) -> tuple[np.ndarray, np.ndarray] | None:
    """The state that the file starts it from, for as many rows as there are."""
    from lstm_viz.checkpoints.modules import start_of

    start = start_of(found)
    if start is None:
        return None
    h, c = (part if part.shape[1] == rows else np.repeat(part[:, :1], rows, axis=1) for part in start)
    return h, c


def _way(model: OwnModel, given: SequenceBatch) -> str:
    if model.reading.table is not None:
        return model.reading.said
    plain = bool((given.scale == 1).all() and (given.offset == 0).all())
    return (
        "the values as they are in the file"
        if plain
        else "the values standardised; the “Columns” menu can leave them as they are"
    )

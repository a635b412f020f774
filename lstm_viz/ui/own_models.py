"""A person's own trained model: brought as a file, and kept for their session alone."""

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

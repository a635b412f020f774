"""A person's own trained model: brought as a file, kept for their session alone, and run on their sequence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import streamlit as st

from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.readers.formats import ENDINGS
from lstm_viz.sequences.batches import SequenceBatch
from lstm_viz.sequences.wording import plural
from lstm_viz.traces import Trace
from lstm_viz.ui.views import Note

if TYPE_CHECKING:
    from torch import nn

    from lstm_viz.checkpoints.opening import Checkpoint


@dataclass(frozen=True, eq=False)
class Run:
    """A model's run on a batch, and its answers; `name` tells it from every other of the session."""

    name: str
    trace: Trace
    answers: np.ndarray | None
    #: The model in a sentence, and what there is to look for in its units.
    said: str
    notes: tuple[Note, ...] = ()


class OwnModel(NamedTuple):
    """One LSTM of a person's file: what tells it from others, its name there, and itself."""

    identity: str
    name: str
    module: nn.LSTM


def own_model() -> OwnModel | None:
    """The file that was brought, and which of its LSTMs is meant; None while there is none."""
    file = st.file_uploader("A trained model's file", type=list(ENDINGS), key="model file")
    if file is None:
        return None
    held = st.session_state.get("own models")
    if held is None or held[0] != file.file_id:
        held = st.session_state["own models"] = (file.file_id, _opened(file.getvalue(), file.name))
    found: Checkpoint | str = held[1]
    if isinstance(found, str):
        st.error(found)
        return None
    name = str(st.selectbox("Which LSTM in it", list(found.models), key=f"own model {file.file_id}"))
    module, notes = found.models[name], [*found.found[name].notes, *found.notes]
    st.caption(" ".join([_described(module), *notes, *(f"`{n.name}`: {n.reading}." for n in found.neighbours)]))
    return OwnModel(f"{file.file_id} {name}", name, module)


def _opened(data: bytes, name: str) -> Checkpoint | str:
    """What is in the file; a sentence where it can't be opened."""
    from lstm_viz.checkpoints import open_checkpoint

    try:
        with st.spinner("Looking for LSTMs in the file …"):
            return open_checkpoint(data, name)
    except CheckpointError as refusal:
        return str(refusal)


def _described(module: nn.LSTM) -> str:
    ways = " in both directions" if module.bidirectional else ""
    return (
        f"It reads {plural(module.input_size, 'feature')} a step and has {plural(module.hidden_size, 'unit')} "
        f"in {plural(module.num_layers, 'layer')}{ways}."
    )


def run_of_own(model: OwnModel, source: str, batch: SequenceBatch) -> Run | None:
    """The model's run on a batch, made once; None, with a sentence, where the two don't fit together."""
    features = batch.values.shape[-1]
    if features != model.module.input_size:
        st.error(
            f"“{model.name}” reads {plural(model.module.input_size, 'feature')} a step; the sequence has "
            f"{features:,} ({', '.join(batch.names[:6])}{' …' if features > 6 else ''}). "
            "Choose as many columns in the “Columns” menu, in the order in which the model learned them."
        )
        return None
    key = (model.identity, source, batch.values.shape, batch.names)
    held = st.session_state.get("own run")
    if held is None or held[0] != key:
        import lstm_viz

        try:
            with st.spinner("Running your model on the whole sequence …"):
                trace = lstm_viz.trace(model.module, batch.values, lengths=batch.lengths)
        except ValueError as refusal:
            st.error(str(refusal))
            return None
        held = st.session_state["own run"] = (key, trace)
    plain = bool((batch.scale == 1).all() and (batch.offset == 0).all())
    given = "as they are in the file" if plain else "standardised; the “Columns” menu can leave them as they are"
    said = f"“{model.name}”, from your file. {_described(model.module)} It was given the values {given}."
    return Run(f"own {hash(key)}", held[1], None, said)

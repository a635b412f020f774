"""The input encoding of an uploaded model: plain numbers, or ids and characters through an embedding or one-hot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import streamlit as st

from lstm_viz.checkpoints.apply_layers import column_ids, embed, token_ids
from lstm_viz.checkpoints.contents import AdjacentLayer, FoundLSTM
from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.vocabulary import Vocabulary, byte_vocabulary, read_vocabulary
from lstm_viz.sequences.batch import SequenceBatch
from lstm_viz.sequences.formatting import plural

NUMBERS = "the sequence's numbers, as they are"
ONE_HOT = "1 for the token that stands there, else 0"
BYTES = "Characters by their ASCII number"
FILE = "A vocabulary file"


class InputEncoding(NamedTuple):
    """The inputs of a model at each step: plain numbers where there is no `table`, else the row of an id in it."""

    #: (kinds, features), None for plain numbers.
    table: np.ndarray | None
    description: str
    vocabulary: Vocabulary | None = None
    #: The feature that holds ids, where it is no text.
    feature: str = ""
    #: Which of the sequence's features, in the order in which the model learned them.
    columns: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """A name that tells it from other encodings."""
        return f"{self.description} {self.feature} {self.columns} {hash(self.vocabulary)}"

    def encode(self, batch: SequenceBatch) -> SequenceBatch:
        """The batch that the model is given. Raises CheckpointError where the sequence can't be read so."""
        if self.table is None:
            return _select_features(batch, self.columns) if self.columns else batch
        if self.vocabulary is None:
            return embed(batch, column_ids(batch, self.feature, len(self.table)), self.table)
        ids, tokens = token_ids(batch, self.vocabulary)
        return embed(batch, ids, self.table, tokens)


def choose_input_encoding(
    key: str, lstm: FoundLSTM, neighbours: Sequence[AdjacentLayer], batch: SequenceBatch
) -> InputEncoding | None:
    """The input encoding, chosen where there is a choice; None until it is made."""
    embeddings = {
        f"ids, through “{n.name}”": n for n in neighbours if n.kind == "embedding" and lstm.name in n.adjacent_to
    }
    options = [NUMBERS, *embeddings, *([ONE_HOT] if is_text(batch) else [])]
    fits = len(batch.names) == lstm.lstm_shape.input_size and not (is_text(batch) and embeddings)
    usual = 0 if fits or len(options) == 1 else 1
    how = options[usual]
    if len(options) > 1:
        how = str(st.selectbox("It reads", options, usual, key=f"reads {key} {is_text(batch)}"))
    if how == NUMBERS:
        return _choose_features(key, lstm, batch)
    table = embeddings[how].weight if how in embeddings else np.eye(lstm.lstm_shape.input_size, dtype=np.float32)
    if is_text(batch):
        vocabulary = _choose_vocabulary(key, len(table))
        return None if vocabulary is None else InputEncoding(table, how, vocabulary)
    feature = batch.names[0]
    if len(batch.names) > 1:
        feature = str(st.selectbox("Which column holds the ids", batch.names, key=f"ids {key}"))
    return InputEncoding(table, how, feature=feature)


def is_text(batch: SequenceBatch) -> bool:
    """Whether the batch is a text: one character a step, a feature each."""
    return all(len(name) == 1 for name in batch.names) and bool((batch.values.sum(axis=-1) <= 1).all())


def _choose_features(key: str, lstm: FoundLSTM, batch: SequenceBatch) -> InputEncoding | None:
    """Plain numbers; which columns, where there are more than the model reads."""
    size, names = lstm.lstm_shape.input_size, list(batch.names)
    if len(names) == size:
        return InputEncoding(None, NUMBERS)
    if len(names) < size:
        raise CheckpointError(
            f"“{lstm.name}” reads {plural(size, 'feature')} a step; the sequence has {len(names):,} "
            f"({', '.join(names[:6])}{' …' if len(names) > 6 else ''}). Choose a sequence with as many columns."
        )
    chosen = st.multiselect(
        f"Which {plural(size, 'column')}, in the order in which the model learned them",
        names,
        key=f"columns {key}",
        max_selections=size,
        placeholder=f"{size:,} of {len(names):,}",
    )
    return InputEncoding(None, NUMBERS, columns=tuple(chosen)) if len(chosen) == size else None


def _select_features(batch: SequenceBatch, columns: tuple[str, ...]) -> SequenceBatch:
    indices = [batch.names.index(name) for name in columns]
    return replace(
        batch,
        values=batch.values[..., indices],
        names=columns,
        offset=batch.offset[indices],
        scale=batch.scale[indices],
        filled=None if batch.filled is None else batch.filled[..., indices],
        unscaled=None if batch.unscaled is None else batch.unscaled[..., indices],
    )


def _choose_vocabulary(key: str, kinds: int) -> Vocabulary | None:
    """The vocabulary of the ids: an uploaded file, or ASCII where there are enough ids."""
    if kinds >= 256 and st.selectbox("Ids are", [FILE, BYTES], key=f"vocabulary kind {key}") == BYTES:
        return byte_vocabulary()
    file = st.file_uploader(
        f"Its vocabulary: a token for each of {kinds:,} ids",
        type=["json", "txt", "vocab"],
        key=f"vocabulary {key}",
        help="JSON (ids by token, tokens by id, a list, a tokenizer's file), or a text with one token a line.",
    )
    if file is None:
        st.caption(
            "Bring the vocabulary that the model was trained with, so that the text can be read as it read texts."
        )
        return None
    return read_vocabulary(file.getvalue(), kinds)

"""The input encoding of an uploaded model: plain numbers, or ids and characters through an embedding or one-hot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import streamlit as st

from lstm_viz.cells.feature_scaling import FeatureScaling
from lstm_viz.checkpoints.apply_layers import column_ids, embed, token_ids
from lstm_viz.checkpoints.contents import AdjacentLayer, FoundLSTM
from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.vocabulary import Vocabulary, byte_vocabulary, read_vocabulary
from lstm_viz.sequences.batch import SequenceBatch
from lstm_viz.sequences.formatting import plural
from lstm_viz.sequences.model_features import match_columns, missing_columns_sentence

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
    #: The centre and scale that the model was trained with, by which the columns are scaled.
    scaling: FeatureScaling | None = None

    @property
    def name(self) -> str:
        """A name that tells it from other encodings."""
        return f"{self.description} {self.feature} {self.columns} {hash(self.vocabulary)} {self.scaling}"

    def encode(self, batch: SequenceBatch, prepared: Callable[..., SequenceBatch]) -> SequenceBatch:
        """The batch that the model is given. Raises CheckpointError or SequenceError where it can't be read so.

        prepared: the batch of the same table under other choices.
        """
        if self.scaling is not None:
            return prepared(features=self.columns, scaling=self.scaling)
        if self.table is None:
            return _select_features(batch, self.columns) if self.columns else batch
        if self.vocabulary is None:
            return embed(batch, column_ids(batch, self.feature, len(self.table)), self.table)
        ids, tokens = token_ids(batch, self.vocabulary)
        return embed(batch, ids, self.table, tokens)


def choose_input_encoding(
    key: str, lstm: FoundLSTM, neighbours: Sequence[AdjacentLayer], batch: SequenceBatch, columns: Sequence[str] = ()
) -> InputEncoding | None:
    """The input encoding, chosen where there is a choice; None until it is made.

    columns: all of the sequence's table, of which the batch has the chosen ones.
    """
    if lstm.inputs is not None:
        return _choose_named_features(key, lstm.inputs, batch, columns or batch.names)
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


def _choose_named_features(
    key: str, scaling: FeatureScaling, batch: SequenceBatch, columns: Sequence[str]
) -> InputEncoding | None:
    """The columns that the model knows by name, scaled by its own numbers; chosen by place where names don't tell."""
    names = () if scaling.names else batch.names
    match = match_columns(scaling.names, columns)
    chosen = tuple(match.columns.values()) if scaling.names else tuple(names)
    if match.missing or len(chosen) != len(scaling):
        chosen = tuple(
            st.multiselect(
                f"Which {plural(len(scaling), 'column')}, in this order: {', '.join(scaling.names[:40])}",
                list(columns),
                key=f"columns {key}",
                max_selections=len(scaling),
                placeholder=f"{len(scaling):,} of {len(columns):,}",
            )
        )
        if len(chosen) != len(scaling):
            raise CheckpointError(missing_columns_sentence(scaling, match, columns))
    if st.checkbox("The file's values are scaled already", key=f"scaled {key}"):
        scaling = scaling.unscaled
    return InputEncoding(None, NUMBERS, columns=chosen, scaling=scaling)


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

"""The input encoding of an uploaded model: plain numbers, or ids and characters through an embedding or one-hot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lstm_viz.cells.feature_scaling import FeatureScaling
from lstm_viz.checkpoints.apply_layers import column_ids, embed, token_ids
from lstm_viz.checkpoints.contents import AdjacentLayer, FoundLSTM
from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.vocabulary import Vocabulary, byte_vocabulary, read_vocabulary
from lstm_viz.sequences.batch import SequenceBatch
from lstm_viz.sequences.formatting import plural
from lstm_viz.sequences.model_features import match_columns, missing_columns_sentence
from lstm_viz.ui.plain_text import markdown, plain_text
from lstm_viz.ui.session import session

NUMBERS = "the sequence's numbers, as they are"
ONE_HOT = "1 for the token that stands there, else 0"
BYTES = "Characters by their ASCII number"
FILE = "A vocabulary file"
#: A model's own names of its columns that are listed.
MAX_NAMES = 40
#: Columns that are offered side by side, to be clicked; more of them in a list.
FEW = 12


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
    tab: DeltaGenerator,
    key: str,
    title: str,
    lstm: FoundLSTM,
    neighbours: Sequence[AdjacentLayer],
    batch: SequenceBatch,
    columns: Sequence[str] = (),
) -> InputEncoding | None:
    """The input encoding, chosen in `tab` where there is a choice; None while the page asks for what is missing.

    title: the model in a few words. columns: all of the sequence's table, of which the batch has the chosen ones.
    """
    if lstm.inputs is not None:
        return _choose_named_features(tab, key, title, lstm.inputs, batch, columns or batch.names)
    embeddings = {
        f"ids, through “{n.name}”": n for n in neighbours if n.kind == "embedding" and lstm.name in n.adjacent_to
    }
    options = [NUMBERS, *embeddings, *([ONE_HOT] if is_text(batch) else [])]
    fits = len(batch.names) == lstm.lstm_shape.input_size and not (is_text(batch) and embeddings)
    usual = 0 if fits or len(options) == 1 else 1
    how = options[usual]
    if len(options) > 1:
        how = str(tab.selectbox("It reads", options, usual, key=f"reads {key} {is_text(batch)}"))
    if how == NUMBERS:
        return _choose_features(tab, key, title, lstm, batch)
    table = embeddings[how].weight if how in embeddings else np.eye(lstm.lstm_shape.input_size, dtype=np.float32)
    if is_text(batch):
        vocabulary = _choose_vocabulary(tab, key, title, len(table))
        return None if vocabulary is None else InputEncoding(table, how, vocabulary)
    feature = batch.names[0]
    if len(batch.names) > 1:
        feature = str(tab.selectbox("Which column holds the ids", batch.names, key=f"ids {key}"))
    return InputEncoding(table, how, feature=feature)


def is_text(batch: SequenceBatch) -> bool:
    """Whether the batch is a text: one character a step, a feature each."""
    return all(len(name) == 1 for name in batch.names) and bool((batch.values.sum(axis=-1) <= 1).all())


def _choose_features(
    tab: DeltaGenerator, key: str, title: str, lstm: FoundLSTM, batch: SequenceBatch
) -> InputEncoding | None:
    """Plain numbers; which columns, where there are more than the model reads: the first ones are offered."""
    size, names = lstm.lstm_shape.input_size, list(batch.names)
    if len(names) == size:
        return InputEncoding(None, NUMBERS)
    if len(names) < size:
        raise CheckpointError(
            f"“{lstm.name}” reads {plural(size, 'feature')} a step; the sequence has {len(names):,} "
            f"({', '.join(names[:6])}{' …' if len(names) > 6 else ''}). Choose a sequence with as many columns."
        )
    source = f"{key} {names}"
    taken = session.model_columns.get(source)
    if taken is None:
        _ask_features(source, title, size, names)
        return None
    with tab:
        st.markdown(plain_text(f"It is given {', then '.join(taken)}."))
        st.button("Choose other columns", on_click=_take_columns, args=(source, None))
    return InputEncoding(None, NUMBERS, columns=taken)


def _ask_features(source: str, title: str, size: int, names: list[str], known: Sequence[str] = ()) -> None:
    """Asks on the page which columns the model reads; `known`: what it calls them."""
    with st.container(border=True, key="ask-columns"):
        which = "Which column does it read?" if size == 1 else f"Which {size:,} columns, in the order it learned them?"
        if known:
            which = f"Which columns are {', '.join(known[:MAX_NAMES])}, in this order?"
        st.markdown(markdown("**{title}.** {which}", title=title, which=which))
        with st.container(horizontal=True, vertical_alignment="center"):
            chosen = _choose_names(names, size, f"columns {source}")
            is_right = len(chosen) == size
            st.button(
                "Run" if is_right else markdown("{chosen:,} of {size:,} chosen", chosen=len(chosen), size=size),
                type="primary",
                key="run model",
                disabled=not is_right,
                on_click=_take_columns,
                args=(source, tuple(chosen)),
            )
        if size > 1:
            st.caption(plain_text(f"It is given {', then '.join(chosen) or 'nothing yet'}."))


def _choose_names(names: list[str], size: int, key: str) -> list[str]:
    """So many of the names, the first ones before anyone has chosen."""
    if len(names) > FEW:
        return st.multiselect("Columns", names, names[:size], key=key, label_visibility="collapsed")
    return st.pills(
        "Columns",
        names,
        selection_mode="multi",
        default=names[:size],
        format_func=plain_text,
        key=key,
        label_visibility="collapsed",
        wrap=True,
    )


def _take_columns(source: str, columns: tuple[str, ...] | None) -> None:
    """Keeps the columns that the model is given; None: they are asked for again."""
    session.model_columns.store(source, columns)


def _choose_named_features(
    tab: DeltaGenerator, key: str, title: str, scaling: FeatureScaling, batch: SequenceBatch, columns: Sequence[str]
) -> InputEncoding | None:
    """The columns that the model knows by name, scaled by its own numbers; asked for where names don't tell them."""
    match = match_columns(scaling.names, columns)
    chosen: tuple[str, ...] | None = tuple(match.columns.values()) if scaling.names else tuple(batch.names)
    if match.missing or len(chosen or ()) != len(scaling):
        source = f"{key} {list(columns)}"
        chosen = session.model_columns.get(source)
        if chosen is None:
            st.error(plain_text(missing_columns_sentence(scaling, match, columns)))
            if len(columns) >= len(scaling):
                _ask_features(source, title, len(scaling), list(columns), scaling.names)
            return None
    if tab.checkbox("The file's values are scaled already", key=f"scaled {key}"):
        scaling = scaling.unscaled
    return InputEncoding(None, NUMBERS, columns=chosen or (), scaling=scaling)


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


def _choose_vocabulary(tab: DeltaGenerator, key: str, title: str, kinds: int) -> Vocabulary | None:
    """The vocabulary of the ids: an uploaded file, for which the page asks, or ASCII where there are enough ids."""
    if kinds >= 256 and tab.selectbox("Ids are", [FILE, BYTES], key=f"vocabulary kind {key}") == BYTES:
        return byte_vocabulary()
    place = st.empty()
    with place.container(border=True, key="ask-vocabulary"):
        st.markdown(
            markdown(
                "**{title}.** It reads a text as the ids of {kinds:,} tokens. Which ids?", title=title, kinds=kinds
            )
        )
        file = st.file_uploader(
            markdown("Its vocabulary: a token for each of {kinds:,} ids", kinds=kinds),
            type=["json", "txt", "vocab"],
            key=f"vocabulary {key}",
            help="JSON (ids by token, tokens by id, a list, a tokenizer's file), or a text with one token a line.",
        )
    return None if file is None else read_vocabulary(file.getvalue(), kinds)

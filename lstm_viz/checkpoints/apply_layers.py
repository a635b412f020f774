"""Applying the layers next to an LSTM: ids through an embedding, its output through a linear layer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from jaxtyping import Float, Int

from lstm_viz.checkpoints.contents import AdjacentLayer
from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.vocabulary import Vocabulary
from lstm_viz.sequences.batch import SequenceBatch
from lstm_viz.sequences.preparation import STEP_CHARACTERS

#: How far from a whole number an id may lie that was standardised on its way.
ID_TOLERANCE = 0.05


def token_ids(batch: SequenceBatch, vocabulary: Vocabulary) -> tuple[Int[np.ndarray, "time batch"], list[list[str]]]:
    """A text's ids, -1 past each end, and its tokens, sequence by sequence.

    batch: a text as features of its characters, 1 where one stands, else 0.
    Raises CheckpointError for what the vocabulary does not know.
    """
    rows = [vocabulary.tokenize(text) for text in _texts_of_batch(batch)]
    ids = np.full((max(map(len, rows)), len(rows)), -1)
    for place, tokens in enumerate(rows):
        if not tokens:
            raise CheckpointError("The text has no token of the vocabulary. Type a few words.")
        ids[: len(tokens), place] = vocabulary.encode(tokens)
    return ids, rows


def _texts_of_batch(batch: SequenceBatch) -> list[str]:
    """Each sequence's text."""
    letters = np.array(batch.names, dtype=object)[batch.values.argmax(axis=-1)]
    return ["".join(letters[:length, place]) for place, length in enumerate(batch.lengths)]


def column_ids(batch: SequenceBatch, feature: str, kinds: int) -> Int[np.ndarray, "time batch"]:
    """A feature's values as ids, -1 past each end. Raises CheckpointError where they are none."""
    values = batch.original[..., batch.names.index(feature)]
    inside = ~np.isnan(values)
    ids = np.where(inside, np.rint(values), -1)
    wrong = inside & ((np.abs(values - ids) > ID_TOLERANCE) | (ids < 0) | (ids >= kinds))
    if wrong.any():
        step, place = np.argwhere(wrong)[0]
        raise CheckpointError(
            f"The feature “{feature}” is {values[step, place]:g} at step {step + 1:,}; an id is a whole number "
            f"from 0 to {kinds - 1:,}. Choose the column that holds the ids."
        )
    return ids.astype(np.int64)


def embed(
    batch: SequenceBatch, ids: Int[np.ndarray, "time batch"], weight: np.ndarray, tokens: list[list[str]] | None = None
) -> SequenceBatch:
    """The batch that a model reads: at each step its id's row of `weight`, (kinds, features).

    tokens: what steps are called; without them they keep their names.
    """
    lengths = (ids >= 0).sum(axis=0)
    values = np.where((ids >= 0)[..., None], weight[np.maximum(ids, 0)], 0).astype(np.float32)
    features = weight.shape[1]
    return replace(
        batch,
        values=values,
        names=tuple(f"feature {k + 1}" for k in range(features)),
        lengths=lengths,
        offset=np.zeros(features),
        scale=np.ones(features),
        step_labels=batch.step_labels if tokens is None else _token_labels(tokens, len(ids)),
        filled=None,
    )


def _token_labels(tokens: list[list[str]], steps: int) -> np.ndarray:
    labels = np.full((steps, len(tokens)), "", dtype=object)
    for place, row in enumerate(tokens):
        labels[: len(row), place] = [STEP_CHARACTERS.get(token, token) for token in row]
    return labels.astype(str)


def apply_linear(
    head: AdjacentLayer, output: Float[np.ndarray, "time batch states"]
) -> Float[np.ndarray, "time batch outputs"]:
    """A linear layer applied to an LSTM's output; NaN stays where the output is NaN, past an end.

    >>> head = AdjacentLayer("head", "linear", np.array([[2.0, 0.0]]), {"lstm": ""}, bias=np.array([1.0]))
    >>> apply_linear(head, np.array([[[3.0, 5.0]]])).tolist()
    [[[7.0]]]
    """
    product: np.ndarray = output @ head.weight.T.astype(output.dtype)
    return product if head.bias is None else product + head.bias.astype(output.dtype)

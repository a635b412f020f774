"""Ids and text for a model that reads them through an embedding in its file. Nothing is used unsaid."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from lstm_viz.shell.picking import Picked
from lstm_viz.shell.refusals import Refusal

if TYPE_CHECKING:
    import numpy as np

    from lstm_viz.checkpoints.vocabularies import Vocabulary
    from lstm_viz.sequences.batches import SequenceBatch

#: What can be said instead of a name: each id is a feature of its own; ids are ASCII's.
ONE_HOT, ASCII = "one-hot", "ascii"


def embedded_batch(batch: SequenceBatch, model: Picked, through: str, vocabulary: str) -> SequenceBatch:
    """What the model reads where the sequence holds ids, or with a vocabulary text.

    Raises Refusal or CheckpointError where the sequence holds neither, BadParameter for an embedding that isn't there.
    """
    from lstm_viz.checkpoints.surroundings import column_ids, embedded, token_ids

    table = _table(model, through)
    if vocabulary:
        ids, tokens = token_ids(batch, _vocabulary(vocabulary, len(table)))
        return embedded(batch, ids, table, tokens)
    if len(batch.names) != 1:
        names = ", ".join(batch.names[:8]) + (" …" if len(batch.names) > 8 else "")
        raise Refusal(
            f"One column of ids was expected, {len(batch.names):,} came: {names}. "
            "Choose it with --columns; for text say --vocabulary."
        )
    return embedded(batch, column_ids(batch, batch.names[0], len(table)), table)


def _table(model: Picked, through: str) -> np.ndarray:
    """(kinds, features): each id's row."""
    import numpy as np

    if through == ONE_HOT:
        return np.eye(model.features, dtype=np.float32)
    if through not in model.embeddings:
        there = ", ".join([*model.embeddings, ONE_HOT])
        raise typer.BadParameter(f"No embedding {through!r} fits before it. There is: {there}.", param_hint="--through")
    return model.embeddings[through]


def _vocabulary(vocabulary: str, kinds: int) -> Vocabulary:
    from lstm_viz.checkpoints.vocabularies import bytewise, read_vocabulary

    if vocabulary == ASCII and not Path(vocabulary).exists():
        return bytewise()
    return read_vocabulary(Path(vocabulary).read_bytes(), kinds)

"""The sequence argument of the command line: a table, ids or text, as the model reads it."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from lstm_viz.cli.model_argument import Picked
from lstm_viz.cli.refusals import Refusal

if TYPE_CHECKING:
    import numpy as np

    from lstm_viz.checkpoints.vocabulary import Vocabulary
    from lstm_viz.sequences.batch import SequenceBatch


@dataclass(frozen=True)
class Wanted:
    """What was said about the sequence; "" and None where nothing was."""

    columns: str = ""
    order: str = ""
    split: str = ""
    gaps: str = "interpolate"
    part: str = ""
    standardise: bool | None = None
    rows: int | None = None
    steps: int | None = None
    through: str = ""
    vocabulary: str = ""

    def choices(self) -> dict[str, Any]:
        """What was said, by the names in `lstm_viz.sequences.Choices`.

        >>> Wanted(columns="rain, snow", rows=2).choices()
        {'features': ('rain', 'snow'), 'rows': 2}
        """
        names = tuple(name.strip() for name in self.columns.split(",") if name.strip())
        gaps = self.gaps if self.gaps != "interpolate" else None
        said = {"features": names, "time": self.order, "sequence": self.split, "gaps": gaps, "rows": self.rows}
        return {name: value for name, value in said.items() if value} | (
            {} if self.standardise is None else {"standardise": self.standardise}
        )


def batch_for(sequence: str, model: Picked, wanted: Wanted) -> SequenceBatch:
    """The sequence as the model reads it. Refusal or SequenceError where it can't be read or doesn't fit."""
    batch = _batch(sequence, model, wanted)
    if wanted.through:
        batch = embedded_batch(batch, model, wanted.through, wanted.vocabulary)
    if batch.values.shape[-1] != model.features:
        raise Refusal(_misfit(sequence, batch, model, wanted))
    return batch if wanted.steps is None else first_steps(batch, wanted.steps)


def _batch(sequence: str, model: Picked, wanted: Wanted) -> SequenceBatch:
    from lstm_viz.sequences import bundled_examples, read_sequence

    choices = {"standardise": False} | _vocabulary(model) | wanted.choices()
    if sequence == "-":
        return read_sequence(sys.stdin.buffer.read(), "what was piped in", part=wanted.part, **choices)
    if not Path(sequence).exists():
        if sequence in {example.key for example in bundled_examples()}:
            return _example(sequence, wanted)
        keys = ", ".join(example.key for example in bundled_examples())
        raise Refusal(f"There is no file {sequence}, and no bundled example of that name. Bundled are: {keys}.")
    return read_sequence(Path(sequence), part=wanted.part, **choices)


def _example(key: str, wanted: Wanted) -> SequenceBatch:
    """A bundled example as its model learned it, but for what was said."""
    from lstm_viz.sequences.examples import bundled_examples, example_table, load_example
    from lstm_viz.sequences.preparation import prepare

    example = next(example for example in bundled_examples() if example.key == key)
    said = wanted.choices()
    if not said:
        return load_example(key)
    if example.kind == "task":
        raise Refusal(
            f"The example {key} is made by rule: there are no columns to choose. Leave {', '.join(said)} out."
        )
    return replace(prepare(example_table(key), example.choices.but(**said)), source=example.title)


def _vocabulary(model: Picked) -> dict[str, Any]:
    """A bundled model that reads characters knows which."""
    from lstm_viz.sequences.typed_text import reads_characters

    if model.card is None or not reads_characters(model.card.features):
        return {}
    return {"vocabulary": model.card.features}


def first_steps(batch: SequenceBatch, steps: int) -> SequenceBatch:
    """The first steps of every sequence.

    >>> import numpy as np
    >>> from lstm_viz.sequences import read_sequence
    >>> first_steps(read_sequence("1 2 3 4", standardise=False), 2).values.ravel().tolist()
    [1.0, 2.0]
    """
    import numpy as np

    if steps >= len(batch.values):
        return batch
    return replace(
        batch,
        values=batch.values[:steps],
        lengths=np.minimum(batch.lengths, steps),
        step_labels=batch.step_labels[:steps],
        filled=None if batch.filled is None else batch.filled[:steps],
        notes=(*batch.notes, f"Only the first {steps:,} steps were read."),
    )


def _misfit(sequence: str, batch: SequenceBatch, model: Picked, wanted: Wanted) -> str:
    """What was expected, what came, and which columns there are."""
    from lstm_viz.sequences.formatting import list_names, plural

    expected = f"{model.title} reads {plural(model.features, 'feature')} a step"
    known = f" ({list_names(model.card.features)})" if model.card else ""
    came = f"{batch.source} gives {batch.values.shape[-1]:,}: {list_names(batch.names)}"
    there = _columns(sequence, wanted)
    said = [f"{expected[:1].upper()}{expected[1:]}{known}; {came}."]
    if there:
        said.append(f"The file's columns: {list_names(there, most=40)}.")
    if len(there) > model.features:
        said.append(f"Choose {model.features:,} with --columns, in the order in which the model learned them.")
    if model.embeddings:
        said.append(f"For ids or text say --through {' or '.join(model.embeddings)}.")
    return " ".join(said)


def _columns(sequence: str, wanted: Wanted) -> list[str]:
    from lstm_viz.sequences import read_table
    from lstm_viz.sequences.examples import bundled_examples, example_table

    if sequence == "-":
        return []
    if Path(sequence).exists():
        return list(read_table(Path(sequence), part=wanted.part).columns)
    kinds = {example.key: example.kind for example in bundled_examples()}
    return [] if kinds[sequence] == "task" else list(example_table(sequence).columns)


#: What can be said instead of a name: each id is a feature of its own; ids are ASCII's.
ONE_HOT, ASCII = "one-hot", "ascii"


def embedded_batch(batch: SequenceBatch, model: Picked, through: str, vocabulary: str) -> SequenceBatch:
    """What the model reads where the sequence holds ids, or with a vocabulary text.

    Raises Refusal or CheckpointError where the sequence holds neither, BadParameter for an embedding that isn't there.
    """
    from lstm_viz.checkpoints.adjacent_layers import column_ids, embed, token_ids

    table = _table(model, through)
    if vocabulary:
        ids, tokens = token_ids(batch, _embedding_vocabulary(vocabulary, len(table)))
        return embed(batch, ids, table, tokens)
    if len(batch.names) != 1:
        names = ", ".join(batch.names[:8]) + (" …" if len(batch.names) > 8 else "")
        raise Refusal(
            f"One column of ids was expected, {len(batch.names):,} came: {names}. "
            "Choose it with --columns; for text say --vocabulary."
        )
    return embed(batch, column_ids(batch, batch.names[0], len(table)), table)


def _table(model: Picked, through: str) -> np.ndarray:
    """(kinds, features): each id's row."""
    import numpy as np

    if through == ONE_HOT:
        return np.eye(model.features, dtype=np.float32)
    if through not in model.embeddings:
        there = ", ".join([*model.embeddings, ONE_HOT])
        raise typer.BadParameter(f"No embedding {through!r} fits before it. There is: {there}.", param_hint="--through")
    return model.embeddings[through]


def _embedding_vocabulary(vocabulary: str, kinds: int) -> Vocabulary:
    from lstm_viz.checkpoints.vocabulary import byte_vocabulary, read_vocabulary

    if vocabulary == ASCII and not Path(vocabulary).exists():
        return byte_vocabulary()
    return read_vocabulary(Path(vocabulary).read_bytes(), kinds)

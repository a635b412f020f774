"""The sequence argument of the command line: a table, ids or text, as the model reads it."""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from lstm_viz.cli.errors import CommandError
from lstm_viz.cli.model_argument import ModelArgument

if TYPE_CHECKING:
    import numpy as np

    from lstm_viz.checkpoints.vocabulary import Vocabulary
    from lstm_viz.sequences.batch import SequenceBatch
    from lstm_viz.sequences.table import Table


#: How values are given that nobody said how to scale.
AS_THEY_ARE = "given as they are in the file; --standardise gives (value - mean) / standard deviation, as the app does"
#: Says that no column orders the steps, or tells sequences apart.
NO_COLUMN = "none"
#: The reading options that the shell has under the same name.
_SAME_NAMES = ("decimal", "missing", "day_first", "year_first", "first_year", "pivot", "header", "row_is", "padding")


@dataclass(frozen=True)
class SequenceOptions:
    """The options about the sequence; "" and None where one was not given."""

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
    decimal: str | None = None
    missing: str | None = None
    day_first: bool | None = None
    year_first: bool | None = None
    first_year: int | None = None
    pivot: bool | None = None
    header: bool | None = None
    row_is: str | None = None
    padding: str | None = None

    def choices(self) -> dict[str, Any]:
        """The given options by the names in `lstm_viz.sequences.Choices`.

        >>> SequenceOptions(columns="rain, snow", rows=2).choices()
        {'features': ('rain', 'snow'), 'rows': 2}
        >>> SequenceOptions(split="none").choices()
        {'sequence': None}
        """
        names = tuple(name.strip() for name in self.columns.split(",") if name.strip())
        gaps = self.gaps if self.gaps != "interpolate" else None
        given = {"features": names, "time": self.order, "sequence": self.split, "gaps": gaps, "rows": self.rows}
        chosen = {name: None if value == NO_COLUMN else value for name, value in given.items() if value}
        return chosen | ({} if self.standardise is None else {"standardise": self.standardise})


def _reading_options(options: SequenceOptions) -> dict[str, Any]:
    """The given options by the names in `lstm_viz.sequences.ReadingOptions`.

    >>> _reading_options(SequenceOptions(missing="-999, -99.9", header=False))
    {'missing': ['-999', '-99.9'], 'header': False}
    """
    given = {name: getattr(options, name) for name in _SAME_NAMES}
    for name in ("missing", "padding"):
        if given[name] is not None:
            words = [word.strip() for word in str(given[name]).split(",")]
            given[name] = [word for word in words if word and word.lower() != "none"]
    return {name: value for name, value in given.items() if value is not None}


def shell_argument(name: str, value: Any) -> str:
    """A reading option as `lstm-viz trace` takes it.

    >>> shell_argument("missing", ()), shell_argument("day_first", False), shell_argument("decimal", ",")
    ('--missing none', '--month-first', '--decimal ,')
    >>> shell_argument("sequence", ""), shell_argument("time", "Date, Time")
    ('--split none', "--order 'Date, Time'")
    """
    switches = {
        ("day_first", True): "--day-first",
        ("day_first", False): "--month-first",
        ("header", True): "--header",
        ("header", False): "--no-header",
        ("year_first", True): "--year-first",
        ("year_first", False): "--year-last",
        ("pivot", True): "--pivot",
        ("pivot", False): "--no-pivot",
    }
    if isinstance(value, bool):
        return switches[name, value]
    if name in ("time", "sequence"):
        return f"--{'order' if name == 'time' else 'split'} {shlex.quote(value) if value else NO_COLUMN}"
    words = ",".join(f"{number:.15g}" for number in value) or "none" if isinstance(value, tuple | list) else value
    return f"--{name.replace('_', '-')} {words}"


def read_batch(sequence: str, model: ModelArgument, options: SequenceOptions) -> SequenceBatch:
    """The sequence as the model reads it. CommandError or SequenceError where it can't be read or doesn't fit."""
    batch = _read(sequence, model, options)
    if options.through:
        batch = embedded_batch(batch, model, options.through, options.vocabulary)
    elif _is_scaling_unsaid(model, options) and Path(sequence).exists():
        from lstm_viz.sequences.model_features import UNSAID_NOTE

        batch = replace(batch, notes=(*batch.notes, f"{UNSAID_NOTE}: values are {AS_THEY_ARE}."))
    if batch.values.shape[-1] != model.features:
        raise CommandError(_feature_mismatch(sequence, batch, model, options))
    return batch if options.steps is None else first_steps(batch, options.steps)


def _is_scaling_unsaid(model: ModelArgument, options: SequenceOptions) -> bool:
    """Whether neither the model nor the person says how values are scaled."""
    return model.card is None and model.inputs is None and options.standardise is None


def _read(sequence: str, model: ModelArgument, options: SequenceOptions) -> SequenceBatch:
    from lstm_viz.sequences import bundled_examples, read_table
    from lstm_viz.sequences.read import batch_of_table

    reading = _reading_options(options)
    scaling = _scaling(model, options)
    choices = {"standardise": False} | _character_vocabulary(model) | scaling | options.choices()
    if sequence == "-":
        data = sys.stdin.buffer.read()
        table = read_table(data, "what was piped in", part=options.part, **reading)
        return batch_of_table(_with_questions_as_notes(table, {**reading, **choices}), **choices)
    if not Path(sequence).exists():
        if sequence in {example.key for example in bundled_examples()}:
            return _read_example(sequence, options, scaling)
        keys = ", ".join(example.key for example in bundled_examples())
        raise CommandError(f"There is no file {sequence}, and no bundled example of that name. Bundled are: {keys}.")
    table = read_table(Path(sequence), part=options.part, **reading)
    return batch_of_table(_with_questions_as_notes(table, {**reading, **choices}), **choices)


def _with_questions_as_notes(table: Table, given: dict[str, Any]) -> Table:
    """The table with what it leaves open among its notes, each with the option that settles it."""
    from lstm_viz.sequences.reading_options import COLUMN_OPTIONS

    notes = [
        question.note() if question.option in given else question.sentence(shell_argument)
        for question in table.questions
        if question.option not in COLUMN_OPTIONS or question.option not in given
    ]
    return replace(table, notes=(*notes, *table.notes), questions=())


def _scaling(model: ModelArgument, options: SequenceOptions) -> dict[str, Any]:
    """What a model's file says of its features, as an option. CommandError where it is told to scale otherwise."""
    if model.inputs is None or options.through:
        return {}
    if options.standardise:
        raise CommandError(
            f"{model.title[:1].upper()}{model.title[1:]} has a centre and a scale of its own for each feature, which "
            "scale its values. Leave --standardise out; for values that are scaled already say --as-is."
        )
    return {"scaling": model.inputs if options.standardise is None else model.inputs.unscaled}


def _read_example(key: str, options: SequenceOptions, scaling: dict[str, Any]) -> SequenceBatch:
    """A bundled example as its model learned it, but for the given options."""
    from lstm_viz.sequences.examples import bundled_examples, example_table, load_example
    from lstm_viz.sequences.preparation import prepare

    example = next(example for example in bundled_examples() if example.key == key)
    given = ({"features": None} | scaling if scaling else {}) | options.choices()
    if not given:
        return load_example(key)
    if example.kind == "task":
        raise CommandError(
            f"The example {key} is made by rule: there are no columns to choose. Leave {', '.join(given)} out."
        )
    return replace(prepare(example_table(key), example.choices.but(**given)), source=example.title)


def _character_vocabulary(model: ModelArgument) -> dict[str, Any]:
    """The vocabulary of a bundled character model, as an option."""
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
        unscaled=None if batch.unscaled is None else batch.unscaled[:steps],
        notes=(*batch.notes, f"Only the first {steps:,} steps were read."),
    )


def _feature_mismatch(sequence: str, batch: SequenceBatch, model: ModelArgument, options: SequenceOptions) -> str:
    """The error message: the features expected, those that came, and the columns there are."""
    from lstm_viz.sequences.formatting import list_columns, plural

    expected = f"{model.title} reads {plural(model.features, 'feature')} a step"
    names = model.card.features if model.card else model.inputs.names if model.inputs else ()
    known = f" ({list_columns(names)})" if names else ""
    came = f"{batch.source} gives {batch.values.shape[-1]:,}: {list_columns(batch.names)}"
    there = _available_columns(sequence, options)
    sentences = [f"{expected[:1].upper()}{expected[1:]}{known}; {came}."]
    if there:
        sentences.append(f"The file's columns: {list_columns(there, most=40)}.")
    if len(there) > model.features:
        sentences.append(f"Choose {model.features:,} with --columns, in the order in which the model learned them.")
    if model.embeddings:
        sentences.append(f"For ids or text say --through {' or '.join(model.embeddings)}.")
    return " ".join(sentences)


def _available_columns(sequence: str, options: SequenceOptions) -> list[str]:
    from lstm_viz.sequences import read_table
    from lstm_viz.sequences.examples import bundled_examples, example_table

    if sequence == "-":
        return []
    if Path(sequence).exists():
        return list(read_table(Path(sequence), part=options.part, **_reading_options(options)).columns)
    kinds = {example.key: example.kind for example in bundled_examples()}
    return [] if kinds[sequence] == "task" else list(example_table(sequence).columns)


#: Values of --through and --vocabulary that are no names: one-hot features, and ASCII codes as ids.
ONE_HOT, ASCII = "one-hot", "ascii"


def embedded_batch(batch: SequenceBatch, model: ModelArgument, through: str, vocabulary: str) -> SequenceBatch:
    """The embedded sequence, where it holds ids, or with a vocabulary text.

    Raises CommandError or CheckpointError where the sequence holds neither, BadParameter for an unknown embedding.
    """
    from lstm_viz.checkpoints.apply_layers import column_ids, embed, token_ids

    table = _embedding_table(model, through)
    if vocabulary:
        ids, tokens = token_ids(batch, _embedding_vocabulary(vocabulary, len(table)))
        return embed(batch, ids, table, tokens)
    if len(batch.names) != 1:
        names = ", ".join(batch.names[:8]) + (" …" if len(batch.names) > 8 else "")
        raise CommandError(
            f"One column of ids was expected, {len(batch.names):,} came: {names}. "
            "Choose it with --columns; for text say --vocabulary."
        )
    return embed(batch, column_ids(batch, batch.names[0], len(table)), table)


def _embedding_table(model: ModelArgument, through: str) -> np.ndarray:
    """The embedding matrix, (ids, features)."""
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

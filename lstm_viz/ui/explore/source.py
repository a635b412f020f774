"""The source of a sequence: a bundled example, or the table read from an uploaded file or a text, and its batch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from lstm_viz.sequences.batch import SequenceBatch
from lstm_viz.sequences.choices import Choices, suggest_choices
from lstm_viz.sequences.errors import SequenceError
from lstm_viz.sequences.examples import Example, bundled_examples, example_table
from lstm_viz.sequences.preparation import prepare
from lstm_viz.sequences.reading_options import DEFAULTS, ReadingOptions
from lstm_viz.sequences.table import Table
from lstm_viz.ui.session import session
from lstm_viz.ui.stage.bundled_runs import example_batch


@dataclass(frozen=True)
class Source:
    """The source of a sequence. `table` is None for an example that is made by rule."""

    identity: str
    table: Table | None
    suggested: Choices
    example: Example | None = None

    @property
    def title(self) -> str:
        """What it is called on the page."""
        if self.example is not None:
            return self.example.title
        return self.table.source if self.table is not None else ""


class FileParts(NamedTuple):
    """The several tables of a file: what one is called, their names, and the one that was read."""

    kind: str
    names: tuple[str, ...]
    read: str


def source_of_example(example: Example) -> Source:
    """A bundled example."""
    table = None if example.kind == "task" else example_table(example.key)
    return Source(f"example {example.key}", table, example.choices, example)


def read_upload(identity: str, read: Callable[[], Table], part: str = "", options: ReadingOptions = DEFAULTS) -> None:
    """Reads an uploaded file or text, another part of it or in another way, once.

    A refusal is kept as a sentence, and what was there stays.
    """
    before = session.read_source
    if before == (identity, part, options):
        return
    if before[0] != identity:
        del session.file_parts
        del session.questions
    session.read_source = (identity, part, options)
    del session.read_error
    try:
        table = read()
        _remember_parts(identity, table, options)
        session.questions = (identity, table.questions)
        suggested = suggest_choices(table)
        prepare(table, suggested)
    except SequenceError as refusal:
        session.read_error = str(refusal)
    else:
        session.own_source = Source(f"own {identity} {table.part} {options.as_text()}".strip(), table, suggested)


def _remember_parts(identity: str, table: Table, options: ReadingOptions) -> None:
    """Keeps the names of a file's parts, also where the part that was read makes no sequence."""
    if len(table.parts) > 1:
        kind = "Sheet" if table.format == "xlsx" else "Array"
        session.file_parts = FileParts(kind, table.parts, table.part)
        session.read_source = (identity, table.part, options)


def prepared_batch(source: Source, choices: Choices) -> SequenceBatch:
    """The batch of a source under choices; made once a session, or once for all for an untouched example."""
    if source.example is not None and choices == source.suggested:
        return example_batch(source.example.key)
    table = _table_of(source)
    return session.batch.cached((source.identity, choices), lambda: prepare(table, choices))


def prepared_otherwise(source: Source, choices: Choices, **changes: object) -> SequenceBatch:
    """The batch of a source under choices that a model changes, such as its own scaling; not kept."""
    return prepare(_table_of(source), choices.but(**changes))


def _table_of(source: Source) -> Table:
    if source.table is None:
        raise SequenceError("A sequence made by rule has no columns to choose.")
    return source.table


def first_example() -> Example:
    """The example before anyone has chosen."""
    return next(example for example in bundled_examples() if example.key == "river")

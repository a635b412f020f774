"""Reading files and texts: bytes -> Table -> SequenceBatch.

Everything is parsed in a process of its own with limits on memory and time (see `lstm_viz.sandbox`), so the
worst a file can do is to be refused with a sentence.
"""

from __future__ import annotations

import os
import re
import warnings
from pathlib import Path
from typing import Any

from lstm_viz.files.sizes import size_in_words
from lstm_viz.sandbox.process import Reader, read_in_child
from lstm_viz.sequences.batch import SequenceBatch
from lstm_viz.sequences.choices import suggest_choices
from lstm_viz.sequences.errors import ReadingWarning, SequenceError
from lstm_viz.sequences.limits import Limits
from lstm_viz.sequences.preparation import prepare
from lstm_viz.sequences.readers.formats import EXTENSIONS
from lstm_viz.sequences.reading_options import COLUMN_OPTIONS, OPTION_NAMES, ReadingOptions
from lstm_viz.sequences.table import Table, decode_table

#: The longest file name that is shown.
MAX_NAME_LENGTH = 100

TABLE_READER = Reader(
    "lstm_viz.sequences.readers:make_table_reader",
    SequenceError,
    decode_table,
    too_large_advice="Keep fewer rows or columns, or save it as CSV.",
    damaged_advice="Save it again as CSV, or keep fewer rows or columns.",
)


def read_sequence(
    source: bytes | str | os.PathLike[str], name: str = "", *, part: str = "", **options: Any
) -> SequenceBatch:
    """The sequences in a file (a path or its bytes) or in a text, with the choices that suit them.

    `part` names a workbook's sheet or an NPZ file's array. Other keywords say how the file is read, by their names in
    `ReadingOptions`: decimal, missing, day_first, year_first, first_year, pivot, header, row_is, padding; or override
    choices, by theirs in `Choices`: features, time, sequence, gaps, standardise, rows, steps, vocabulary, scaling.
    Where a file may be read in two ways a ReadingWarning says what was taken, with an example from the file, and which
    keyword settles it. For a model that knows its features pass scaling=models[name].origin.inputs: columns are taken
    by its names, in its order, and scaled by the numbers that it was trained with.
    A string is a path where such a file exists or where it is one word that ends like a file's
    name ("river.csv"), else the text itself. Raises SequenceError with one sentence for a person.

    >>> batch = read_sequence("1.0 2.0 4.0 8.0", standardise=False)
    >>> batch.values.ravel().tolist()
    [1.0, 2.0, 4.0, 8.0]
    """
    if not isinstance(source, bytes | bytearray | memoryview | str | os.PathLike):
        raise SequenceError(f"A path, bytes or a text can be read; this is of the type {type(source).__name__}.")
    pasted = isinstance(source, str) and not _is_path(source)
    reading = {key: options.pop(key) for key in OPTION_NAMES if key in options and key not in COLUMN_OPTIONS}
    table = read_pasted(str(source), **reading) if pasted else read_table(source, name, part=part, **reading)
    for question in table.questions:
        if reading.get(question.option) is None and question.option not in options:
            warnings.warn(question.sentence(), ReadingWarning, stacklevel=2)
    return batch_of_table(table, **options)


def batch_of_table(table: Table, **choices: Any) -> SequenceBatch:
    """The batch of a table under the choices that suit it, but for those that are given."""
    suggested = suggest_choices(table)
    if {"time", "sequence"} & set(choices):
        suggested = suggested.but(features=None)  # a column in another part than suggested is no feature, or is one
    if getattr(choices.get("scaling"), "names", ()):
        suggested = suggested.but(features=None)  # the model's own, by their names
    return prepare(table, suggested.but(**choices))


def read_table(
    data: bytes | str | os.PathLike[str],
    name: str = "",
    *,
    part: str = "",
    limits: Limits | None = None,
    **options: Any,
) -> Table:
    """The columns of a file: a table, arrays, a recording or a text, of the kinds that docs/files.md lists.

    `data` is the file's bytes, or a path to it. `name` is only shown, and tells formats apart where
    the bytes alone don't. `part` is the sheet of a workbook or the array of an NPZ file that is
    wanted, "" for the first sheet with rows or the largest array; the table's `parts` are their
    names. `options` are those of `ReadingOptions`; what the file leaves open is among the table's `questions`.
    Raises SequenceError with one sentence for a person.

    >>> table = read_table(b"flow,rain\\n1.5,0\\n1.7,NA\\n", "river.csv")
    >>> table.columns["rain"]
    array([ 0., nan])
    """
    limits = limits or Limits()
    if isinstance(data, str | os.PathLike):
        name = name or os.fspath(data)
        data = _read_bytes(os.fspath(data), limits)
    return _read_checked(bytes(data), display_name(name), False, limits, ReadingOptions(**options), part)


def read_pasted(text: str, *, limits: Limits | None = None, **options: Any) -> Table:
    """The columns of a text pasted into a box: numbers or a table if it looks like one, else characters.

    >>> read_pasted("1.0 2.5 4.0").columns["value"]
    array([1. , 2.5, 4. ])
    >>> list(read_pasted("abba").columns["character"])
    ['a', 'b', 'b', 'a']
    """
    data = text.encode("utf-8", "replace")
    return _read_checked(data, "pasted text", True, limits or Limits(), ReadingOptions(**options))


def display_name(name: str) -> str:
    """A stranger's file name as it may be shown: its last part, printable, not too long.

    >>> display_name("../../etc/river.csv")
    'river.csv'
    """
    last = re.split(r"[/\\]", name.rstrip("/\\"))[-1]
    printable = "".join(character for character in last if character.isprintable()).strip()
    if len(printable) <= MAX_NAME_LENGTH:
        return printable
    stem, dot, ending = printable.rpartition(".")
    kept = MAX_NAME_LENGTH - len(ending) - 2
    return f"{stem[:kept]}…{dot}{ending}" if dot and kept > 0 else printable[: MAX_NAME_LENGTH - 1] + "…"


def _is_path(text: str) -> bool:
    """Whether a file is meant: one that exists, or a single word that ends as files do."""
    try:
        word = not any(character.isspace() for character in text)
        return "\n" not in text and (Path(text).is_file() or (word and Path(text).suffix[1:].lower() in EXTENSIONS))
    except (OSError, ValueError):
        return False


def _read_checked(
    data: bytes, name: str, pasted: bool, limits: Limits, options: ReadingOptions, part: str = ""
) -> Table:
    what = "text" if pasted else "file"
    if not data.strip():
        raise SequenceError(f"The {what} is empty. Choose one with a header and rows of numbers.")
    if len(data) > limits.upload_bytes:
        raise SequenceError(
            f"The {what} has more than {size_in_words(limits.upload_bytes)}, which is the limit. "
            "Keep fewer rows or columns."
        )
    return read_in_child(TABLE_READER, data, limits, name=name, pasted=pasted, part=part, options=options.given())


def _read_bytes(path: str, limits: Limits) -> bytes:
    """The bytes of a file, one past the limit at most, so that a huge one is refused by its size."""
    if re.match(r"[a-z][a-z0-9+]+://", path):
        raise SequenceError(f"{path[:200]} is a web address, not a file. Download it and open the file.")
    if not Path(path).is_file():
        raise SequenceError(f"There is no file at {path[:200]}. Check the path.")
    try:
        with Path(path).open("rb") as file:
            return file.read(limits.upload_bytes + 1)
    except OSError as error:
        raise SequenceError(f"The file at {path[:200]} can't be opened: {error.strerror}.") from error

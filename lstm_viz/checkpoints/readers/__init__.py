"""Readers, one module a format: bytes -> Contents. The app runs them in the sandbox's child process alone.

`make_contents_reader` is what the child runs. `read` runs a reader in this process, without limits: for tests, and for
files of one's own. `formats`, which only recognises a file and lists the endings, is imported by the app itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from itertools import accumulate

from lstm_viz.checkpoints.contents import Contents, encode_contents, with_names_of_their_own
from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.formatting import list_names
from lstm_viz.checkpoints.limits import CheckpointLimits
from lstm_viz.checkpoints.readers.formats import detect_format
from lstm_viz.checkpoints.weight_layouts import ONE_BIAS_NOTE
from lstm_viz.sandbox.wire import Message

#: How the parts of a model in several files are called: model-00001-of-00002.safetensors.
SHARD = re.compile(r"(?<!\d)(?P<number>\d{1,6})[-_]of[-_](?P<of>\d{1,6})(?!\d)")
#: A file's bytes, or a view of them.
Data = bytes | memoryview
#: What a format's module calls `read`: what is in a file. Raises CheckpointError.
Reader = Callable[[Data, CheckpointLimits], Contents]


def make_contents_reader(data: Data, limits: CheckpointLimits, *, name: str) -> Callable[[], Message]:
    """What the sandbox runs: the file's own reader, loaded at once, which gives the contents as a message."""
    reader = load_reader(data, name)
    return lambda: encode_contents(_of_one_file(reader, data, name, limits))


def make_folder_reader(
    data: Data, limits: CheckpointLimits, *, kind: str, files: list[tuple[str, int]]
) -> Callable[[], Message]:
    """What the sandbox runs for a model of several files, which come one after the other: each by its name and size."""
    from lstm_viz.checkpoints.readers.several_files import READERS

    view, places = memoryview(data), [0, *accumulate(size for _, size in files)]
    parts = {name: view[start : start + size] for (name, size), start in zip(files, places, strict=False)}
    return lambda: encode_contents(run_reader(lambda _, given: READERS[kind](parts, given), data, limits))


def load_reader(data: Data, name: str) -> Reader:
    """What reads a file, its library loaded. CheckpointError where it is no model's file, or its library is missing."""
    format = detect_format(data, name)
    try:
        reader: Reader = import_module(f"{__name__}.{format.reader}").read  # torch_file, onnx, ...: `formats`
    except ModuleNotFoundError as error:
        raise CheckpointError(
            f"This is {format.article} file, and what reads those is not installed. "
            f"Run: pip install {error.name or format.reader}."
        ) from error
    return (lambda given, limits: reader(bytes(given), limits)) if format.needs_bytes else reader


def read(data: Data, name: str, limits: CheckpointLimits) -> Contents:
    """What is in the file, read in this process. Raises CheckpointError, or MemoryError."""
    return _of_one_file(load_reader(data, name), data, name, limits)


def _of_one_file(reader: Reader, data: Data, name: str, limits: CheckpointLimits) -> Contents:
    """What a file holds. Of one that is by its name a part of a model, nothing that may be missing is taken for none.

    Raises CheckpointError, with what to open instead, where a part lacks weights or biases.
    """
    part = SHARD.search(name)
    if part is None:
        return run_reader(reader, data, limits)
    rest = (
        f"This file is part {int(part['number'])} of {int(part['of'])} of a model. Open the folder with all parts and "
        "their index (.index.json), or choose all of them together."
    )
    try:
        contents = run_reader(reader, data, limits)
    except CheckpointError as error:
        raise CheckpointError(f"{error} {rest}") from error
    without = [found.name for found in contents.lstms if not found.lstm_shape.bias or ONE_BIAS_NOTE in found.notes]
    if without:
        raise CheckpointError(f"Biases of {list_names(without)} may be in another file. {rest}")
    return replace(contents, notes=(*contents.notes, rest))


def run_reader(reader: Reader, data: Data, limits: CheckpointLimits) -> Contents:
    """What a reader finds; whatever else a parser raises becomes a sentence for a person."""
    try:
        return with_names_of_their_own(reader(data, limits))
    except (CheckpointError, MemoryError, SystemError):
        raise
    except Exception as error:
        raise CheckpointError(damaged_file_message(error)) from error


def damaged_file_message(error: Exception) -> str:
    """The sentence for whatever else a parser raised.

    >>> damaged_file_message(RecursionError("maximum recursion depth exceeded"))
    'The file is damaged or incomplete (RecursionError). Copy it again from its source, or save the model again.'
    """
    return (
        f"The file is damaged or incomplete ({type(error).__name__}). "
        "Copy it again from its source, or save the model again."
    )

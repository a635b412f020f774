"""Readers, one module a format: bytes -> Contents. They run in the reading process (see `child`) alone."""

from __future__ import annotations

from importlib import import_module
from typing import Protocol

from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.found import Contents
from lstm_viz.checkpoints.limits import CheckpointLimits
from lstm_viz.checkpoints.readers.formats import format_of


class Reader(Protocol):
    """A format's module."""

    def read(self, data: bytes, limits: CheckpointLimits) -> Contents:
        """What is in the file. Raises CheckpointError."""


def reader_of(data: bytes, name: str) -> Reader:
    """The module that reads a file, loaded. CheckpointError where it is no model's file, or its library is missing."""
    wanted = format_of(data, name)
    try:
        module: Reader = import_module(f"{__name__}.{wanted.reader}")  # type: ignore[assignment]
    except ModuleNotFoundError as error:
        raise CheckpointError(
            f"This is {wanted.article} file, and what reads those is not installed. "
            f"Run: pip install {error.name or wanted.reader}."
        ) from error
    return module


def read(data: bytes, name: str, limits: CheckpointLimits) -> Contents:
    """What is in a file, read in this process. Raises CheckpointError, or whatever a library raises."""
    return reader_of(data, name).read(data, limits)

"""Loading trained models: from a checkpoint's bytes to LSTMs ready to trace, and the layers round them.

A file is read in a process of its own with limits on memory and time (see `lstm_viz.sandbox`), so the
worst it can do is to be refused with a sentence.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.found import Contents, FoundLSTM, Neighbour, contents_from
from lstm_viz.checkpoints.limits import CheckpointLimits
from lstm_viz.sandbox.process import Reader, read_in_child
from lstm_viz.sandbox.sizes import megabytes

if TYPE_CHECKING:
    from torch import nn

CHECKPOINTS = Reader(
    "lstm_viz.checkpoints.readers:reader_of_contents",
    CheckpointError,
    contents_from,
    smaller="Save the weights alone.",
    again="Copy it again from its source, or save the weights alone.",
)


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """What a file holds: LSTMs by name, what may stand round them, and what was left out, a sentence each."""

    contents: Contents

    @property
    def format(self) -> str:
        """What the file is: PyTorch, safetensors, ONNX, Keras."""
        return self.contents.format

    @cached_property
    def found(self) -> dict[str, FoundLSTM]:
        """Each LSTM as it stands in the file."""
        return {lstm.name: lstm for lstm in self.contents.lstms}

    @cached_property
    def models(self) -> dict[str, nn.LSTM]:
        """Each LSTM ready to trace."""
        from lstm_viz.checkpoints.modules import module_of

        return {name: module_of(lstm) for name, lstm in self.found.items()}

    @property
    def neighbours(self) -> tuple[Neighbour, ...]:
        """Matrices that may stand before or after; nothing of them is used unasked."""
        return self.contents.neighbours

    @property
    def notes(self) -> tuple[str, ...]:
        """What was done or left out, a sentence each."""
        return self.contents.notes


def open_checkpoint(data: bytes, name: str, *, limits: CheckpointLimits | None = None) -> Checkpoint:
    """What a model's file holds: PyTorch, safetensors, ONNX or Keras. Nothing in it runs.

    data: the file's bytes, by which its format is known; name: the file's, whose ending tells where they don't.

    Raises CheckpointError where there is no LSTM in it, or it can't be opened.

    >>> import numpy as np
    >>> from safetensors.numpy import save
    >>> data = save({"cell.weight_ih": np.zeros((12, 2), "f"), "cell.weight_hh": np.zeros((12, 3), "f")})
    >>> open_checkpoint(data, "model.safetensors").models
    {'cell': LSTM(2, 3, bias=False)}
    """
    limits = limits or CheckpointLimits()
    if len(data) > limits.file_bytes:
        raise CheckpointError(
            f"This file has {megabytes(len(data))}; the limit is {megabytes(limits.file_bytes)}. "
            "Save the weights alone."
        )
    return Checkpoint(read_in_child(CHECKPOINTS, data, limits, name=name))


def load_models(file: str | os.PathLike[str]) -> dict[str, nn.LSTM]:
    """Every LSTM in a model's file, by its name there, ready to trace.

    file: a PyTorch checkpoint (a state_dict at any depth; nn.LSTM's and nn.LSTMCell's names), a safetensors,
        ONNX or Keras file. Nothing in it runs.

    Raises CheckpointError (a ValueError), with what was expected, what came and what to do; OSError where the
    file is not there.
    """
    path = Path(file)
    return open_checkpoint(path.read_bytes(), path.name).models

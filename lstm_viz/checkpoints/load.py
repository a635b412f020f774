"""Loading a model file: its LSTMs as torch modules ready to trace, and the layers next to them."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from lstm_viz.cells.activated_lstm import ActivatedLSTM
from lstm_viz.cells.file_lstm import Direction, FileLSTM, Origin
from lstm_viz.checkpoints.contents import (
    FIXED_LENGTHS_NOTE,
    FIXED_STATE_NOTE,
    AdjacentLayer,
    Contents,
    FoundLSTM,
    decode_contents,
)
from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.folder import find_files, is_several_files, read_files, read_given
from lstm_viz.checkpoints.formatting import list_names, quote
from lstm_viz.checkpoints.limits import CheckpointLimits
from lstm_viz.checkpoints.lstm_shape import BACKWARD, BIDIRECTIONAL, FORWARD
from lstm_viz.files.sizes import size_in_words
from lstm_viz.sandbox.half_precision import widened
from lstm_viz.sandbox.process import Reader, read_in_child
from lstm_viz.sandbox.wire import OpenFile
from lstm_viz.sequences.formatting import plural

CHECKPOINT_READER = Reader(
    "lstm_viz.checkpoints.readers:make_contents_reader",
    CheckpointError,
    decode_contents,
    too_large_advice="Save the weights alone.",
    damaged_advice="Copy it again from its source, or save the weights alone.",
)


#: LSTMs of one note that are told of one by one.
FEW = 3


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """What a file holds: LSTMs by name, what may stand round them, and what was left out, a sentence each."""

    contents: Contents

    @property
    def format(self) -> str:
        """What the file is: PyTorch, TorchScript, safetensors, ONNX, Keras ..."""
        return self.contents.format

    @cached_property
    def found(self) -> dict[str, FoundLSTM]:
        """Each LSTM as it stands in the file, with what is said of the embedding before it."""
        return {
            lstm.name: replace(lstm, notes=(*lstm.notes, *_embedding_notes(lstm, self.neighbours)))
            for lstm in self.contents.lstms
        }

    @cached_property
    def models(self) -> dict[str, FileLSTM]:
        """Each LSTM ready to trace, with what the file says of it in `origin`."""

        return {name: build_module(lstm, self.notes) for name, lstm in self.found.items()}

    @property
    def neighbours(self) -> tuple[AdjacentLayer, ...]:
        """Matrices that may stand before or after; nothing of them is used unasked."""
        return self.contents.adjacent_layers

    @property
    def notes(self) -> tuple[str, ...]:
        """What was done or left out, a sentence each."""
        return self.contents.notes

    @property
    def caveats(self) -> tuple[str, ...]:
        """Every note, of each LSTM with its name and of the file, once each; of many LSTMs in one line."""
        return tuple(dict.fromkeys([*self.notes_of_lstms(quote), *self.notes]))

    def notes_of_lstms(self, called: Callable[[str], str]) -> Iterator[str]:
        """The notes of LSTMs, each after the names that it is of; `called` writes a name alone."""
        about: dict[str, list[str]] = {}
        for name, lstm in self.found.items():
            for note in dict.fromkeys(lstm.notes):
                about.setdefault(note, []).append(name)
        for name, lstm in self.found.items():
            yield from (f"{called(name)}: {note}" for note in dict.fromkeys(lstm.notes) if len(about[note]) <= FEW)
        for note, names in about.items():
            if len(names) > FEW:
                yield f"{list_names(names, most=4)}, each: {note}"


def open_checkpoint(data: bytes | OpenFile, name: str, *, limits: CheckpointLimits | None = None) -> Checkpoint:
    """What a model's file holds, of any kind in `readers.formats`. Nothing in it runs.

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
            f"This file has {size_in_words(len(data))}; the limit is {size_in_words(limits.file_bytes)}. "
            "Save the weights alone."
        )
    return Checkpoint(read_in_child(CHECKPOINT_READER, data, limits, name=name))


def open_path(path: Path, *, epoch: int | None = None, limits: CheckpointLimits | None = None) -> Checkpoint:
    """What the model at a path holds: a file, a folder or an index of several files. Only the files needed are read.

    epoch: of a run of NeuralHydrology, the epoch whose weights are read; the last one if it is not said.

    Raises CheckpointError where there is no LSTM, or it can't be opened; OSError where nothing is there.
    """
    limits = limits or CheckpointLimits()
    if epoch is None and not is_several_files(path):
        with OpenFile(path) as data:
            return open_checkpoint(data, path.name, limits=limits)
    chosen = find_files(path, limits, epoch=epoch)
    if not chosen.kind:
        (file,) = chosen.files.values()
        checkpoint = open_path(file, limits=limits)
        note = f"The folder's file {quote(str(file.relative_to(path)))} was opened."
        return Checkpoint(replace(checkpoint.contents, notes=(*checkpoint.notes, note)))
    return Checkpoint(read_files(chosen, limits))


def open_files(files: Mapping[str, bytes], *, limits: CheckpointLimits | None = None) -> Checkpoint:
    """What a model's files hold, by their names: one, all shards of a model, or the files of a NeuralHydrology run.

    Raises CheckpointError where there is no LSTM in them, one is missing, or they can't be opened.
    """
    if len(files) == 1:
        ((name, data),) = files.items()
        return open_checkpoint(data, name, limits=limits)
    return Checkpoint(read_given(files, limits or CheckpointLimits()))


def load_models(file: str | os.PathLike[str], *, epoch: int | None = None) -> dict[str, FileLSTM]:
    """Every LSTM in a model's file, by its name there, ready to trace: a `torch.nn.LSTM` that takes time first.

    file: a PyTorch checkpoint or whole model, TorchScript, torch.export, safetensors, ONNX, Keras, NumPy, Paddle or
        Stable-Baselines3 file; the index of a model in several files, or its folder; a folder of Hugging Face's; the
        folder of a NeuralHydrology run. Nothing in it runs.
    epoch: of a NeuralHydrology run, the epoch whose weights are read; the last one if it is not said.

    A RuntimeWarning says each note of the file, once: what was assumed, what was left out, what the model does besides.
    `models[name].origin` keeps them, with the state and the lengths that the file fixes, from which `lstm_viz.trace`
    starts, and with the order of the model's axes. Where the file says the names, centre and scale of its features,
    `read_sequence(table, scaling=models[name].origin.inputs)` reads a table as the model learned it.

    Raises CheckpointError (a ValueError), with what was expected, what came and what to do; OSError where the
    file is not there.
    """
    path = Path(file)
    checkpoint = open_path(path, epoch=epoch)
    for caveat in checkpoint.caveats:
        warnings.warn(f"{path.name}: {caveat}", RuntimeWarning, stacklevel=2)
    return checkpoint.models


def build_module(found: FoundLSTM, file_notes: tuple[str, ...] = ()) -> FileLSTM:
    """The module, time first, in eval mode. CheckpointError where the parameters don't fit together.

    torch has no LSTM that reads from the end alone: one that does gets a forward half of zeros, whose states are 0
    at every step.

    >>> build_module(FoundLSTM("lstm", "", {"weight_ih_l0": np.zeros((8, 3)), "weight_hh_l0": np.zeros((8, 2))}))
    LSTM(3, 2, bias=False)
    """
    shape = found.lstm_shape
    parameters = {name: widened(part) for name, part in found.parameters.items()}
    kind = np.result_type(*parameters.values())
    given = {name: torch.from_numpy(part.astype(kind, copy=False)) for name, part in parameters.items()}
    kind_of_module = (
        FileLSTM if found.activations.is_standard else partial(ActivatedLSTM, activations=found.activations)
    )
    module = kind_of_module(
        shape.input_size,
        shape.hidden_size,
        num_layers=shape.num_layers,
        bias=shape.bias,
        bidirectional=shape.directions != FORWARD,
        proj_size=shape.proj_size,
        device="meta",
        dtype=next(iter(given.values())).dtype,
        origin=_origin(found, file_notes),
    )
    full = {name: _pad_parameter(given.get(name), part) for name, part in module.state_dict().items()}
    module.load_state_dict(full, assign=True)
    return module.eval().requires_grad_(False)


def _embedding_notes(found: FoundLSTM, neighbours: Iterable[AdjacentLayer]) -> Iterator[str]:
    """What is said of the embeddings before an LSTM, whose rows it is given in its model."""
    for layer in neighbours:
        if layer.kind == "embedding" and (why := layer.adjacent_to.get(found.name)):
            rows, width = layer.shape
            yield (
                f"Before it comes the embedding {quote(layer.name)} of {rows:,} kinds ({why}): it reads rows of "
                f"{plural(width, 'number')} from there, not the ids."
            )


#: How an LSTM reads, by the directions of its parameters.
DIRECTIONS: dict[tuple[str, ...], Direction] = {
    FORWARD: "forward",
    BACKWARD: "backward",
    BIDIRECTIONAL: "bidirectional",
}


def _origin(found: FoundLSTM, file_notes: tuple[str, ...]) -> Origin:
    """What goes with the module; of a fixed state and lengths each run says itself what it did with them."""
    own = [note for note in found.notes if note != FIXED_STATE_NOTE and not note.startswith(FIXED_LENGTHS_NOTE)]
    return Origin(
        name=found.name,
        kind=found.kind,
        notes=tuple(dict.fromkeys([*own, *file_notes])),
        initial_state=initial_state_of(found),
        lengths=found.lengths,
        batch_first=found.batch_first,
        direction=DIRECTIONS[found.lstm_shape.directions],
        inputs=found.inputs,
    )


def initial_state_of(found: FoundLSTM) -> tuple[np.ndarray, np.ndarray] | None:
    """The state that the file starts from as the module takes it, (h_0, c_0); None where it is zero.

    >>> weights = {"weight_ih_l0_reverse": np.zeros((8, 3)), "weight_hh_l0_reverse": np.zeros((8, 2))}
    >>> ones = np.ones((1, 1, 2))
    >>> initial_state_of(FoundLSTM("lstm", "", weights, initial_state=(ones, ones)))[0].tolist()
    [[[0.0, 0.0]], [[1.0, 1.0]]]
    """
    if found.initial_state is None or found.lstm_shape.directions != BACKWARD:
        return found.initial_state
    h_0, c_0 = (
        np.stack([np.zeros_like(part), part], axis=1).reshape(-1, *part.shape[1:]) for part in found.initial_state
    )
    return h_0, c_0


def _pad_parameter(given: Tensor | None, part: Tensor) -> Tensor:
    """A parameter of torch's module from the file's: the forward half that a file lacks is zero and adds nothing."""
    if given is None:
        return torch.zeros(part.shape, dtype=part.dtype)
    missing = part.shape[-1] - given.shape[-1]
    return torch.cat([given.new_zeros(len(given), missing), given], dim=1) if missing else given

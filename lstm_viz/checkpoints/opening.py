"""From a model's file to what stands in it: LSTMs ready to trace, and the layers round them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from torch import Tensor, nn

from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.finding import groups, module_of
from lstm_viz.checkpoints.tensors import tensors_of


class Neighbour(NamedTuple):
    """A matrix that may stand before or after an LSTM, by its shape; nothing of it is used unasked."""

    name: str
    shape: tuple[int, int]
    reading: str


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """What a file holds: LSTMs by name, what may stand round them, and what was left out, a sentence each."""

    models: dict[str, nn.LSTM]
    neighbours: tuple[Neighbour, ...]
    notes: tuple[str, ...]


def open_checkpoint(data: bytes, name: str) -> Checkpoint:
    """What a PyTorch checkpoint (.pt, .pth, .ckpt, .bin) or a safetensors file holds.

    Raises CheckpointError where there is no LSTM in it, or it can't be opened.

    >>> from safetensors.torch import save
    >>> data = save({f"cell.{name}": part for name, part in nn.LSTMCell(2, 3).state_dict().items()})
    >>> open_checkpoint(data, "model.safetensors").models
    {'cell': LSTM(2, 3)}
    """
    tensors = tensors_of(data, name)
    found = groups(tensors)
    models = {stem: module_of(group) for stem, group in found.items() if group.kind == "LSTM"}
    others = [
        f"“{stem}” is {_article(group.kind)} and was left out." for stem, group in found.items() if stem not in models
    ]
    if not models:
        raise CheckpointError(_nothing(tensors, others))
    return Checkpoint(models, tuple(_neighbours(tensors, models)), tuple(others))


def load_models(file: str | os.PathLike[str]) -> dict[str, nn.LSTM]:
    """Every LSTM in a checkpoint, by its name there, ready to trace.

    file: a PyTorch checkpoint (a state_dict at any depth; nn.LSTM's and nn.LSTMCell's names) or a safetensors
        file. Nothing in it runs.

    Raises CheckpointError (a ValueError), with what was expected, what came and what to do; OSError where the
    file is not there.
    """
    path = Path(file)
    return open_checkpoint(path.read_bytes(), path.name).models


def _article(kind: str) -> str:
    return kind if kind.startswith("something") else f"a {kind}"


def _nothing(tensors: dict[str, Tensor], others: list[str]) -> str:
    names = list(tensors)
    listed = ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
    wanted = "No LSTM was found: weights named as torch.nn.LSTM names them (weight_ih_l0, …) were expected."
    return " ".join([wanted, *others, f"The file has {listed}."])


def _neighbours(tensors: dict[str, Tensor], models: dict[str, nn.LSTM]) -> list[Neighbour]:
    """Matrices whose shape fits before or after one of the LSTMs."""
    found = []
    for name, tensor in tensors.items():
        if tensor.ndim != 2 or not name.endswith("weight"):
            continue
        rows, columns = tuple(tensor.shape)
        for stem, lstm in models.items():
            width = (lstm.proj_size or lstm.hidden_size) * (1 + lstm.bidirectional)
            if columns == lstm.input_size and "emb" in name.lower():
                found.append(Neighbour(name, (rows, columns), f"an embedding of {rows:,} kinds before “{stem}”"))
            elif columns == width:
                found.append(Neighbour(name, (rows, columns), f"a linear layer of {rows:,} outputs after “{stem}”"))
    return found

"""PyTorch checkpoints, by torch's own restricted reader: numbers, names and plain containers, no code.

`readers.formats` names it, `readers.load_reader` imports it by that name.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import PurePath
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lstm_viz.checkpoints.contents import Contents
from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.formatting import quote
from lstm_viz.checkpoints.limits import CheckpointLimits
from lstm_viz.checkpoints.state_dict import contents_of
from lstm_viz.checkpoints.stored_tensor import StoredTensor, unsupported_dtype_error

EXPORT_ADVICE = "In the program that made it, run torch.save(model.state_dict(), 'model.pt') and open that."


def read(data: bytes, limits: CheckpointLimits) -> Contents:
    """The LSTMs of a checkpoint that holds a state_dict at any depth.

    Raises CheckpointError where the file is a program, would run code, is broken or too large.

    >>> file = io.BytesIO()
    >>> torch.save({"epoch": 3, "model_state": {"module.lstm.weight_hh_l0": torch.ones(8, 2)}}, file)
    >>> read(file.getvalue(), CheckpointLimits())
    Traceback (most recent call last):
    lstm_viz.checkpoints.errors.CheckpointError: “model_state.lstm” lacks “weight_ih_l0”: its weights are not all in \
this file.
    """
    _refuse_torchscript(data, limits)
    tensors = dict(_flatten(_unpickle(data), limits))
    limits.check("tensors", len(tensors), limits.tensors)
    if not tensors:
        raise CheckpointError(f"There are no tensors in this file; a state_dict was expected. {EXPORT_ADVICE}")
    return contents_of("PyTorch", {name: _stored_tensor(name, tensor) for name, tensor in tensors.items()})


def _refuse_torchscript(data: bytes, limits: CheckpointLimits) -> None:
    """TorchScript is a program, and a packed archive may be far larger than its file."""
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return
    entries = zipfile.ZipFile(io.BytesIO(data)).infolist()
    limits.check("parts", len(entries), limits.tensors)
    names = [PurePath(entry.filename).parts for entry in entries]
    if any("code" in parts or parts[-1:] == ("constants.pkl",) for parts in names):
        raise CheckpointError(f"This is a TorchScript program, not a file of weights. {EXPORT_ADVICE}")
    unpacked = sum(entry.file_size for entry in entries)
    limits.check_unpacked(unpacked)
    if unpacked > max(2 * len(data), 10**6):
        raise CheckpointError("This archive unpacks to far more than its own size, as no file of torch.save does.")


def _unpickle(data: bytes) -> Any:
    """What the file holds; torch itself refuses everything but numbers, names and plain containers."""
    try:
        return torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except Exception as error:  # a broken pickle may raise anything
        if "GLOBAL" in str(error) or "allowed" in str(error):
            raise CheckpointError(
                f"This file holds Python objects besides its weights, and opening those could run code. {EXPORT_ADVICE}"
            ) from error
        raise CheckpointError(
            "This is no whole PyTorch file: a checkpoint written by torch.save was expected. "
            "Copy it again from its source."
        ) from error


def _flatten(value: Any, limits: CheckpointLimits, path: str = "", depth: int = 0) -> Iterator[tuple[str, Tensor]]:
    """Tensors at any depth of dictionaries and lists; what optimisers hold is passed over."""
    if isinstance(value, Tensor):
        yield path, value.detach()
    elif depth < limits.levels:
        for name, part in _items(value):
            if not name.startswith("optim"):
                yield from _flatten(part, limits, f"{path}.{name}" if path else name, depth + 1)


def _items(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        yield from ((str(name), part) for name, part in value.items())
    elif isinstance(value, list | tuple):
        yield from ((str(number), part) for number, part in enumerate(value))


def _stored_tensor(name: str, tensor: Tensor) -> StoredTensor:
    """A tensor as one of the file, its numbers yet unread. CheckpointError where it declares more than it holds."""
    if tensor.layout != torch.strided or tensor.is_quantized or tensor.device.type != "cpu":
        return StoredTensor(
            tuple(tensor.shape), str(tensor.layout), partial(_refuse_dtype, name, "a sparse or quantised tensor")
        )
    if tensor.numel() * tensor.element_size() > tensor.untyped_storage().nbytes():
        raise CheckpointError(
            f"{quote(name)} says it has {tensor.numel():,} numbers, more than the file holds. Save the model again."
        )
    return StoredTensor(
        tuple(tensor.shape), str(tensor.dtype).removeprefix("torch."), partial(_read_array, name, tensor)
    )


def _read_array(name: str, tensor: Tensor) -> np.ndarray:
    if not tensor.dtype.is_floating_point:
        _refuse_dtype(name, str(tensor.dtype).removeprefix("torch."))
    return (tensor if tensor.dtype == torch.float64 else tensor.to(torch.float32)).contiguous().numpy()


def _refuse_dtype(name: str, kind: str) -> np.ndarray:
    raise unsupported_dtype_error(name, kind)

"""A file's tensors by name. Nothing in the file runs: no pickled code, only numbers and names."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_safetensors
from torch import Tensor

from lstm_viz.checkpoints.errors import CheckpointError

#: Bytes of a file, numbers of a tensor, entries of a file, and levels of nesting that are taken in.
MOST_BYTES = 2 * 10**9
MOST_NUMBERS = 5 * 10**8
MOST_ENTRIES = 100_000
DEEPEST = 12
TORCH, SAFETENSORS = (".pt", ".pth", ".ckpt", ".bin", ".tar"), (".safetensors",)
#: Words before a parameter's name that wrapping modules add.
WRAPPERS = frozenset({"module", "_orig_mod"})
EXPORT = "In the program that made it, run torch.save(model.state_dict(), 'model.pt') and open that."


def tensors_of(data: bytes, name: str) -> dict[str, Tensor]:
    """All tensors of a PyTorch or safetensors file, by dotted name.

    Raises CheckpointError where the file is of another kind, broken, too large, or would run code.

    >>> file = io.BytesIO()
    >>> torch.save({"epoch": 3, "model_state": {"module.lstm.bias_ih_l0": torch.ones(4)}}, file)
    >>> list(tensors_of(file.getvalue(), "model.pt"))
    ['model_state.lstm.bias_ih_l0']
    """
    if len(data) > MOST_BYTES:
        raise CheckpointError(f"This file has {len(data):,} bytes; {MOST_BYTES:,} are taken. Save the weights alone.")
    ending = PurePath(name).suffix.lower()
    if ending in SAFETENSORS:
        return _checked(_safetensors(data))
    if ending in TORCH:
        return _checked(dict(_flattened(_unpickled(data))))
    known = ", ".join((*TORCH, *SAFETENSORS))
    raise CheckpointError(f"A model file ending in {known} was expected; “{name}” came.")


def _safetensors(data: bytes) -> dict[str, Tensor]:
    try:
        return {_plain(name): tensor for name, tensor in load_safetensors(data).items()}
    except (SafetensorError, ValueError, KeyError, OverflowError) as error:
        raise CheckpointError(
            "This is no whole safetensors file: its list of tensors can't be read. Copy it again from its source."
        ) from error


def _unpickled(data: bytes) -> Any:
    """What a PyTorch file holds; torch itself refuses everything but numbers, names and plain containers."""
    _refuse_archives(data)
    try:
        return torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except Exception as error:  # a broken pickle may raise anything
        if "GLOBAL" in str(error) or "allowed" in str(error):
            raise CheckpointError(
                f"This file holds Python objects besides its weights, and opening those could run code. {EXPORT}"
            ) from error
        raise CheckpointError(
            "This is no whole PyTorch file: a checkpoint written by torch.save was expected. "
            "Copy it again from its source."
        ) from error


def _refuse_archives(data: bytes) -> None:
    """TorchScript is a program, and a packed archive may be far larger than its file."""
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return
    try:
        entries = zipfile.ZipFile(io.BytesIO(data)).infolist()
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise CheckpointError("This file's archive is broken. Copy it again from its source.") from error
    names = [PurePath(entry.filename).parts for entry in entries]
    if any("code" in parts or parts[-1:] == ("constants.pkl",) for parts in names):
        raise CheckpointError(f"This is a TorchScript program, not a file of weights. {EXPORT}")
    if sum(entry.file_size for entry in entries) > max(2 * len(data), 10**6):
        raise CheckpointError("This archive unpacks to far more than its own size, as no file of torch.save does.")


def _flattened(value: Any, path: str = "", depth: int = 0) -> Iterator[tuple[str, Tensor]]:
    """Tensors at any depth of dictionaries; what optimisers hold is passed over."""
    if isinstance(value, Tensor):
        yield _plain(path), value.detach()
    elif isinstance(value, Mapping) and depth < DEEPEST:
        for name, part in value.items():
            if isinstance(name, str) and not name.startswith("optim"):
                yield from _flattened(part, f"{path}.{name}" if path else name, depth + 1)


def _plain(name: str) -> str:
    return ".".join(part for part in name.split(".") if part not in WRAPPERS)


def _checked(found: dict[str, Tensor]) -> dict[str, Tensor]:
    if len(found) > MOST_ENTRIES:
        raise CheckpointError(f"This file has {len(found):,} tensors; {MOST_ENTRIES:,} are taken.")
    for name, tensor in found.items():
        held = tensor.untyped_storage().nbytes() // max(1, tensor.element_size())
        if tensor.numel() > min(MOST_NUMBERS, held):
            raise CheckpointError(
                f"“{name}” says it has {tensor.numel():,} numbers, more than the file holds. Export the weights again."
            )
    if not found:
        raise CheckpointError(f"There are no tensors in this file; a state_dict was expected. {EXPORT}")
    return found

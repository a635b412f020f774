"""Pickled files for tests, and every tensor in one as NumPy arrays in their stored dtypes."""

from __future__ import annotations

import io
import warnings
from typing import Any

import numpy as np
import torch

from lstm_viz.checkpoints.limits import CheckpointLimits
from lstm_viz.checkpoints.readers import torch_file
from lstm_viz.checkpoints.readers.number_formats import SMALL_FLOATS, to_floats
from lstm_viz.checkpoints.readers.pickles.machine import Steps
from lstm_viz.checkpoints.readers.pickles.module_tree import find_tensors
from lstm_viz.checkpoints.readers.pickles.numpy_values import PickledArray
from lstm_viz.checkpoints.readers.pickles.stored import TensorReader
from lstm_viz.checkpoints.readers.pickles.torch_values import PickledTensor
from lstm_viz.sandbox.half_precision import widened


def saved(value: Any, **options: Any) -> bytes:
    """What torch.save writes."""
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.save(value, file, **options)
    return file.getvalue()


def arrays_in(data: bytes) -> dict[str, np.ndarray]:
    """Every tensor and array of a file by name: formats that NumPy lacks as float32."""
    steps = Steps(10**6)
    tree = find_tensors(torch_file._load(data, CheckpointLimits(), steps), CheckpointLimits())
    reader = TensorReader(steps, 10**9)
    found = {}
    for name, part in tree.tensors.items():
        if isinstance(part, PickledArray):
            found[name] = part.numbers(name)
        elif isinstance(part, PickledTensor):
            storage = reader.storage_of(part.storage)
            assert storage is not None
            dtype = part.dtype or storage.dtype
            stored = reader.array(name, part, storage)
            stored = widened(to_floats(stored, dtype)) if dtype == "bfloat16" or dtype in SMALL_FLOATS else stored
            found[name] = -stored if part.negated else stored
    return found


def as_numpy(tensor: torch.Tensor) -> np.ndarray:
    """A tensor's numbers as `arrays_in` gives them."""
    tensor = tensor.detach().cpu().resolve_conj().resolve_neg()
    if tensor.is_quantized:
        return tensor.int_repr().numpy()
    plain = tensor.dtype != torch.bfloat16 and "float8" not in str(tensor.dtype)
    return (tensor if plain else tensor.float()).numpy()


def assert_same(found: dict[str, np.ndarray], expected: dict[str, torch.Tensor]) -> None:
    """Every number equal, bit for bit but for which NaN it is."""
    assert list(found) == list(expected)
    for name, tensor in expected.items():
        right = as_numpy(tensor)
        assert found[name].shape == right.shape, name
        assert found[name].dtype.newbyteorder("=") == right.dtype, name
        assert np.array_equal(found[name], right, equal_nan=right.dtype.kind in "fc"), name

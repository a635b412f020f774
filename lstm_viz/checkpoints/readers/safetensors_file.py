"""safetensors files: a list of names, shapes and places, and the numbers.

`readers.formats` names it, `readers.load_reader` imports it by that name. The format:
https://github.com/huggingface/safetensors#format.
"""

from __future__ import annotations

import json
import math
from functools import partial
from typing import Any

import numpy as np

from lstm_viz.checkpoints.contents import Contents
from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.formatting import quote
from lstm_viz.checkpoints.limits import CheckpointLimits
from lstm_viz.checkpoints.readers.number_formats import FLOATS, stored_dtype, to_floats
from lstm_viz.checkpoints.state_dict import contents_of
from lstm_viz.checkpoints.stored_tensor import StoredTensor, unsupported_dtype_error

#: torch's names of the format's dtypes.
DTYPES = {
    "F64": "float64",
    "F32": "float32",
    "F16": "float16",
    "BF16": "bfloat16",
    "F8_E4M3": "float8_e4m3fn",
    "F8_E5M2": "float8_e5m2",
    "I64": "int64",
    "I32": "int32",
    "I16": "int16",
    "I8": "int8",
    "U64": "uint64",
    "U32": "uint32",
    "U16": "uint16",
    "U8": "uint8",
    "BOOL": "bool",
}
#: The most bytes that the list may have, by the format.
MAX_LIST = 100_000_000
METADATA = "__metadata__"


def read(data: bytes | memoryview, limits: CheckpointLimits) -> Contents:
    """The LSTMs of a safetensors file. Raises CheckpointError where it is broken or too large.

    >>> from safetensors.numpy import save
    >>> data = save({"weight_ih": np.zeros((8, 3), "f"), "weight_hh": np.zeros((8, 2), "f")})
    >>> read(data, CheckpointLimits()).lstms[0].description
    'reads 3 features a step; 2 units in 1 layer, without biases'
    """
    return contents_of("safetensors", tensors_in(data, limits))


def tensors_in(data: bytes | memoryview, limits: CheckpointLimits) -> dict[str, StoredTensor]:
    """Every tensor of a file by name, sorted. CheckpointError where its list is broken, or lies about the numbers.

    A name that safetensors.torch.save_model left out, since its tensor is another's, is there too.
    """
    view = memoryview(data)
    listed = _list(view, limits)
    about = listed.pop(METADATA, {})
    limits.check("tensors", len(listed), limits.tensors)
    body = view[8 + int.from_bytes(view[:8], "little") :]
    try:
        _refuse_gaps(listed, len(body))
        found = {name: _stored_tensor(name, part, body) for name, part in sorted(listed.items())}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        if isinstance(error, CheckpointError):
            raise
        raise _broken() from error
    aliases = about.items() if isinstance(about, dict) else ()
    shared = {name: kept for name, kept in aliases if isinstance(kept, str) and kept in found and name not in found}
    return found | {name: found[kept] for name, kept in shared.items()}


def _list(data: memoryview, limits: CheckpointLimits) -> dict[str, Any]:
    size = int.from_bytes(data[:8], "little")
    if len(data) < 8 or size > min(MAX_LIST, len(data) - 8):
        raise _broken()
    try:
        listed = json.loads(bytes(data[8 : 8 + size]), object_pairs_hook=_without_doubles)
    except (ValueError, RecursionError) as error:
        if isinstance(error, CheckpointError):
            raise
        raise _broken() from error
    if not isinstance(listed, dict):
        raise _broken()
    return listed


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise CheckpointError("This safetensors file has two tensors of one name. Save the model again.")
    return found


def _refuse_gaps(listed: dict[str, Any], size: int) -> None:
    """The numbers of all tensors lie one after the other and fill the file."""
    end = 0
    for start, stop in sorted(tuple(part["data_offsets"]) for part in listed.values()):
        if type(start) is not int or type(stop) is not int or start != end or stop < start:
            raise _broken()
        end = stop
    if end != size:
        raise _broken()


def _stored_tensor(name: str, part: dict[str, Any], body: memoryview) -> StoredTensor:
    dtype = DTYPES.get(part["dtype"], str(part["dtype"])[:40])
    shape, (start, stop) = tuple(part["shape"]), part["data_offsets"]
    if len(shape) > 64 or any(type(length) is not int or not 0 <= length < 2**48 for length in shape):
        raise _broken()
    kind = stored_dtype(dtype)
    if kind is not None and math.prod(shape) * kind.itemsize != stop - start:
        raise CheckpointError(
            f"{quote(name)} says it has {math.prod(shape):,} numbers, but has {stop - start:,} bytes of the file. "
            "Save the model again."
        )
    return StoredTensor(shape, dtype, partial(_read_array, name, dtype, shape, body[start:stop]))


def _read_array(name: str, dtype: str, shape: tuple[int, ...], data: memoryview) -> np.ndarray:
    kind = stored_dtype(dtype)
    if kind is None or dtype not in FLOATS:
        raise unsupported_dtype_error(name, dtype)
    return to_floats(np.frombuffer(data, kind), dtype).reshape(shape)


def _broken() -> CheckpointError:
    return CheckpointError(
        "This is no whole safetensors file: its list of tensors can't be read. Copy it again from its source."
    )

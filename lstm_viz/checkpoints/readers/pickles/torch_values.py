"""Tensors in pickles: torch's own constructors, as classes that hold a storage's place, a shape and strides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.formatting import quote
from lstm_viz.checkpoints.readers.number_formats import stored_dtype
from lstm_viz.checkpoints.readers.pickles.numpy_values import Encoded
from lstm_viz.checkpoints.readers.pickles.objects import Global, Instance

#: torch's classes of storages, and the dtype of each one's numbers (torch/storage.py).
STORAGE_DTYPES = {
    "DoubleStorage": "float64",
    "FloatStorage": "float32",
    "HalfStorage": "float16",
    "BFloat16Storage": "bfloat16",
    "LongStorage": "int64",
    "IntStorage": "int32",
    "ShortStorage": "int16",
    "CharStorage": "int8",
    "ByteStorage": "uint8",
    "BoolStorage": "bool",
    "ComplexFloatStorage": "complex64",
    "ComplexDoubleStorage": "complex128",
    "QInt8Storage": "qint8",
    "QUInt8Storage": "quint8",
    "QInt32Storage": "qint32",
    #: Bytes, whose dtype the tensor says itself.
    "UntypedStorage": "uint8",
}
STORAGE_MODULES = ("torch", "torch.cuda", "torch.storage")
#: What torch.save calls an object of a C++ class, and what the names of such classes begin with.
SCRIPT_OBJECTS, SCRIPT_CLASSES = ("torch.ScriptObject", "torch._C.ScriptObject"), "__torch__.torch.classes."
#: More axes than torch itself allows a tensor.
MAX_AXES = 64


@dataclass(frozen=True, eq=False, slots=True)
class Storage:
    """A run of numbers kept outside the pickle: their dtype, how many, and how to get their bytes."""

    dtype: str
    count: int
    #: Gives the bytes. Raises CheckpointError where they are not there.
    read: Callable[[], memoryview]
    big_endian: bool = False


@dataclass(frozen=True, eq=False, slots=True)
class NestedStorage:
    """A storage inside a pickle of pickle.dump: a whole file of torch.save, which is read when it is needed."""

    file: memoryview | Encoded


@dataclass(frozen=True, eq=False, slots=True)
class NoNumbers:
    """What stands for the storage of a tensor without numbers of its own in the file, and why, a sentence."""

    why: str


META = NoNumbers(
    "is on the device “meta”, which keeps shapes and no numbers. Load the model's weights in its program before it is "
    "saved."
)
SPARSE = NoNumbers("is a sparse tensor, which is not read here. Save it as a plain one: weight.to_dense().")


@dataclass(frozen=True, eq=False, slots=True)
class Quantizer:
    """How whole numbers become weights: (number - zero point) * scale, one of each or one for each index of an axis."""

    scale: Any
    zero_point: Any
    axis: int | None = None


@dataclass(frozen=True, eq=False, slots=True)
class PickledTensor:
    """A tensor as its pickle describes it; nothing of it is checked or read yet."""

    storage: Any
    offset: Any
    shape: Any
    strides: Any
    #: Where it is not the storage's own.
    dtype: str | None = None
    quantizer: Quantizer | None = None
    #: Whether torch keeps its numbers with the other sign (the lazy view that z.imag of a conjugate is).
    negated: bool = False
    conjugated: bool = False


def storage_dtype(kind: Any) -> str | None:
    """The dtype of a storage's class; None where it is none of torch's.

    >>> storage_dtype(Global("torch", "HalfStorage"))
    'float16'
    """
    known = isinstance(kind, Global) and kind.module in STORAGE_MODULES
    return STORAGE_DTYPES.get(kind.name) if known else None


def dtype_name(value: Any) -> str:
    """A dtype's name from the name of the object, as in torch.float16."""
    if isinstance(value, Global) and value.module == "torch":
        return value.name
    raise TypeError("a dtype was expected")


def stored_array(name: str, tensor: PickledTensor, storage: Storage) -> np.ndarray:
    """A tensor's numbers as they lie in their storage, a view of it with the tensor's strides.

    Raises CheckpointError where it reaches outside its storage, or has more numbers than that.
    """
    dtype = tensor.dtype or storage.dtype
    kind = stored_dtype(dtype, big_endian=storage.big_endian)
    if kind is None:
        raise CheckpointError(f"{quote(name)} is stored as {dtype}, which is not known. Save the weights as float32.")
    shape, strides, offset = checked_layout(name, tensor)
    data = storage.read()
    whole = np.frombuffer(data[: len(data) // kind.itemsize * kind.itemsize], kind)
    numbers = int(np.prod(shape, dtype=object))
    reach = (
        0 if numbers == 0 else offset + sum((size - 1) * step for size, step in zip(shape, strides, strict=True)) + 1
    )
    if reach > len(whole) or numbers > len(whole):
        raise CheckpointError(
            f"{quote(name)} says it has {numbers:,} numbers, more than the file holds. Save the model again."
        )
    if numbers == 0:
        return np.zeros(shape, kind)
    steps = [step * kind.itemsize for step in strides]
    return np.ndarray(shape, kind, whole, offset * kind.itemsize, steps)


def checked_layout(name: str, tensor: PickledTensor) -> tuple[tuple[int, ...], tuple[int, ...], int]:
    """Shape, strides and offset of a tensor. CheckpointError where they are no whole numbers from zero up."""
    shape, strides, offset = tensor.shape, tensor.strides, tensor.offset
    lengths = isinstance(shape, tuple) and isinstance(strides, tuple) and len(shape) == len(strides) <= MAX_AXES
    if not lengths or any(type(number) is not int or not 0 <= number < 2**48 for number in (*shape, *strides, offset)):
        raise CheckpointError(f"{quote(name)} has a shape or strides that no tensor has. Save the model again.")
    return shape, strides, offset


def _rebuild_tensor(storage: Any, offset: Any, shape: Any, strides: Any, *_: Any) -> PickledTensor:
    """torch._utils._rebuild_tensor and _v2: (storage, offset, shape, strides, requires_grad, hooks, metadata)."""
    metadata = _[2] if len(_) > 2 and isinstance(_[2], dict) else {}
    negated, conjugated = metadata.get("neg") is True, metadata.get("conj") is True
    return PickledTensor(storage, offset, shape, strides, negated=negated, conjugated=conjugated)


def _rebuild_tensor_v3(
    storage: Any, offset: Any, shape: Any, strides: Any, grad: Any, hooks: Any, dtype: Any, metadata: Any = None
) -> PickledTensor:
    return PickledTensor(storage, offset, shape, strides, dtype_name(dtype))


def _rebuild_qtensor(
    storage: Any, offset: Any, shape: Any, strides: Any, parameters: Any, grad: Any, hooks: Any
) -> PickledTensor:
    scheme, *numbers = parameters
    axis = None
    if str(scheme) in ("torch.per_channel_affine", "torch.per_channel_affine_float_qparams"):
        scale, zero_point, axis = numbers
    elif str(scheme) == "torch.per_tensor_affine":
        scale, zero_point = numbers
    else:
        raise ValueError("a scheme that is not known")
    return PickledTensor(storage, offset, shape, strides, quantizer=Quantizer(scale, zero_point, axis))


def _rebuild_meta(dtype: Any, shape: Any, strides: Any, *_: Any) -> PickledTensor:
    """A tensor on the device "meta", which has a shape and no numbers."""
    return PickledTensor(META, 0, shape, strides, dtype_name(dtype))


def _rebuild_sparse(layout: Any, data: Any, *_: Any) -> PickledTensor:
    """A tensor that lists where its numbers stand; (indices, values, size) or (rows, columns, values, size)."""
    shape = next((part for part in reversed(data) if isinstance(part, tuple)), ())
    return PickledTensor(SPARSE, 0, shape, (1,) * len(shape))


def _first(value: Any, *_: Any) -> Any:
    """What stands for its first argument: a parameter for its tensor."""
    return value


def _rebuild_from_type(function: Any, kind: Any, arguments: Any, state: Any) -> Any:
    """A tensor of a subclass, or one with attributes: the tensor itself."""
    known = TENSOR_CONSTRUCTORS.get(str(function)) if isinstance(function, Global) else None
    if known is None or known is _rebuild_from_type:
        raise ValueError("a constructor that is not known")
    return known(*arguments)


def _nested_storage(file: Any) -> NestedStorage:
    if not isinstance(file, memoryview | Encoded):
        raise TypeError("bytes were expected")
    return NestedStorage(file)


def _tagged_list(value: Any, *_: Any) -> Any:
    return value


#: By the names of torch's own, which take the same arguments (torch/_utils.py, torch/jit/_pickle.py).
TENSOR_CONSTRUCTORS: dict[str, Callable[..., Any]] = {
    "torch._utils._rebuild_tensor": _rebuild_tensor,
    "torch._utils._rebuild_tensor_v2": _rebuild_tensor,
    "torch._utils._rebuild_tensor_v3": _rebuild_tensor_v3,
    "torch._utils._rebuild_parameter": _first,
    "torch._utils._rebuild_parameter_with_state": _first,
    "torch._utils._rebuild_qtensor": _rebuild_qtensor,
    "torch._utils._rebuild_device_tensor_from_cpu_tensor": _first,
    "torch._utils._rebuild_device_tensor_from_numpy": _first,
    "torch._utils._rebuild_xla_tensor": _first,
    "torch._utils._rebuild_meta_tensor_no_storage": _rebuild_meta,
    "torch._utils._rebuild_sparse_tensor": _rebuild_sparse,
    "torch._utils._rebuild_sparse_csr_tensor": _rebuild_sparse,
    "torch._tensor._rebuild_from_type": lambda function, kind, arguments, state: _rebuild_from_type(
        function, kind, arguments, state
    ),
    "torch._tensor._rebuild_from_type_v2": _rebuild_from_type,
    "torch.storage._load_from_bytes": _nested_storage,
    "torch.jit._pickle.restore_type_tag": _tagged_list,
    "torch.jit._pickle.build_tensorlist": _tagged_list,
    "torch.jit._pickle.build_intlist": _tagged_list,
    "torch.jit._pickle.build_doublelist": _tagged_list,
    "torch.jit._pickle.build_boollist": _tagged_list,
}


def is_script_object(value: Any) -> bool:
    """Whether a value is an object of torch's own C++ classes, such as packed weights."""
    if not isinstance(value, Instance):
        return False
    return value.class_name in SCRIPT_OBJECTS or value.class_name.startswith(SCRIPT_CLASSES)


def packed_state(value: Instance) -> tuple[str, Any]:
    """The class and the contents of an object of torch's C++ classes; torch.save and TorchScript write it differently.

    >>> packed_state(Instance(Global("torch", "ScriptObject"), state=((1, 2), "__torch__.torch.classes.rnn.Params")))
    ('rnn.Params', (1, 2))
    """
    if value.class_name.startswith(SCRIPT_CLASSES):
        return value.class_name.removeprefix(SCRIPT_CLASSES), value.state
    if isinstance(value.state, tuple) and len(value.state) == 2 and isinstance(value.state[1], str):
        return value.state[1].removeprefix(SCRIPT_CLASSES), value.state[0]
    return "", None

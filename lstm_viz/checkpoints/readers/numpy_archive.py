"""NumPy's archives of weights by name (.npz), and a dictionary of arrays in an .npy file.

`readers.formats` names it, `readers.load_reader` imports it by that name.
"""

from __future__ import annotations

import io
from functools import partial

import numpy as np

from lstm_viz.checkpoints.contents import Contents
from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.formatting import quote
from lstm_viz.checkpoints.limits import CheckpointLimits
from lstm_viz.checkpoints.readers.number_formats import to_floats
from lstm_viz.checkpoints.readers.pickles.machine import BrokenPickle, Steps
from lstm_viz.checkpoints.readers.pickles.module_tree import find_tensors
from lstm_viz.checkpoints.readers.pickles.numpy_values import NUMBERS
from lstm_viz.checkpoints.readers.torch_file import contents_of_tree
from lstm_viz.checkpoints.readers.torch_pickle import load_plain
from lstm_viz.checkpoints.readers.zip_archive import open_zip
from lstm_viz.checkpoints.state_dict import contents_of
from lstm_viz.checkpoints.stored_tensor import StoredTensor, unsupported_dtype_error

SAVE_BY_NAME = "Save all weights by name, as torch.nn.LSTM names them: numpy.savez('model.npz', **{name: array, ...})."
MAGIC, MAX_HEADER = b"\x93NUMPY", 10_000


def read(data: bytes | memoryview, limits: CheckpointLimits) -> Contents:
    """The LSTMs of an archive of arrays. CheckpointError where there are none, or where it is broken or too large."""
    if bytes(data[: len(MAGIC)]) == MAGIC:
        return _read_array_of_objects(memoryview(data), limits)
    archive = open_zip(data, limits)
    tensors = {}
    for member in archive.members:
        name = member.removesuffix(".npy").replace("/", ".")
        body = archive.read(member)
        header = _header(name, body)
        if header.dtype.hasobject:
            raise CheckpointError(f"{quote(name)} is no array of numbers but a Python object. {SAVE_BY_NAME}")
        tensors[name] = StoredTensor(header.shape, header.dtype.name, partial(_numbers, name, body, header))
    return contents_of("NumPy", tensors)


class _Header:
    """What an array's header says: its shape, its order, its dtype, and where its numbers begin."""

    def __init__(self, shape: tuple[int, ...], fortran: bool, dtype: np.dtype, start: int) -> None:
        self.shape, self.fortran, self.dtype, self.start = shape, fortran, dtype, start


def _header(name: str, body: memoryview) -> _Header:
    """The header of an .npy file. CheckpointError where it is none."""
    file = io.BytesIO(bytes(body[: MAX_HEADER + 20]))
    try:
        major, _ = np.lib.format.read_magic(file)
        if major not in (1, 2, 3):
            raise ValueError("a version that is none")
        read_header = np.lib.format.read_array_header_1_0 if major == 1 else np.lib.format.read_array_header_2_0
        shape, fortran, dtype = read_header(file, max_header_size=MAX_HEADER)
    except (Exception, MemoryError) as error:  # It is a Python literal, which may be nested; and it lies in 10 kB.
        raise CheckpointError(
            f"{quote(name)} has no header of an array. Copy the file again, or save the arrays again."
        ) from error
    if len(shape) > 32 or any(type(length) is not int or not 0 <= length < 2**48 for length in shape):
        raise CheckpointError(f"{quote(name)} has a shape that no array has. Save the arrays again.")
    return _Header(shape, bool(fortran), dtype, file.tell())


def _numbers(name: str, body: memoryview, header: _Header) -> np.ndarray:
    kind = header.dtype
    if kind.str[1:] not in NUMBERS or kind.kind != "f":
        raise unsupported_dtype_error(name, kind.name)
    count = int(np.prod(header.shape, dtype=object))
    if count * kind.itemsize != len(body) - header.start:
        raise CheckpointError(
            f"{quote(name)} says it has {count:,} numbers; the file holds "
            f"{(len(body) - header.start) // kind.itemsize:,} of it. Save the arrays again."
        )
    stored = np.frombuffer(body, kind, count, header.start).reshape(header.shape, order="F" if header.fortran else "C")
    return np.ascontiguousarray(to_floats(stored, kind.name)).reshape(header.shape)


def _read_array_of_objects(data: memoryview, limits: CheckpointLimits) -> Contents:
    """The LSTMs of numpy.save(dictionary): an array of one object, which is a pickle."""
    header = _header("this file", data)
    if not header.dtype.hasobject:
        raise CheckpointError(f"This file is a single array, which has no names of weights. {SAVE_BY_NAME}")
    steps = Steps(limits.pickle_steps)
    try:
        value = load_plain(data[header.start :], steps)
    except BrokenPickle as error:
        raise CheckpointError(f"The object in this file breaks off or is damaged. {SAVE_BY_NAME}") from error
    return contents_of_tree(find_tensors(value, limits), "NumPy", steps, len(data))

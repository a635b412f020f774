"""HDF5 datasets of an untrusted file, by their path: nothing outside the file is followed or read."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from io import BytesIO
from typing import Any

import h5py
import numpy as np

from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.formatting import format_shape, quote
from lstm_viz.checkpoints.limits import CheckpointLimits
from lstm_viz.checkpoints.readers.number_formats import to_floats
from lstm_viz.checkpoints.stored_tensor import StoredTensor, unsupported_dtype_error
from lstm_viz.sandbox.half_precision import widened
from lstm_viz.sandbox.hdf5 import has_built_in_filters, has_sound_heaps, is_numbers_or_text, is_self_contained

COPY_AGAIN = "Copy the file again from its source."
#: A group's or data set's own words; HDF5 keeps small ones only.
MAX_ATTRIBUTE_BYTES = 2**26
#: The upper half of a float32: HDF5 has no name for it, so Keras says it in an attribute.
BFLOAT16 = "bfloat16"


@contextmanager
def open_hdf5(data: bytes) -> Iterator[h5py.File]:
    """The file, open for reading. CheckpointError where it is no HDF5 file or a broken one.

    >>> with open_hdf5(b"no such file"):
    ...     pass
    Traceback (most recent call last):
    lstm_viz.checkpoints.errors.CheckpointError: This is no whole HDF5 file: one that Keras wrote was expected. Copy \
the file again from its source.
    """
    if not has_sound_heaps(data):
        raise CheckpointError(f"The file's texts are damaged. {COPY_AGAIN}")
    try:
        file = h5py.File(BytesIO(data), "r")
    except Exception as error:  # a broken file may raise anything
        raise CheckpointError(f"This is no whole HDF5 file: one that Keras wrote was expected. {COPY_AGAIN}") from error
    with file:
        yield file


class Datasets:
    """The groups and the tensors of a file by their paths, each reached by hard links alone.

    Raises CheckpointError where the file has links, too many members, or too many levels of them.
    """

    def __init__(self, file: h5py.File, limits: CheckpointLimits) -> None:
        self._limits, self._taken = limits, 0
        self.groups: dict[str, h5py.Group] = {"": file}
        self.tensors: dict[str, StoredTensor] = {}
        waiting = [("", file)]
        while waiting:
            path, group = waiting.pop()
            found = list(self._members(path, group))
            waiting += reversed([(place, member) for place, member in found if isinstance(member, h5py.Group)])

    def _members(self, path: str, group: h5py.Group) -> Iterator[tuple[str, Any]]:
        if path.count("/") >= self._limits.levels:
            raise CheckpointError(
                f"The file has groups inside each other, more than {self._limits.levels} deep. {COPY_AGAIN}"
            )
        for name in group:
            place = f"{path}/{name}".lstrip("/").replace("\\", "/")
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                raise CheckpointError(
                    f"{quote(place)} is a link to elsewhere, as Keras writes none. Save the model again."
                )
            member = group[name]
            if isinstance(member, h5py.Dataset):
                self.tensors[place] = StoredTensor(
                    member.shape or (), _dtype_name(member), partial(self._numbers, place, member)
                )
            elif isinstance(member, h5py.Group):
                self.groups[place] = member
            self._limits.check("members", len(self.tensors) + len(self.groups), self._limits.tensors)
            yield place, member

    def _numbers(self, name: str, data: h5py.Dataset) -> np.ndarray:
        """A tensor's numbers, read once it is known that they are here and not too many."""
        kind = _dtype_name(data)
        if kind not in (BFLOAT16, "float16", "float32", "float64"):
            raise unsupported_dtype_error(name, kind)
        _check_self_contained(name, data)
        self._taken += max(math.prod(data.chunks or (0,)), data.size) * data.dtype.itemsize
        self._limits.check_unpacked(self._taken)
        if data.size and not data.id.get_storage_size():
            raise CheckpointError(
                f"{quote(name)} says it has the shape {format_shape(data.shape)}, but none of its numbers "
                "are in the file. Save the model again."
            )
        values = data[()]
        if kind == BFLOAT16:
            return widened(to_floats(values.view("<u2"), kind))
        return np.asarray(values, np.float64 if values.dtype.itemsize == 8 else np.float32)


def _dtype_name(data: h5py.Dataset) -> str:
    kind = str(data.dtype)
    said = text_attribute(data, "dtype") if data.dtype.kind == "V" and data.dtype.itemsize == 2 else None
    return BFLOAT16 if said == BFLOAT16 else kind.lstrip("<>=|")[:40]


def _check_self_contained(name: str, data: h5py.Dataset) -> None:
    """Refuse numbers that are kept elsewhere, or packed by what would have to be loaded."""
    if not is_self_contained(data):
        raise CheckpointError(f"{quote(name)} is kept in another file, which is not read. Save the model again.")
    if not has_built_in_filters(data):
        raise CheckpointError(f"{quote(name)} is packed in a way that Keras does not use. Save the model again.")


def text_attribute(member: Any, name: str) -> str | None:
    """A group's attribute as text; None where it has none."""
    value = _read_attribute(member, name)
    return None if value is None else _as_text(value)


def names_attribute(member: Any, name: str) -> list[str] | None:
    """A group's list of names; None where it has none. Long ones are split into chunks, called name0, name1 ..."""
    value = _read_attribute(member, name)
    pieces = [] if value is None else [value]
    while value is None and (piece := _read_attribute(member, f"{name}{len(pieces)}")) is not None:
        pieces.append(piece)
    return [_as_text(one) for piece in pieces for one in np.ravel(piece)] if pieces else None


def _read_attribute(member: Any, name: str) -> Any:
    if name not in member.attrs:
        return None
    found = member.attrs.get_id(name)
    if math.prod((0,) if found.shape is None else found.shape) * found.dtype.itemsize > MAX_ATTRIBUTE_BYTES:
        raise CheckpointError(f"The attribute {quote(name)} is too long. Save the model again.")
    if not is_numbers_or_text(found):
        raise _not_text_error("ndarray")
    return member.attrs[name]


def _as_text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, str):
        return value
    raise _not_text_error(type(value).__name__)


def _not_text_error(kind: str) -> CheckpointError:
    return CheckpointError(f"A text was expected in the file's attributes; there is {kind}. {COPY_AGAIN}")

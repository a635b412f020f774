"""HDF5 datasets of an untrusted file, by their path: nothing outside the file is followed or read."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from io import BytesIO
from struct import unpack_from
from typing import Any

import h5py
import numpy as np

from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.formatting import dimensions, quoted
from lstm_viz.checkpoints.limits import CheckpointLimits
from lstm_viz.checkpoints.stored_tensor import Stored, not_numbers
from lstm_viz.storage.netcdf.read import KNOWN_FILTERS

AGAIN = "Copy the file again from its source."
#: A group's or data set's own words; HDF5 keeps small ones only.
ATTRIBUTE_BYTES = 2**26
#: The upper half of a float32: HDF5 has no name for it, so Keras says it in an attribute.
BFLOAT16 = "bfloat16"


@contextmanager
def opened(data: bytes) -> Iterator[h5py.File]:
    """The file, open for reading. CheckpointError where it is no HDF5 file or a broken one.

    >>> with opened(b"no such file"):
    ...     pass
    Traceback (most recent call last):
    lstm_viz.checkpoints.errors.CheckpointError: This is no whole HDF5 file: one that Keras wrote was expected. Copy \
the file again from its source.
    """
    check_heaps(data)
    try:
        file = h5py.File(BytesIO(data), "r")
    except Exception as error:  # a broken file may raise anything
        raise CheckpointError(f"This is no whole HDF5 file: one that Keras wrote was expected. {AGAIN}") from error
    with file:
        yield file


class Datasets:
    """The groups and the tensors of a file by their paths, each reached by hard links alone.

    Raises CheckpointError where the file has links, too many members, or too many levels of them.
    """

    def __init__(self, file: h5py.File, limits: CheckpointLimits) -> None:
        self._limits, self._taken = limits, 0
        self.groups: dict[str, h5py.Group] = {"": file}
        self.tensors: dict[str, Stored] = {}
        waiting = [("", file)]
        while waiting:
            path, group = waiting.pop()
            found = list(self._members(path, group))
            waiting += reversed([(place, member) for place, member in found if isinstance(member, h5py.Group)])

    def _members(self, path: str, group: h5py.Group) -> Iterator[tuple[str, Any]]:
        if path.count("/") >= self._limits.levels:
            raise CheckpointError(
                f"The file has groups inside each other, more than {self._limits.levels} deep. {AGAIN}"
            )
        for name in group:
            place = f"{path}/{name}".lstrip("/").replace("\\", "/")
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                raise CheckpointError(
                    f"{quoted(place)} is a link to elsewhere, as Keras writes none. Save the model again."
                )
            member = group[name]
            if isinstance(member, h5py.Dataset):
                self.tensors[place] = Stored(member.shape or (), _kind(member), partial(self._numbers, place, member))
            elif isinstance(member, h5py.Group):
                self.groups[place] = member
            self._limits.check("members", len(self.tensors) + len(self.groups), self._limits.tensors)
            yield place, member

    def _numbers(self, name: str, data: h5py.Dataset) -> np.ndarray:
        """A tensor's numbers, read once it is known that they are here and not too many."""
        kind = _kind(data)
        if kind not in (BFLOAT16, "float16", "float32", "float64"):
            raise not_numbers(name, kind)
        _check_plain(name, data)
        self._taken += max(math.prod(data.chunks or (0,)), data.size) * data.dtype.itemsize
        self._limits.check_unpacked(self._taken)
        if data.size and not data.id.get_storage_size():
            raise CheckpointError(
                f"{quoted(name)} says it has the shape {dimensions(data.shape)}, but none of its numbers "
                "are in the file. Save the model again."
            )
        values = data[()]
        if kind == BFLOAT16:
            return (values.view("<u2").astype("<u4") << 16).view("<f4")
        return np.asarray(values, np.float64 if values.dtype.itemsize == 8 else np.float32)


def _kind(data: h5py.Dataset) -> str:
    kind = str(data.dtype)
    said = words(data, "dtype") if data.dtype.kind == "V" and data.dtype.itemsize == 2 else None
    return BFLOAT16 if said == BFLOAT16 else kind.lstrip("<>=|")[:40]


def _check_plain(name: str, data: h5py.Dataset) -> None:
    """Refuse numbers that are kept elsewhere, or packed by what would have to be loaded."""
    if data.external or data.is_virtual:
        raise CheckpointError(f"{quoted(name)} is kept in another file, which is not read. Save the model again.")
    created = data.id.get_create_plist()
    if not {created.get_filter(number)[0] for number in range(created.get_nfilters())} <= KNOWN_FILTERS:
        raise CheckpointError(f"{quoted(name)} is packed in a way that Keras does not use. Save the model again.")


def words(member: Any, name: str) -> str | None:
    """A group's attribute as text; None where it has none."""
    value = _attribute(member, name)
    return None if value is None else _text(value)


def names(member: Any, name: str) -> list[str] | None:
    """A group's list of names; None where it has none. Long ones stand in pieces, called name0, name1 ..."""
    value = _attribute(member, name)
    pieces = [] if value is None else [value]
    while value is None and (piece := _attribute(member, f"{name}{len(pieces)}")) is not None:
        pieces.append(piece)
    return [_text(one) for piece in pieces for one in np.ravel(piece)] if pieces else None


def _attribute(member: Any, name: str) -> Any:
    if name not in member.attrs:
        return None
    found = member.attrs.get_id(name)
    if math.prod((0,) if found.shape is None else found.shape) * found.dtype.itemsize > ATTRIBUTE_BYTES:
        raise CheckpointError(f"The attribute {quoted(name)} is too long. Save the model again.")
    return member.attrs[name]


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, str):
        return value
    raise CheckpointError(f"A text was expected in the file's attributes; there is {type(value).__name__}. {AGAIN}")


#: How a heap begins: its signature and version. Its size follows, and objects up to there.
START, START_BYTES = b"GCOL\x01\0\0\0", 16
#: An object's number, how often it is meant, and its size; the object follows, up to a multiple of eight.
HEADER, HEADER_BYTES = "<HHIQ", 16


def check_heaps(data: bytes) -> None:
    """Raise CheckpointError where a heap has free space of no size: the library would step over it in vain.

    >>> check_heaps(START + (4096).to_bytes(8, "little") + bytes(4080))
    Traceback (most recent call last):
    lstm_viz.checkpoints.errors.CheckpointError: The file's texts are damaged. Copy the file again from its source.
    """
    place = data.find(START)
    while place >= 0:
        _check(data, place)
        place = data.find(START, place + START_BYTES)


def _check(data: bytes, start: int) -> None:
    if len(data) < start + START_BYTES:
        return
    (size,) = unpack_from("<Q", data, start + 8)
    place, end = start + START_BYTES, min(start + size, len(data))
    while place + HEADER_BYTES <= end:
        number, _, _, length = unpack_from(HEADER, data, place)
        if number == 0 and length < HEADER_BYTES:
            raise CheckpointError("The file's texts are damaged. Copy the file again from its source.")
        place += HEADER_BYTES + -(-length // 8) * 8 if number else length

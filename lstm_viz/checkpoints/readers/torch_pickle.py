"""torch.save's pickles: the value that one holds, its storages read as bytes from where they are kept.

Four containers hold one: a ZIP archive (torch 1.6 and later), its folder once unpacked, torch's older file of pickles
and bytes in a row, and a plain pickle of Python's.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.readers.number_formats import stored_dtype
from lstm_viz.checkpoints.readers.pickles.containers import CONTAINER_CONSTRUCTORS
from lstm_viz.checkpoints.readers.pickles.machine import BrokenPickle, Steps, load
from lstm_viz.checkpoints.readers.pickles.numpy_values import ARRAY_CONSTRUCTORS
from lstm_viz.checkpoints.readers.pickles.objects import Persistent
from lstm_viz.checkpoints.readers.pickles.torch_values import TENSOR_CONSTRUCTORS, Storage, storage_dtype

CONSTRUCTORS = {
    (name.rpartition(".")[0], name.rpartition(".")[2]): constructor
    for name, constructor in (CONTAINER_CONSTRUCTORS | ARRAY_CONSTRUCTORS | TENSOR_CONSTRUCTORS).items()
}
#: What torch's older file begins with: these two numbers, each a pickle, then a description of the machine.
MAGIC_NUMBER, LEGACY_PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
#: Longer keys of storages are none that torch makes.
MAX_KEY = 200


def load_from_records(
    pickle: memoryview, read: Callable[[str], memoryview], steps: Steps, *, big_endian: bool = False
) -> Any:
    """The value of a pickle whose storages are records beside it: members of an archive, or files of a folder.

    read: a record's bytes, by the storage's key. Raises BrokenPickle or CheckpointError.
    """
    known: dict[str, Callable[[], memoryview]] = {}

    def persistent(identity: Any) -> Any:
        dtype, key, count, _ = _storage_identity(identity)
        if dtype is None:
            return Persistent(identity)
        return Storage(dtype, count, known.setdefault(key, _read_once(partial(read, key))), big_endian)

    value, _ = load(pickle, CONSTRUCTORS, steps, persistent=persistent)
    return value


def load_plain(data: bytes | memoryview, steps: Steps) -> Any:
    """The value of a plain pickle, or of torch's older file. Raises BrokenPickle or CheckpointError."""
    value, end = load(data, CONSTRUCTORS, steps)
    return _load_legacy(memoryview(data), end, steps) if value == MAGIC_NUMBER and type(value) is int else value


def _load_legacy(data: memoryview, place: int, steps: Steps) -> Any:
    """The value of torch's older file, after its magic number (torch/serialization.py, _legacy_load)."""
    protocol, place = load(data, CONSTRUCTORS, steps, start=place)
    if protocol != LEGACY_PROTOCOL:
        raise BrokenPickle("another protocol")
    system, place = load(data, CONSTRUCTORS, steps, start=place)
    little = not isinstance(system, dict) or system.get("little_endian", True) is not False
    places: dict[str, memoryview] = {}
    dtypes: dict[str, str] = {}

    def persistent(identity: Any) -> Any:
        if isinstance(identity, tuple) and len(identity) == 4 and identity[0] == "module":
            return identity[1]  # A class, with its source code beside it.
        dtype, key, count, view = _storage_identity(identity)
        if dtype is None:
            return Persistent(identity)
        dtypes.setdefault(key, dtype)
        width = _width(dtype)
        start, length = view if view is not None else (0, count)

        def read() -> memoryview:
            if key not in places:
                raise CheckpointError("Numbers of this file are missing: it is not whole. Copy it again.")
            return places[key][start * width : (start + length) * width]

        return Storage(dtype, length, read, not little)

    value, place = load(data, CONSTRUCTORS, steps, start=place, persistent=persistent)
    keys, place = load(data, CONSTRUCTORS, steps, start=place)
    for key in keys if isinstance(keys, list) else ():
        if not isinstance(key, str) or key not in dtypes:
            raise BrokenPickle("a storage that nothing uses")
        count = int.from_bytes(data[place : place + 8], "little" if little else "big")
        end = place + 8 + count * _width(dtypes[key])
        if end > len(data):
            raise CheckpointError("The file ends before its numbers do: it is not whole. Copy it again.")
        places[key] = data[place + 8 : end]
        place = end
    return value


def _storage_identity(identity: Any) -> tuple[str | None, str, int, tuple[int, int] | None]:
    """(dtype, key, count, view) of ("storage", class, key, device, count[, view]); no dtype where it is none."""
    nothing = (None, "", 0, None)
    if not isinstance(identity, tuple) or len(identity) not in (5, 6) or identity[0] != "storage":
        return nothing
    _, kind, key, _, count, *more = identity
    key = str(key) if type(key) is int else key
    if not isinstance(key, str) or len(key) > MAX_KEY or type(count) is not int or not 0 <= count < 2**48:
        return nothing
    view = more[0] if more else None
    if view is None:
        return storage_dtype(kind), key, count, None
    if not isinstance(view, tuple) or len(view) != 3:
        return nothing
    _, start, length = view
    if any(type(number) is not int or not 0 <= number < 2**48 for number in (start, length)):
        return nothing
    return storage_dtype(kind), key, count, (start, length)


def _width(dtype: str) -> int:
    kind = stored_dtype(dtype)
    return 1 if kind is None else kind.itemsize


def _read_once(read: Callable[[], memoryview]) -> Callable[[], memoryview]:
    """The same bytes each time, unpacked and checked the first time alone."""
    found: list[memoryview] = []

    def again() -> memoryview:
        if not found:
            found.append(read())
        return found[0]

    return again

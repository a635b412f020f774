"""Models of several files: shards with an index, an unpacked checkpoint of torch.save, a run of NeuralHydrology.

`lstm_viz.checkpoints.folder` chooses the files; what is in them is read here, in the child process.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from lstm_viz.checkpoints.contents import Contents
from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.formatting import list_names, quote
from lstm_viz.checkpoints.limits import CheckpointLimits
from lstm_viz.checkpoints.readers import neuralhydrology, safetensors_file, torch_file
from lstm_viz.checkpoints.readers.pickles.machine import BrokenPickle, Steps
from lstm_viz.checkpoints.readers.pickles.module_tree import find_tensors
from lstm_viz.checkpoints.readers.torch_pickle import load_from_records
from lstm_viz.checkpoints.state_dict import contents_of
from lstm_viz.checkpoints.stored_tensor import StoredTensor
from lstm_viz.sandbox.wire import Message

#: Parts of an LSTM's names, by which the shards are chosen that are read.
RECURRENT = re.compile(r"(^|[._])(weight|bias|w|b)_(ih|hh|hr|ch)")
#: Bytes of an index that are parsed.
MAX_INDEX = 2**26

Files = Mapping[str, memoryview]


def make_index_reader(data: bytes | memoryview, limits: CheckpointLimits) -> Callable[[], Message]:
    """What the sandbox runs for an index of shards: the files that hold weights of recurrent modules."""
    return lambda: Message({"files": list(shards_in(data, limits))}, [])


def shards_in(index: bytes | memoryview, limits: CheckpointLimits) -> tuple[str, ...]:
    """The files that an index names for weights of recurrent modules. CheckpointError where it names none.

    >>> shards_in(b'{"weight_map": {"rnn.weight_ih_l0": "a.safetensors", "head.weight": "b"}}', CheckpointLimits())
    ('a.safetensors',)
    """
    try:
        listed = json.loads(bytes(index[:MAX_INDEX]))["weight_map"]
        names = {str(name): file for name, file in listed.items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise CheckpointError(
            "This is no index of a model in several files: a “weight_map” from names to files was expected. "
            "Choose the model's file itself."
        ) from error
    limits.check("tensors", len(names), limits.tensors)
    if any(not isinstance(file, str) or not file or len(file) > 255 for file in names.values()):
        raise CheckpointError("This index names files that can't be. Download it again.")
    needed = dict.fromkeys(file for name, file in names.items() if RECURRENT.search(name))
    if not needed:
        raise CheckpointError(
            "No LSTM was found: weights named as torch.nn.LSTM names them (weight_ih_l0, …) were expected. "
            f"The index has {list_names(names, most=6)}."
        )
    return tuple(needed)


def read_shards(files: Files, limits: CheckpointLimits) -> Contents:
    """The LSTMs in all shards together. CheckpointError where there are none, or two shards have one name."""
    tensors: dict[str, StoredTensor] = {}
    for name, data in files.items():
        inside = (
            torch_file.tensors_in(data, limits)
            if bytes(data[:4]) == b"PK\x03\x04" or bytes(data[:1]) == b"\x80"
            else safetensors_file.tensors_in(data, limits)
        )
        if doubles := sorted(set(inside) & set(tensors)):
            raise CheckpointError(
                f"{quote(doubles[0])} is in {quote(name)} and in another of the files. Download them again."
            )
        tensors |= inside
    contents = contents_of("sharded", tensors)
    note = f"Of the model's files, these were read: {list_names(files, most=6)}. Layers in others are not listed."
    return replace(contents, notes=(*contents.notes, note))


def read_unpacked(files: Files, limits: CheckpointLimits) -> Contents:
    """The LSTMs of a checkpoint of torch.save that was unpacked into a folder."""

    def record(key: str) -> memoryview:
        if f"data/{key}" not in files:
            raise CheckpointError(f"The folder lacks the file data/{key[:40]}, which holds numbers. Unpack it again.")
        return files[f"data/{key}"]

    steps = Steps(limits.pickle_steps)
    big_endian = bytes(files.get("byteorder", b"little")) == b"big"
    try:
        value = load_from_records(files["data.pkl"], record, steps, big_endian=big_endian)
    except BrokenPickle as error:
        raise CheckpointError(
            "The folder's data.pkl breaks off or is damaged. Copy it again from its source, or save the model again."
        ) from error
    size = sum(len(data) for data in files.values())
    return torch_file.contents_of_tree(find_tensors(value, limits), "PyTorch", steps, size)


#: What reads each kind of folder, by the names that `lstm_viz.checkpoints.folder` gives.
READERS: dict[str, Callable[[Files, CheckpointLimits], Contents]] = {
    "shards": read_shards,
    "unpacked": read_unpacked,
    "neuralhydrology": neuralhydrology.read,
}

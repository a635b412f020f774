"""PyTorch checkpoints and whole models, by a pickle reader that imports and calls nothing.

`readers.formats` names it, `readers.load_reader` imports it by that name.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lstm_viz.checkpoints.contents import Contents
from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.formatting import quote
from lstm_viz.checkpoints.limits import CheckpointLimits
from lstm_viz.checkpoints.readers.pickles.machine import BrokenPickle, Steps
from lstm_viz.checkpoints.readers.pickles.module_tree import ModuleTree, find_tensors, is_torchs_own
from lstm_viz.checkpoints.readers.pickles.quantized import unpack_quantized
from lstm_viz.checkpoints.readers.pickles.stored import TensorReader
from lstm_viz.checkpoints.readers.torch_pickle import load_from_records, load_plain
from lstm_viz.checkpoints.readers.zip_archive import ZipArchive, open_zip
from lstm_viz.checkpoints.state_dict import contents_of
from lstm_viz.checkpoints.stored_tensor import StoredTensor
from lstm_viz.files.sizes import MEGABYTE

#: How a pickle begins: with its protocol, or in protocol 0 with a value.
PICKLE_STARTS = (b"\x80", b"(", b"]", b"}", b"c")
#: Libraries whose objects are no models of torch's.
OTHER_LIBRARIES = frozenset(
    ["sklearn", "xgboost", "lightgbm", "catboost", "pandas", "numpy", "scipy", "statsmodels", "hmmlearn", "keras",
     "tensorflow", "jax", "flax", "haiku", "chainer", "madmom", "gensim", "spacy", "builtins", "matplotlib"]
)  # fmt: skip
ELSEWHERE_ADVICE = "Open the file of a network: in the program that made this one, save the network by its own library."
#: What DeepSpeed keeps of an optimiser in each of its files.
PARTITION = "single_partition_of_fp32_groups"
PARTITION_MESSAGE = (
    "This is a part of an optimiser's state that DeepSpeed saved (ZeRO), which has no names of weights. In the folder "
    "of the checkpoint, run: python zero_to_fp32.py . model.pt, and open model.pt."
)
EXPORT_ADVICE = "In the program that made it, run torch.save(model.state_dict(), 'model.pt') and open that."


def read(data: bytes | memoryview, limits: CheckpointLimits) -> Contents:
    """The LSTMs of a checkpoint that holds a state_dict at any depth, or a whole model.

    Raises CheckpointError where there are none, or where the file is broken or too large.

    >>> import pickle
    >>> read(pickle.dumps({"epoch": 3}), CheckpointLimits())
    Traceback (most recent call last):
    lstm_viz.checkpoints.errors.CheckpointError: There are no tensors in this file; a state_dict was expected. In the \
program that made it, run torch.save(model.state_dict(), 'model.pt') and open that.
    """
    steps = Steps(limits.pickle_steps)
    return contents_of_tree(tree_in(data, limits, steps), "PyTorch", steps, len(data))


def tree_in(data: bytes | memoryview, limits: CheckpointLimits, steps: Steps) -> ModuleTree:
    """Tensors and modules of a checkpoint. CheckpointError where it is broken or too large."""
    try:
        return find_tensors(_load(data, limits, steps), limits)
    except BrokenPickle as error:
        raise CheckpointError(
            "This is no whole PyTorch file: its pickle breaks off or is damaged. "
            "Copy it again from its source, or save the model again."
        ) from error


def tensors_in(data: bytes | memoryview, limits: CheckpointLimits) -> dict[str, StoredTensor]:
    """Every tensor of a checkpoint by name. CheckpointError where it is broken or too large."""
    steps = Steps(limits.pickle_steps)
    return _stored(unpack_quantized(tree_in(data, limits, steps)), steps, len(data))


def contents_of_tree(tree: ModuleTree, format: str, steps: Steps, size: int) -> Contents:
    """The LSTMs among the tensors of a pickle. CheckpointError where there are none.

    size: the file's bytes, a few times as many of which may be read as numbers.
    """
    tree = unpack_quantized(tree)
    own = tree.root and not is_torchs_own(tree.root)  # that it is a plain module of torch's says nothing
    whose = f" It holds an object of {quote(tree.root)}." if own else ""
    if not tree.tensors and tree.has_optimizer:
        raise CheckpointError(
            "This file holds an optimiser's state, and no weights of a model. Open the model's file, which its program "
            "saved beside it."
        )
    if not tree.tensors:
        advice = EXPORT_ADVICE if _may_be_of_torch(tree.root) else ELSEWHERE_ADVICE
        raise CheckpointError(f"There are no tensors in this file; a state_dict was expected.{whose} {advice}")
    try:
        contents = contents_of(format, _stored(tree, steps, size), tree.modules)
    except CheckpointError as error:
        partition = any(PARTITION in name for name in tree.tensors)
        raise CheckpointError(f"{error}{whose}" if not partition else PARTITION_MESSAGE) from error
    return replace(contents, notes=(*contents.notes, *tree.notes))


def _may_be_of_torch(root: str) -> bool:
    """Whether an object of a class may be a model of torch's: none of a library that has models of its own."""
    return root.partition(".")[0] not in OTHER_LIBRARIES


def _stored(tree: ModuleTree, steps: Steps, size: int) -> dict[str, StoredTensor]:
    reader = TensorReader(steps, 8 * size + 64 * MEGABYTE)
    return {name: reader.stored(name, part, tree.tensor_notes.get(name, "")) for name, part in tree.tensors.items()}


def _load(data: bytes | memoryview, limits: CheckpointLimits, steps: Steps) -> Any:
    start = bytes(data[:4])
    if start != b"PK\x03\x04":
        if start[:1] not in PICKLE_STARTS:
            raise CheckpointError(
                "This is no PyTorch file: it begins with neither an archive nor a pickle. If PyTorch saved it, copy it "
                "again from its source; if another program did (OpenVINO's numbers end in .bin too), export the model "
                "there to ONNX, and open the .onnx file."
            )
        return load_plain(data, steps)
    archive = open_zip(data, limits)
    return load_archive(archive, root_of(archive, "data.pkl"), "data", steps)


def root_of(archive: ZipArchive, name: str) -> str:
    """The folder of an archive that a member is in, with its slash. CheckpointError where it is nowhere."""
    roots = [member.removesuffix(name) for member in archive.members if member.split("/")[-1] == name]
    if not roots:
        raise CheckpointError(f"This archive has no {name}, which torch.save writes. {EXPORT_ADVICE}")
    return min(roots, key=len)


def load_archive(archive: ZipArchive, root: str, name: str, steps: Steps) -> Any:
    """The value of the pickle `name` of an archive, whose storages are in the folder of the same name."""

    def record(key: str) -> memoryview:
        place = f"{root}{name}/{key}"
        if place not in archive:
            raise CheckpointError("Numbers of this file are missing: it is not whole. Copy it again.")
        return archive.read(place)

    order = bytes(archive.read(f"{root}byteorder")) if f"{root}byteorder" in archive else b"little"
    return load_from_records(archive.read(f"{root}{name}.pkl"), record, steps, big_endian=order == b"big")

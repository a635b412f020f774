"""Format detection of a model's file: by its first bytes, else by its extension."""

from __future__ import annotations

from pathlib import PurePath
from typing import NamedTuple

from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.limits import CheckpointLimits
from lstm_viz.checkpoints.readers.other_kinds import other_ending_error, refuse_other_kinds
from lstm_viz.checkpoints.readers.zip_archive import open_zip


class Format(NamedTuple):
    """A format: the module that reads it, how it is called, and the endings of its files."""

    #: A module of `lstm_viz.checkpoints.readers`, which `load_reader` imports by this name.
    reader: str
    article: str
    endings: tuple[str, ...]
    #: Whether its library takes bytes alone, and no view of them.
    needs_bytes: bool = False


TORCH = Format("torch_file", "a PyTorch", (".pt", ".pth", ".ckpt", ".bin", ".tar", ".pkl", ".pickle"))
TORCHSCRIPT = Format("torchscript", "a TorchScript", (".jit", ".ptl"))
EXPORTED = Format("exported_program", "a torch.export", (".pt2",))
PADDLE = Format("paddle_file", "a Paddle", (".pdparams",))
NUMPY = Format("numpy_archive", "a NumPy", (".npz", ".npy"))
STABLE_BASELINES = Format("stable_baselines", "a Stable-Baselines3", (".zip",))
SAFETENSORS = Format("safetensors_file", "a safetensors", (".safetensors",))
ONNX = Format("onnx", "an ONNX", (".onnx",), needs_bytes=True)
KERAS = Format("keras.keras_archive", "a Keras", (".keras",), needs_bytes=True)
HDF5 = Format("keras.hdf5_file", "an HDF5", (".h5", ".hdf5"), needs_bytes=True)
FORMATS = (TORCH, TORCHSCRIPT, EXPORTED, PADDLE, NUMPY, STABLE_BASELINES, SAFETENSORS, ONNX, KERAS, HDF5)
#: Where torch.export keeps a program's graph, since torch 2.8 and before.
EXPORTED_GRAPHS = ("models/model.json", "serialized_exported_program.json")
#: What an HDF5 file begins with.
HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"
#: Where a list of all endings is shown.
EXTENSIONS = tuple(ending for format in FORMATS for ending in format.endings)


def detect_format(data: bytes | memoryview, name: str) -> Format:
    """The format of a file. CheckpointError where it is none of those that can be opened.

    >>> detect_format(b"\\x80\\x02\\x8a", "weights").article
    'a PyTorch'
    """
    if not data:
        raise CheckpointError("The file is empty. Choose one that holds a trained model.")
    known = detect_by_bytes(data, name)
    if known is not None:
        return known
    refuse_other_kinds(data, name)
    ending = PurePath(name).suffix.lower()
    for format in FORMATS:
        if ending in format.endings:
            return format
    raise other_ending_error(name, EXTENSIONS)


def detect_by_bytes(data: bytes | memoryview, name: str) -> Format | None:
    """The format of a file by its first bytes, or by the names in an archive; None where they leave it open."""
    start = bytes(data[:8])
    if start.startswith(b"PK\x03\x04"):
        return _detect_by_members(data)
    if start == HDF5_SIGNATURE:
        return HDF5
    if start.startswith(b"\x93NUMPY"):
        return NUMPY
    # A safetensors file's length may look like the start of a pickle.
    if data[8:9] == b"{" and int.from_bytes(start, "little") <= len(data):
        return SAFETENSORS
    if start[:1] == b"\x80" and start[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return PADDLE if PurePath(name).suffix.lower() in PADDLE.endings else TORCH
    return ONNX if _begins_as_onnx(bytes(data[:64])) else None


def _begins_as_onnx(start: bytes) -> bool:
    """Whether bytes begin as an ONNX model does: its version from 3 on, then one of its other fields.

    A SavedModel of TensorFlow begins alike with version 1.

    >>> _begins_as_onnx(b"\\x08\\x08\\x12\\x07pytorch:"), _begins_as_onnx(b"\\x08\\x01\\x12\\x90\\x20")
    (True, False)
    """
    if len(start) < 4 or start[0] != 0x08 or not 3 <= start[1] <= 30:
        return False
    field, length = start[2], start[3]
    if field in (0x12, 0x1A, 0x22):  # who made it, in letters
        return length < 61 and start[4 : 4 + length].isascii() and start[4 : 4 + length].decode("ascii").isprintable()
    return field in (0x28, 0x3A, 0x42)


def _detect_by_members(data: bytes | memoryview) -> Format | None:
    """An archive's format by the names in it."""
    try:
        names = set(open_zip(data, CheckpointLimits()).members)
    except CheckpointError:  # Its reader, which the ending names, says why.
        return None
    if "config.json" in names and "metadata.json" in names:
        return KERAS
    if any(name.endswith(EXPORTED_GRAPHS) for name in names):
        return EXPORTED
    if "policy.pth" in names:
        return STABLE_BASELINES
    lasts = {PurePath(name).name for name in names}
    if "constants.pkl" in lasts:
        return TORCHSCRIPT
    if "data.pkl" in lasts:
        return TORCH
    if names and all(member.endswith(".npy") for member in names):
        return NUMPY
    return None

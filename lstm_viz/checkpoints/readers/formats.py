"""Format detection of a model's file: by its first bytes, else by its extension."""

from __future__ import annotations

import io
import zipfile
from pathlib import PurePath
from typing import NamedTuple

from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.formatting import quote


class Format(NamedTuple):
    """A format: the module that reads it, how it is called, and the endings of its files."""

    #: A module of `lstm_viz.checkpoints.readers`, which `load_reader` imports by this name.
    reader: str
    article: str
    endings: tuple[str, ...]


TORCH = Format("torch_file", "a PyTorch", (".pt", ".pth", ".ckpt", ".bin", ".tar", ".pkl"))
SAFETENSORS = Format("safetensors_file", "a safetensors", (".safetensors",))
ONNX = Format("onnx", "an ONNX", (".onnx",))
KERAS = Format("keras.keras_archive", "a Keras", (".keras",))
HDF5 = Format("keras.hdf5_file", "an HDF5", (".h5", ".hdf5"))
FORMATS = (TORCH, SAFETENSORS, ONNX, KERAS, HDF5)
#: What an HDF5 file begins with.
HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"
#: Where a list of all endings is shown.
EXTENSIONS = tuple(ending for format in FORMATS for ending in format.endings)

#: What other files begin with.
UNSUPPORTED_SIGNATURES = {
    b"\x89PNG": "a picture (PNG)",
    b"\xff\xd8\xff": "a picture (JPEG)",
    b"%PDF": "a PDF",
    b"GGUF": "a GGUF file, which holds no LSTM",
    b"\x93NUMPY": "a NumPy array",
    b"PAR1": "a Parquet table",
    b"\x1f\x8b": "packed with gzip; unpack it first",
    b"Rar!": "packed with RAR; unpack it first",
    b"7z\xbc\xaf": "packed with 7-Zip; unpack it first",
}

#: Endings of files that are made from a model's and can't be opened themselves.
DERIVED_EXTENSIONS = {".ort": "it is ONNX Runtime's own form; open the .onnx file that it was made from"}


def detect_format(data: bytes, name: str) -> Format:
    """The format of a file. CheckpointError where it is none of those that can be opened.

    >>> detect_format(b"\\x80\\x02\\x8a", "weights").article
    'a PyTorch'
    """
    if not data:
        raise CheckpointError("The file is empty. Choose one that holds a trained model.")
    known = _detect_by_bytes(data)
    if known is not None:
        return known
    for start, what in UNSUPPORTED_SIGNATURES.items():
        if data.startswith(start):
            raise _not_a_model_error(name, f"it is {what}")
    ending = PurePath(name).suffix.lower()
    for format in FORMATS:
        if ending in format.endings:
            return format
    if ending in DERIVED_EXTENSIONS:
        raise _not_a_model_error(name, DERIVED_EXTENSIONS[ending])
    raise _not_a_model_error(name, f"“{ending}” is no ending of one" if ending else "its name has no ending")


def _detect_by_bytes(data: bytes) -> Format | None:
    if data.startswith(b"PK\x03\x04"):
        return _detect_by_members(data)
    if data.startswith(HDF5_SIGNATURE):
        return HDF5
    # A safetensors file's length may look like the start of a pickle.
    if data[8:9] == b"{" and int.from_bytes(data[:8], "little") <= len(data):
        return SAFETENSORS
    if data[:1] == b"\x80" and data[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return TORCH
    return None


def _detect_by_members(data: bytes) -> Format | None:
    """An archive's format by the names in it."""
    try:
        names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    except Exception:  # A broken archive may raise anything; its reader says so.
        return None
    if "config.json" in names and "metadata.json" in names:
        return KERAS
    lasts = {PurePath(name).name for name in names}
    return TORCH if "data.pkl" in lasts or "constants.pkl" in lasts else None


def _not_a_model_error(name: str, why: str) -> CheckpointError:
    shown = ", ".join(EXTENSIONS)
    return CheckpointError(f"A model's file ({shown}) was expected, but {quote(name or 'this file')} is none: {why}.")

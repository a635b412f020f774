"""Files that end with .keras: an archive of a description in JSON and of weights in HDF5.

`readers.formats` names it, `readers.load_reader` imports it by that name.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import replace

from lstm_viz.checkpoints.contents import Contents
from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.formatting import list_names
from lstm_viz.checkpoints.limits import CheckpointLimits
from lstm_viz.checkpoints.readers.keras.hdf5_datasets import Datasets, open_hdf5
from lstm_viz.checkpoints.readers.keras.model_config import MAX_CHARACTERS, parse_config
from lstm_viz.checkpoints.readers.keras.reader import contents_of
from lstm_viz.checkpoints.readers.keras.weights import collect_weights

CONFIG, WEIGHTS, METADATA = "config.json", "model.weights.h5", "metadata.json"
MAX_METADATA_BYTES = 2**16
COPY_AGAIN = "Copy the file again from its source."


def read(data: bytes, limits: CheckpointLimits) -> Contents:
    """The LSTMs of a .keras file. Raises CheckpointError where it is broken or too large.

    Two members are read, into memory; no member is ever written to a path.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except Exception as error:  # a broken archive may raise anything
        raise CheckpointError(f"This is no whole .keras file: an archive was expected. {COPY_AGAIN}") from error
    entries = _entries(archive, limits)
    config = _read_member(archive, entries[CONFIG], min(MAX_CHARACTERS, limits.unpacked_bytes)).decode(
        "utf-8", "replace"
    )
    described = parse_config(config, limits)
    with open_hdf5(_read_member(archive, entries[WEIGHTS], limits.unpacked_bytes)) as file:
        weights = replace(collect_weights(Datasets(file, limits)), version=_version(archive, entries))
        return contents_of(described, weights, limits)


def _version(archive: zipfile.ZipFile, entries: Mapping[str, zipfile.ZipInfo]) -> str:
    """The Keras that wrote the file; "" where it doesn't say."""
    if METADATA not in entries:
        return ""
    text = _read_member(archive, entries[METADATA], MAX_METADATA_BYTES).decode("utf-8", "replace")
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    version = told.get("keras_version") if isinstance(told, dict) else None
    return version if isinstance(version, str) else ""


def _entries(archive: zipfile.ZipFile, limits: CheckpointLimits) -> dict[str, zipfile.ZipInfo]:
    """The archive's members by name."""
    listing = archive.infolist()
    limits.check("members", len(listing), limits.tensors)
    limits.check_unpacked(sum(entry.file_size for entry in listing))
    entries = {entry.filename: entry for entry in listing}
    if missing := [name for name in (CONFIG, WEIGHTS) if name not in entries]:
        raise CheckpointError(
            f"This is no .keras file with weights in HDF5: {list_names(missing)} is missing. "
            f"It has {list_names(entries)}."
        )
    if len(entries) < len(listing):
        raise CheckpointError("The archive has two members of one name. Save the model again.")
    return entries


def _read_member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limit: int) -> bytes:
    """A member's bytes, no more than it says and than allowed. CheckpointError where it is broken."""
    most = min(entry.file_size, limit)
    try:
        with archive.open(entry) as file:
            unpacked = file.read(most + 1)
    except Exception as error:  # a broken member may raise anything
        raise CheckpointError(
            f"A part of this .keras file is damaged ({type(error).__name__}). {COPY_AGAIN}"
        ) from error
    if len(unpacked) > most or entry.file_size > limit:
        raise CheckpointError("A part of this .keras file is larger than it says, or than any model's. Save it again.")
    return unpacked

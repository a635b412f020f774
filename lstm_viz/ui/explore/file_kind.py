"""The kind of an uploaded file, told by its content: a table or another sequence, a model, part of one, or a saved run.

Nothing is parsed here but names and first bytes: what reads a file does so in the sandbox, and says what is wrong.
"""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import Literal

from lstm_viz.checkpoints.readers.formats import FORMATS, HDF5_SIGNATURE, NUMPY, detect_by_bytes
from lstm_viz.sequences.readers.formats import EXTENSIONS
from lstm_viz.storage.schema import FORMAT

FileKind = Literal["sequence", "model", "part of a model", "run"]
#: What an HDF5 file holds that Keras wrote, and the layers' own names of a network's parameters.
KERAS_MARKS = (b"model_weights", b"keras_version", b"backend\x00", b"layer_names", b"recurrent_kernel")
PARAMETER_NAME = re.compile(rb"weight_(?:ih|hh)|recurrent_kernel|lstm|\bkernel\b", re.IGNORECASE)
#: A key of the JSON files that lie beside a model's: an index of its parts, settings.
SETTINGS_KEY = re.compile(rb'"(?:weight_map|architectures|model_type|class_name)"\s*:')
#: The ending of a NeuralHydrology run's pickled scaler, which is no model by itself.
SCALER_ENDING = ".p"
#: Endings that no sequence has.
MODEL_ENDINGS = frozenset(ending for format in FORMATS for ending in format.endings) - {f".{e}" for e in EXTENSIONS}
#: Bytes that are looked through for names.
LOOKED_AT = 4_000_000


def file_kind(name: str, data: bytes) -> FileKind:
    """The kind of a file by its content; by its ending where that leaves it open.

    >>> file_kind("river.csv", b"day,flow\\n1,2\\n"), file_kind("weights", b"\\x80\\x02\\x8a")
    ('sequence', 'model')
    >>> file_kind("model.safetensors.index.json", b'{"weight_map": {}}')
    'part of a model'
    """
    ending = PurePath(name).suffix.lower()
    if ending == SCALER_ENDING:
        return "part of a model"
    start = data[:LOOKED_AT]
    if data.startswith(HDF5_SIGNATURE):
        return _hdf5_kind(start)
    known = detect_by_bytes(data, name)
    if known is NUMPY:
        return "model" if PARAMETER_NAME.search(start) or b"'|O'" in data[:256] else "sequence"
    if known is not None:
        return "model"
    if ending in (".yml", ".yaml") or (ending == ".json" and SETTINGS_KEY.search(start)):
        return "part of a model"
    return "model" if ending in MODEL_ENDINGS else "sequence"


def _hdf5_kind(start: bytes) -> FileKind:
    if FORMAT.encode() in start:
        return "run"
    return "model" if any(mark in start for mark in KERAS_MARKS) else "sequence"

"""A run of NeuralHydrology: its settings, its scaler, and the weights of one epoch.

The folder, by https://github.com/neuralhydrology/neuralhydrology: config.yml, model_epoch030.pt, and in train_data/
the centre and the scale of each feature.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from lstm_viz.checkpoints.contents import Contents
from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.formatting import printable, quote
from lstm_viz.checkpoints.limits import CheckpointLimits
from lstm_viz.checkpoints.readers import torch_file
from lstm_viz.checkpoints.readers.yaml_subset import parse

CONFIG, SCALER, OLDER_SCALER = "config.yml", "train_data/train_data_scaler.yml", "train_data/train_data_scaler.p"
MAX_TEXT = 2**24
#: Features that a note lists with their centre and scale.
MAX_LISTED = 60


def read(files: Mapping[str, memoryview], limits: CheckpointLimits) -> Contents:
    """The LSTMs of a run, with the names of their features, and their centre and scale, as notes."""
    weights = next(name for name in files if name.endswith(".pt"))
    contents = torch_file.read(files[weights], limits)
    config = _parsed(files[CONFIG], CONFIG)
    features = list(_features(config))
    notes = [f"These are the weights of {quote(weights)}."]
    if features:
        notes.append(_features_note(features, config, {lstm.lstm_shape.input_size for lstm in contents.lstms}))
    notes += _scaler_notes(files, features)
    return replace(contents, format="NeuralHydrology", notes=(*contents.notes, *notes))


def _features_note(features: list[str], config: dict[str, Any], widths: set[int]) -> str:
    """The features by name, and where they are not what the LSTM reads itself, that."""
    listed = ", ".join(map(printable, features[:MAX_LISTED])) + (" …" if len(features) > MAX_LISTED else "")
    embedded = any(isinstance(config.get(key), dict) for key in ("dynamics_embedding", "statics_embedding"))
    if embedded or len(features) not in widths:
        return (
            f"By config.yml the model's features are {listed}; the LSTM reads {' or '.join(map(str, sorted(widths)))} "
            "numbers a step, which the model makes of these before."
        )
    return f"By config.yml its features are, in this order: {listed}."


def _parsed(data: memoryview, name: str) -> dict[str, Any]:
    if len(data) > MAX_TEXT:
        raise CheckpointError(f"{name} has more than {MAX_TEXT:,} bytes, which is the limit.")
    try:
        value = parse(str(data, "utf-8"))
    except UnicodeDecodeError as error:
        raise CheckpointError(f"{name} is no text. Copy the run's folder again.") from error
    if not isinstance(value, dict):
        raise CheckpointError(f"{name} is no list of settings. Copy the run's folder again.")
    return value


def _features(config: dict[str, Any]) -> Iterator[str]:
    """The features in the order in which NeuralHydrology joins them: those of each step, then the basin's own."""
    for key in ("mass_inputs", "dynamic_inputs", "evolving_attributes"):
        yield from _texts(config.get(key))
    # The attributes of a basin are sorted by name.
    yield from sorted([*_texts(config.get("static_attributes")), *_texts(config.get("hydroatlas_attributes"))])


def _texts(value: Any) -> list[str]:
    return [str(part) for part in value] if isinstance(value, list) else [value] if isinstance(value, str) else []


def _scaler_notes(files: Mapping[str, memoryview], features: list[str]) -> Iterator[str]:
    if SCALER not in files:
        older = " (an older run keeps it in a pickle, which is not read)" if OLDER_SCALER in files else ""
        yield f"The scaler {SCALER} is not in the folder{older}: what is shown is in the model's own units."
        return
    scaler = _parsed(files[SCALER], SCALER)
    centre = _numbers(scaler.get("xarray_feature_center")) | _numbers(scaler.get("attribute_means"))
    scale = _numbers(scaler.get("xarray_feature_scale")) | _numbers(scaler.get("attribute_stds"))
    known = [name for name in (features or centre) if name in centre and name in scale]
    if not known:
        yield f"{SCALER} has no centre and scale of these features: what is shown is in the model's own units."
        return
    listed = "; ".join(f"{printable(name)}: {centre[name]:.6g}, {scale[name]:.6g}" for name in known[:MAX_LISTED])
    yield (
        "It reads each feature as (value − centre) / scale, by the run's scaler. Centre and scale: "
        f"{listed}{' …' if len(known) > MAX_LISTED else ''}. Scale your values so before you trace them."
    )


def _numbers(value: Any) -> dict[str, float]:
    """Numbers by feature: a plain mapping, or xarray.Dataset.to_dict(), which keeps each in data_vars."""
    if not isinstance(value, dict):
        return {}
    inside = value.get("data_vars", value)
    found = {}
    for name, part in inside.items() if isinstance(inside, dict) else ():
        number = part.get("data") if isinstance(part, dict) else part
        if isinstance(number, int | float) and not isinstance(number, bool) and math.isfinite(number):
            found[str(name)] = float(number)
    return found

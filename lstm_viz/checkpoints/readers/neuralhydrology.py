"""A run of NeuralHydrology: its settings, its scaler, and the weights of one epoch.

The folder, by https://github.com/neuralhydrology/neuralhydrology: config.yml, model_epoch030.pt, and in train_data/
the centre and the scale of each feature.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from lstm_viz.cells.feature_scaling import FeatureScaling
from lstm_viz.checkpoints.contents import AdjacentLayer, Contents, FoundLSTM
from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.formatting import list_names, printable, quote
from lstm_viz.checkpoints.limits import CheckpointLimits
from lstm_viz.checkpoints.readers import torch_file
from lstm_viz.checkpoints.readers.scaler_pickle import is_plain_number, read_scaler_pickle
from lstm_viz.checkpoints.readers.yaml_subset import parse

CONFIG, SCALER, OLDER_SCALER = "config.yml", "train_data/train_data_scaler.yml", "train_data/train_data_scaler.p"
#: What a scaler calls centres and scales: of what changes from step to step, and of a basin's attributes.
CENTRE_KEYS = ("xarray_feature_center", "attribute_means", "camels_attr_means")
SCALE_KEYS = ("xarray_feature_scale", "attribute_stds", "camels_attr_stds")
#: Models of one LSTM that reads the features as they are, joined.
PLAIN_MODELS = ("cudalstm", "customlstm", "embcudalstm", "lstm", "arlstm")
MAX_TEXT = 2**24
#: Features that a note lists with their centre and scale.
MAX_LISTED = 60


def read(files: Mapping[str, memoryview], limits: CheckpointLimits) -> Contents:
    """The LSTMs of a run, with the names, centre and scale of their features, and of what its head predicts."""
    weights = next(name for name in files if name.endswith(".pt"))
    contents = torch_file.read(files[weights], limits)
    config = _parsed(files[CONFIG], CONFIG)
    features = list(_features(config))
    notes = [f"These are the weights of {quote(weights)}."]
    if features:
        notes.append(_features_note(features, config, {lstm.lstm_shape.input_size for lstm in contents.lstms}))
    scaler, missing = _read_scaler(files, limits)
    if scaler is None:
        return _named(contents, [*notes, missing])
    lstms = tuple(replace(lstm, inputs=_inputs(lstm, features, config, scaler)) for lstm in contents.lstms)
    notes.append(_scaler_note(features, scaler, carried=any(lstm.inputs is not None for lstm in lstms)))
    heads = tuple(_with_target(layer, config, scaler, notes) for layer in contents.adjacent_layers)
    return _named(replace(contents, lstms=lstms, adjacent_layers=heads), notes)


def _named(contents: Contents, notes: list[str]) -> Contents:
    return replace(contents, format="NeuralHydrology", notes=(*contents.notes, *notes))


def _inputs(lstm: FoundLSTM, features: list[str], config: dict[str, Any], scaler: Scaler) -> FeatureScaling | None:
    """The scaling of what an LSTM reads; None where the model makes something else of its features before."""
    plain = str(config.get("model", "")).lower() in PLAIN_MODELS and not _is_embedded(config)
    if not plain or len(features) != lstm.lstm_shape.input_size:
        return None
    return scaler.of(features)


def _with_target(layer: AdjacentLayer, config: dict[str, Any], scaler: Scaler, notes: list[str]) -> AdjacentLayer:
    """A run's head with the way back to the units of its targets; another layer as it is."""
    targets = _texts(config.get("target_variables"))
    one_number_each = str(config.get("head", "regression")).lower() == "regression" and layer.shape[0] == len(targets)
    if layer.kind != "linear" or not layer.name.startswith("head") or not one_number_each:
        return layer
    after = str(config.get("output_activation", "linear")).lower()
    if after in ("relu", "softplus"):
        notes.append(
            f"The run's head hands its numbers to {after}, which is not done here: they are in the model's own units."
        )
        return layer
    outputs = scaler.of(targets)
    if outputs is not None:
        listed = ", ".join(map(printable, targets[:MAX_LISTED]))
        notes.append(f"Its head {quote(layer.name)} predicts {listed}, here in the data's own units.")
    return replace(layer, outputs=outputs)


def _features_note(features: list[str], config: dict[str, Any], widths: set[int]) -> str:
    """The features by name, and where they are not what the LSTM reads itself, that."""
    listed = ", ".join(map(printable, features[:MAX_LISTED])) + (" …" if len(features) > MAX_LISTED else "")
    if _is_embedded(config) or len(features) not in widths:
        return (
            f"By config.yml the model's features are {listed}; the LSTM reads {' or '.join(map(str, sorted(widths)))} "
            "numbers a step, which the model makes of these before."
        )
    return f"By config.yml its features are, in this order: {listed}."


def _is_embedded(config: dict[str, Any]) -> bool:
    """Whether features go through a network before the LSTM, or are joined by what is not missing."""
    keys = ("dynamics_embedding", "statics_embedding", "embedding_hiddens", "nan_handling_method")
    return any(config.get(key) for key in keys)


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
    for key in ("mass_inputs", "dynamic_inputs"):
        yield from _texts(config.get(key))
    # The attributes of a basin are sorted by name.
    yield from sorted([*_texts(config.get("static_attributes")), *_texts(config.get("hydroatlas_attributes"))])
    for key in ("evolving_attributes", "autoregressive_inputs"):
        yield from _texts(config.get(key))


def _texts(value: Any) -> list[str]:
    """The texts in a list, and in the lists in it (groups of features); one text is a list of it."""
    if isinstance(value, list):
        return [text for part in value for text in (_texts(part) if isinstance(part, list) else [str(part)])]
    return [value] if isinstance(value, str) else []


@dataclass(frozen=True)
class Scaler:
    """Centre and scale of each feature and target of a run, by name."""

    centre: Mapping[str, float]
    scale: Mapping[str, float]

    def knows(self, name: str) -> bool:
        """Whether it has the centre of a feature, and a scale that is not 0."""
        return name in self.centre and bool(self.scale.get(name))

    def of(self, names: list[str]) -> FeatureScaling | None:
        """The scaling of some features; None where it lacks one, or a scale is 0."""
        if not all(map(self.knows, names)) or len(set(names)) < len(names):
            return None
        centre, scale = (tuple(part[name] for name in names) for part in (self.centre, self.scale))
        return FeatureScaling(tuple(names), centre, scale, "the run's scaler")


def _read_scaler(files: Mapping[str, memoryview], limits: CheckpointLimits) -> tuple[Scaler | None, str]:
    """The run's scaler; None, with a sentence, where there is none."""
    if SCALER in files:
        parsed = _parsed(files[SCALER], SCALER)
        found = {key: _numbers(parsed.get(key)) for key in (*CENTRE_KEYS, *SCALE_KEYS)}
    elif OLDER_SCALER in files:
        found = read_scaler_pickle(files[OLDER_SCALER], limits)
    else:
        return None, (
            f"The scaler {SCALER} is not in the folder: what is shown is in the model's own units, and a table is read "
            "as if it were too."
        )
    centre, scale = (
        {name: number for key in keys for name, number in found.get(key, {}).items()}
        for keys in (CENTRE_KEYS, SCALE_KEYS)
    )
    return Scaler(centre, scale), ""


def _scaler_note(features: list[str], scaler: Scaler, *, carried: bool) -> str:
    """Centre and scale of the features, and whether a table is scaled by them."""
    known = [name for name in (features or scaler.centre) if name in scaler.centre and name in scaler.scale]
    if not known:
        return "The run's scaler has no centre and scale of these features: what is shown is in the model's own units."
    listed = "; ".join(
        f"{printable(name)}: {scaler.centre[name]:.6g}, {scaler.scale[name]:.6g}" for name in known[:MAX_LISTED]
    )
    lacking = [name for name in features if not scaler.knows(name)]
    if carried:
        done = "A table's columns are matched by these names and scaled so; an array that you pass is taken as it is."
    elif lacking:
        done = f"It has none that can be used of {list_names(lacking)}. Scale your values before you trace them."
    else:
        done = "Scale your values so before you trace them."
    return (
        "It reads each feature as (value − centre) / scale, by the run's scaler. Centre and scale: "
        f"{listed}{' …' if len(known) > MAX_LISTED else ''}. {done}"
    )


def _numbers(value: Any) -> dict[str, float]:
    """Numbers by feature: a plain mapping, or xarray.Dataset.to_dict(), which keeps each in data_vars."""
    if not isinstance(value, dict):
        return {}
    inside = value.get("data_vars", value)
    found = {}
    for name, part in inside.items() if isinstance(inside, dict) else ():
        number = part.get("data") if isinstance(part, dict) else part
        if is_plain_number(number):
            found[str(name)] = float(number)
    return found

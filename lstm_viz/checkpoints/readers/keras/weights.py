"""Where a file keeps each layer's tensors: by paths in Keras 3, by lists of names in older files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.formatting import list_names, quote
from lstm_viz.checkpoints.readers.keras.hdf5_datasets import Datasets, names_attribute, text_attribute
from lstm_viz.checkpoints.readers.keras.layer_graph import Layer
from lstm_viz.checkpoints.stored_tensor import StoredTensor

#: What Keras 2.13 calls the group that is layers elsewhere.
KERAS_2_13_LAYERS = "_layer_checkpoint_dependencies"
VARIABLES_GROUP = "/vars"


@dataclass(frozen=True, eq=False)
class Weights:
    """The tensors of every part of a model, in the order in which Keras counts them."""

    #: By the part's place: layers/lstm/cell (Keras 3); a group and what stands before a tensor's name (older).
    places: Mapping[str, tuple[StoredTensor, ...]]
    #: Whether parts are sorted as in Keras 2's files, which Keras 3 still writes when asked.
    older: bool = False
    #: The Keras that wrote it, where it says so.
    version: str = ""
    #: What Keras calls a part, by its place.
    called: Mapping[str, str] = field(default_factory=dict)

    def of(self, layer: Layer, parts: list[str]) -> list[tuple[StoredTensor, ...]]:
        """The tensors of a layer's parts. `parts`: their places under the layer's in Keras 3.

        Raises CheckpointError where there are none, or of other parts.
        """
        found = self._older(layer) if self.older else [f"{layer.path}/{part}".rstrip("/") for part in parts]
        if len(found) != len(parts) or not all(place in self.places for place in found):
            raise CheckpointError(f"{quote(layer.name)} lacks weights: they are not all in this file.")
        return [self.places[place] for place in found]

    def _older(self, layer: Layer) -> list[str]:
        inside = [place for place in self.places if f"{place}/".startswith(f"{layer.top}/")]
        return (
            inside if layer.name == layer.top else [place for place in inside if f"/{layer.own_name}/" in f"/{place}/"]
        )


def collect_weights(datasets: Datasets) -> Weights:
    """A file's tensors by parts. CheckpointError where it is no file of weights that Keras wrote."""
    for base in ("", "model_weights"):
        layers = names_attribute(datasets.groups[base], "layer_names") if base in datasets.groups else None
        if layers is not None:
            return _keras_2_weights(datasets, base, layers)
    ends = [place for place in datasets.groups if f"/{place}".endswith(VARIABLES_GROUP)]
    if not ends:
        tops = [name for name in (*datasets.groups, *datasets.tensors) if name and "/" not in name]
        raise CheckpointError(
            "This HDF5 file holds no weights as Keras saves them. "
            + (f"It has {list_names(tops)}." if tops else "It is empty.")
        )
    return _keras_3_weights(datasets, ends)


def _keras_3_weights(datasets: Datasets, ends: list[str]) -> Weights:
    called = {_keras_3_path(end): text_attribute(datasets.groups[end], "name") or "" for end in ends}
    members: dict[str, dict[int, StoredTensor]] = {}
    for place, tensor in datasets.tensors.items():
        end, _, number = place.rpartition("/")
        if f"/{end}".endswith(VARIABLES_GROUP) and number.isdecimal() and len(number) < 6:
            members.setdefault(_keras_3_path(end), {})[int(number)] = tensor
    places = {place: tuple(found[number] for number in sorted(found)) for place, found in members.items()}
    return Weights(places, called=called)


def _keras_3_path(end: str) -> str:
    """A part's place from its group's: as Keras 3 calls it."""
    return end.removesuffix("vars").rstrip("/").replace(KERAS_2_13_LAYERS, "layers")


def _keras_2_weights(datasets: Datasets, base: str, layers: list[str]) -> Weights:
    places: dict[str, tuple[StoredTensor, ...]] = {}
    prefix = f"{base}/" if base else ""
    for layer in dict.fromkeys(layers):
        group = datasets.groups.get(f"{prefix}{layer}")
        if group is None:
            raise CheckpointError(f"The file lacks the weights of {quote(layer)}. Save the model again.")
        for name in names_attribute(group, "weight_names") or []:
            tensor = datasets.tensors.get(f"{prefix}{layer}/{name}")
            if tensor is None:
                raise CheckpointError(f"The file lacks {quote(name)}, which it lists. Save the model again.")
            place = f"{layer}/{name}".rpartition("/")[0]
            places[place] = (*places.get(place, ()), tensor)
    version = (
        text_attribute(datasets.groups[base], "keras_version")
        or text_attribute(datasets.groups[""], "keras_version")
        or ""
    )
    return Weights(places, older=True, version=version)

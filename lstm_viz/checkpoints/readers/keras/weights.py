"""Where a file keeps each layer's tensors: by paths in Keras 3, by lists of names in older files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.formatting import listed, quoted
from lstm_viz.checkpoints.readers.keras.hdf5_datasets import Datasets, names, words
from lstm_viz.checkpoints.readers.keras.layer_graph import Layer
from lstm_viz.checkpoints.stored_tensor import Stored

#: What Keras 2.13 calls the group that is layers elsewhere.
EARLIER = "_layer_checkpoint_dependencies"
VARIABLES = "/vars"


@dataclass(frozen=True, eq=False)
class Weights:
    """The tensors of every part of a model, in the order in which Keras counts them."""

    #: By the part's place: layers/lstm/cell (Keras 3); a group and what stands before a tensor's name (older).
    places: Mapping[str, tuple[Stored, ...]]
    #: Whether parts are sorted as in Keras 2's files, which Keras 3 still writes when asked.
    older: bool = False
    #: The Keras that wrote it, where it says so.
    version: str = ""
    #: What Keras calls a part, by its place.
    called: Mapping[str, str] = field(default_factory=dict)

    def of(self, layer: Layer, parts: list[str]) -> list[tuple[Stored, ...]]:
        """The tensors of a layer's parts. `parts`: their places under the layer's in Keras 3.

        Raises CheckpointError where there are none, or of other parts.
        """
        found = self._older(layer) if self.older else [f"{layer.path}/{part}".rstrip("/") for part in parts]
        if len(found) != len(parts) or not all(place in self.places for place in found):
            raise CheckpointError(f"{quoted(layer.name)} lacks weights: they are not all in this file.")
        return [self.places[place] for place in found]

    def _older(self, layer: Layer) -> list[str]:
        inside = [place for place in self.places if f"{place}/".startswith(f"{layer.top}/")]
        return (
            inside if layer.name == layer.top else [place for place in inside if f"/{layer.own_name}/" in f"/{place}/"]
        )


def weights_of(datasets: Datasets) -> Weights:
    """A file's tensors by parts. CheckpointError where it is no file of weights that Keras wrote."""
    for base in ("", "model_weights"):
        layers = names(datasets.groups[base], "layer_names") if base in datasets.groups else None
        if layers is not None:
            return _older(datasets, base, layers)
    ends = [place for place in datasets.groups if f"/{place}".endswith(VARIABLES)]
    if not ends:
        tops = [name for name in (*datasets.groups, *datasets.tensors) if name and "/" not in name]
        raise CheckpointError(
            "This HDF5 file holds no weights as Keras saves them. "
            + (f"It has {listed(tops)}." if tops else "It is empty.")
        )
    return _newer(datasets, ends)


def _newer(datasets: Datasets, ends: list[str]) -> Weights:
    called = {_plain(end): words(datasets.groups[end], "name") or "" for end in ends}
    members: dict[str, dict[int, Stored]] = {}
    for place, tensor in datasets.tensors.items():
        end, _, number = place.rpartition("/")
        if f"/{end}".endswith(VARIABLES) and number.isdecimal() and len(number) < 6:
            members.setdefault(_plain(end), {})[int(number)] = tensor
    places = {place: tuple(found[number] for number in sorted(found)) for place, found in members.items()}
    return Weights(places, called=called)


def _plain(end: str) -> str:
    """A part's place from its group's: as Keras 3 calls it."""
    return end.removesuffix("vars").rstrip("/").replace(EARLIER, "layers")


def _older(datasets: Datasets, base: str, layers: list[str]) -> Weights:
    places: dict[str, tuple[Stored, ...]] = {}
    prefix = f"{base}/" if base else ""
    for layer in dict.fromkeys(layers):
        group = datasets.groups.get(f"{prefix}{layer}")
        if group is None:
            raise CheckpointError(f"The file lacks the weights of {quoted(layer)}. Save the model again.")
        for name in names(group, "weight_names") or []:
            tensor = datasets.tensors.get(f"{prefix}{layer}/{name}")
            if tensor is None:
                raise CheckpointError(f"The file lacks {quoted(name)}, which it lists. Save the model again.")
            place = f"{layer}/{name}".rpartition("/")[0]
            places[place] = (*places.get(place, ()), tensor)
    version = words(datasets.groups[base], "keras_version") or words(datasets.groups[""], "keras_version") or ""
    return Weights(places, older=True, version=version)

"""Feature scaling that a model was trained with: names, centre and scale of what it reads or predicts."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class FeatureScaling:
    """Names, centre and scale of a model's features, in its own order: it reads (value - centre) / scale.

    Of what a model predicts it is the way back: output * scale + centre is in the target's own units.
    Raises ValueError where numbers are missing, not finite, or a scale is 0.

    >>> FeatureScaling(("rain", "snow"), (1.0, 2.0), (3.0, 4.0), "the run's scaler").unscaled.scale
    (1.0, 1.0)
    """

    #: One a feature; () where the model's file does not name them.
    names: tuple[str, ...]
    centre: tuple[float, ...]
    scale: tuple[float, ...]
    #: Where it is from, in words: "the run's scaler".
    source: str = ""

    def __post_init__(self) -> None:
        if len(self.centre) != len(self.scale) or (self.names and len(self.names) != len(self.centre)):
            raise ValueError("one centre and one scale for each feature are needed")
        if len(set(self.names)) != len(self.names):
            raise ValueError("two features have one name")
        if not all(map(math.isfinite, (*self.centre, *self.scale))) or 0 in self.scale:
            raise ValueError("a centre or scale is no finite number, or a scale is 0")

    def __len__(self) -> int:
        return len(self.centre)

    @property
    def unscaled(self) -> FeatureScaling:
        """The same names for values that are scaled already: centre 0, scale 1."""
        return replace(self, centre=(0.0,) * len(self), scale=(1.0,) * len(self))

    @property
    def is_identity(self) -> bool:
        """Whether it leaves values as they are."""
        return set(self.centre) <= {0.0} and set(self.scale) <= {1.0}

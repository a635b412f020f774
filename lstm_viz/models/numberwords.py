"""How predicted numbers are worded: in the file's own units, with as many digits as they deserve."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from lstm_viz.models.answering import Answering
from lstm_viz.sequences.batches import SequenceBatch

#: Spreads and sizes between which a number is written out; beyond them it has a power of ten.
FINEST, LONGEST = 1e-5, 1e9


def number_words(
    batch: SequenceBatch, values: Float[np.ndarray, "steps features"], spread: Float[np.ndarray, " features"]
) -> Answering:
    """Words for at most two features, each with digits down to a hundredth or so of its spread.

    values, spread: in the batch's units; spread is infinite for what never changes.
    """
    # A 32-bit number has no more digits than these, however little it changes.
    spread = np.maximum(spread, 100 * np.spacing(np.abs(values).max(axis=0).astype(np.float32)))
    largest = np.abs((values + batch.offset / batch.scale) * batch.scale).max(axis=0)
    shown = [f"{_escaped(name)} " for name in batch.names[:2]] if len(batch.names) > 1 else [""]
    ways = [how(float(largest[place]), float(spread[place] * batch.scale[place])) for place in range(len(shown))]
    parts = [f"{name}{{{place}:{way}}}" for place, (name, way) in enumerate(zip(shown, ways, strict=True))]
    return Answering("next: " + ", ".join(parts), scale=_floats(batch.scale), offset=_floats(batch.offset))


def how(largest: float, spread: float) -> str:
    """The format of numbers up to `largest` that differ by `spread`.

    >>> how(400.0, 2.0), how(3e300, 2e298), how(7.0, np.inf)
    ('.1f', '.5g', '.6g')
    """
    if np.isinf(spread):
        return ".6g"
    if spread >= FINEST and largest < LONGEST:
        return f".{int(np.clip(np.ceil(1.3 - np.log10(spread)), 0, 6))}f"
    return f".{int(np.clip(np.ceil(np.log10(largest) - np.log10(spread) + 2.3), 3, 15))}g"


def _floats(numbers: np.ndarray) -> tuple[float, ...]:
    return tuple(float(number) for number in numbers)


def _escaped(name: str) -> str:
    return name[:16].replace("{", "{{").replace("}", "}}")

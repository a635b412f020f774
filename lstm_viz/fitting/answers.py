"""A network's output in words: the likeliest tokens, or predicted numbers with their unit and sensible digits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from lstm_viz.sequences.batch import SequenceBatch

#: Characters that can't be seen, as they are shown.
SHOWN = {" ": "␣", "\n": "⏎", "\t": "⇥", "\r": "⏎"}


@dataclass(frozen=True)
class Answering:
    """How one head's scores read.

    `words` has {label} and {percent} where the head chooses among `labels`; otherwise {0}, {1}, ...
    stand for the head's outputs, each times `scale` plus `offset`.

    >>> say = Answering("answers {label} ({percent} %)", labels=("A", "B"))
    >>> str(say(np.array([[[0.0, 4.0]]]))[0, 0])
    'answers B (98 %)'
    >>> str(Answering("depth {0:.1f}", scale=(2.0,), offset=(1.0,))(np.array([[[1.02]]]))[0, 0])
    'depth 3.0'
    >>> str(Answering("next: {0:.1f}")(np.array([[[-4.0]]]))[0, 0])
    'next: −4.0'
    """

    words: str
    labels: tuple[str, ...] = ()
    scale: tuple[float, ...] = ()
    offset: tuple[float, ...] = ()

    def __call__(self, scores: Float[np.ndarray, "time batch outputs"]) -> np.ndarray:
        """One short text a step, (time, batch); "" where a score is NaN, past a sequence's end."""
        rows = scores.reshape(-1, scores.shape[-1]).astype(float)
        texts = self._choices(rows) if self.labels else self._numbers(rows)
        past = np.isnan(rows).any(axis=1)
        return np.where(past, "", np.array(texts, dtype=str)).reshape(scores.shape[:2])

    def _choices(self, rows: np.ndarray) -> list[str]:
        raised = np.exp(rows - rows.max(axis=1, keepdims=True))
        shares = np.nan_to_num(raised / raised.sum(axis=1, keepdims=True))
        best = shares.argmax(axis=1)
        labels = [SHOWN.get(label, label) for label in self.labels]
        return [
            self.words.format(label=labels[k], percent=round(100 * row[k])) for k, row in zip(best, shares, strict=True)
        ]

    def _numbers(self, rows: np.ndarray) -> list[str]:
        scale, offset = np.array(self.scale or 1.0), np.array(self.offset or 0.0)
        # Not rows * scale + offset, whose first half may be too large where the largest numbers are held.
        values = (rows + offset / scale) * scale
        return [self.words.format(*map(Written, row)) for row in values.tolist()]


class Written(float):
    """A number as it is written for a reader: a true minus sign, and none before a zero.

    >>> f"{Written(-1.5):.1f} {Written(-0.01):.1f} {Written(2e-13):.3g}"
    '−1.5 0.0 2e−13'
    """

    def __format__(self, how: str) -> str:
        return format(float(self), f"z{how}").replace("-", "−")


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

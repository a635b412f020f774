"""Formatting a network's outputs as text: the likeliest token, or predicted numbers with sensible digits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from lstm_viz.cells.feature_scaling import FeatureScaling
from lstm_viz.sequences.batch import SequenceBatch
from lstm_viz.sequences.formatting import VISIBLE_CHARACTERS


@dataclass(frozen=True)
class AnswerFormat:
    """How a head's scores are formatted as text, for classification or for regression.

    `words` has {label} and {percent} where the head chooses among `labels`; otherwise {0}, {1}, ...
    stand for the head's outputs, each times `scale` plus `offset`.

    >>> say = AnswerFormat("answer: {label} ({percent} %)", labels=("A", "B"))
    >>> str(say(np.array([[[0.0, 4.0]]]))[0, 0])
    'answer: B (98 %)'
    >>> str(AnswerFormat("answer: {0:.1f} open", scale=(2.0,), offset=(1.0,))(np.array([[[1.02]]]))[0, 0])
    'answer: 3.0 open'
    >>> str(AnswerFormat("next: {0:.1f}")(np.array([[[-4.0]]]))[0, 0])
    'next: −4.0'
    """

    words: str
    labels: tuple[str, ...] = ()
    scale: tuple[float, ...] = ()
    offset: tuple[float, ...] = ()

    def __call__(self, scores: Float[np.ndarray, "time batch outputs"]) -> np.ndarray:
        """One short text a step, (time, batch); "" where a score is NaN, past a sequence's end."""
        rows = scores.reshape(-1, scores.shape[-1]).astype(float)
        texts = self._label_texts(rows) if self.labels else self._number_texts(rows)
        padded = np.isnan(rows).any(axis=1)
        return np.where(padded, "", np.array(texts, dtype=str)).reshape(scores.shape[:2])

    def _label_texts(self, rows: np.ndarray) -> list[str]:
        probabilities = np.nan_to_num(softmax(rows))
        best = probabilities.argmax(axis=1)
        labels = [VISIBLE_CHARACTERS.get(label, label) for label in self.labels]
        return [
            self.words.format(label=labels[k], percent=round(100 * row[k]))
            for k, row in zip(best, probabilities, strict=True)
        ]

    def _number_texts(self, rows: np.ndarray) -> list[str]:
        scale, offset = np.array(self.scale or 1.0), np.array(self.offset or 0.0)
        # Not rows * scale + offset: the product alone may overflow for the largest numbers.
        values = (rows + offset / scale) * scale
        return [self.words.format(*map(DisplayedNumber, row)) for row in values.tolist()]


def softmax(scores: np.ndarray) -> np.ndarray:
    """Probabilities along the last axis."""
    exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
    probabilities: np.ndarray = exponentials / exponentials.sum(axis=-1, keepdims=True)
    return probabilities


def format_in_units(scaling: FeatureScaling, most: int = 3) -> AnswerFormat:
    """How a head's first outputs are formatted in the units of what it predicts, each with its name.

    >>> str(format_in_units(FeatureScaling(("flow {m}",), (2.0,), (4.0,)))(np.array([[[0.5]]]))[0, 0])
    'says flow {m} 4'
    """
    names = [f"{escape_braces(name)} " for name in scaling.names] or [""] * len(scaling)
    words = ", ".join(f"{name}{{{place}:.3g}}" for place, name in enumerate(names[:most]))
    more = " …" if len(names) > most else ""
    return AnswerFormat(f"says {words}{more}", scale=scaling.scale, offset=scaling.centre)


class DisplayedNumber(float):
    """A float that formats with a true minus sign (U+2212), and none before a zero.

    >>> f"{DisplayedNumber(-1.5):.1f} {DisplayedNumber(-0.01):.1f} {DisplayedNumber(2e-13):.3g}"
    '−1.5 0.0 2e−13'
    """

    def __format__(self, spec: str) -> str:
        return format(float(self), f"z{spec}").replace("-", "−")


#: The smallest spread and the largest value with fixed-point notation; beyond them it is scientific.
MIN_FIXED_POINT_SPREAD, MAX_FIXED_POINT = 1e-5, 1e9


def number_format(
    batch: SequenceBatch, values: Float[np.ndarray, "steps features"], spread: Float[np.ndarray, " features"]
) -> AnswerFormat:
    """The format for at most two features, each with digits down to a hundredth or so of its spread.

    values, spread: in the batch's units; spread is infinite for what never changes.
    """
    # A 32-bit number has no more digits than these, however little it changes.
    spread = np.maximum(spread, 100 * np.spacing(np.abs(values).max(axis=0).astype(np.float32)))
    largest = np.abs((values + batch.offset / batch.scale) * batch.scale).max(axis=0)
    shown = [f"{escape_braces(name[:16])} " for name in batch.names[:2]] if len(batch.names) > 1 else [""]
    specs = [format_spec(float(top), float(width)) for top, width in zip(largest, spread * batch.scale, strict=True)]
    parts = [f"{name}{{{place}:{spec}}}" for place, (name, spec) in enumerate(zip(shown, specs, strict=False))]
    return AnswerFormat("answer: next " + ", ".join(parts), scale=_floats(batch.scale), offset=_floats(batch.offset))


def format_spec(largest: float, spread: float) -> str:
    """The format specification for numbers up to `largest` that differ by `spread`.

    >>> format_spec(400.0, 2.0), format_spec(3e300, 2e298), format_spec(7.0, np.inf)
    ('.1f', '.5g', '.6g')
    """
    if np.isinf(spread):
        return ".6g"
    if spread >= MIN_FIXED_POINT_SPREAD and largest < MAX_FIXED_POINT:
        return f".{int(np.clip(np.ceil(1.3 - np.log10(spread)), 0, 6))}f"
    return f".{int(np.clip(np.ceil(np.log10(largest) - np.log10(spread) + 2.3), 3, 15))}g"


def _floats(numbers: np.ndarray) -> tuple[float, ...]:
    return tuple(float(number) for number in numbers)


def escape_braces(text: str) -> str:
    """A text that stands for itself among an answer's words."""
    return text.replace("{", "{{").replace("}", "}}")

"""A head's scores as the few words that stand in the picture. No torch here."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

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

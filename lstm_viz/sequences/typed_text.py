"""A sequence typed sign by sign, for a model that reads one sign a step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lstm_viz.sequences.batch import SequenceBatch

#: Signs that are typed more easily, and the sign that is meant; only where the model knows no such sign itself.
CHARACTER_ALIASES = {".": "·", "-": "·", " ": "·"}
MAX_CHARACTERS = 64


class TypedText(NamedTuple):
    """What was understood: the batch, None where no sign was known, and the signs that were not."""

    batch: SequenceBatch | None
    unknown: tuple[str, ...]
    #: Whether there was more than a model is given.
    cut: bool


def reads_characters(features: Sequence[str]) -> bool:
    """Whether a model's features are signs, one a step: then it can be typed to.

    >>> reads_characters(["(", ")", "x"]), reads_characters(["temperature"])
    (True, False)
    """
    return all(len(name) == 1 for name in features)


def encode_typed(text: str, signs: Sequence[str]) -> TypedText:
    """One sequence, one-hot in the order of `signs`; upper and lower case stand for each other where only one is known.

    >>> found = encode_typed("A..?!", ["A", "·", "?"])
    >>> found.batch.step_labels[:, 0].tolist(), found.unknown
    (['A', '·', '·', '?'], ('!',))
    """
    meant = [_resolve_character(sign, signs) for sign in text]
    known = [sign for sign in meant if sign in signs]
    unknown = tuple(dict.fromkeys(sign for sign in meant if sign not in signs))
    shown = known[:MAX_CHARACTERS]
    return TypedText(_one_hot_batch(shown, tuple(signs)) if shown else None, unknown, len(known) > len(shown))


def _resolve_character(sign: str, signs: Sequence[str]) -> str:
    candidates = (sign, CHARACTER_ALIASES.get(sign, sign), sign.upper(), sign.lower())
    return next((candidate for candidate in candidates if candidate in signs), sign)


def _one_hot_batch(shown: list[str], signs: tuple[str, ...]) -> SequenceBatch:
    labels = np.array(shown)[:, None]
    return SequenceBatch(
        values=(labels[..., None] == np.array(signs)).astype(np.float32),
        names=signs,
        lengths=np.array([len(shown)]),
        sequence_names=("what you typed",),
        offset=np.zeros(len(signs)),
        scale=np.ones(len(signs)),
        step_labels=labels,
    )

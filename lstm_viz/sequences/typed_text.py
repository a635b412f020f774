"""A typed text one-hot encoded, for a model that reads one character a step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lstm_viz.sequences.batch import SequenceBatch

#: Characters that are easier to type, and what they stand for; only where the vocabulary lacks the character.
CHARACTER_ALIASES = {".": "·", "-": "·", " ": "·"}
MAX_CHARACTERS = 64


class TypedText(NamedTuple):
    """A typed text encoded: the batch, None where no character was known, and the unknown characters."""

    batch: SequenceBatch | None
    unknown: tuple[str, ...]
    #: Whether the text was longer than MAX_CHARACTERS.
    truncated: bool


def reads_characters(features: Sequence[str]) -> bool:
    """Whether a model's features are single characters: then a text can be typed for it.

    >>> reads_characters(["(", ")", "x"]), reads_characters(["temperature"])
    (True, False)
    """
    return all(len(name) == 1 for name in features)


def encode_typed(text: str, signs: Sequence[str]) -> TypedText:
    """The text as one one-hot sequence, (time, 1, signs); case is ignored where only one is in `signs`.

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

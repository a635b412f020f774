"""A model of characters fed its own answers: one character is given, the rest it says itself."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float

from lstm_viz.models.bundling import BundledModel
from lstm_viz.models.reading import one_hot


class Generated(NamedTuple):
    """The character given and all answers, and how sure the model was of each answer (0 to 1)."""

    text: str
    shares: Float[np.ndarray, " steps"]


def generate(model: BundledModel, first: str, steps: int, seed: int | None = None) -> Generated:
    """Feeds a model one character from a zero state, then each answer as the next event.

    Without a seed the likeliest character is taken at each step; with one, characters are drawn as often
    as the model says. Raises ValueError for a character the model does not know, a model that does not
    answer with its own events, or fewer than one step.

    >>> from lstm_viz.models import load_bundled
    >>> said = generate(load_bundled("characters"), "T", 12)
    >>> said.text, said.shares.shape
    ('TypeError" of', (12,))
    """
    names = _checked(model, first, steps)
    random = None if seed is None else np.random.default_rng(seed)
    text, state = first, None
    shares: list[float] = []
    with torch.inference_mode():
        for _ in range(steps):
            event = torch.from_numpy(one_hot(text[-1], names))
            hidden, state = model.module(event, state)
            odds = model.head(hidden)[0, 0].double().softmax(-1).numpy()
            place = int(odds.argmax()) if random is None else int(random.choice(len(odds), p=odds))
            text += names[place]
            shares.append(odds[place])
    return Generated(text, np.array(shares))


def _checked(model: BundledModel, first: str, steps: int) -> tuple[str, ...]:
    """The model's characters, where it can go on from this one."""
    names = model.card.features
    if model.labels != names:
        raise ValueError(f"{model.card.key!r} does not answer with what it reads, so it can't be fed its answers.")
    if first not in names:
        raise ValueError(f"{first!r} is not one of the {len(names)} characters this model knows. Choose one of them.")
    if steps < 1:
        raise ValueError(f"Generating takes at least one step, not {steps}.")
    return names

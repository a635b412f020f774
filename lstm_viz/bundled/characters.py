"""The bundled character model: its text, generated text, and how often it guesses right."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import nn

from lstm_viz.bundled.store import BundledModel
from lstm_viz.fitting.network import head_scores
from lstm_viz.fitting.next_step import followers
from lstm_viz.fitting.scores import Score
from lstm_viz.fitting.training import Examples
from lstm_viz.sequences.batch import SequenceBatch
from lstm_viz.sequences.examples import bundled_text, load_example

#: Rows that the text to learn from is cut into, as the course cuts it.
ROWS = 32


def text_held_out() -> SequenceBatch:
    """The beginning of the text, which the example shows and the model never learned from."""
    return load_example("python")


def one_hot(text: str, names: tuple[str, ...]) -> np.ndarray:
    """(time, 1, features); characters that the model does not know are passed over."""
    places = {name: place for place, name in enumerate(names)}
    known = [places[character] for character in text if character in places]
    return np.eye(len(names), dtype=np.float32)[known][:, None]


def text_to_learn() -> Examples:
    """The rest of the text in rows side by side, each row going on where the one before ends."""
    held_out = text_held_out()
    values = one_hot(bundled_text()[len(held_out.values) :], held_out.names)
    steps = (len(values) - 1) // ROWS
    now, after = (values[start : start + steps * ROWS, 0].reshape(ROWS, steps, -1) for start in (0, 1))
    x, wanted = now.swapaxes(0, 1).copy(), after.argmax(-1).T.copy()
    return Examples(torch.from_numpy(x), torch.from_numpy(wanted), torch.ones(wanted.shape, dtype=torch.bool))


def text_score(module: nn.Module, head: nn.Linear) -> Score:
    """Share of next characters guessed right in the held-out text, beside what most often follows each."""
    held_out, learned = text_held_out(), text_to_learn()
    likely = followers(learned.x.argmax(-1).numpy(), learned.targets.numpy(), len(held_out.names))
    now = held_out.values[:, 0].argmax(-1)
    with torch.no_grad():
        said = head(module(torch.from_numpy(held_out.values))[0]).numpy()[:-1, 0].argmax(-1)
    right, baseline = (said == now[1:]).mean(), (likely[now[:-1]] == now[1:]).mean()
    name = "always guessing what most often follows the current character"
    return Score("next characters guessed right", float(right), float(baseline), name, share=True)


class Generated(NamedTuple):
    """The character given and all answers, and how sure the model was of each answer (0 to 1)."""

    text: str
    shares: Float[np.ndarray, " steps"]


def generate(model: BundledModel, first: str, steps: int, seed: int | None = None) -> Generated:
    """Feeds a model one character from a zero state, then each answer as the next event.

    Without a seed the likeliest character is taken at each step; with one, characters are drawn as often
    as the model says. Raises ValueError for a character the model does not know, a model that does not
    answer with its own events, or fewer than one step.

    >>> from lstm_viz.bundled import load_bundled
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


def guessed_right(
    head: nn.Linear, hidden_state: Float[np.ndarray, "time batch hidden"], x: Float[np.ndarray, "time batch features"]
) -> Bool[np.ndarray, "guesses batch"]:
    """Whether the likeliest answer at each step but the last is the event of the next, x being one-hot.

    >>> import torch
    >>> head = torch.nn.Linear(2, 2)
    >>> _ = torch.nn.init.eye_(head.weight), torch.nn.init.zeros_(head.bias)
    >>> states, x = np.array([[[9, 0]], [[9, 0]], [[0, 9]]], "f4"), np.array([[[0, 1]], [[1, 0]], [[0, 1]]], "f4")
    >>> guessed_right(head, states, x)[:, 0].tolist()
    [True, False]
    """
    said = head_scores(head, hidden_state).argmax(axis=-1)
    return np.asarray(said[:-1] == x.argmax(axis=-1)[1:])

"""The bundled character model: its training text, text generation, and next-character accuracy."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import nn

from lstm_viz.bundled.models import BundledModel
from lstm_viz.fitting.network import head_scores
from lstm_viz.fitting.next_step import most_frequent_followers
from lstm_viz.fitting.scores import Score
from lstm_viz.fitting.training import Examples
from lstm_viz.sequences.batch import SequenceBatch
from lstm_viz.sequences.examples import bundled_text, load_example

#: Rows that the training text is cut into, as in the course, and the steps of a window of training.
ROWS, WINDOW = 32, 100


def held_out_text() -> SequenceBatch:
    """The held-out beginning of the text, which the example shows."""
    return load_example("python")


def one_hot(text: str, names: tuple[str, ...]) -> np.ndarray:
    """One-hot characters, (time, 1, features); characters outside the vocabulary are left out."""
    places = {name: place for place, name in enumerate(names)}
    known = [places[character] for character in text if character in places]
    return np.eye(len(names), dtype=np.float32)[known][:, None]


def training_text() -> Examples:
    """The rest of the text as a batch of consecutive rows: each row continues where the one before ends."""
    held_out = held_out_text()
    values = one_hot(bundled_text()[len(held_out.values) :], held_out.names)
    steps = (len(values) - 1) // ROWS
    current, following = (values[start : start + steps * ROWS, 0].reshape(ROWS, steps, -1) for start in (0, 1))
    x, targets = current.swapaxes(0, 1).copy(), following.argmax(-1).T.copy()
    return Examples(torch.from_numpy(x), torch.from_numpy(targets), torch.ones(targets.shape, dtype=torch.bool))


def training_windows() -> int:
    """How many windows a row of the training text has; in each pass the first alone begins with a zero state."""
    held_out = held_out_text()
    known = set(held_out.names)
    steps = (sum(character in known for character in bundled_text()[len(held_out.values) :]) - 1) // ROWS
    return -(-steps // WINDOW)


def character_score(module: nn.Module, head: nn.Linear) -> Score:
    """Next-character accuracy on the held-out text, with the most frequent successor (bigrams) as baseline."""
    held_out, training = held_out_text(), training_text()
    followers = most_frequent_followers(training.x.argmax(-1).numpy(), training.targets.numpy(), len(held_out.names))
    current = held_out.values[:, 0].argmax(-1)
    with torch.no_grad():
        predicted = head(module(torch.from_numpy(held_out.values))[0]).numpy()[:-1, 0].argmax(-1)
    accuracy = (predicted == current[1:]).mean()
    baseline = (followers[current[:-1]] == current[1:]).mean()
    name = "always guessing what most often follows the current character"
    return Score("next characters guessed right", float(accuracy), float(baseline), name, share=True)


class Generated(NamedTuple):
    """Generated text: the first character and all answers, and the model's probability of each answer."""

    text: str
    probabilities: Float[np.ndarray, " steps"]


def generate(model: BundledModel, first: str, steps: int, seed: int | None = None) -> Generated:
    """Autoregressive generation: from a zero state one character is read, then each answer as the next event.

    Without a seed the likeliest character is taken at each step; with one, characters are drawn as often
    as the model says. Raises ValueError for a character the model does not know, a model that does not
    answer with its own events, or fewer than one step.

    >>> from lstm_viz.bundled import load_bundled
    >>> generated = generate(load_bundled("characters"), "T", 12)
    >>> generated.text, generated.probabilities.shape
    ('TypeError" of', (12,))
    """
    names = _check_generation(model, first, steps)
    random = None if seed is None else np.random.default_rng(seed)
    text, state = first, None
    chosen: list[float] = []
    with torch.inference_mode():
        for _ in range(steps):
            event = torch.from_numpy(one_hot(text[-1], names))
            hidden, state = model.module(event, state)
            probabilities = model.head(hidden)[0, 0].double().softmax(-1).numpy()
            if random is None:
                place = int(probabilities.argmax())
            else:
                place = int(random.choice(len(probabilities), p=probabilities))
            text += names[place]
            chosen.append(probabilities[place])
    return Generated(text, np.array(chosen))


def _check_generation(model: BundledModel, first: str, steps: int) -> tuple[str, ...]:
    """The model's vocabulary; raises ValueError where it can't generate from this character."""
    names = model.card.features
    if model.labels != names:
        raise ValueError(f"{model.card.key!r} does not answer with what it reads, so it can't be fed its answers.")
    if first not in names:
        raise ValueError(f"{first!r} is not one of the {len(names)} characters this model knows. Choose one of them.")
    if steps < 1:
        raise ValueError(f"Generating takes at least one step, not {steps}.")
    return names


def correct_guesses(
    head: nn.Linear, hidden_state: Float[np.ndarray, "time batch hidden"], x: Float[np.ndarray, "time batch features"]
) -> Bool[np.ndarray, "guesses batch"]:
    """Whether the likeliest class at each step but the last is the event of the next, x being one-hot.

    >>> import torch
    >>> head = torch.nn.Linear(2, 2)
    >>> _ = torch.nn.init.eye_(head.weight), torch.nn.init.zeros_(head.bias)
    >>> states, x = np.array([[[9, 0]], [[9, 0]], [[0, 9]]], "f4"), np.array([[[0, 1]], [[1, 0]], [[0, 1]]], "f4")
    >>> correct_guesses(head, states, x)[:, 0].tolist()
    [True, False]
    """
    predicted = head_scores(head, hidden_state).argmax(axis=-1)
    return np.asarray(predicted[:-1] == x.argmax(axis=-1)[1:])

"""What the model of characters reads: the bundled text, its beginning held out."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from lstm_viz.models.nextsteps import followers
from lstm_viz.models.scores import Score
from lstm_viz.models.training import Examples
from lstm_viz.sequences.batches import SequenceBatch
from lstm_viz.sequences.examples import load_example, whole_text

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
    values = one_hot(whole_text()[len(held_out.values) :], held_out.names)
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

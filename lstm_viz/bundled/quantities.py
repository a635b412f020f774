"""What goes on in a task's sequences, step by step: what a unit's behaviour is compared with."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import accumulate

import numpy as np

from lstm_viz.bundled.characters import text_held_out
from lstm_viz.bundled.evaluation import adding_held_out, brackets_held_out, recall_held_out
from lstm_viz.bundled.river import river, snow
from lstm_viz.sequences.examples import example_table
from lstm_viz.sequences.tasks import LETTERS, TaskBatch

Quantities = dict[str, np.ndarray]


def recall_quantities(task: TaskBatch) -> Quantities:
    """Where letters come, where they have to be kept in mind, and which one that is."""
    letter = np.isin(task.labels, LETTERS)
    remembered = {f"remembering {name}": task.targets == place for place, name in enumerate(LETTERS)}
    comes = {f"letter {name}": task.labels == name for name in LETTERS}
    return {"waiting": ~letter, **comes, **remembered}


def brackets_quantities(task: TaskBatch) -> Quantities:
    """How deep it is, and which kind of character comes."""
    kinds = {name: task.labels == symbol for name, symbol in (("opening", "("), ("closing", ")"), ("other", "x"))}
    return {"depth": task.targets, "anything": np.ones_like(task.target_mask), **kinds}


def adding_quantities(task: TaskBatch) -> Quantities:
    """Where a value is marked, and the sum so far."""
    marked = task.inputs[..., 1] > 0
    return {"marked": marked, "unmarked": ~marked, "sum so far": task.targets}


def river_quantities() -> tuple[np.ndarray, Quantities]:
    """All ten years of weather, the snow that should lie, and the discharge that follows."""
    data = river()
    columns = example_table("river").columns
    lying = snow(columns["temperature"], columns["precipitation"])[:-1]
    every = np.ones((len(lying), 1), dtype=bool)
    told = {"every day": every, "lying snow": lying[:, None], "tomorrow's discharge": data.tomorrow[:, None]}
    return data.weather, told


def text_quantities() -> tuple[np.ndarray, Quantities]:
    """The held-out text, and how far into a word each character is."""
    batch = text_held_out()
    text = "".join(np.array(batch.names)[batch.values[:, 0].argmax(-1)].tolist())
    inside = [character.isalnum() or character == "_" for character in text]
    told = {
        "letters into the word": _run_lengths(inside),
        "inside a word": np.array(inside),
        "after a word": ~np.array(inside) & np.array([False, *inside[:-1]]),
    }
    return batch.values, {name: steps[:, None] for name, steps in told.items()}


def _run_lengths(inside: list[bool]) -> np.ndarray:
    """How many True stand in a row up to each place."""
    counts = list(accumulate(inside, lambda count, now: count + 1 if now else 0, initial=0))
    return np.array(counts[1:])


def quantities_of(task: str) -> tuple[np.ndarray, Quantities]:
    """Held-out inputs of a task, (time, batch, features), and what goes on in them."""
    return SOURCES[task]()


def _made(draw: Callable[[], TaskBatch], tell: Callable[[TaskBatch], Quantities]) -> tuple[np.ndarray, Quantities]:
    task = draw()
    return task.inputs, tell(task)


SOURCES: dict[str, Callable[[], tuple[np.ndarray, Quantities]]] = {
    "recall": partial(_made, recall_held_out, recall_quantities),
    "brackets": partial(_made, brackets_held_out, brackets_quantities),
    "adding": partial(_made, adding_held_out, adding_quantities),
    "forecast": river_quantities,
    "characters": text_quantities,
}

"""Quantities of a task's held-out sequences at each step, with which units' behaviour is compared."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import accumulate

import numpy as np

from lstm_viz.bundled.characters import held_out_text
from lstm_viz.bundled.evaluation import adding_held_out, brackets_held_out, recall_held_out
from lstm_viz.bundled.river import river_series, snow_water_equivalent
from lstm_viz.sequences.examples import example_table
from lstm_viz.sequences.tasks import LETTERS, TaskBatch

Quantities = dict[str, np.ndarray]


def recall_quantities(task: TaskBatch) -> Quantities:
    """Masks of the steps at which each letter comes, is remembered, or is waited with."""
    letter = np.isin(task.labels, LETTERS)
    remembered = {f"remembering {name}": task.targets == place for place, name in enumerate(LETTERS)}
    comes = {f"letter {name}": task.labels == name for name in LETTERS}
    return {"waiting": ~letter, **comes, **remembered}


def brackets_quantities(task: TaskBatch) -> Quantities:
    """The nesting depth, and masks of each kind of character."""
    kinds = {name: task.labels == symbol for name, symbol in (("opening", "("), ("closing", ")"), ("other", "x"))}
    return {"depth": task.targets, "anything": np.ones_like(task.target_mask), **kinds}


def adding_quantities(task: TaskBatch) -> Quantities:
    """Masks of marked and unmarked values, and the sum so far."""
    marked = task.inputs[..., 1] > 0
    return {"marked": marked, "unmarked": ~marked, "sum so far": task.targets}


def river_quantities() -> tuple[np.ndarray, Quantities]:
    """All ten years of weather, with the modelled snow and the discharge of the next day."""
    data = river_series()
    columns = example_table("river").columns
    snow = snow_water_equivalent(columns["temperature"], columns["precipitation"])[:-1]
    every = np.ones((len(snow), 1), dtype=bool)
    quantities = {"every day": every, "lying snow": snow[:, None], "tomorrow's discharge": data.tomorrow[:, None]}
    return data.weather, quantities


def text_quantities() -> tuple[np.ndarray, Quantities]:
    """The held-out text, with each character's position in its word."""
    batch = held_out_text()
    text = "".join(np.array(batch.names)[batch.values[:, 0].argmax(-1)].tolist())
    inside = [character.isalnum() or character == "_" for character in text]
    quantities = {
        "letters into the word": _run_lengths(inside),
        "inside a word": np.array(inside),
        "after a word": ~np.array(inside) & np.array([False, *inside[:-1]]),
    }
    return batch.values, {name: steps[:, None] for name, steps in quantities.items()}


def _run_lengths(inside: list[bool]) -> np.ndarray:
    """The length of the run of True that ends at each place."""
    counts = list(accumulate(inside, lambda count, now: count + 1 if now else 0, initial=0))
    return np.array(counts[1:])


def quantities_of(task: str) -> tuple[np.ndarray, Quantities]:
    """Held-out inputs of a task, (time, batch, features), and its quantities, each (time, batch)."""
    return SOURCES[task]()


def _task_quantities(
    draw: Callable[[], TaskBatch], measure: Callable[[TaskBatch], Quantities]
) -> tuple[np.ndarray, Quantities]:
    task = draw()
    return task.inputs, measure(task)


SOURCES: dict[str, Callable[[], tuple[np.ndarray, Quantities]]] = {
    "recall": partial(_task_quantities, recall_held_out, recall_quantities),
    "brackets": partial(_task_quantities, brackets_held_out, brackets_quantities),
    "adding": partial(_task_quantities, adding_held_out, adding_quantities),
    "forecast": river_quantities,
    "characters": text_quantities,
}

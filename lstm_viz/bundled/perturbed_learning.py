"""A little more learned at one step in the standard and in the course's cell: how STM changed, step by step.

`scripts/run_what_ifs.py` runs both recall models beforehand and writes the file, which is read without torch.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache

import numpy as np
from jaxtyping import Float

from lstm_viz.bundled.cards import DATA_FOLDER

PERTURBED_FILE = DATA_FOLDER / "perturbed-learning.json"
#: By how much more one unit learned, and the step and the sequence of the recall example, counted from 0.
AMOUNT, STEP, SEQUENCE = 0.1, 16, 0
#: The steps that are kept: one before, the step itself, and those after it.
FIRST_KEPT, LAST_KEPT = STEP - 1, STEP + 5
#: A change smaller than this is none.
SMALLEST_CHANGE = 1e-6


@dataclass(frozen=True, eq=False)
class PerturbedLearning:
    """One cell's change of STM, in the run of a recall model."""

    #: The unit that learned more, counted from 0.
    unit: int
    #: The change of every unit's STM at the steps from `FIRST_KEPT` to `LAST_KEPT`.
    changes: Float[np.ndarray, "steps units"]

    @property
    def sizes(self) -> Float[np.ndarray, " steps"]:
        """The sizes of all units' changes, added: step by step."""
        sizes: np.ndarray = np.abs(self.changes).sum(axis=1)
        return sizes

    @property
    def first_step(self) -> int | None:
        """The step at which STM first changes, counted from 0; None where it never does."""
        changed = np.flatnonzero(self.sizes > SMALLEST_CHANGE)
        return FIRST_KEPT + int(changed[0]) if changed.size else None


@cache
def perturbed_learning() -> dict[str, PerturbedLearning]:
    """Both cells' changes, by the cell's variant.

    >>> {variant: found.first_step - STEP for variant, found in perturbed_learning().items()}
    {'standard': 0, 'course': 1}
    """
    stored = json.loads(PERTURBED_FILE.read_text(encoding="utf-8"))
    return {
        variant: PerturbedLearning(found["unit"], np.array(found["changes"], float))
        for variant, found in stored.items()
    }

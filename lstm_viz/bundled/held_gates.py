"""What the bundled models still answer right when a gate is held at a value: counted beforehand, read without torch.

`scripts/count_held_gates.py` runs every model on its example once for each gate and value and writes the file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from lstm_viz.bundled.cards import DATA_FOLDER

HELD_GATES_FILE = DATA_FOLDER / "held-gates.json"
#: The values at which a gate was held, in all units and from the first step on.
HELD_VALUES = tuple(tenths / 10 for tenths in range(11))
#: A run with more questions than these has no list of them.
MAX_LISTED_QUESTIONS = 24


@dataclass(frozen=True)
class HeldGateOutcome:
    """What came out with a gate held at one value."""

    #: How many answers were right; where answers are numbers, their mean error.
    score: float
    #: Step and sequence of the first answer that was right in the run as it was and is wrong now, or of the largest
    #: error, counted from 0; None where no right answer is lost.
    place: tuple[int, int] | None
    #: What the model said there, and what was right.
    said: str
    wanted: str
    #: The unit whose long-term memory differs most there from the run as it was, or the one that holds most where none
    #: differs; and what it holds in both runs.
    unit: int
    memory: tuple[float, float]
    #: The largest change of any unit's long-term memory at any step.
    memory_change: float
    #: Whether each of the listed questions was answered right.
    right: tuple[bool, ...] = ()
    #: The one answer that was given to every question; "" where there were several.
    always: str = ""


@dataclass(frozen=True)
class HeldGateOutcomes:
    """A bundled model's outcomes by gate and value, over its example."""

    #: How many questions there are; 0 where answers are numbers and the score is their mean error.
    total: int
    #: What was counted, as "questions"; for errors what they are of, and the unit of measurement.
    counted: str
    unit_of_measurement: str
    #: The score of the run as it was.
    as_trained: float
    #: How many sequences the example has.
    sequences: int
    #: Step, sequence and right answer of each question, where they are few enough to be listed.
    questions: tuple[tuple[int, int, str], ...]
    #: The outcome for each of `HELD_VALUES`, by the gate's name in a trace.
    outcomes: Mapping[str, tuple[HeldGateOutcome, ...]]

    def loses(self, gate: str, place: int) -> bool:
        """Whether the run does worse with the gate held at the value at a place of `HELD_VALUES`."""
        score = self.outcomes[gate][place].score
        return score < self.as_trained if self.total else score > self.as_trained


def held_gate_outcomes(key: str) -> HeldGateOutcomes | None:
    """The outcomes of a bundled model; None where nothing was counted.

    >>> recall = held_gate_outcomes("recall")
    >>> [recall.outcomes["forget_gate"][place].score for place in (0, 5, 9, 10)], recall.total
    ([5, 5, 11, 10], 11)
    """
    return _read().get(key)


@cache
def _read() -> Mapping[str, HeldGateOutcomes]:
    stored = json.loads(HELD_GATES_FILE.read_text(encoding="utf-8"))
    return {key: _outcomes(fields) for key, fields in stored.items()}


def _outcomes(fields: dict[str, Any]) -> HeldGateOutcomes:
    questions = tuple((step, sequence, wanted) for step, sequence, wanted in fields.pop("questions"))
    outcomes = {
        gate: tuple(HeldGateOutcome(**{name: _frozen(value) for name, value in each.items()}) for each in found)
        for gate, found in fields.pop("outcomes").items()
    }
    return HeldGateOutcomes(**fields, questions=questions, outcomes=outcomes)


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value

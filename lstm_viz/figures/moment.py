"""A moment of a run: the step, beat, unit, sequence and layer that a person is looking at."""

from __future__ import annotations

from dataclasses import dataclass

#: The six beats of one step, in the order in which they act.
BEATS = ("arrive", "forget", "learn", "remember", "use", "move on")
ARRIVE, FORGET, LEARN, REMEMBER, USE, MOVE_ON = range(len(BEATS))

#: Gates whose numbers and weights can be inspected; the last one only in the course's cell.
INSPECTABLE_GATES = ("forget_gate", "input_gate", "candidate", "output_gate", "readout")


@dataclass(frozen=True)
class Moment:
    """Where a person is looking, everything counted from 0.

    `unit` is the unit's number in the model, not its row in the picture; `window` is the
    first step that the strips show. `gate` counts in `INSPECTABLE_GATES`, and `depth` is how much of it is shown: 0 the
    whole cell, 1 the gate's numbers, 2 its weights. `progress` is how much of the beat's motion is over, from 0 to 1: a
    picture at rest shows all of it. `signs` colours memory by its sign (1) rather than by who wrote it (0). `pointed`
    is the unit under the pointer, -1 where there is none. `checkpoint` counts the checkpoints of a training, where a
    view has some, and `training` those trainings.

    >>> Moment(step=3).beat == BEATS.index("move on")
    True
    """

    step: int = 0
    beat: int = len(BEATS) - 1
    unit: int = 0
    sequence: int = 0
    layer: int = 0
    window: int = 0
    gate: int = 0
    depth: int = 0
    progress: float = 1.0
    signs: int = 0
    pointed: int = -1
    checkpoint: int = 0
    training: int = 0

    def precedes(self, beat: int, progress: float = 0.0) -> bool:
        """Whether it is before a beat of its step, or before so much of that beat's motion is over.

        >>> Moment(beat=2, progress=0.5).precedes(2, 0.9), Moment(beat=3, progress=0.5).precedes(2, 0.9)
        (True, False)
        """
        return self.beat < beat or (self.beat == beat and self.progress < progress)

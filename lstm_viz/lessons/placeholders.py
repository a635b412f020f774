"""Values of the placeholders in a lesson's text: one unit's numbers at one moment of a run."""

from __future__ import annotations

import numpy as np

from lstm_viz.figures.formats import plain, signed
from lstm_viz.figures.moment import Moment
from lstm_viz.figures.viewport import SIGMOID_GATES
from lstm_viz.traces import GATE_ARRAYS, LayerTrace

ARRAYS = (*GATE_ARRAYS, "previous_cell_state", "previous_hidden_state")
PERCENT_PLACEHOLDERS = {"forget_percent": "forget_gate", "ignore_percent": "input_gate", "use_percent": "output_gate"}


def placeholder_values(layer: LayerTrace, moment: Moment, event: str = "", answer: str = "") -> dict[str, str]:
    """Names, counted from 1, and rounded numbers of the followed unit at a moment."""
    words = {"step": str(moment.step + 1), "unit": str(moment.unit + 1), "event": event, "answer": answer}
    words |= {"units": str(layer.memory.shape[-1]), "steps": str(int(layer.lengths[moment.sequence]))}
    held = ARRAYS if layer.cell_state is not None else ("hidden_state", "previous_hidden_state")
    words |= {name: (plain if name in SIGMOID_GATES else signed)(value_at(layer, name, moment)) for name in held}
    if layer.cell_state is None:
        return words
    return words | {name: percent(value_at(layer, gate, moment)) for name, gate in PERCENT_PLACEHOLDERS.items()}


def value_at(layer: LayerTrace, name: str, moment: Moment) -> float:
    """The followed unit's number; NaN where a projection has no such unit."""
    values: np.ndarray = getattr(layer, name)
    return float(values[moment.step, moment.sequence, moment.unit]) if moment.unit < values.shape[-1] else float("nan")


def percent(share: float) -> str:
    """A share of 1 as whole percent.

    >>> percent(0.974)
    '97 %'
    """
    return f"{round(100 * share)} %"

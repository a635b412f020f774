"""Values of the placeholders in a lesson's text: one unit's numbers at one moment of a run, and its events' names."""

from __future__ import annotations

import numpy as np

from lstm_viz.analysis.memory_attribution import ledger_column
from lstm_viz.figures.formats import checks, plain, signed, summand
from lstm_viz.figures.labels import SHORT_LABEL
from lstm_viz.figures.moment import Moment
from lstm_viz.figures.run_view import Texts
from lstm_viz.figures.viewport import SIGMOID_GATES
from lstm_viz.traces import GATE_ARRAYS, LayerTrace

#: How many steps of a sequence lessons look at, and over how many what is largest there is the largest.
STEPS = 32
ARRAYS = (*GATE_ARRAYS, "previous_cell_state", "previous_hidden_state")
PERCENT_PLACEHOLDERS = {"forget_percent": "forget_gate", "ignore_percent": "input_gate", "use_percent": "output_gate"}

#: Equations of one step, as they stand in a text: two arrays, what is done with them, and the result.
EQUATIONS = {
    "forgetting": ("previous_cell_state", "×", "forget_gate", "kept"),
    "learning": ("candidate", "×", "input_gate", "learned"),
    "remembering": ("kept", "+", "learned", "cell_state"),
    "using": ("readout", "×", "output_gate", None),
}


def placeholder_values(
    layer: LayerTrace, moment: Moment, labels: Texts | None = None, answers: Texts | None = None
) -> dict[str, str]:
    """Names, counted from 1, and rounded numbers of the followed unit at a moment."""
    words = {"step": f"{moment.step + 1:,}", "unit": str(moment.unit + 1), "sequence": str(moment.sequence + 1)}
    words |= {"event": event_name(labels, moment.step, moment.sequence)}
    words |= {"answer": text_at(answers, moment.step, moment.sequence)}
    words |= {"within": stretch(int(layer.lengths[moment.sequence]))}
    words |= {"units": str(layer.memory.shape[-1]), "steps": f"{int(layer.lengths[moment.sequence]):,}"}
    held = ARRAYS if layer.cell_state is not None else ("hidden_state", "previous_hidden_state")
    words |= {name: (plain if name in SIGMOID_GATES else signed)(value_at(layer, name, moment)) for name in held}
    if layer.cell_state is None:
        return words
    words |= {name: percent(value_at(layer, gate, moment)) for name, gate in PERCENT_PLACEHOLDERS.items()}
    words |= {name: _equation_at(layer, moment, *terms) for name, terms in EQUATIONS.items()}
    return words | {"held": held_sentence(layer, moment, labels)}


def _equation_at(layer: LayerTrace, moment: Moment, left: str, by: str, right: str, result: str | None) -> str:
    """One equation of the followed unit; without a named result it is the product, which a projection may follow."""
    first, second = value_at(layer, left, moment), value_at(layer, right, moment)
    return equation(first, by, second, first * second if result is None else value_at(layer, result, moment))


def stretch(length: int, steps: int = STEPS) -> str:
    """Over which steps of a sequence a superlative ranges.

    >>> stretch(24), stretch(3653)
    ('in this sequence', 'in the first 32 steps')
    """
    return "in this sequence" if length <= steps else f"in the first {steps} steps"


def value_at(layer: LayerTrace, name: str, moment: Moment) -> float:
    """The followed unit's number; NaN where a projection has no such unit."""
    values: np.ndarray = getattr(layer, name)
    return float(values[moment.step, moment.sequence, moment.unit]) if moment.unit < values.shape[-1] else float("nan")


def event_name(labels: Texts | None, step: int, sequence: int) -> str:
    """What the event of a step is called in a sentence.

    A sign stands for itself, in quotes where it is no letter and no number. A long name, such as a date, is the name of
    the step and not of what is read there; a step without a name is called by its number.

    >>> event_name(np.array([["A"], ["?"], ["1979-02-01"]]), 1, 0), event_name(None, 4, 0)
    ('“?”', 'the event of step 5')
    >>> event_name(np.array([["1979-02-01"]]), 0, 0)
    'the event of 1979-02-01'
    """
    label = text_at(labels, step, sequence)
    if not label or label == f"{step + 1:,}":
        return f"the event of step {step + 1:,}"
    if len(label) > SHORT_LABEL and not _is_number(label):
        return f"the event of {label}"
    return label if any(character.isalnum() for character in label) else f"“{label}”"


def _is_number(label: str) -> bool:
    return label.lstrip("+−-").replace(".", "", 1).isdigit()


def text_at(texts: Texts | None, step: int, sequence: int) -> str:
    """What is written at a step of a sequence; "" where nothing is."""
    if texts is None:
        return ""
    part = texts[step : step + 1]
    return str(part[0][sequence]) if len(part) else ""


def main_writer(layer: LayerTrace, moment: Moment) -> int | None:
    """The step whose event wrote most of what the unit holds before this step; None where no event did.

    >>> from lstm_viz.bundled import first_view
    >>> main_writer(first_view()[0].layers[0], Moment(step=16, unit=6)) + 1
    7
    """
    first = moment.step if layer.reverse else 0
    column = np.abs(np.nan_to_num(ledger_column(layer, moment.unit, moment.step, moment.sequence)))
    column[1 + moment.step - first] = 0
    row = int(column.argmax())
    if row == 0 or column[row] <= column.sum() / 2:
        return None
    return row - 1 + first


def held_sentence(layer: LayerTrace, moment: Moment, labels: Texts | None = None) -> str:
    """Which event wrote most of what the unit holds when the step begins, as a sentence."""
    if value_at(layer, "previous_cell_state", moment) == 0:
        return "Nothing is written there yet."
    step = main_writer(layer, moment)
    if step is None:
        start = layer.initial_cell_state
        was_empty = start is None or not np.any(start[moment.sequence, moment.unit])
        return "Several events wrote a part of that." if was_empty else "A part of that may be from before the run."
    if not text_at(labels, step, moment.sequence):
        return f"Most of that was written at step {step + 1:,}."
    return f"Most of that was written by {event_name(labels, step, moment.sequence)}, at step {step + 1:,}."


def percent(share: float) -> str:
    """A share of 1 as whole percent; near 0 % and 100 % with a digit more, since these would say "nothing" and "all".

    >>> percent(0.974), percent(0.996), percent(0.002), percent(1.0)
    ('97 %', '99.6 %', '0.2 %', '100 %')
    """
    digits = 0 if 0.0095 <= share < 0.995 or share < 0.0005 or share >= 0.9995 else 1
    return f"{plain(100 * share, digits)} %"


def equation(left: float, by: str, right: float, result: float) -> str:
    """A product or a sum with its rounded numbers; ≈ where these don't give the rounded result.

    A product with a factor that is rounded to 0 or 1 though it isn't has three digits: it would look wrong, and not
    merely rounded.

    >>> equation(0.5, "×", 0.5, 0.25), equation(0.11, "+", -0.7, -0.59)
    ('+0.50 × 0.50 = +0.25', '+0.11 − 0.70 = −0.59')
    >>> equation(-0.996, "×", 0.998, -0.996 * 0.998)
    '−0.996 × 0.998 = −0.994'
    """
    digits = 2
    if not checks(left, by, right, result) and by == "×" and any(_looks_trivial(value) for value in (left, right)):
        digits = 3
    second = f"× {plain(right, digits)}" if by == "×" else summand(right, digits)
    equals = "=" if checks(left, by, right, result, digits) else "≈"
    return f"{signed(left, digits)} {second} {equals} {signed(result, digits)}"


def _looks_trivial(factor: float) -> bool:
    return plain(abs(factor)) in ("0.00", "1.00") and abs(factor) not in (0.0, 1.0)

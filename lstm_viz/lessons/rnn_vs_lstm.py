"""What to look for, and what to guess, where an RNN and an LSTM read the same letter."""

from __future__ import annotations

import math

from lstm_viz.figures.moment import BEATS, Moment
from lstm_viz.lessons.observations import Sight
from lstm_viz.lessons.questions import Question
from lstm_viz.sequences.formatting import plural
from lstm_viz.sequences.tasks import LETTERS

RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def answered(delay: int, lstm: str, rnn: str) -> Sight:
    """What both answer to each letter when the question comes."""
    letters = ", ".join(LETTERS[:-1]) + f" and {LETTERS[-1]}"
    text = (
        f"asked {plural(delay, 'step')} after {letters}, the LSTM answers {', '.join(lstm)}; "
        f"the RNN answers {', '.join(rnn)}."
    )
    return Sight(text, Moment(step=delay + 1, beat=len(BEATS) - 1))


def gradient_question(delay: int, lstm: float, rnn: float) -> Question:
    """How much of the learning signal the RNN has left at the letter."""
    right = power(rnn)
    exponent = _exponent(rnn)
    others = [10.0**other for other in dict.fromkeys((exponent // 2, 0, exponent * 2, -3)) if other != exponent]
    options = sorted({right: rnn} | {power(other): other for other in others[:2]}, key=_size)
    text = (
        f"the question comes {delay} steps after the letter. How strongly does the RNN's last state still answer to a "
        "small change of its state at the letter, if at the end itself it is 1?"
    )
    reveal = f"{right} for the RNN, {power(lstm)} for the LSTM: only one of them can be told what it should have kept."
    return Question(text, tuple(options), options.index(right), reveal, None, Moment(step=0, beat=len(BEATS) - 1))


def power(value: float) -> str:
    """A size as a power of ten, or in plain digits where it is not small.

    >>> power(0.55), power(3.4e-06), power(0.0)
    ('0.6', '10⁻⁵', '0')
    """
    if value == 0:
        return "0"
    return f"{value:.1f}" if value >= 0.1 else f"10{str(_exponent(value)).translate(RAISED)}"


def _exponent(value: float) -> int:
    return round(math.log10(value)) if value > 0 else -45


def _size(text: str) -> float:
    if not text.startswith("10"):
        return float(text)
    return 10.0 ** int(text[2:].translate({new: chr(old) for old, new in RAISED.items()}))

"""Observation and question of the lesson RNN vs LSTM, where both read the same letter."""

from __future__ import annotations

import math

from lstm_viz.figures.moment import BEATS, Moment
from lstm_viz.lessons.observations import Observation
from lstm_viz.lessons.questions import TO_SUPERSCRIPT, Question, numeric_value
from lstm_viz.sequences.formatting import plural
from lstm_viz.sequences.tasks import LETTERS


def answers_observation(delay: int, lstm: str, rnn: str) -> Observation:
    """The observation of what both networks answer to each letter when the question comes."""
    letters = ", ".join(LETTERS[:-1]) + f" and {LETTERS[-1]}"
    text = (
        f"asked {plural(delay, 'step')} after {letters}, the LSTM answers {', '.join(lstm)}; "
        f"the RNN answers {', '.join(rnn)}."
    )
    return Observation(text, Moment(step=delay + 1, beat=len(BEATS) - 1))


def gradient_question(delay: int, lstm: float, rnn: float) -> Question:
    """The question about vanishing gradients: how much gradient the RNN has left at the letter."""
    right = power_of_ten(rnn)
    exponent = _exponent(rnn)
    others = [10.0**other for other in dict.fromkeys((exponent // 2, 0, exponent * 2, -3)) if other != exponent]
    options = sorted({right: rnn} | {power_of_ten(other): other for other in others[:2]}, key=numeric_value)
    text = (
        f"the question comes {delay} steps after the letter. How strongly does the RNN's last state still answer to a "
        "small change of its state at the letter, if at the end itself it is 1?"
    )
    of_lstm = power_of_ten(lstm)
    reveal = f"{right} for the RNN, {of_lstm} for the LSTM: only one of them can be told what it should have kept."
    return Question(text, tuple(options), options.index(right), reveal, None, Moment(step=0, beat=len(BEATS) - 1))


def power_of_ten(value: float) -> str:
    """A positive value as a power of ten, or in plain digits where it is not small.

    >>> power_of_ten(0.55), power_of_ten(3.4e-06), power_of_ten(0.0)
    ('0.6', '10⁻⁵', '0')
    """
    if value == 0:
        return "0"
    return f"{value:.1f}" if value >= 0.1 else f"10{str(_exponent(value)).translate(TO_SUPERSCRIPT)}"


def _exponent(value: float) -> int:
    return round(math.log10(value)) if value > 0 else -45

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
    found = (
        f"Asked {plural(delay, 'step')} after {letters}, the LSTM answers {', '.join(lstm)}, "
        f"and the RNN answers {', '.join(rnn)}."
    )
    text = "Find the shortest wait at which the RNN answers wrong: move the wait above the picture."
    return Observation(text, Moment(step=delay + 1, beat=len(BEATS) - 1), found)


def gradient_words(lstm: float, rnn: float) -> dict[str, str]:
    """Placeholders of the lesson's text: the gradient that is left at the letter in both networks."""
    return {"lstm_gradient": power_of_ten(lstm), "rnn_gradient": power_of_ten(rnn)}


def gradient_question(delay: int, lstm: float, rnn: float) -> Question:
    """The question about vanishing gradients: how much gradient the RNN has left at the letter."""
    right = power_of_ten(rnn)
    exponent = _exponent(rnn)
    others = [10.0**other for other in dict.fromkeys((exponent // 2, 0, exponent * 2, -3)) if other != exponent]
    options = sorted({right: rnn} | {power_of_ten(other): other for other in others[:2]}, key=numeric_value)
    text = (
        f"The question comes {plural(delay, 'step')} after the letter, and at each step back the RNN's gradient is "
        "multiplied once more. At the end it is 1. What is left of it at the letter?"
    )
    of_lstm = power_of_ten(lstm)
    reveal = f"{right} is left in the RNN, and {of_lstm} in the LSTM."
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

"""Texts of the lesson on sequences: windows, resets at their boundaries, and the reach of truncated gradients."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from lstm_viz.analysis.truncated_bptt import AGREEMENT, CarriedAndResetStates
from lstm_viz.figures.formats import plain, signed
from lstm_viz.figures.moment import BEATS, Moment
from lstm_viz.lessons.observations import Observation
from lstm_viz.lessons.placeholders import percent
from lstm_viz.lessons.questions import Question, numeric_value
from lstm_viz.sequences.formatting import plural
from lstm_viz.sequences.sliding_windows import Windows

#: The caption of the picture of inputs and targets.
TARGETS_NOTE = (
    "The last target of a window is the first character of the next (grey). After a row's very last character nothing "
    "follows: the course's exercise takes the row's own first character there, which is one wrong target a row."
)


class CorrectGuesses(NamedTuple):
    """Correctly guessed next characters, (steps, batch), with the state carried over windows and with it reset."""

    carried: Bool[np.ndarray, "steps batch"]
    reset: Bool[np.ndarray, "steps batch"]

    def accuracy_after(self, starts: np.ndarray, later: int = 0) -> tuple[float, float]:
        """Accuracy of each so many steps after the first step behind a window boundary."""
        places = starts[starts + later < len(self.carried)] + later
        return float(self.carried[places].mean()), float(self.reset[places].mean())


def describe_windows(cut: Windows) -> str:
    """How many characters the windows hold, and how many are dropped."""
    steps, rows = cut.parts[0].values.shape[:2]
    kept = rows * steps * len(cut.parts)
    total = kept + cut.dropped
    share = plain(100 * cut.dropped / total, 1)
    lost = f" + {cut.dropped:,} at the end, which fill no window and are dropped ({share} %)." if cut.dropped else "."
    factors = (plural(rows, "row"), plural(len(cut.parts), "window"), plural(steps, "character"))
    sum_of = f"{total:,} characters = {' × '.join(factors)}{lost}"
    nothing = "" if cut.dropped else " Nothing is dropped."
    return f"{sum_of}{nothing} Read side by side, all {kept:,} take {kept // rows:,} steps."


def describe_rows(cut: Windows) -> str:
    """How the rows continue from window to window."""
    steps, rows = cut.parts[0].values.shape[:2]
    end = steps * len(cut.parts)
    between = (
        f"From one row to another nothing goes on: row 1 ends at character {end:,} of the text, and row 2 begins with "
        "the next from a state of zero."
        if rows > 1
        else "Here there is one row, and each window waits for the one before."
    )
    return (
        f"One window is {rows} × {steps} characters; the next begins where it ends, row for row (▸), so the state of "
        f"row n goes on in row n. {between}"
    )


def describe_window_boundaries(both: CarriedAndResetStates, guesses: CorrectGuesses) -> str:
    """The effect of a reset at the window boundaries: jump, recovery and loss of accuracy, over all rows."""
    took = both.recovery()
    never, middle = float(np.isinf(took).mean()), float(np.median(took))
    apart, share = (float(values[both.starts].mean()) for values in (both.distances, both.relative_distances))
    agreed = (
        f"Half of them agree again to {percent(AGREEMENT)} within {middle:.0f} steps"
        if np.isfinite(middle)
        else f"Most of them do not agree to {percent(AGREEMENT)} before the next seam"
    )
    return (
        "The same text and the same model, read twice. One character after a seam the two states lie "
        f"{plain(apart)} apart, {percent(share)} of |h|: a mean over all {took.size:,} seams of all rows. {agreed}, "
        f"and {percent(never)} never do in a window of {both.steps}. Of all next characters "
        f"{percent(float(guesses.carried.mean()))} are guessed right with the state carried, "
        f"{percent(float(guesses.reset.mean()))} with it reset."
    )


def describe_gradient_reach(full_gradient: Float[np.ndarray, " back"], shares: Mapping[int, float], steps: int) -> str:
    """The share of the full gradient that each window length keeps (`shares`, in percent), and one of `steps`."""
    listed = ", ".join(f"M = {size} leaves {plain(share, 1)} %" for size, share in shares.items())
    own = (
        ""
        if steps in shares
        else f"; your M = {steps} leaves {plain(100 * float(full_gradient[:steps].sum() / full_gradient.sum()), 1)} %"
    )
    return (
        f"From the last character of a window the loss feels {plain(float(full_gradient[0]), 1)} of that character and "
        f"{plain(float(full_gradient[20]))} of the one 20 before it. Of all that is felt without cuts, {listed}{own}. "
        "Beyond the seam it is exactly 0: nothing is learned about it, whatever it caused."
    )


def reset_observation(both: CarriedAndResetStates, unit: int) -> Observation:
    """The observation of the followed unit after the boundary where the two readings of row 1 differ most."""
    after = both.starts
    apart = np.abs(both.carried[after, 0, unit] - both.reset[after, 0, unit])
    step = int(after[int(np.argmax(apart))])
    carried, reset = (float(states[step, 0, unit]) for states in (both.carried, both.reset))
    text = (
        f"behind the seam, at step {step + 1}, unit {unit + 1} is at {signed(carried)} with the state carried "
        f"and at {signed(reset)} with it reset. It has read the same character both times."
    )
    return Observation(text, Moment(step, BEATS.index("move on"), unit))


def reset_question(both: CarriedAndResetStates, guesses: CorrectGuesses, pairs: float) -> Question:
    """The question about the accuracy of the first guess after a reset.

    `pairs` is the bigram baseline: the accuracy of always guessing the most frequent successor.
    """
    carried, reset = guesses.accuracy_after(both.starts)
    options = tuple(sorted({percent(reset), percent(carried), percent(pairs)}, key=numeric_value))
    text = (
        f"with its state carried, the model guesses the second character behind a seam right {percent(carried)} of the "
        "time. How often does it after a reset?"
    )
    later = ", ".join(
        f"{percent(guesses.accuracy_after(both.starts, step)[1])} after {step + 1} characters"
        for step in (1, 4, 9)
        if step < both.steps
    )
    reveal = (
        f"{percent(reset)}, where somebody who knows only which character most often follows which gets "
        f"{percent(pairs)}: a state of zero in the middle of a text is something the model never learned from."
    )
    reveal += f" It catches up: {later}." if later else ""
    return Question(text, options, options.index(percent(reset)), reveal)

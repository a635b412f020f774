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
    "The last target of a window is the first character of the next window (grey). After a row's very last character "
    "nothing follows. The course's exercise takes the row's own first character there: one wrong target in each row."
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
    lost = f" + {cut.dropped:,} at the end that fill no window and are dropped ({share} %)." if cut.dropped else "."
    factors = (plural(rows, "row"), plural(len(cut.parts), "window"), plural(steps, "character"))
    sum_of = f"{total:,} characters = {' × '.join(factors)}{lost}"
    nothing = "" if cut.dropped else " Nothing is dropped."
    return f"{sum_of}{nothing} Read side by side, all {kept:,} take {kept // rows:,} steps."


def describe_rows(cut: Windows) -> str:
    """How the rows continue from window to window."""
    steps, rows = cut.parts[0].values.shape[:2]
    end = steps * len(cut.parts)
    between = (
        f"Nothing goes on from one row to another: row 1 ends at character {end:,} of the text, and row 2 begins with "
        "the next character and with empty memories."
        if rows > 1
        else "Here there is one row, and each window waits for the one before."
    )
    return (
        f"One window is {rows} × {steps} characters. The next begins where it ends, row by row (▸), so the memories of "
        f"row n go on in row n. {between}"
    )


def describe_window_boundaries(both: CarriedAndResetStates, guesses: CorrectGuesses) -> str:
    """The effect of a reset at the window boundaries: jump, recovery and loss of accuracy, over all rows."""
    took = both.recovery()
    never, middle = float(np.isinf(took).mean()), float(np.median(took))
    apart, share = (float(values[both.starts].mean()) for values in (both.distances, both.relative_distances))
    agreed = (
        f"After half of the seams they are less than {percent(AGREEMENT)} apart again within {middle:.0f} steps"
        if np.isfinite(middle)
        else f"After most seams they are still more than {percent(AGREEMENT)} apart when the next seam comes"
    )
    with_reset, carried_on = (percent(float(part.mean())) for part in (guesses.reset, guesses.carried))
    return (
        f"With a reset the model guesses {with_reset} of all next characters right, with its memories carried on "
        f"{carried_on}. One character after a seam the two readings lie {plain(apart)} apart, which is "
        f"{percent(share)} of the size of STM (the average of {took.size:,} seams in all rows). {agreed}; after "
        f"{percent(never)} of them it takes longer than a window of {both.steps}."
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
        f"At the last character of a window the gradient is {plain(float(full_gradient[0]), 1)} for that character and "
        f"{plain(float(full_gradient[20]))} for the one 20 before it. Of the whole gradient, {listed}{own}. "
        "Beyond the seam it is exactly 0: nothing is learned about what stood there."
    )


def reset_observation(both: CarriedAndResetStates, unit: int) -> Observation:
    """The observation of the followed unit after the boundary where the two readings of row 1 differ most."""
    after = both.starts
    apart = np.abs(both.carried[after, 0, unit] - both.reset[after, 0, unit])
    step = int(after[int(np.argmax(apart))])
    carried, reset = (float(states[step, 0, unit]) for states in (both.carried, both.reset))
    text = f"Find the seam after which the two readings of unit {unit + 1} are farthest apart."
    found = (
        f"Step {step + 1:,}: it is at {signed(carried)} with the memories carried on and at {signed(reset)} after a "
        "reset, though it has just read the same character."
    )
    return Observation(text, Moment(step, BEATS.index("move on"), unit), found)


def reset_question(both: CarriedAndResetStates, guesses: CorrectGuesses, pairs: float) -> Question:
    """The question about the accuracy of the first guess after a reset.

    `pairs` is the bigram baseline: the accuracy of always guessing the most frequent successor.
    """
    carried, reset = guesses.accuracy_after(both.starts)
    options = tuple(sorted({percent(reset), percent(carried), percent(pairs)}, key=numeric_value))
    text = (
        f"With its memories carried on, the model guesses {percent(carried)} of the second characters after a seam "
        "right. After a reset it knows only the first one. How many does it guess right then?"
    )
    later = ", ".join(
        f"{percent(guesses.accuracy_after(both.starts, step)[1])} after {plural(step + 1, 'character')}"
        for step in (1, 4, 9)
        if step < both.steps
    )
    reveal = (
        f"{percent(reset)}. Somebody who only knows which character most often follows which would get "
        f"{percent(pairs)}. The model never learned to begin in the middle of a text."
    )
    reveal += f" Then it finds its way: {later}." if later else ""
    return Question(text, options, options.index(percent(reset)), reveal)

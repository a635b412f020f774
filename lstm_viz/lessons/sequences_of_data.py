"""Texts of the lesson on sequences: windows, resets at their boundaries, and the reach of truncated gradients."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from lstm_viz.analysis.truncated_bptt import AGREEMENT, CarriedAndChangedStates, PaddedRun, shares_by_place
from lstm_viz.figures.formats import plain, signed
from lstm_viz.figures.moment import BEATS, Moment
from lstm_viz.figures.sequences.gradient_reach import tenths
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
    """Correctly guessed next characters, (steps, batch), with the state carried over windows and with it reset.

    `exchanged` are those with rows exchanged at each boundary; None where there is a single row.
    """

    carried: Bool[np.ndarray, "steps batch"]
    reset: Bool[np.ndarray, "steps batch"]
    exchanged: Bool[np.ndarray, "steps batch"] | None = None

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
    beside = "Read side by side" if rows > 1 else "Read one after another"
    return f"{sum_of}{nothing} {beside}, all {kept:,} take {plural(kept // rows, 'step')}."


def describe_rows(cut: Windows) -> str:
    """How the rows continue from window to window."""
    steps, rows = cut.parts[0].values.shape[:2]
    end = steps * len(cut.parts)
    if rows == 1:
        return (
            f"One window is {plural(steps, 'character')} of the one row that there is. The next begins where it ends "
            "(▸), so the memories go on there, and each window waits for the one before."
        )
    return (
        f"One window is {rows} × {plural(steps, 'character')}. The next begins where it ends, row by row (▸), so the "
        f"memories of row n go on in row n. Nothing goes on from one row to another: row 1 ends at character {end:,} "
        "of the text, and row 2 begins with the next character and with empty memories."
    )


def describe_window_boundaries(both: CarriedAndChangedStates, guesses: CorrectGuesses) -> str:
    """The effect of a reset at the window boundaries: jump, recovery and loss of accuracy, over all rows."""
    took = both.recovery()
    never, middle = float(np.isinf(took).mean()), float(np.median(took))
    apart, share = (float(values[both.starts].mean()) for values in (both.distances, both.relative_distances))
    agreed = (
        f"After half of the seams they are less than {percent(AGREEMENT)} apart again within "
        f"{plural(math.ceil(middle), 'step')}"
        if np.isfinite(middle)
        else f"After most seams they are still more than {percent(AGREEMENT)} apart when the next seam comes"
    )
    with_reset, carried_on = (percent(float(part.mean())) for part in (guesses.reset, guesses.carried))
    exchanged = "" if guesses.exchanged is None else f", with rows exchanged {percent(float(guesses.exchanged.mean()))}"
    return (
        f"With its memories carried on the model guesses {carried_on} of all next characters right, with a reset "
        f"{with_reset}{exchanged}. One character after a seam the two readings lie {plain(apart)} apart, which is "
        f"{percent(share)} of the size of STM (the average of {took.size:,} seams in all rows). {agreed}; after "
        f"{percent(never)} of them it takes longer than a window of {both.steps}."
    )


def boundary_truths(both: CarriedAndChangedStates, exchanged: CarriedAndChangedStates | None) -> dict[str, bool]:
    """What the text claims of the readings: each truth by its name.

    `several_rows`: N > 1. `recovers`: the median recovery after a reset is finite. `exchanged_is_farther`: the mean
    relative distance one step after a boundary is larger with rows exchanged than with a reset. `longer_windows`:
    M > 1.
    """
    return {
        "several_rows": exchanged is not None,
        "recovers": bool(np.isfinite(np.median(both.recovery()))),
        "exchanged_is_farther": exchanged is not None and _mean_apart(exchanged) > _mean_apart(both),
        "longer_windows": both.steps > 1,
    }


def boundary_words(both: CarriedAndChangedStates, exchanged: CarriedAndChangedStates | None) -> dict[str, str]:
    """The text's numbers of the readings; "" for one that no shown sentence names."""
    middle = float(np.median(both.recovery()))
    return {
        "recovery": plural(math.ceil(middle), "character") if np.isfinite(middle) else "",
        "agreement": percent(AGREEMENT),
        "reset_apart": percent(_mean_apart(both)),
        "exchanged_apart": "" if exchanged is None else percent(_mean_apart(exchanged)),
    }


def _mean_apart(both: CarriedAndChangedStates) -> float:
    """The mean relative distance after the first step behind a boundary, over all boundaries and rows."""
    return float(both.relative_distances[both.starts].mean())


def window_words(cut: Windows, full_gradient: Float[np.ndarray, " back"]) -> dict[str, str]:
    """The text's numbers of a cut: what a pass of training over it would cost, and how far its gradients reach."""
    steps, rows = cut.parts[0].values.shape[:2]
    reached = shares_by_place(full_gradient, steps)
    return {
        "n": f"{rows:,}",
        "m": f"{steps:,}",
        "updates": f"{len(cut.parts):,}",
        "held_steps": plural(rows * steps, "step"),
        "turns": f"{len(cut.parts) * steps:,}",
        "last_share": tenths(float(reached[-1])),
        "mean_share": tenths(float(reached.mean())),
    }


class PaddedExample(NamedTuple):
    """A padded run, its lanes' characters, and the model's guess at the true end and after the padding."""

    run: PaddedRun
    lanes: tuple[tuple[str, ...], ...]
    guess: str
    guess_after: str


def padding_words(example: PaddedExample) -> dict[str, str]:
    """The text's numbers of the padded lane."""
    return {
        "lane_length": str(example.run.length),
        "zeros": str(len(example.run.hidden_state) - example.run.length),
        "moved": percent(float(example.run.distances[-1])),
    }


def describe_padding(example: PaddedExample) -> str:
    """What the model guesses next at the lane's true end, and what after the zeros."""
    zeros = len(example.run.hidden_state) - example.run.length
    return (
        f"At its true end, after {example.run.length} characters, lane 1 guesses {example.guess} as the next one. "
        f"After {plural(zeros, 'zero')} it guesses {example.guess_after}. With the lengths given, as in PyTorch's "
        "pack_padded_sequence, a lane's state is the one at its true end."
    )


def describe_gradient_reach(full_gradient: Float[np.ndarray, " back"], shares: Mapping[int, float], steps: int) -> str:
    """The share of the full gradient that each window length keeps (`shares`, in percent), and one of `steps`."""
    means = {size: tenths(float(shares_by_place(full_gradient, size).mean())) for size in (*shares, steps)}
    listed = ", ".join(
        f"M = {size} leaves {plain(share, 1)} % (on average over all places {means[size]})"
        for size, share in shares.items()
    )
    best = tenths(float(shares_by_place(full_gradient, steps)[-1]))
    own = "" if steps in shares else f"; your M = {steps} leaves {best} (on average {means[steps]})"
    return (
        f"At the last place of a window the gradient is {plain(float(full_gradient[0]), 1)} for its own character and "
        f"{plain(float(full_gradient[20]))} for the one 20 before it. There, of the whole gradient, {listed}{own}. "
        "Beyond the seam it is exactly 0: nothing is learned about what stood there."
    )


def describe_places(shares: Float[np.ndarray, " steps"]) -> str:
    """How much of the gradient a loss reaches at the first place of a window, at the last, and on average."""
    last, mean = (tenths(float(share)) for share in (shares[-1], shares.mean()))
    if len(shares) == 1:
        return f"A window of one character has one place: a loss there reaches {last} of the whole gradient."
    return (
        f"A loss at the first place of a window of {len(shares)} reaches {tenths(float(shares[0]))} of the whole "
        f"gradient, at the last place {last}, on average over all places {mean}."
    )


def reset_observation(both: CarriedAndChangedStates, unit: int) -> Observation:
    """The observation of the followed unit after the boundary where the two readings of row 1 differ most."""
    after = both.starts
    apart = np.abs(both.carried[after, 0, unit] - both.changed[after, 0, unit])
    step = int(after[int(np.argmax(apart))])
    carried, reset = (float(states[step, 0, unit]) for states in (both.carried, both.changed))
    text = f"Find the seam after which the two readings of unit {unit + 1} are farthest apart."
    found = (
        f"Step {step + 1:,}: it is at {signed(carried)} with the memories carried on and at {signed(reset)} after a "
        "reset, though it has just read the same character."
    )
    return Observation(text, Moment(step, BEATS.index("move on"), unit), found)


class TrainingCut(NamedTuple):
    """How the text was cut in training: its rows, and the windows of each row."""

    rows: int
    windows: int


def reset_question(
    both: CarriedAndChangedStates, guesses: CorrectGuesses, pairs: float, training: TrainingCut
) -> Question:
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
        f"{percent(pairs)}. The model seldom learned from empty memories in the middle of a text: in its training 1 "
        f"window in {training.windows}, always at the same {training.rows} places."
    )
    reveal += f" Then it finds its way: {later}." if later else ""
    return Question(text, options, options.index(percent(reset)), reveal)

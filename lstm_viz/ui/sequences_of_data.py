"""The lesson on sequences: their shapes, a text cut into windows, and what the cuts do to a state and a gradient."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from lstm_viz.analysis.seams import AGREE
from lstm_viz.figures.batching import rows_and_windows, text_band
from lstm_viz.figures.formats import plain
from lstm_viz.figures.four_shapes import four_shapes
from lstm_viz.figures.moments import Moment
from lstm_viz.figures.reaching import felt_back, shares_felt
from lstm_viz.figures.reels import Reel
from lstm_viz.figures.rules import settle
from lstm_viz.figures.seams import across_seams
from lstm_viz.figures.targets import at_the_seam
from lstm_viz.lessons.wording import percent
from lstm_viz.sequences.sliding import Windows
from lstm_viz.ui.charts import Chart, Rows
from lstm_viz.ui.readings import Reading, cut_text, gradients, reading, shapes
from lstm_viz.ui.views import View

#: N and M at first, and the most of each.
ROWS, STEPS, MOST_ROWS, MOST_STEPS = 8, 24, 32, 100
#: Columns of the small pictures, after which they begin again.
ROUND = 8


class Cut(NamedTuple):
    """What a person chose: rows, steps of a window, and the seed by which the model talks (None: the likeliest)."""

    rows: int
    steps: int
    seed: int | None


def choose_cut() -> Cut:
    """N, M and how the model of characters chooses what it says."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="cutting"):
        rows = _number("Rows N", "rows", ROWS, MOST_ROWS, "The text is cut into so many rows, read side by side.")
        steps = _number("Window M", "window", STEPS, MOST_STEPS, "So many characters of each row make a window.")
        seed = st.number_input(
            "Seed of one-to-many",
            0,
            9999,
            None,
            key="seed",
            bind="query-params",
            width=190,
            placeholder="the likeliest",
            help="Empty, the model of characters says its likeliest character each time; with a seed it draws.",
        )
    return Cut(rows, steps, seed)


def _number(label: str, key: str, usual: int, most: int, said: str) -> int:
    chosen = st.number_input(label, 1, most, usual, key=key, bind="query-params", width=130, help=said)
    return int(chosen)


def lesson_view(cut: Cut) -> View:
    """Row 1 as far as it is shown, read with the state carried; beside it the reading with the state reset."""
    read = reading(cut.rows, cut.steps)
    return replace(read.view, name=f"sequences {cut.rows} {cut.steps} {cut.seed}")


def first_moment(cut: Cut, view: View) -> Moment:
    """Behind the first seam, where the small pictures are at their last column."""
    step = min(cut.steps + (ROUND - 1 - cut.steps) % ROUND, len(view.labels) - 1)
    return Moment(step=step, unit=int(view.orders[0][0]))


def charts(cut: Cut) -> Rows:
    """The lesson's charts, each with its numbers in a sentence."""
    windows, read = cut_text(cut.rows, cut.steps), reading(cut.rows, cut.steps)
    pictures, said = shapes(cut.seed)
    whole, felt = gradients()
    return [
        [Chart("four-shapes", _drawing(partial(four_shapes, pictures)), said=said)],
        [
            Chart(
                "whole-text",
                _drawing(lambda palette, narrow: text_band(windows, palette=palette)),
                said=_cutting(windows),
            )
        ],
        [Chart("batching", _drawing(partial(rows_and_windows, windows)), said=_going_on(windows))],
        [Chart("targets", _drawing(partial(at_the_seam, windows)), said=TARGETS)],
        [Chart("seams", partial(across_seams, both=read.shown), said=_seams(read))],
        [
            Chart(
                "reach",
                _drawing(lambda palette, narrow: felt_back(whole, felt, palette=palette)),
                said=_reach(whole, felt, cut.steps),
            )
        ],
    ]


def _drawing(make: Callable[..., go.Figure]) -> Callable[..., go.Figure]:
    """A figure that needs nothing of the run but the step."""

    def draw(reel: Reel, moment: Moment, **look: Any) -> go.Figure:
        return settle(make(**look), reel, moment)

    return draw


def _cutting(windows: Windows) -> str:
    """What is kept and what is dropped."""
    steps, rows = windows.parts[0].values.shape[:2]
    kept = rows * steps * len(windows.parts)
    total = kept + windows.dropped
    lost = (
        f"{windows.dropped:,} at the end fill no window and are dropped ({plain(100 * windows.dropped / total, 1)} %)"
    )
    return (
        f"{total:,} characters = {rows} rows × {len(windows.parts)} windows × {steps} characters"
        + (f" + {windows.dropped:,}: {lost}." if windows.dropped else ": nothing is dropped.")
        + f" Read side by side, all {kept:,} take {kept // rows:,} steps."
    )


def _going_on(windows: Windows) -> str:
    steps, rows = windows.parts[0].values.shape[:2]
    length = steps * len(windows.parts)
    return (
        f"One window is {rows} × {steps} characters; the next begins where it ends, row for row (▸), so the state of "
        f"row n goes on in row n. From one row to another nothing goes on: row 1 ends at character {length:,} of the "
        f"text, and row 2 starts with a state of zero at the next."
    )


TARGETS = (
    "The last target of a window is the first character of the next (grey). After a row's very last character "
    "nothing follows: the course's exercise takes the row's own first character there, which is one wrong target a row."
)


def _seams(read: Reading) -> str:
    """Jump and recovery over all seams of all rows."""
    both = read.whole
    took = both.recovery()
    never = float(np.isinf(took).mean())
    apart, share = (float(values[both.starts].mean()) for values in (both.jumps, both.shares))
    middle = np.median(took)
    agreed = (
        f"Half of them agree again to {percent(AGREE)} within {middle:.0f} steps"
        if np.isfinite(middle)
        else f"Most of them do not agree to {percent(AGREE)} before the next seam"
    )
    return (
        f"The same text and the same model, read twice. One character after a seam the two states lie "
        f"{plain(apart)} apart, {percent(share)} of |h|: a mean over all "
        f"{took.size:,} seams of all rows. {agreed}, and {percent(never)} never do in a window of {both.steps}."
    )


def _reach(whole: np.ndarray, felt: dict[int, np.ndarray], steps: int) -> str:
    shares = shares_felt(whole, felt)
    told = ", ".join(f"M = {size} leaves {plain(share, 1)} %" for size, share in shares.items())
    own = 100 * float(whole[:steps].sum() / whole.sum())
    return (
        f"From the last character of a window the loss feels {plain(float(whole[0]), 1)} of that event and "
        f"{whole[20]:.2f} of the one 20 before it. Of all that is felt without cuts, {told}; your M = {steps} leaves "
        f"{plain(own, 1)} %. Beyond the seam it is exactly 0: nothing is learned about it, whatever it caused."
    )

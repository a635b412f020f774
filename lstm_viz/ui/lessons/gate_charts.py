"""Charts of the gates' lessons: the cell, activation curves, contributions, half-lives."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from lstm_viz.analysis.memory_attribution import half_life
from lstm_viz.figures.gates.activation_curves import (
    COMBINED,
    COURSE_OFFERED,
    FORGET,
    IGNORE,
    LEARNED,
    OFFERED,
    SHOWN,
    USE,
    Curve,
    Product,
    curve_needs,
    curves,
)
from lstm_viz.figures.gates.answer_probabilities import PROBABILITIES, answer_probabilities
from lstm_viz.figures.gates.contributions import contribution_bars
from lstm_viz.figures.memory.half_life import half_lives
from lstm_viz.figures.viewport_builder import MAPS
from lstm_viz.ui.stage.bundled_runs import bundled_probabilities, cards
from lstm_viz.ui.stage.charts import CELL, Chart, Rows
from lstm_viz.ui.stage.views import View


def activation_chart(*shown: Curve, product: Product | None = None) -> Chart:
    """The curves with every unit on them, and what is multiplied."""
    return Chart("curves", curves(*shown, product=product), curve_needs(shown))


def contribution_chart(gate: str, key: str = "shares") -> Chart:
    """What opened a gate."""
    return Chart(key, contribution_bars(gate), (MAPS,))


def learn_charts() -> Rows:
    """Both curves, and the shares of both sums."""
    return [
        [CELL],
        [activation_chart(COMBINED, IGNORE, product=LEARNED)],
        [contribution_chart("candidate", "combining"), contribution_chart("input_gate")],
    ]


def forget_charts() -> Rows:
    """One curve beside its shares."""
    return [[CELL], [activation_chart(FORGET), contribution_chart("forget_gate")]]


def with_answer_probabilities(view: View) -> View:
    """The view with what the model makes of STM at each step: how sure it is of each of its answers."""
    key = view.name.split()[0]
    if key not in cards() or not cards()[key].answer_format.labels:
        return view
    shown = replace(view, extras={**view.extras, PROBABILITIES: bundled_probabilities(key)})
    return shown.bundled_as("answer probabilities", *view.identity.choices) if view.identity else shown


def use_charts(view: View) -> Rows:
    """What memory offers, in this cell's way, how much of it is shown, and what is read out of that."""
    first = view.trace.layers[0]
    course = first.variant == "course"
    product = SHOWN if first.projection is None else None
    rows = [[CELL], [activation_chart(COURSE_OFFERED if course else OFFERED, USE, product=product)]]
    made = (
        [contribution_chart("readout", "offering"), contribution_chart("output_gate")]
        if course
        else [contribution_chart("output_gate")]
    )
    if PROBABILITIES not in view.extras:
        return [*rows, made]
    read = Chart("chances", answer_probabilities(cards()[view.name.split()[0]].answer_format.labels))
    return [*rows, made, [read]] if course else [*rows, [*made, read]]


def half_life_chart(view: View) -> Chart:
    """Every unit's half-life in a run, at its median forget factor: as long as nothing wipes it."""
    lives = [half_life(layer, middle=True) for layer in view.trace.layers]
    return Chart("halves", partial(half_lives, half_lives=lives))

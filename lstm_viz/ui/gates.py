"""Which charts a gate's page has: the cell, the curves its units ride on, and what opened it."""

from __future__ import annotations

from dataclasses import replace

from lstm_viz.figures.chances import CHANCES, chances
from lstm_viz.figures.curves import COMBINED, COURSE_OFFERED, FORGET, IGNORE, OFFERED, USE, Curve, curve_needs, curves
from lstm_viz.figures.gate_products import LEARNED, SHOWN, Product
from lstm_viz.figures.reeling import MAPS
from lstm_viz.figures.share_list import share_list
from lstm_viz.ui.bundled import bundled_chances, cards
from lstm_viz.ui.charts import CELL, Chart, Rows
from lstm_viz.ui.views import View


def riding(*shown: Curve, product: Product | None = None) -> Chart:
    """The curves with every unit on them, and what is multiplied."""
    return Chart("curves", curves(*shown, product=product), curve_needs(shown))


def opened(gate: str, key: str = "shares") -> Chart:
    """What opened a gate."""
    return Chart(key, share_list(gate), (MAPS,))


def learn_charts() -> Rows:
    """Both curves, and the shares of both sums."""
    return [
        [CELL],
        [riding(COMBINED, IGNORE, product=LEARNED)],
        [opened("candidate", "combining"), opened("input_gate")],
    ]


def forget_charts() -> Rows:
    """One curve beside its shares."""
    return [[CELL], [riding(FORGET), opened("forget_gate")]]


def with_chances(view: View) -> View:
    """The view with what the model makes of STM at each step: how sure it is of each of its answers."""
    key = view.name.split()[0]
    if key not in cards() or not cards()[key].answering.labels:
        return view
    return replace(view, extras={CHANCES: bundled_chances(key)})


def use_charts(view: View) -> Rows:
    """What memory offers, in this cell's way, how much of it is shown, and what is read out of that."""
    first = view.trace.layers[0]
    course = first.variant == "course"
    product = SHOWN if first.projection is None else None
    rows = [[CELL], [riding(COURSE_OFFERED if course else OFFERED, USE, product=product)]]
    made = [opened("readout", "offering"), opened("output_gate")] if course else [opened("output_gate")]
    if CHANCES not in view.extras:
        return [*rows, made]
    read = Chart("chances", chances(cards()[view.name.split()[0]].answering.labels))
    return [*rows, made, [read]] if course else [*rows, [*made, read]]

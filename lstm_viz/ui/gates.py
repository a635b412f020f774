"""Which charts a gate's page has: the cell, the curves its units ride on, and what opened it."""

from __future__ import annotations

from lstm_viz.figures.curves import COMBINED, COURSE_OFFERED, FORGET, IGNORE, OFFERED, USE, Curve, curve_needs, curves
from lstm_viz.figures.reeling import MAPS
from lstm_viz.figures.share_list import share_list
from lstm_viz.ui.charts import CELL, Chart, Rows
from lstm_viz.ui.views import View


def riding(*shown: Curve) -> Chart:
    """The curves with every unit on them."""
    return Chart("curves", curves(*shown), curve_needs(shown))


def opened(gate: str, key: str = "shares") -> Chart:
    """What opened a gate."""
    return Chart(key, share_list(gate), (MAPS,))


def learn_charts() -> Rows:
    """Both curves, and the shares of both sums."""
    return [[CELL], [riding(COMBINED, IGNORE)], [opened("candidate", "combining"), opened("input_gate")]]


def forget_charts() -> Rows:
    """One curve beside its shares."""
    return [[CELL], [riding(FORGET), opened("forget_gate")]]


def use_charts(view: View) -> Rows:
    """What memory offers, in this cell's way, and how much of it is shown."""
    course = view.trace.layers[0].variant == "course"
    rows = [[CELL], [riding(COURSE_OFFERED if course else OFFERED, USE)]]
    return [*rows, [opened("readout", "offering"), opened("output_gate")] if course else [opened("output_gate")]]

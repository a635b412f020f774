"""The chart of half-lives, which are of a whole run and so come from the server once."""

from __future__ import annotations

from functools import partial

from lstm_viz.analysis.ledgers import half_life
from lstm_viz.figures.half_lives import half_lives
from lstm_viz.ui.charts import Chart
from lstm_viz.ui.views import View


def halves(view: View) -> Chart:
    """Every unit's half-life in a run."""
    return Chart("halves", partial(half_lives, lives=[half_life(layer) for layer in view.trace.layers]))

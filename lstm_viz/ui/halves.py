"""The chart of half-lives, which are of a whole run and so come from the server once."""

from __future__ import annotations

from functools import partial

from lstm_viz.analysis.ledgers import half_life
from lstm_viz.figures.half_lives import half_lives
from lstm_viz.ui.charts import Chart
from lstm_viz.ui.views import View


def halves(view: View) -> Chart:
    """Every unit's half-life in a run."""
    layers = view.trace.layers
    lives, middles = ([half_life(layer, middle=middle) for layer in layers] for middle in (False, True))
    return Chart("halves", partial(half_lives, lives=lives, middles=middles))

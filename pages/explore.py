"""Explore: a sequence of one's own, a model for it, and every gate of every unit at every step."""

from lstm_viz.ui.explore import choose_run
from lstm_viz.ui.opening import open_page
from lstm_viz.ui.stage import stage

open_page("Explore")
view = choose_run()
if view is not None:
    stage(view)

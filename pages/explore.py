"""Explore: a sequence of one's own, a model for it, and every gate of every unit at every step."""

from lstm_viz.ui.app.page import open_page
from lstm_viz.ui.explore.explore import explore

open_page("Explore")
explore()

"""Explore: a sequence of one's own, a model for it, and every gate of every unit at every step."""

from lstm_viz.ui.explore.explore import explore
from lstm_viz.ui.navigation.open_page import open_page

open_page("Explore", heading="Explore")
explore()

"""Animated pictures and reports that stand alone: one HTML file, no server, no network."""

from lstm_viz.standalone.animation import show
from lstm_viz.standalone.page import Picture

__all__ = ["Picture", "show"]

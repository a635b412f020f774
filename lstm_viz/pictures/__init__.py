"""Animated pictures and reports that stand alone: one HTML file, no server, no network."""

from lstm_viz.pictures.drawing import show
from lstm_viz.pictures.picture import Picture

__all__ = ["Picture", "show"]

"""Where a view is looked at first."""

from __future__ import annotations

from lstm_viz.ui.views import View


def first_unit(view: View) -> int:
    """The unit to follow at first: one in which there is something to see."""
    if view.notes:
        return view.notes[0].unit
    return int(view.orders[0][0]) if view.orders else 0

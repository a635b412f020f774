"""What the address bar says about where to look; everything in it is counted from 1."""

from __future__ import annotations

import streamlit as st

from lstm_viz.figures.moments import BEATS, Moment

#: A step's last beat, at which all of it can be seen.
WHOLE = len(BEATS) - 1


def moment_in_address(first_unit: int = 0) -> Moment:
    """The moment that the address asks for; the first step of the first unit where it asks for none.

    Nothing in it needs to exist: who draws brings it inside what there is.
    """
    beat = st.query_params.get("beat", "").replace("-", " ")
    return Moment(
        step=_counted("step"),
        beat=BEATS.index(beat) if beat in BEATS else WHOLE,
        unit=_counted("unit", first_unit),
        sequence=_counted("sequence"),
        layer=_counted("layer"),
    )


def _counted(name: str, missing: int = 0) -> int:
    """A number counted from 1 in the address, from 0 here."""
    text = st.query_params.get(name, "")
    return max(0, int(text) - 1) if text.isascii() and text.isdigit() and len(text) < 10 else missing


def step_in_address() -> bool:
    """Whether the address asks for a step at all."""
    return "step" in st.query_params

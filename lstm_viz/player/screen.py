"""The screen that charts are drawn for, where no player recolours them: its theme, and whether it is a phone's."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import streamlit as st

from lstm_viz.figures.palette import DARK, LIGHT, Palette
from lstm_viz.player.bundle import FRONTEND, bundle


class Screen(NamedTuple):
    """What a chart's looks depend on."""

    palette: Palette
    narrow: bool


def screen(key: str) -> Screen:
    """The person's screen, as the browser says it; a change of it runs the fragment anew in which this stands.

    Streamlit itself runs nothing when the theme changes.
    """
    seen = st.session_state.get(key, {}).get("seen") or {
        "theme": "dark" if st.context.theme.type == "dark" else "light",
        "narrow": "Mobi" in st.context.headers.get("User-Agent", ""),
    }
    _component()(key=key, data=dict(seen), on_seen_change=_nothing)
    return Screen(DARK if seen["theme"] == "dark" else LIGHT, bool(seen["narrow"]))


def _nothing() -> None:
    """What is seen is read from the session's state."""


@cache
def _component() -> Any:
    return st.components.v2.component("lstm_viz_screen", js=bundle(FRONTEND / "screen.js"))

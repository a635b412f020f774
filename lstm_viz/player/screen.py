"""The browser's screen, for charts that no player recolours: its theme, and whether it is narrow."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import streamlit as st

from lstm_viz.figures.palette import DARK, LIGHT, Palette
from lstm_viz.player.bundle import FRONTEND, bundle


class Screen(NamedTuple):
    """The theme's palette, and whether the screen is narrow."""

    palette: Palette
    narrow: bool


def screen(key: str) -> Screen:
    """The user's screen, as the browser reports it; a change reruns the fragment that calls this.

    Streamlit itself runs nothing when the theme changes.
    """
    seen = st.session_state.get(key, {}).get("seen") or {
        "theme": "dark" if st.context.theme.type == "dark" else "light",
        "narrow": "Mobi" in st.context.headers.get("User-Agent", ""),
    }
    _component()(key=key, data=dict(seen), on_seen_change=_on_change)
    return Screen(DARK if seen["theme"] == "dark" else LIGHT, bool(seen["narrow"]))


def _on_change() -> None:
    """No callback is needed: the component's state is read from the session's."""


@cache
def _component() -> Any:
    return st.components.v2.component("lstm_viz_screen", js=bundle(FRONTEND / "screen.js"))

"""The comparison run's component: its states as a small message of their own, so that the player's isn't sent again."""

from __future__ import annotations

from functools import cache
from typing import Any

import streamlit as st

from lstm_viz.figures.viewport import Viewport
from lstm_viz.player.bundle import FRONTEND, bundle
from lstm_viz.player.message import pack_comparison


def comparison_message(viewport: Viewport, compares_to: str, name: str) -> bytes:
    """The message of a viewport's comparison layers: `compares_to` is the player's message id, `name` its own."""
    return pack_comparison(viewport, id=name, comparesTo=compares_to)


def send_comparison(message: bytes) -> None:
    """Sends the page's player its comparison run."""
    _component()(key="comparison", data=message)


@cache
def _component() -> Any:
    return st.components.v2.component("lstm_viz_comparison", js=bundle(FRONTEND / "comparison.js"))

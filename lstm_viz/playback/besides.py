"""A run set beside the one on the stage, as a message of its own: a small one, which leaves the player's alone."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import streamlit as st

from lstm_viz.figures.reels import Reel
from lstm_viz.playback.packing import pack_beside


def beside_message(reel: Reel, of: str, name: str) -> bytes:
    """The layers beside a reel's own, for the player whose message is called `of`; `name` tells them from others."""
    return pack_beside(reel, id=name, of=of)


def hand(message: bytes) -> None:
    """Gives the page's player the run beside."""
    _component()(key="beside", data=message)


@cache
def _component() -> Any:
    script = files("lstm_viz.playback").joinpath("beside", "beside.js").read_text(encoding="utf-8")
    return st.components.v2.component("lstm_viz_beside", js=script)

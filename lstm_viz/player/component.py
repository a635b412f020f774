"""The player as a Streamlit component: one bar that drives every chart of the page in the browser."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from typing import Any

import streamlit as st

from lstm_viz.figures.gates.formulas import Formula
from lstm_viz.figures.moment import Moment
from lstm_viz.figures.viewport import Viewport
from lstm_viz.player.bundle import FRONTEND, bundle, source
from lstm_viz.player.message import pack


def player_message(
    viewport: Viewport,
    moment: Moment,
    *,
    charts: list[str],
    view: str,
    narrow: bool = False,
    linked: bool = True,
    place: str = "",
    notes: Sequence[dict[str, Any]] = (),
    formulas: Sequence[Formula] = (),
    hide: Sequence[str] = (),
    large: bool = False,
    welcome: bool = False,
    awaits_comparison: bool = False,
) -> bytes:
    """The message of the player of a view, for charts in containers of these keys.

    `view` names the numbers, `place` where they are looked at (by default the same): a new place starts
    at `moment`, or if `linked` at the address bar's; the same one keeps the moment at which the person is.
    `formulas` stand under the bar instead of the whole cell's; `hide` names controls that are not shown,
    `large` has the words larger. `narrow` says for which
    screen the charts were drawn; `notes` ({"unit", "text"}) is what there is to look for;
    `welcome` plays one step, once a visit; `awaits_comparison` says that a run beside comes in a message of its own.
    """
    header = {"narrow": narrow, "linked": linked, "notes": list(notes), "welcome": welcome}
    header |= {"place": place or view, "formulas": list(formulas), "hide": list(hide), "large": large}
    header |= {"awaitsComparison": awaits_comparison}
    return pack(viewport, moment, charts=charts, view=view, id=message_id(view, viewport), **header)


def message_id(view: str, viewport: Viewport) -> str:
    """The id of a viewport of a view, by its start and its numbers."""
    return f"{view} {viewport.start} {_digest(viewport)}"


def show_player(message: bytes, *, key: str = "player") -> None:
    """Shows the player.

    In `st.session_state[key]` stand `need`, for one rerun the moment for which the player
    lacks numbers ({"view", "step", "unit", "layer", "sequence"}); `narrow`, whether the
    screen is a phone's; and, only where charts can't be moved in the browser, `still`, the
    moment to draw them at.
    """
    _component()(
        key=key, data=message, on_need_change=_on_change, on_narrow_change=_on_change, on_still_change=_on_change
    )


def _digest(viewport: Viewport) -> str:
    return hashlib.sha256(viewport.layers[0].hidden_state.tobytes()).hexdigest()[:12]


def _on_change() -> None:
    """No callback is needed: the component's state is read from the session's."""


@cache
def _component() -> Any:
    return st.components.v2.component(
        "lstm_viz_player", html=source("player.html"), css=source("player.css"), js=bundle(FRONTEND / "player.js")
    )

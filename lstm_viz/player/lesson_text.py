"""A lesson's text as a Streamlit component: it drives the player of the same page, and hears where that is."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import streamlit as st

from lstm_viz.player.bundle import FRONTEND, bundle, source


def show_lesson_text(
    lesson: str,
    stops: Sequence[dict[str, Any]],
    *,
    place: str,
    title: str,
    kicker: str,
    video: str,
    next_title: str = "",
    linked: bool = True,
    large: bool = False,
) -> None:
    """Shows a lesson's text.

    A stop is {"kind": "text" | "look" | "question", "html", "moment", "light"}; a question has "options",
    the place of the "right" one, and what to "reveal". → goes from stop to stop. `linked` lets the
    address say which paragraph is read. A lesson that is open already keeps its paragraph while what is
    looked at stays in one `place`, and begins anew in another, without moving the picture.
    """
    data: dict[str, Any] = {
        "lesson": lesson,
        "place": place,
        "title": title,
        "kicker": kicker,
        "video": video,
        "next": next_title,
    }
    data |= {"stops": list(stops), "linked": linked, "large": large}
    _component()(key="lesson-text", data=data)


@cache
def _component() -> Any:
    return st.components.v2.component(
        "lstm_viz_lesson_text",
        html=source("lesson-text.html"),
        css=source("lesson-text.css"),
        js=bundle(FRONTEND / "lesson-text.js"),
    )

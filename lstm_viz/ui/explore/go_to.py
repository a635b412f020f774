"""A field for a step or a date, to which the player goes."""

from __future__ import annotations

import re

import numpy as np
from streamlit.delta_generator import DeltaGenerator

from lstm_viz.ui.plain_text import plain_text
from lstm_viz.ui.session import session
from lstm_viz.ui.stage.views import View

DATE = re.compile(r"\d{4}(-\d{1,2}){0,2}( \d{1,2}(:\d{2}){0,2})?")
KEY = "go to step"


def go_to_field(place: DeltaGenerator, view: View) -> None:
    """The field; what is written there is looked for among the first sequence's steps."""
    first = str(view.labels[:1][0, 0])
    example = "" if first.replace(",", "") == "1" else f" or {first}"
    text = place.text_input(
        "Go to step",
        key=KEY,
        placeholder=f"Go to a step: 120{example}",
        on_change=_go,
        args=(view,),
        label_visibility="collapsed",
    )
    if text and find_step(view.labels[:][:, 0], text) is None:
        place.markdown(plain_text(f"No step is called {text}; the first one is {first}."))


def find_step(labels: np.ndarray, text: str) -> int | None:
    """The step, from 0, of this label or date, or of this number; None where there is none.

    A date between two steps leads to the one after it.

    >>> days = np.array(["2021-01-01", "2021-01-02", "2021-02-01"])
    >>> find_step(days, "2021-02"), find_step(days, "2021-01-20"), find_step(days, "2"), find_step(days, "soon")
    (2, 2, 1, None)
    """
    text = text.strip().replace("T", " ")
    if len(same := np.flatnonzero(labels == text)):
        return int(same[0])
    number = text.replace(",", "")
    is_year = len(number) == 4 and bool(DATE.match(str(labels[0])))
    if number.isascii() and number.isdigit() and len(number) < 10 and not is_year:
        return int(number) - 1 if 1 <= int(number) <= len(labels) else None
    if DATE.fullmatch(text) and DATE.match(str(labels[0])):
        after = np.flatnonzero(labels.astype(str) >= text)
        return int(after[0]) if len(after) else None
    return None


def _go(view: View) -> None:
    """Sends the player to the step; runs before the script does."""
    step = find_step(view.labels[:][:, 0], str(session.value_of(KEY) or ""))
    if step is not None:
        session.send_player(step=step)

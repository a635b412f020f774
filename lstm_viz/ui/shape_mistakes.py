"""The usual mistakes with shapes, and any of one's own: what the module does, what it means, what to do."""

from __future__ import annotations

import streamlit as st

from lstm_viz.figures.shapes import Group, box_picture
from lstm_viz.lessons.shape_mistakes import Beside, Mistake, Verdict, beside, shape_of, usual_mistakes, verdict
from lstm_viz.lessons.shapes import Spec
from lstm_viz.playback.screen import Screen
from lstm_viz.ui.shape_pictures import blocks, show

OWN = "Shapes of my own"


def mistakes(spec: Spec, screen: Screen) -> None:
    """A choice of mistakes, and the verdict on the one chosen."""
    with st.container(border=True, key="shapes mistakes"):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            handed = _handed(spec)
        if handed is not None:
            _picture(beside(spec, handed), screen)
            _show(spec, handed, verdict(spec, handed.x, handed.h, pair=handed.pair))


def _handed(spec: Spec) -> Mistake | None:
    known = {mistake.title: mistake for mistake in usual_mistakes(spec)}
    title = st.selectbox(
        "What if this is handed over?", [*known, OWN], key="shapes mistake", persist_state="session", width=340
    )
    return _own(spec) if title == OWN else known[str(title)]


def _own(spec: Spec) -> Mistake | None:
    usual = str(spec.batched(spec.input_size))
    x = st.text_input("Shape of x", usual, key="shapes x", persist_state="session", max_chars=60, width=180)
    h = st.text_input(
        "Shape of h_0 and c_0", key="shapes h", persist_state="session", max_chars=60, width=180, placeholder="none"
    )
    try:
        return Mistake(OWN, shape_of(str(x)), h=shape_of(h) if h and h.strip() else None)
    except ValueError as refusal:
        st.warning(str(refusal))
        return None


def _show(spec: Spec, handed: Mistake, found: Verdict) -> None:
    st.markdown(f"`{_call(spec, handed, bool(found.says))}`  \n**{_headline(found)}** {found.does}")
    if found.says:
        st.code(found.says, language=None, wrap_lines=True)
    elif found.returns:
        output, h_n, c_n = found.returns
        st.markdown(f"Comes back: output `{output}`, h_n `{h_n}`, c_n `{c_n}`.")
    st.markdown(f"**What to do.** {found.remedy}")
    if found.code:
        st.code(found.code, language="python", wrap_lines=True)


def _picture(pair: Beside, screen: Screen) -> None:
    """The wrong tensor as it is, beside what it is taken for or what is wanted."""
    axes = (pair.have or pair.taken)[0].axes
    lit = axes.index("sequences") if pair.runs and "sequences" in axes else None
    become = "" if lit is None else pair.taken[0].axes[lit]
    if become in ("", "sequences"):
        lit, titles = None, ("what is handed over", "as it is read" if pair.runs else "as it is wanted")
    else:
        titles = ("what is handed over, its first sequence lit", f"as it is read: that is one of the {become}")
    rows = [(title, rows) for title, rows in zip(titles, (pair.have, pair.taken), strict=True) if rows]
    show([Group(title, blocks(rows, lit)) for title, rows in rows], box_picture, screen, "beside", spoken=True)


def _call(spec: Spec, handed: Mistake, refused: bool) -> str:
    """The line of Python, and the shapes; the course's cell has its shapes looked at by `lstm_viz.trace`."""
    state = "" if handed.h is None else ", (h_0, c_0)" if handed.pair else ", h_0"
    shapes = f"x {handed.x}" + ("" if handed.h is None else f", h_0 {handed.h}")
    if refused and spec.cell == "course":
        return f"lstm_viz.trace(lstm, x{state})  # {shapes}"
    return f"output, (h_n, c_n) = lstm(x{state})  # {shapes}"


def _headline(found: Verdict) -> str:
    if found.says:
        return "Refused."
    return "Runs, and is right." if found.ok else "Runs without a word, and is not what was meant."

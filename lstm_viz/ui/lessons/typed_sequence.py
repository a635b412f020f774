"""A text field whose characters a bundled model reads as a sequence, run anew at every key."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from lstm_viz.figures.labels import BLANK
from lstm_viz.sequences.batch import SequenceBatch
from lstm_viz.sequences.formatting import VISIBLE_CHARACTERS, plural
from lstm_viz.sequences.typed_text import MAX_CHARACTERS, TypedText, encode_typed, reads_characters
from lstm_viz.ui.plain_text import plain_text
from lstm_viz.ui.session import session
from lstm_viz.ui.stage.bundled_runs import bundled_notes, cards
from lstm_viz.ui.stage.views import View, view_of

#: What may be typed, each for one of the models.
EXAMPLES = ("A··d·?", "((x)", "The ")
#: Signs that are named in the field's label.
MAX_LISTED = 12


def typed_view(model: str) -> View | None:
    """The run of a bundled model on what is typed; None where nothing is, or the model reads no signs."""
    if model not in cards() or not reads_characters(cards()[model].features):
        return None
    signs = _character_list(cards()[model].features)
    text = st.text_input(
        plain_text(f"Type a sequence and see what the model answers: {signs}"),
        key="typed",
        bind="query-params",
        live="100ms",
        max_chars=4 * MAX_CHARACTERS,
        placeholder=_example(cards()[model].features),
    )
    if not text:
        return None
    found = encode_typed(text, cards()[model].features)
    _show_warnings(found)
    return None if found.batch is None else _typed_view(model, text, found.batch)


def _example(signs: tuple[str, ...]) -> str:
    """A sequence that asks something, where the model knows its signs."""
    return next((text for text in EXAMPLES if set(text) <= set(signs)), "".join(signs[:4]))


def _character_list(signs: tuple[str, ...]) -> str:
    return "any text" if len(signs) > MAX_LISTED else " ".join(VISIBLE_CHARACTERS.get(sign, sign) for sign in signs)


def _show_warnings(found: TypedText) -> None:
    if found.unknown:
        listed = " ".join(f"`{sign}`" for sign in found.unknown if sign != BLANK)
        st.caption(plain_text(f"The model does not know {listed}: {plural(len(found.unknown), 'sign')} left out."))
    if found.truncated:
        st.caption(plain_text(f"Only the first {MAX_CHARACTERS} signs are read."))


def _typed_view(model: str, text: str, batch: SequenceBatch) -> View:
    """The view, made once for each text of the session."""
    return session.typed_view.cached(_name(model, text), lambda: run_typed(model, text, batch))


def _name(model: str, text: str) -> str:
    return f"typed {model} {text}"


def run_typed(model: str, text: str, batch: SequenceBatch) -> View:
    """The run of a bundled model on a typed text, read as `batch`."""
    import lstm_viz
    from lstm_viz.bundled import load_bundled

    trained = load_bundled(model)
    trace = lstm_viz.trace(trained.module, batch.values)
    answers = trained.answers(trace.output)
    view = view_of(_name(model, text), trace, batch, answers, notes=bundled_notes(model))
    return replace(view, figure_key=f"typed {model}")

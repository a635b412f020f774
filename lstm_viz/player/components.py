"""The player's Streamlit components: the player itself, its comparison run, a lesson's text, and the screen."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import streamlit as st

from lstm_viz.figures.gates.formulas import Formula
from lstm_viz.figures.moment import Moment
from lstm_viz.figures.palette import DARK, LIGHT, Palette
from lstm_viz.figures.run_view import Checkpoints
from lstm_viz.figures.viewport import Viewport
from lstm_viz.player.bundle import source
from lstm_viz.player.message import pack, pack_comparison
from lstm_viz.player.served_scripts import component_script

# The player: one bar that drives every chart of the page in the browser


def player_message(
    viewport: Viewport,
    moment: Moment,
    *,
    charts: list[str],
    view: str,
    narrow: bool = False,
    moment_key: str = "",
    inspectable: bool = False,
    formulas: Sequence[Formula] = (),
    hide: Sequence[str] = (),
    large: bool = False,
    welcome: bool = False,
    watch: bool = False,
    awaits_comparison: bool = False,
) -> bytes:
    """The message of the player of a view, for charts in containers of these keys.

    `view` names the numbers. With a new `moment_key` (by default `view`) the player starts at `moment`, or where it is
    the tab's first at the address bar's; with the same one it keeps the moment at which the person is. `formulas` stand
    under the bar instead of the whole cell's; `hide` names controls that are not shown, `large` has the words larger.
    `narrow` says for which screen the charts were drawn; `inspectable` says that a gate can be opened here, for which
    the server is asked; `watch` names the play button for a newcomer; `welcome` plays up to the moment once a visit;
    `awaits_comparison` says that a comparison run comes in a message of its own.
    """
    header: dict[str, Any] = {
        "narrow": narrow,
        "inspectable": inspectable,
        "welcome": welcome,
        "watch": watch,
    }
    header |= {"momentKey": moment_key or view, "formulas": list(formulas), "hide": list(hide), "large": large}
    header |= {"awaitsComparison": awaits_comparison}
    return pack(viewport, moment, charts=charts, view=view, id=message_id(view, viewport), **header)


def message_id(view: str, viewport: Viewport) -> str:
    """The id of a viewport of a view, by its start and its numbers."""
    digest = hashlib.sha256(viewport.layers[0].hidden_state.tobytes()).hexdigest()[:12]
    return f"{view} {viewport.start} {digest}"


def show_player(message: bytes, *, key: str = "player") -> None:
    """Shows the player.

    In `st.session_state[key]` stand `need`, for one rerun the moment for which the player
    lacks numbers ({"view", "step", "unit", "layer", "sequence"}); for one rerun as well `present`, where a lecture
    began or ended, and `share`, the address that is asked for as a code; `inspect`, once a gate was opened on a page
    whose charts have none; `narrow`, whether the
    screen is a phone's; and, only where charts can't be moved in the browser, `still`, the
    moment to draw them at.
    """
    _player_component()(
        key=key,
        data=message,
        on_need_change=_on_change,
        on_narrow_change=_on_change,
        on_still_change=_on_change,
        on_present_change=_on_change,
        on_share_change=_on_change,
        on_inspect_change=_on_change,
    )


@cache
def _player_component() -> Any:
    return st.components.v2.component(
        "lstm_viz_player", html=source("player.html"), css=source("player.css"), js=component_script("player")
    )


def _on_change() -> None:
    """No callback is needed: the component's state is read from the session's."""


# The comparison run: its states as a small message of their own, so that the player's isn't sent again


def comparison_message(viewport: Viewport, compares_to: str, name: str) -> bytes:
    """The message of a viewport's comparison layers: `compares_to` is the player's message id, `name` its own."""
    return pack_comparison(viewport, id=name, comparesTo=compares_to)


def send_comparison(message: bytes) -> None:
    """Sends the page's player its comparison run."""
    _comparison_component()(key="comparison", data=message)


@cache
def _comparison_component() -> Any:
    return st.components.v2.component("lstm_viz_comparison", js=component_script("comparison"))


# A sidebar that leaves the picture its room


def close_sidebar_if_narrow() -> None:
    """Closes the sidebar once a visit where the screen has no room for it beside the picture."""
    _close_drawer_component()(key="close-drawer")


@cache
def _close_drawer_component() -> Any:
    return st.components.v2.component("lstm_viz_close_drawer", js=component_script("close-drawer"))


# Saving a chart of the page, as it stands on the screen


def show_save_figure(figures: Mapping[str, str], stem: str) -> None:
    """Shows a choice among the page's charts, by the keys of their containers, and what saves the chosen one.

    figures: what each is called; stem: what the files' names begin with.
    """
    listed = tuple({"key": key, "title": title} for key, title in figures.items())
    _save_figure_component()(key="save-figure", data={"figures": listed, "stem": stem})


@cache
def _save_figure_component() -> Any:
    return st.components.v2.component(
        "lstm_viz_save_figure",
        html=source("save-figure.html"),
        css=source("save-figure.css"),
        js=component_script("save-figure"),
    )


# A moment to go to, which something outside the player asks for: a row of a table, a date


def send_moment(number: int, change: Mapping[str, int]) -> None:
    """Has the page's player go to a moment, given by what changes, once for each number that is new."""
    _go_to_component()(key="go-to", data={"number": number, "moment": dict(change)})


@cache
def _go_to_component() -> Any:
    return st.components.v2.component("lstm_viz_go_to", js=component_script("go-to"))


# What there is to look for, under the picture


def show_notes(notes: Sequence[dict[str, Any]]) -> None:
    """Shows notes, {"text", "unit", "step", "beat", "sequence"}, as chips that bring the player to what they tell."""
    _notes_component()(key="notes", data=tuple(notes))


@cache
def _notes_component() -> Any:
    return st.components.v2.component(
        "lstm_viz_notes",
        html='<div class="notes" role="group" aria-label="Look for"></div>',
        css=source("notes.css"),
        js=component_script("notes"),
    )


# A lesson's text, which moves the player of the same page and hears at which moment that is


def show_lesson_text(text: Mapping[str, Any]) -> None:
    """Shows a lesson's text, as `lstm_viz.lessons.page_text.lesson_text` makes it.

    → goes from item to item. A lesson that is open already keeps its paragraph while the `momentKey` of its view is
    the same, and begins anew with another, without moving the picture. `view` names the numbers, as the player's
    message does: a picture of the same ones that stands there already moves with the text.
    """
    _lesson_text_component()(key="lesson-text", data=dict(text))


@cache
def _lesson_text_component() -> Any:
    return st.components.v2.component(
        "lstm_viz_lesson_text",
        html=source("lesson-text.html"),
        css=source("lesson-text.css"),
        js=component_script("lesson-text"),
    )


# Checkpoints of a training, among which the player's charts go


def show_checkpoint_slider(checkpoints: Checkpoints) -> None:
    """Shows a slider over these checkpoints, which moves the page's player."""
    _checkpoint_slider_component()(key="checkpoint-slider", data=checkpoints._asdict())


@cache
def _checkpoint_slider_component() -> Any:
    return st.components.v2.component(
        "lstm_viz_checkpoint_slider",
        html=source("checkpoint-slider.html"),
        css=source("checkpoint-slider.css"),
        js=component_script("checkpoint-slider"),
    )


# What a reader does under the pictures of a lesson: a gate held and the right answers counted, a cell of one's own


def show_exercise(key: str, data: Mapping[str, Any]) -> None:
    """Shows the exercise of this key, "gate-count" or "own-cell", with the data that its script takes."""
    _exercise_component(key)(key=f"{key} panel", data=dict(data))


@cache
def _exercise_component(key: str) -> Any:
    return st.components.v2.component(
        f"lstm_viz_{key.replace('-', '_')}",
        html=source(f"{key}.html"),
        css=source(f"{key}.css"),
        js=component_script(key),
    )


# Text that a model writes, with what was felt of it under the pointer


def show_generated_text(json: str, large: bool = False) -> None:
    """Shows samples of text, as `lstm_viz.lessons.generated_text.generated_text` makes them."""
    _generated_text_component()(key="generated-text", data={"json": json, "large": large})


@cache
def _generated_text_component() -> Any:
    return st.components.v2.component(
        "lstm_viz_generated_text",
        html=source("generated-text.html"),
        css=source("generated-text.css"),
        js=component_script("generated-text"),
    )


# A class: a teacher's page is followed in other browsers


def show_class(base: str, pages: Sequence[str], keys: Sequence[str], model: str | None, variant: str | None) -> None:
    """Shows what leads a class or follows one; nothing is seen of it before there is one.

    `base` is the path of the app, `pages` are the addresses of its pages, `keys` those of the address that say what a
    page shows. The address holds no usual choice, so the `model` and its `variant` that were chosen last are told too.
    """
    # Tuples: in a list Streamlit looks for tables, with pandas, at every run.
    data = {"base": base, "pages": tuple(pages), "keys": tuple(keys), "model": model or "", "variant": variant or ""}
    _class_component()(key="class", data=data)


@cache
def _class_component() -> Any:
    return st.components.v2.component("lstm_viz_class", js=component_script("class"))


# The screen: its theme, and whether it is narrow


class Screen(NamedTuple):
    """The theme's palette, and whether the screen is narrow."""

    palette: Palette
    narrow: bool


def theme_palette() -> Palette:
    """The palette of the browser's theme, as Streamlit knows it in this run of the script."""
    return DARK if st.context.theme.type == "dark" else LIGHT


def is_phone() -> bool:
    """Whether the browser says that it is a phone's, which holds until its screen is measured."""
    return "Mobi" in st.context.headers.get("User-Agent", "")


def screen(key: str) -> Screen:
    """The user's screen, as the browser reports it, for charts that no player recolours.

    A change reruns the fragment that calls this. Streamlit itself runs nothing when the theme changes.
    """
    reported = st.session_state.get(key, {}).get("screen") or {
        "theme": "dark" if st.context.theme.type == "dark" else "light",
        "narrow": is_phone(),
    }
    _screen_component()(key=key, data=dict(reported), on_screen_change=_on_change)
    return Screen(DARK if reported["theme"] == "dark" else LIGHT, bool(reported["narrow"]))


@cache
def _screen_component() -> Any:
    return st.components.v2.component("lstm_viz_screen", js=component_script("screen"))

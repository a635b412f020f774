"""A lesson's page: its run on the stage, its text beside it, and links to the lessons before and after."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import streamlit as st

from lstm_viz.figures.gates.formulas import Formula, with_activations
from lstm_viz.figures.moment import BEATS, Moment
from lstm_viz.lessons.moments import paragraph_moment, question_place
from lstm_viz.lessons.observations import Observation, observation
from lstm_viz.lessons.placeholders import placeholder_values
from lstm_viz.lessons.questions import Question, question
from lstm_viz.lessons.sections import SECTIONS, Section, section
from lstm_viz.lessons.texts import Paragraph, escape_markdown, paragraphs
from lstm_viz.player.components import show_lesson_text
from lstm_viz.ui.navigation.address import is_shown, presentation_mode
from lstm_viz.ui.navigation.open_page import open_page
from lstm_viz.ui.navigation.pages import FOLDER
from lstm_viz.ui.plain_text import plain_text
from lstm_viz.ui.session import session
from lstm_viz.ui.stage.charts import ChartControls, Rows
from lstm_viz.ui.stage.frame import StageContent, show_stage
from lstm_viz.ui.stage.stage import first_unit
from lstm_viz.ui.stage.views import View, made_once

#: A paragraph, an observation or a question, as `show_lesson_text` takes it.
LessonItem = dict[str, Any]
#: Controls that a lesson does without: its text says what to look for.
HIDDEN_IN_LESSONS = ("notes", "whole")


@dataclass(frozen=True)
class Lesson:
    """An open lesson."""

    section: Section
    #: Whether the address may say which paragraph is read: it is a link's, or was written here.
    linked: bool

    def view(self, view: View, formulas: Sequence[Formula] = (), start: Moment | None = None) -> View:
        """A run as this lesson looks at it: from `start` or the first paragraph's moment, with the lesson's formulas.

        Runs of the same steps and sequences have one moment key: exchanging them keeps the moment.
        """
        at = replace(start or default_moment(view), beat=len(BEATS) - 1)
        first = (
            at if start else made_once(view, "lesson start", (self.section.name, at), partial(self._first, view, at))
        )
        hidden = (*view.hide, *HIDDEN_IN_LESSONS)
        if not view.trace.activations.is_standard:
            formulas = with_activations(formulas, view.trace.activations)
        return view.presented(moment_key=self.moment_key(view), start=first, formulas=formulas, hide=hidden)

    def _first(self, view: View, at: Moment) -> Moment:
        return paragraph_moment(paragraphs(self.section.name)[0], view.trace.layers[0], at) or at

    def moment_key(self, view: View) -> str:
        """The moment key of a run in this lesson."""
        return f"{self.section.name} {view.shape}"

    def show(
        self,
        view: View,
        charts: Callable[[], Rows] = tuple,
        controls: ChartControls | None = None,
        *,
        start: Moment | None = None,
        look: Observation | None = None,
        ask: Question | None = None,
        words: Mapping[str, str] | None = None,
    ) -> None:
        """The stage with this run and these charts, and the text beside it with the numbers of this run.

        `charts` makes the charts, of a bundled run once for all sessions.

        `look` and `ask` stand for the lesson's own observation and question where it takes them from elsewhere, and
        `words` for further placeholders.
        """
        rows = made_once(view, "lesson charts", (self.section.name,), charts)
        draw_text = partial(self._draw_text, view, start or default_moment(view), look, ask, words or {})
        show_stage(StageContent(view, rows, controls, draw_text if is_shown("text") else None))

    def _draw_text(
        self, view: View, at: Moment, look: Observation | None, ask: Question | None, words: Mapping[str, str]
    ) -> None:
        depends_on = (self.section.name, at, look, ask, tuple(words.items()), is_shown("question"))
        items = made_once(view, "lesson text", depends_on, lambda: self._items(view, at, look, ask, words))
        show_lesson_text(
            self.section.name,
            items,
            moment_key=self.moment_key(view),
            view=view.name,
            title=self.section.title,
            kicker=_kicker(self.section),
            video=self.section.video,
            next_title=_next_title(self.section.number),
            lessons=[found.name for found in SECTIONS],
            linked=self.linked,
            large=presentation_mode().large,
        )
        _lesson_links(self.section)

    def _items(
        self, view: View, at: Moment, look: Observation | None, ask: Question | None, words: Mapping[str, str]
    ) -> list[LessonItem]:
        """The paragraphs with the run's numbers, the question among them, and what to look for at their end."""
        parts, layer = paragraphs(self.section.name), view.trace.layers[0]
        items = [_paragraph(part, view, at, words) for part in parts]
        if is_shown("question"):
            place = question_place(parts)
            asked_at = next((paragraph_moment(part, layer, at) for part in parts[place:]), None) or at
            items[place:place] = _question(ask or question(self.section.name, layer, asked_at, view.labels))
        found = look or observation(self.section.name, layer, at.sequence, labels=view.labels)
        return items + ([] if found is None else [_item("look", f"{found.text} {found.found}", found.moment)])


def _kicker(current: Section) -> str:
    """Which lesson it is, and which part of the course where that has another order."""
    kicker = f"Lesson {current.number} of {len(SECTIONS)}"
    return kicker if current.part == current.number else f"{kicker} · part {current.part} of the course"


def open_lesson(name: str) -> Lesson:
    """Opens the page of a lesson."""
    found = section(name)
    open_page(found.title, heading="" if is_shown("text") else found.title)
    linked = session.lesson in ("", name)
    session.lesson = name
    return Lesson(found, linked)


def link_to_lessons() -> None:
    """The way in, for somebody who has met no LSTM."""
    if is_shown("captions"):
        first = SECTIONS[0]
        with st.container(key="first-lesson"):  # → presses it at the end of the run
            st.page_link(FOLDER / f"{first.name}.py", label="Start the lessons →", query_params=_kept_parameters())


def default_moment(view: View) -> Moment:
    """The moment where a lesson names none: the unit in which there is most to see, in the first sequence."""
    return Moment(unit=first_unit(view))


def _paragraph(paragraph: Paragraph, view: View, at: Moment, further: Mapping[str, str]) -> LessonItem:
    moment = paragraph_moment(paragraph, view.trace.layers[0], at)
    words = placeholder_values(view.trace.layers[0], moment or at, view.labels, view.texts.answers)
    return {
        "kind": "text",
        "html": paragraph.html({**words, **further}),
        "moment": _moment_dict(moment),
        "light": list(paragraph.light),
    }


def _question(asked: Question | None) -> list[LessonItem]:
    if asked is None:
        return []
    item = _item("question", asked.text, asked.before)
    return [
        item
        | {"options": asked.options, "right": asked.right, "reveal": asked.reveal, "shows": _moment_dict(asked.shows)}
    ]


def _item(kind: str, text: str, moment: Moment | None) -> LessonItem:
    """An item of plain text, in which nothing acts as Markdown."""
    html = Paragraph(escape_markdown(text).replace("{", "{{").replace("}", "}}")).html({})
    return {"kind": kind, "html": html, "moment": _moment_dict(moment), "light": []}


def _moment_dict(moment: Moment | None) -> dict[str, int] | None:
    """What the player is told: all of a moment but the window, which it finds by itself."""
    return None if moment is None else {name: value for name, value in vars(moment).items() if name != "window"}


def _next_title(number: int) -> str:
    return SECTIONS[number].title if number < len(SECTIONS) else "Explore"


def _lesson_links(current: Section) -> None:
    """Links to the lesson before and the one after; → and ← press them."""
    names = ["memory_flow", *(found.name for found in SECTIONS), "explore"]
    titles = ["Memory flow", *(found.title for found in SECTIONS), "Explore"]
    with st.container(horizontal=True, horizontal_alignment="distribute", key="lesson-links"):
        for key, index, mark in (("previous", current.number - 1, "← {}"), ("next", current.number + 1, "{} →")):
            with st.container(key=f"{key}-lesson", width="content"):
                label = mark.format(titles[index])
                st.page_link(FOLDER / f"{names[index]}.py", label=plain_text(label), query_params=_kept_parameters())


def _kept_parameters() -> dict[str, str]:
    return {name: st.query_params[name] for name in KEPT_PARAMETERS if name in st.query_params}


#: What of the address goes along from lesson to lesson.
KEPT_PARAMETERS = ("teach", "hide", "embed_options")

"""A lesson's page: its run on the stage, its text beside it, and links to the lessons before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from lstm_viz.lessons.exercises import Exercise, exercise_items
from lstm_viz.lessons.page_text import LessonItem, lesson_items, lesson_text, question_again
from lstm_viz.lessons.sections import SECTIONS, Section, section
from lstm_viz.player.components import show_exercise, show_generated_text, show_lesson_text
from lstm_viz.ui.navigation.address import is_shown, presentation_mode
from lstm_viz.ui.navigation.open_page import open_page, style_sheet
from lstm_viz.ui.navigation.pages import FOLDER
from lstm_viz.ui.plain_text import plain_text
from lstm_viz.ui.session import session
from lstm_viz.ui.stage.charts import ChartControls
from lstm_viz.ui.stage.frame import StageContent, frame, show_stage
from lstm_viz.ui.stage.views import View, made_once

if TYPE_CHECKING:  # the first page imports this file, and draws no lesson
    from lstm_viz.ui.lessons.contents import LessonContent


@dataclass(frozen=True)
class Lesson:
    """An open lesson."""

    section: Section
    #: Whether the address may say which paragraph is read: it is a link's, or was written here.
    linked: bool

    def show(self, content: LessonContent, controls: ChartControls | None = None) -> None:
        """The stage with this run and its charts, and the text beside it with the numbers of this run."""
        view = content.lesson_view(self.section.name)
        rows = made_once(view, "lesson charts", (self.section.name,), content.charts)
        exercises = made_once(view, "lesson exercises", (self.section.name,), content.exercises)
        draw_text = partial(self._draw_text, content, view, exercises) if is_shown("text") else None
        show_stage(StageContent(view, rows, controls, draw_text))
        if exercises:
            with frame().below:
                _show_exercises(exercises)
        if content.generated and is_shown("writing"):
            with frame().below, st.container(key="writing"):
                show_generated_text(content.generated, presentation_mode().large)
        if st.query_params.get("notes") == "1":
            self._draw_notes(content, view)

    def _draw_text(self, content: LessonContent, view: View, exercises: Sequence[Exercise]) -> None:
        own = self._items(content, view)
        items = [*own, *exercise_items(exercises, is_shown("question"))]
        show_lesson_text(
            lesson_text(
                self.section,
                items,
                moment_key=view.moment_key,
                name=view.name,
                linked=self.linked,
                large=presentation_mode().large,
                again=self._again(content, view, own) if is_shown("question") else None,
            )
        )
        _lesson_links(self.section)

    def _draw_notes(self, content: LessonContent, view: View) -> None:
        """The teacher's notes beside the page, where the address asks for them; no class follows that part of it."""
        from lstm_viz.lessons.teacher_notes import notes_html
        from lstm_viz.ui.lessons.worksheet_pages import worksheet_address

        with st.sidebar:
            st.html(f"<style>{style_sheet('lstm_viz.ui.lessons', 'notes.css')}</style>")
            sheets = worksheet_address(self.section.name, view)
            st.html(notes_html(self.section.name, self._items(content, view), sheets))

    def _items(self, content: LessonContent, view: View) -> list[LessonItem]:
        at, look, ask, words = content.default_moment, content.look, content.ask, content.words
        asking, truths = is_shown("question"), content.truths
        depends_on = (self.section.name, at, look, ask, tuple(words.items()), asking, tuple(truths.items()))
        make = partial(lesson_items, self.section, view, at, look, ask, words, asking, truths, content.in_app)
        return made_once(view, "lesson text", depends_on, make)

    def _again(self, content: LessonContent, view: View, items: list[LessonItem]) -> LessonItem | None:
        """A question of an earlier lesson."""
        at = content.default_moment
        make = partial(question_again, self.section, view, at, items)
        return made_once(view, "question again", (self.section.name, at), make)


def _show_exercises(exercises: Sequence[Exercise]) -> None:
    """The panels of exercises under the pictures, each in a container of its key."""
    for exercise in exercises:
        if exercise.key:
            with st.container(key=exercise.key):
                show_exercise(exercise.key, exercise.data)


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
KEPT_PARAMETERS = ("teach", "hide", "embed_options", "notes")

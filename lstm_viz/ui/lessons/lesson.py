"""A lesson's page: its text in the side column, its run on the stage, and links to the lessons before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lstm_viz.analysis.landmark_steps import landmarks
from lstm_viz.figures.gates.formulas import Formula, with_activations
from lstm_viz.figures.moment import BEATS, Moment
from lstm_viz.lessons.observations import observation
from lstm_viz.lessons.placeholders import placeholder_values
from lstm_viz.lessons.questions import Question, question
from lstm_viz.lessons.sections import SECTIONS, Section, section
from lstm_viz.lessons.texts import Paragraph, escape_markdown, paragraphs
from lstm_viz.player.components import show_lesson_text
from lstm_viz.ui.navigation.address import is_shown, presentation_mode
from lstm_viz.ui.navigation.open_page import open_page
from lstm_viz.ui.navigation.pages import FOLDER
from lstm_viz.ui.session import session
from lstm_viz.ui.stage.stage import first_unit
from lstm_viz.ui.stage.views import View

#: A paragraph, an observation or a question, as `show_lesson_text` takes it.
LessonItem = dict[str, Any]
#: Controls that a lesson does without: its text says what to look for.
HIDDEN_IN_LESSONS = ("notes", "whole")


@dataclass(frozen=True)
class Lesson:
    """An open lesson: where its text stands, and where all the rest."""

    section: Section
    side: DeltaGenerator
    main: DeltaGenerator
    #: Whether the address may say which paragraph is read: it is a link's, or was written here.
    linked: bool

    def view(self, view: View, formulas: Sequence[Formula] = (), start: Moment | None = None) -> View:
        """A run as this lesson looks at it: from `start` or the first paragraph's moment, with the lesson's formulas.

        Runs of the same steps and sequences have one moment key: exchanging them keeps the moment.
        """
        at = replace(start or default_moment(view), beat=len(BEATS) - 1)
        first = at if start else _paragraph_moment(paragraphs(self.section.name)[0], view, at) or at
        hidden = (*view.hide, *HIDDEN_IN_LESSONS)
        if not view.trace.activations.is_standard:
            formulas = with_activations(formulas, view.trace.activations)
        return replace(view, moment_key=self.moment_key(view), start=first, formulas=formulas, hide=hidden)

    def moment_key(self, view: View) -> str:
        """The moment key of a run in this lesson."""
        return f"{self.section.name} {view.shape}"

    def show_text(
        self, view: View, start: Moment | None = None, look: LessonItem | None = None, ask: Question | None = None
    ) -> None:
        """The text at the side, with the numbers of this run, what to look for in it, and a question.

        `look` and `ask` stand for the lesson's own ones where it takes them from elsewhere.
        """
        with self.side, st.container(key="lesson-column"):
            if not is_shown("text"):
                return
            at = start or default_moment(view)
            items = [_paragraph(part, view, at) for part in paragraphs(self.section.name)]
            items += [item for item in (look or _observation(self.section.name, view, at),) if item]
            if is_shown("question"):
                items += _question(ask or question(self.section.name, view.trace.layers[0], at.unit, at.sequence))
            show_lesson_text(
                self.section.name,
                items,
                moment_key=self.moment_key(view),
                title=self.section.title,
                kicker=f"Lesson {self.section.number} of {len(SECTIONS)}",
                video=self.section.video,
                next_title=_next_title(self.section.number),
                linked=self.linked,
                large=presentation_mode().large,
            )
            _lesson_links(self.section)


def open_lesson(name: str) -> Lesson:
    """Opens the page of a lesson: its title, its look, and its two columns."""
    found = section(name)
    open_page(found.title, heading="" if is_shown("text") else found.title)
    linked = session.lesson in ("", name)
    session.lesson = name
    side, main = st.columns([0.27, 0.73], gap="medium") if is_shown("text") else (st.container(), st.container())
    return Lesson(found, side, main, linked)


def link_to_lessons() -> None:
    """The way in, for somebody who has met no LSTM."""
    if is_shown("captions"):
        first = SECTIONS[0]
        label = f"New to this? Nine short lessons begin with {first.title} →"
        with st.container(key="first-lesson"):  # → presses it at the end of the run
            st.page_link(FOLDER / f"{first.name}.py", label=label, query_params=_kept_parameters())


def default_moment(view: View) -> Moment:
    """The moment where a lesson names none: the unit in which there is most to see, in the first sequence."""
    return Moment(unit=first_unit(view))


def _paragraph_moment(paragraph: Paragraph, view: View, at: Moment) -> Moment | None:
    """Where a paragraph points in this run; None where it points nowhere."""
    if paragraph.step is None:
        return None
    layer = view.trace.layers[0]
    last = int(layer.lengths[at.sequence]) - 1
    places = landmarks(layer, at.unit, at.sequence)
    step = min(int(paragraph.step) - 1, last) if paragraph.step.isdigit() else places[paragraph.step]
    return replace(at, step=step, beat=at.beat if paragraph.beat is None else paragraph.beat)


def _paragraph(paragraph: Paragraph, view: View, at: Moment) -> LessonItem:
    moment = _paragraph_moment(paragraph, view, at)
    words = placeholder_values(view.trace.layers[0], moment or at, *_step_words(view, moment or at))
    return {
        "kind": "text",
        "html": paragraph.html(words),
        "moment": _moment_dict(moment),
        "light": list(paragraph.light),
    }


def _step_words(view: View, moment: Moment) -> tuple[str, str]:
    """What the step is called, and the answer there."""
    steps = slice(moment.step, moment.step + 1)
    answers = view.texts.answers
    answer = "" if answers is None else str(answers[steps][0, moment.sequence])
    return str(view.labels[steps][0, moment.sequence]), answer


def _observation(name: str, view: View, at: Moment) -> LessonItem | None:
    found = observation(name, view.trace.layers[0], at.sequence)
    return found and make_item("look", found.text, found.moment)


def _question(asked: Question | None) -> list[LessonItem]:
    if asked is None:
        return []
    item = make_item("question", asked.text, asked.before)
    return [
        item
        | {"options": asked.options, "right": asked.right, "reveal": asked.reveal, "shows": _moment_dict(asked.shows)}
    ]


def make_item(kind: str, text: str, moment: Moment | None) -> LessonItem:
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
                st.page_link(
                    FOLDER / f"{names[index]}.py", label=mark.format(titles[index]), query_params=_kept_parameters()
                )


def _kept_parameters() -> dict[str, str]:
    return {name: st.query_params[name] for name in KEPT_PARAMETERS if name in st.query_params}


#: What of the address goes along from lesson to lesson.
KEPT_PARAMETERS = ("teach", "hide", "embed_options")

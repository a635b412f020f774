"""A lesson's text as data: its paragraphs with the numbers of a run, its question and its observation, in their order.

The player's frontend shows it (`player/frontend/lesson-text.js`), in the app as in a page that stands alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lstm_viz.figures.moment import Moment
from lstm_viz.figures.run_view import RunView
from lstm_viz.lessons.moments import paragraph_moment, question_place
from lstm_viz.lessons.names import names_html
from lstm_viz.lessons.observations import Observation, observation
from lstm_viz.lessons.placeholders import placeholder_values
from lstm_viz.lessons.questions import Question, question
from lstm_viz.lessons.sections import SECTIONS, Section
from lstm_viz.lessons.statements import statements
from lstm_viz.lessons.texts import Paragraph, escape_markdown, paragraphs

#: The lesson after which a reader knows all of the cell, so that it ends with statements to judge.
LAST_OF_THE_CELL = "all_together"

#: A paragraph, an observation, a question or a table: {"kind": "text" | "look" | "question" | "question statement" |
#: "names", "html", "moment", "light"}; a question has "options", the index of the "right" one, and what to "reveal".
LessonItem = dict[str, Any]


def lesson_text(
    section: Section,
    items: Sequence[LessonItem],
    *,
    moment_key: str,
    name: str,
    large: bool = False,
    linked: bool = True,
) -> dict[str, Any]:
    """The text of a lesson, which has these items.

    `name` and `moment_key` are those of the player's message. `linked` lets the address say which paragraph is read.
    """
    following = SECTIONS[section.number].title if section.number < len(SECTIONS) else "Explore"
    return {
        "lesson": section.name,
        "momentKey": moment_key,
        "view": name,
        "title": section.title,
        "kicker": kicker(section),
        "video": section.video,
        "next": following,
        # Tuples: in a list Streamlit looks for tables, with pandas, at every run.
        "lessons": tuple({"name": found.name} for found in SECTIONS),
        "items": tuple(items),
        "linked": linked,
        "large": large,
    }


def lesson_items(
    section: Section,
    view: RunView,
    at: Moment,
    look: Observation | None,
    ask: Question | None,
    words: Mapping[str, str],
    asking: bool = True,
    more: Sequence[LessonItem] = (),
) -> list[LessonItem]:
    """The items of a lesson's text over a run; without `asking` there is no question among them.

    `at` is the moment where a paragraph names none; `look` and `ask` stand for the lesson's own observation and
    question, `words` for further placeholders. `more` items come last but for statements to judge.
    """
    parts, layer = paragraphs(section.name), view.trace.layers[0]
    items = [_paragraph(part, view, at, words) for part in parts]
    if asking:
        place = question_place(parts)
        asked_at = next((paragraph_moment(part, layer, at) for part in parts[place:]), None) or at
        items[place:place] = _question(ask or question(section.name, layer, asked_at, view.labels))
    found = look or observation(section.name, layer, at.sequence, labels=view.labels)
    items += [] if found is None else [_item("look", f"{found.text} {found.found}", found.moment)]
    if names := names_html(section.name):
        items.append({"kind": "names", "html": names, "moment": None, "light": []})
    items += more
    if asking and section.name == LAST_OF_THE_CELL:
        judged = statements(layer, at.sequence, view.labels)
        items += [{**item, "kind": "question statement"} for asked in judged for item in _question(asked)]
    return items


def kicker(current: Section) -> str:
    """Which lesson it is, and which part of the course where that has another order."""
    text = f"Lesson {current.number} of {len(SECTIONS)}"
    return text if current.part == current.number else f"{text} · part {current.part} of the course"


def _paragraph(paragraph: Paragraph, view: RunView, at: Moment, further: Mapping[str, str]) -> LessonItem:
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

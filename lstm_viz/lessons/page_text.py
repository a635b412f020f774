"""A lesson's text as data: its paragraphs with the numbers of a run, its question and its observation, in their order.

The player's frontend shows it (`player/frontend/lesson-text.js`), in the app as in a page that stands alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from html import unescape
from typing import Any

from lstm_viz.figures.moment import Moment
from lstm_viz.figures.run_view import RunView
from lstm_viz.lessons.claims import Situation
from lstm_viz.lessons.moments import paragraph_moment, question_place
from lstm_viz.lessons.names import names_html
from lstm_viz.lessons.observations import Observation, observation
from lstm_viz.lessons.placeholders import placeholder_values
from lstm_viz.lessons.questions import Question, earlier_question, question
from lstm_viz.lessons.sections import SECTIONS, Section
from lstm_viz.lessons.statements import statements
from lstm_viz.lessons.texts import Paragraph, escape_markdown, paragraphs

#: The lesson after which a reader knows all of the cell, so that it ends with statements to judge.
LAST_OF_THE_CELL = "all_together"

#: A paragraph, an observation, a question or a table: {"kind": "text" | "look" | "question" | "question statement" |
#: "names" | "link", "html", "moment", "light"}; a question has "options", the index of the "right" one, and what to
#: "reveal".
LessonItem = dict[str, Any]
NOTHING: Mapping[str, bool] = {}


def lesson_text(
    section: Section,
    items: Sequence[LessonItem],
    *,
    moment_key: str,
    name: str,
    large: bool = False,
    linked: bool = True,
    again: LessonItem | None = None,
) -> dict[str, Any]:
    """The text of a lesson, which has these items, and a question that comes `again` before them.

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
        "again": again,
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
    truths: Mapping[str, bool] = NOTHING,
    more: Sequence[LessonItem] = (),
) -> list[LessonItem]:
    """The items of a lesson's text over a run; without `asking` there is no question among them.

    `at` is the moment where a paragraph names none; `look` and `ask` stand for the lesson's own observation and
    question, `words` for further placeholders, and `truths` for claims that the page itself decides on, such as
    whether a control is there. A paragraph of which no claim holds is left out. `more` items come last but for
    statements to judge.
    """
    parts, layer = paragraphs(section.name), view.trace.layers[0]
    items = [_paragraph(part, view, at, words, truths) for part in parts]
    found = look or observation(section.name, layer, at.sequence, labels=view.labels)
    looked_for = [] if found is None else [_item("look", f"{found.text} {found.found}", found.moment)]
    if asking:
        told = [moment for part in parts if (moment := paragraph_moment(part, layer, at))]
        told += [] if found is None else [replace(found.moment, layer=at.layer)]
        asked = ask or question(section.name, layer, [*told, at], view.labels, _printed([*items, *looked_for]))
        place = question_place(parts)
        items[place:place] = _question(asked)
    names: LessonItem = {"kind": "names", "html": names_html(section.name), "moment": None, "light": []}
    further = [*items, *looked_for, names, *more]
    if asking and section.name == LAST_OF_THE_CELL:
        judged = statements(layer, at.sequence, view.labels)
        further += [{**item, "kind": "question statement"} for asked in judged for item in _question(asked)]
    return [item for item in further if item["html"]]


def question_again(section: Section, view: RunView, at: Moment, items: Sequence[LessonItem]) -> LessonItem | None:
    """An earlier lesson's question, asked of this page's run about what its items do not tell; None where none can be.

    It names no moment: the picture stays where it is, and who reads on passes it by.
    """
    earlier = earlier_question(section.name)
    if earlier is None:
        return None
    told = [Moment(**item[name]) for item in items for name in ("moment", "shows") if item.get(name)]
    asked = question(earlier, view.trace.layers[0], [*told, at], view.labels, _printed(items))
    title = next(found.title for found in SECTIONS if found.name == earlier)
    return None if asked is None else {**_question(asked)[0], "moment": None, "shows": None, "from": title}


def _printed(items: Sequence[LessonItem]) -> str:
    """All that these items say, as plain text."""
    return unescape(re.sub(r"<[^>]*>", "", " ".join(item["html"] for item in items)))


def kicker(current: Section) -> str:
    """Which lesson it is, and which part of the course where that has another order."""
    text = f"Lesson {current.number} of {len(SECTIONS)}"
    return text if current.part == current.number else f"{text} · part {current.part} of the course"


def _paragraph(
    paragraph: Paragraph, view: RunView, at: Moment, further: Mapping[str, str], truths: Mapping[str, bool]
) -> LessonItem:
    moment = paragraph_moment(paragraph, view.trace.layers[0], at)
    words = placeholder_values(view.trace.layers[0], moment or at, view.labels, view.texts.answers)
    return {
        "kind": "text",
        "html": paragraph.html({**words, **further}, Situation(view, moment or at, truths).holds),
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
        | {"why": asked.why}
    ]


def _item(kind: str, text: str, moment: Moment | None) -> LessonItem:
    """An item of plain text, in which nothing acts as Markdown."""
    html = Paragraph(escape_markdown(text).replace("{", "{{").replace("}", "}}")).html({})
    return {"kind": kind, "html": html, "moment": _moment_dict(moment), "light": []}


def text_item(text: str, light: Sequence[str] = ()) -> LessonItem:
    """A paragraph of plain text that names no moment, and the chart or panel that it lights."""
    return _item("text", text, None) | {"light": list(light)}


def question_items(asked: Question) -> list[LessonItem]:
    """A question as items of a lesson's text."""
    return _question(asked)


def _moment_dict(moment: Moment | None) -> dict[str, int] | None:
    """What the player is told: all of a moment but the window, which it finds, and the checkpoint, which stays."""
    left = ("window", "checkpoint", "training")
    return None if moment is None else {name: value for name, value in vars(moment).items() if name not in left}

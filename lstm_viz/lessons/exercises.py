"""Exercises of a lesson: what a reader does under its pictures, with the question before it and the text that leads in.

Their scripts are in player/frontend; all that they say of a run comes from here, computed from it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from lstm_viz.figures.palette import DARK, LIGHT
from lstm_viz.lessons.page_text import LessonItem

#: The colours that the scripts of exercises take.
ROLES = ("forget", "learn", "use", "signed")


class Exercise(NamedTuple):
    """An exercise: its key, which its script, its container and a text's `light` name; its items; its script's data.

    Without a key the lesson has a question and a text more, and nothing to do.
    """

    key: str
    items: tuple[LessonItem, ...]
    data: Mapping[str, Any]


def exercise_items(exercises: Sequence[Exercise], asking: bool = True) -> list[LessonItem]:
    """The items of a lesson's text that lead to its exercises; without `asking` there is no question among them."""
    items = [item for exercise in exercises for item in exercise.items]
    return [item for item in items if asking or item["kind"] != "question"]


def theme_colours() -> dict[str, dict[str, Any]]:
    """What the scripts take of both themes' colours, by role."""
    return {
        name: {role: getattr(palette, role) for role in ROLES} for name, palette in (("light", LIGHT), ("dark", DARK))
    }

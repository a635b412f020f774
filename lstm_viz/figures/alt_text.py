"""Alternative texts of the charts, as bindings that carry the numbers of the moment."""

from __future__ import annotations

from typing import Any

from lstm_viz.figures.moment import FORGET, LEARN, REMEMBER, USE

Sentence = dict[str, Any]


def number(array: str, style: str = "signed") -> dict[str, str]:
    """A binding to the followed unit's number in an array, as text."""
    return {"array": array, "select": "unit", "as": "text", "style": style}


def sentence(*parts: str | dict[str, Any]) -> Sentence:
    """A binding that joins texts and bindings."""
    return {"sentence": list(parts)}


STEP, UNIT = {"label": "step"}, {"label": "unit"}


def by_beat(start: list[str | dict[str, Any]], later: dict[int, list[str | dict[str, Any]]]) -> Sentence:
    """A binding that says at each beat what is seen by then: `start`, and what each beat adds."""
    return sentence(*start, *({"since": beat, "of": parts} for beat, parts in later.items()), ".")


def writer(array: str) -> dict[str, str]:
    """A binding to who wrote most of the followed unit's value in an array, in words."""
    return {"writers": array, "give": "words"}


CELL = by_beat(
    [
        "The cell at step ",
        STEP,
        ", ",
        UNIT,
        " followed: long-term memory ",
        number("previous_cell_state"),
        writer("previous_cell_state"),
        ", event ",
        {"label": "event plain"},
    ],
    {
        FORGET: [", forget factor ", number("forget_gate", "plain"), ", kept ", number("kept")],
        LEARN: [
            ", combined value ",
            number("candidate"),
            ", ignore factor ",
            number("input_gate", "plain"),
            ", learned ",
            number("learned"),
        ],
        REMEMBER: [", new long-term memory ", number("cell_state"), writer("cell_state")],
        USE: [
            ", use factor ",
            number("output_gate", "plain"),
            ", short-term memory ",
            number("hidden_state"),
        ],
    },
)
STRIPS = sentence("Every unit of each memory and factor, step by step; step ", STEP, " and ", UNIT, " are outlined.")


def memory_sentence(lead: str, array: str) -> Sentence:
    """The alternative text of a chart of one memory over time."""
    return sentence(lead, UNIT, "; at step ", STEP, " it is ", number(array), ".")

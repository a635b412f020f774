"""Alternative texts of the charts, as bindings that carry the numbers of the moment."""

from __future__ import annotations

from typing import Any

Sentence = dict[str, Any]


def number(array: str, style: str = "signed") -> dict[str, str]:
    """A binding to the followed unit's number in an array, as text."""
    return {"array": array, "select": "unit", "as": "text", "style": style}


def sentence(*parts: str | dict[str, Any]) -> Sentence:
    """A binding that joins texts and bindings."""
    return {"sentence": list(parts)}


STEP, UNIT = {"label": "step"}, {"label": "unit"}

CELL = sentence(
    "The cell at step ",
    STEP,
    ", ",
    UNIT,
    " followed: long-term memory ",
    number("previous_cell_state"),
    ", forget factor ",
    number("forget_gate", "plain"),
    ", kept ",
    number("kept"),
    ", combined ",
    number("candidate"),
    ", ignore factor ",
    number("input_gate", "plain"),
    ", learned ",
    number("learned"),
    ", new long-term memory ",
    number("cell_state"),
    ", use factor ",
    number("output_gate", "plain"),
    ", short-term memory ",
    number("hidden_state"),
    ".",
)
STRIPS = sentence("Every unit of each memory and factor, step by step; step ", STEP, " and ", UNIT, " are outlined.")


def memory_sentence(lead: str, array: str) -> Sentence:
    """The alternative text of a chart of one memory over time."""
    return sentence(lead, UNIT, "; at step ", STEP, " it is ", number(array), ".")

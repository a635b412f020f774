"""Formulas that carry the followed unit's numbers, as terms; the player fills and shows them under its bar.

A term is a dict: "text", or a "binding" that gives it (see `bindings/evaluate.py`); "symbol" puts a name with the
step's number before it ("before": the step before). "part" is what a term lights up in the picture and is lit
by, "hue" its gate's colour, "beat" the beat before which "word" stands for it: what the number will be, or … where it
is the result.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lstm_viz.cells.activation_functions import CellActivations
from lstm_viz.figures.moment import FORGET, LEARN, REMEMBER, USE
from lstm_viz.figures.viewport import PREACTIVATION

Term = dict[str, Any]
Formula = list[Term]


#: What an array's number is called until its beat is reached. The twin is in `player/frontend/caption.js`.
WORDS = {
    "previous_cell_state": "LTM′",
    "forget_gate": "forget",
    "kept": "kept",
    "candidate": "combined",
    "input_gate": "ignore",
    "learned": "learned",
    "cell_state": "LTM",
    "readout": "offered",
    "output_gate": "use",
}
#: Stands for a result that is still to come.
PENDING = "…"


def value(array: str, hue: str, beat: int, style: str = "plain") -> Term:
    """The followed unit's number in an array, called by its word until the beat is reached."""
    binding = {"array": array, "select": "unit", "as": "text", "style": style}
    part = array.removeprefix(PREACTIVATION)
    word = "sum" if array.startswith(PREACTIVATION) else WORDS[array]
    return {
        "binding": binding,
        "part": part,
        "hue": hue,
        "beat": beat,
        "word": f"+ {word}" if style == "sum" else word,
    }


def result(term: Term) -> Term:
    """A term that the others make; nothing but … stands for it until its beat."""
    return term | {"word": f"= {PENDING}" if "equals" in term["binding"] else PENDING}


def product_formula(left: str, right: str, made: str, hue: str, beat: int) -> Formula:
    """left · right = made, with = where the rounded numbers check and ≈ where they don't."""
    balance = {"array": made, "select": "unit", "as": "text", "equals": [left, "×", right]}
    return [
        value(left, hue, beat),
        {"text": "·"},
        value(right, hue, beat),
        result({"binding": balance, "part": made, "hue": hue, "beat": beat}),
    ]


def activation_formula(symbol: str, by: str, gate: str, hue: str, beat: int) -> Formula:
    """symbol = sigmoid or tanh (pre-activation) = the gate's value."""
    return [
        {"symbol": symbol, "text": f"= {by}("},
        value(PREACTIVATION + gate, hue, beat),
        {"text": ") ="},
        result(value(gate, hue, beat)),
    ]


#: Texts of terms that name a cell's usual functions.
SQUASHED = ("= σ(", "= tanh(")

LEARN_FORMULAS: list[Formula] = [
    activation_formula("N", "tanh", "candidate", "learn", LEARN),
    activation_formula("i", "σ", "input_gate", "learn", LEARN),
    [{"symbol": "learned", "text": "="}, *product_formula("candidate", "input_gate", "learned", "learn", LEARN)],
]
FORGET_FORMULAS: list[Formula] = [
    activation_formula("f", "σ", "forget_gate", "forget", FORGET),
    [{"symbol": "kept", "text": "="}, *product_formula("previous_cell_state", "forget_gate", "kept", "forget", FORGET)],
]
REMEMBER_FORMULAS: list[Formula] = [
    [
        {"symbol": "LTM", "text": "= kept + learned ="},
        value("kept", "forget", FORGET),
        value("learned", "learn", LEARN, style="sum"),
        result(
            {
                "binding": {"array": "cell_state", "select": "unit", "as": "text", "equals": ["kept", "+", "learned"]},
                "part": "cell_state",
                "hue": "remember",
                "beat": REMEMBER,
            }
        ),
    ]
]
USE_FORMULAS: list[Formula] = [
    [
        {"symbol": "U", "text": "= tanh("},
        value("cell_state", "remember", REMEMBER),
        {"text": ") ="},
        result(value("readout", "use", USE)),
    ],
    activation_formula("V", "σ", "output_gate", "use", USE),
    [{"symbol": "STM", "text": "="}, *product_formula("readout", "output_gate", "hidden_state", "use", USE)],
]
COURSE_USE_FORMULAS: list[Formula] = [activation_formula("U", "tanh", "readout", "use", USE), *USE_FORMULAS[1:]]


def with_activations(formulas: Sequence[Formula], functions: CellActivations) -> list[Formula]:
    """The formulas of a cell with other activations: its functions' names stand for σ and tanh.

    >>> from lstm_viz.cells.activation_functions import Activation, CellActivations
    >>> hard = CellActivations(gate=Activation("hard_sigmoid", 0.2, 0.5))
    >>> with_activations(FORGET_FORMULAS, hard)[0][0]["text"]
    '= hard sigmoid('
    """
    return [
        [
            {**term, "text": f"= {functions.of(terms[-1]['part']).words}("} if term.get("text") in SQUASHED else term
            for term in terms
        ]
        for terms in formulas
    ]


def formula_needs(formulas: Sequence[Formula]) -> set[str]:
    """Arrays beyond the usual whose numbers stand in formulas.

    >>> sorted(formula_needs(FORGET_FORMULAS))
    ['preactivation_forget_gate']
    """
    arrays = {term["binding"]["array"] for terms in formulas for term in terms if "binding" in term}
    return {array for array in arrays if array.startswith(PREACTIVATION)}

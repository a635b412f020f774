"""Measured behaviours of single units of a bundled model: the findings on its model card."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
from torch import nn

from lstm_viz.bundled.cards import Finding, ModelCard
from lstm_viz.bundled.quantities import Quantities, quantities_of
from lstm_viz.recording.trace import trace
from lstm_viz.sequences.tasks import LETTERS
from lstm_viz.traces import LayerTrace

#: A finding before it is measured: its text, its measure, and its unit (None: all units).
Claim = tuple[str, str, int | None]


def with_measured_findings(card: ModelCard, module: nn.Module) -> ModelCard:
    """The card with the findings measured in this module's gates on held-out data."""
    layer, quantities = _record_held_out(card, module)
    claims = CLAIMS[card.task](layer, quantities) if card.variant != "rnn" else []
    return replace(
        card,
        findings=tuple(
            Finding(unit, text, measure, round(evaluate_measure(measure, layer, unit, quantities), 4))
            for text, measure, unit in claims
        ),
    )


def remeasure_findings(card: ModelCard, module: nn.Module) -> tuple[float, ...]:
    """The value of each of the card's findings, measured again."""
    layer, quantities = _record_held_out(card, module)
    return tuple(evaluate_measure(finding.measure, layer, finding.unit, quantities) for finding in card.findings)


def _record_held_out(card: ModelCard, module: nn.Module) -> tuple[LayerTrace, Quantities]:
    inputs, quantities = quantities_of(card.task)
    return trace(module, inputs, device="cpu", check=False).layers[0], quantities


def _most_correlated_unit(layer: LayerTrace, quantities: Quantities, quantity: str) -> int:
    """The unit whose cell state correlates most strongly with a quantity, positively or negatively."""
    return int(np.argmax(np.abs(_per_unit(f"correlation cell_state @ {quantity}", layer, quantities))))


def _recall_claims(layer: LayerTrace, quantities: Quantities) -> list[Claim]:
    claims: list[Claim] = []
    for letter in LETTERS:
        quantity = f"remembering {letter}"
        unit = _most_correlated_unit(layer, quantities, quantity)
        text = f"Its long-term memory tells {letter} from other letters"
        claims.append((text, f"correlation cell_state @ {quantity}", unit))
    unit = _memory_unit(layer, quantities)
    return [
        *claims,
        (
            "Its forget factor stays near 1 while it waits: nothing is forgotten",
            "mean forget_gate @ waiting",
            unit,
        ),
        *(claim for letter in LETTERS for claim in _letter_claims(layer, quantities, letter, unit)),
        ("Blanks and distractors leave its learn gate shut", "mean input_gate @ waiting", unit),
    ]


def _letter_claims(layer: LayerTrace, quantities: Quantities, letter: str, unit: int) -> list[Claim]:
    """How one letter moves a unit's gates. A gate may tell letters apart, so no claim is about all of them."""
    forget, opened = (f"mean {gate} @ letter {letter}" for gate in ("forget_gate", "input_gate"))
    kept, let_in = (evaluate_measure(measure, layer, unit, quantities) for measure in (forget, opened))
    claims: list[Claim] = []
    if kept < 0.3:
        claims.append((f"{letter} closes its forget gate: what it held is dropped", forget, unit))
    if let_in > 0.5:
        claims.append((f"{letter} opens its learn gate", opened, unit))
    elif let_in < 0.2:
        claims.append((f"{letter} leaves its learn gate shut", opened, unit))
    return claims


def _memory_unit(layer: LayerTrace, quantities: Quantities) -> int:
    """The unit whose input gate separates letters from the rest best, among those with high forget gates."""
    kept = _per_unit("mean forget_gate @ waiting", layer, quantities)
    opened = np.mean([_per_unit(f"mean input_gate @ letter {letter}", layer, quantities) for letter in LETTERS], axis=0)
    gain = opened - _per_unit("mean input_gate @ waiting", layer, quantities)
    return _argmax_where(gain, kept >= min(0.95, kept.max()))


def _per_unit(measure: str, layer: LayerTrace, quantities: Quantities) -> np.ndarray:
    return np.array([evaluate_measure(measure, layer, unit, quantities) for unit in range(layer.units)])


def _argmax_where(values: np.ndarray, allowed: np.ndarray) -> int:
    """The index of the largest value among the allowed ones."""
    return int(np.argmax(np.where(allowed, values, -np.inf)))


def _bracket_claims(layer: LayerTrace, quantities: Quantities) -> list[Claim]:
    counts = np.abs(_per_unit("correlation cell_state @ depth", layer, quantities))
    unit = _argmax_where(_per_unit("mean forget_gate @ anything", layer, quantities), counts >= min(0.97, counts.max()))
    return [
        ("Its long-term memory counts the open brackets", "correlation cell_state @ depth", unit),
        ("Its forget factor stays near 1: a count is never lost", "mean forget_gate @ anything", unit),
        ("At “(” it learns one step of the count", "mean learned @ opening", unit),
        ("At “)” it learns the opposite", "mean learned @ closing", unit),
        ("At “x” it learns nothing", "mean learned @ other", unit),
    ]


def _adding_claims(layer: LayerTrace, quantities: Quantities) -> list[Claim]:
    correlation = _per_unit("correlation cell_state @ sum so far", layer, quantities)
    opened = _per_unit("mean input_gate @ marked", layer, quantities)
    gain = opened - _per_unit("mean input_gate @ unmarked", layer, quantities)
    unit = _argmax_where(gain, np.abs(correlation) >= min(0.9, np.abs(correlation).max()))
    strongest = int(np.argmax(np.abs(correlation)))
    return [
        ("Its long-term memory holds the sum so far", "correlation cell_state @ sum so far", strongest),
        ("A mark opens its learn gate", "mean input_gate @ marked", unit),
        ("Without a mark its learn gate is shut", "mean input_gate @ unmarked", unit),
        ("Its forget factor stays near 1: the sum is kept", "mean forget_gate @ unmarked", unit),
    ]


def _forecast_claims(layer: LayerTrace, quantities: Quantities) -> list[Claim]:
    half_lives = _per_unit("half_life forget_gate @ every day", layer, quantities)
    longest, shortest = int(half_lives.argmax()), int(half_lives.argmin())
    snow_unit, discharge_unit = (
        _most_correlated_unit(layer, quantities, name) for name in ("lying snow", "tomorrow's discharge")
    )
    snow_direction = _direction(layer, quantities, "lying snow", snow_unit)
    discharge_direction = _direction(layer, quantities, "tomorrow's discharge", discharge_unit)
    return [
        ("It remembers longest: days until half of a memory is left", "half_life forget_gate @ every day", longest),
        ("It forgets soonest: days until half of a memory is left", "half_life forget_gate @ every day", shortest),
        (f"Its long-term memory {snow_direction} as snow piles up", "correlation cell_state @ lying snow", snow_unit),
        (
            f"Its long-term memory {discharge_direction} as tomorrow's discharge rises",
            "correlation cell_state @ tomorrow's discharge",
            discharge_unit,
        ),
    ]


def _character_claims(layer: LayerTrace, quantities: Quantities) -> list[Claim]:
    length_unit = _most_correlated_unit(layer, quantities, "letters into the word")
    inside = _per_unit("mean forget_gate @ inside a word", layer, quantities)
    after = _per_unit("mean forget_gate @ after a word", layer, quantities)
    forgetting_unit = int(np.argmax(inside - after))
    moves = _direction(layer, quantities, "letters into the word", length_unit)
    return [
        (
            f"Its long-term memory {moves} with every letter of a word",
            "correlation cell_state @ letters into the word",
            length_unit,
        ),
        ("Inside a word it keeps most of what it holds", "mean forget_gate @ inside a word", forgetting_unit),
        ("When a word ends it forgets", "mean forget_gate @ after a word", forgetting_unit),
    ]


def _direction(layer: LayerTrace, quantities: Quantities, quantity: str, unit: int) -> str:
    """The verb for the sign of the correlation between a unit's cell state and a quantity."""
    correlation = evaluate_measure(f"correlation cell_state @ {quantity}", layer, unit, quantities)
    return "rises" if correlation > 0 else "sinks"


CLAIMS: dict[str, Callable[[LayerTrace, Quantities], list[Claim]]] = {
    "recall": _recall_claims,
    "brackets": _bracket_claims,
    "adding": _adding_claims,
    "forecast": _forecast_claims,
    "characters": _character_claims,
}


def evaluate_measure(measure: str, layer: LayerTrace, unit: int | None, quantities: Mapping[str, np.ndarray]) -> float:
    """A measure, as "statistic array @ quantity", for one unit, or over all units where `unit` is None.

    `quantities` are (time, batch): True or False for "mean" and "half_life", numbers for "correlation".
    """
    statistic_and_array, quantity = measure.split(" @ ")
    statistic, array = statistic_and_array.split(" ")
    values = getattr(layer, array)
    values = values if unit is None else values[..., unit]
    return float(STATISTICS[statistic](values, quantities[quantity]))


def _mean(values: np.ndarray, where: np.ndarray) -> float:
    return values[where].astype(float).mean()


def _correlation(values: np.ndarray, quantity: np.ndarray) -> float:
    known = ~np.isnan(values)
    return np.corrcoef(values[known].astype(float), quantity[known].astype(float))[0, 1]


def _half_life(forget: np.ndarray, where: np.ndarray) -> float:
    """Steps until half of a memory is left, at the unit's typical (geometric mean) forget factor."""
    return np.log(0.5) / np.log(forget[where].astype(float)).mean()


STATISTICS: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "mean": _mean,
    "correlation": _correlation,
    "half_life": _half_life,
}

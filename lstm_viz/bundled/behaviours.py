"""What single units of a bundled model do, measured: the findings that its card names."""

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

#: What a finding says, how it is measured, and a unit it is about.
Claim = tuple[str, str, int | None]


def with_findings(card: ModelCard, module: nn.Module) -> ModelCard:
    """The card with what can be seen in this module's gates."""
    layer, quantities = _observed(card, module)
    claims = FINDERS[card.task](layer, quantities) if card.variant != "rnn" else []
    return replace(
        card,
        findings=tuple(
            Finding(unit, text, measure, round(measured(measure, layer, unit, quantities), 4))
            for text, measure, unit in claims
        ),
    )


def remeasured(card: ModelCard, module: nn.Module) -> tuple[float, ...]:
    """The value of each of the card's findings, measured now."""
    layer, quantities = _observed(card, module)
    return tuple(measured(finding.measure, layer, finding.unit, quantities) for finding in card.findings)


def _observed(card: ModelCard, module: nn.Module) -> tuple[LayerTrace, Quantities]:
    inputs, quantities = quantities_of(card.task)
    return trace(module, inputs, device="cpu", check=False).layers[0], quantities


def _strongest(layer: LayerTrace, quantities: Quantities, quantity: str) -> int:
    """The unit whose LTM goes most closely with a quantity, up or down."""
    return int(np.argmax(np.abs(_per_unit(f"correlation cell_state @ {quantity}", layer, quantities))))


def _seen_in_recall(layer: LayerTrace, quantities: Quantities) -> list[Claim]:
    claims: list[Claim] = []
    for letter in LETTERS:
        quantity = f"remembering {letter}"
        unit = _strongest(layer, quantities, quantity)
        text = f"Its long-term memory stands apart while {letter} is remembered"
        claims.append((text, f"correlation cell_state @ {quantity}", unit))
    keeper = _keeper(layer, quantities)
    return [
        *claims,
        ("Its forget factor stays near 1 while it waits: nothing is forgotten", "mean forget_gate @ waiting", keeper),
        *(claim for letter in LETTERS for claim in _at_a_letter(layer, quantities, letter, keeper)),
        ("Blanks and distractors leave its input gate shut", "mean input_gate @ waiting", keeper),
    ]


def _at_a_letter(layer: LayerTrace, quantities: Quantities, letter: str, unit: int) -> list[Claim]:
    """What one letter does to a unit's gates. A gate may tell letters apart, so no claim is about all of them."""
    forget, opened = (f"mean {gate} @ letter {letter}" for gate in ("forget_gate", "input_gate"))
    kept, let_in = (measured(measure, layer, unit, quantities) for measure in (forget, opened))
    claims: list[Claim] = []
    if kept < 0.3:
        claims.append((f"{letter} closes its forget gate: what it held is dropped", forget, unit))
    if let_in > 0.5:
        claims.append((f"{letter} opens its input gate", opened, unit))
    elif let_in < 0.2:
        claims.append((f"{letter} leaves its input gate shut", opened, unit))
    return claims


def _keeper(layer: LayerTrace, quantities: Quantities) -> int:
    """The unit whose input gate tells letters from the rest best, among those that keep what they hold."""
    kept = _per_unit("mean forget_gate @ waiting", layer, quantities)
    opened = np.mean([_per_unit(f"mean input_gate @ letter {letter}", layer, quantities) for letter in LETTERS], axis=0)
    gain = opened - _per_unit("mean input_gate @ waiting", layer, quantities)
    return _best(gain, kept >= min(0.95, kept.max()))


def _per_unit(measure: str, layer: LayerTrace, quantities: Quantities) -> np.ndarray:
    return np.array([measured(measure, layer, unit, quantities) for unit in range(layer.units)])


def _best(values: np.ndarray, allowed: np.ndarray) -> int:
    """The place of the largest value among the allowed ones."""
    return int(np.argmax(np.where(allowed, values, -np.inf)))


def _seen_in_brackets(layer: LayerTrace, quantities: Quantities) -> list[Claim]:
    counts = np.abs(_per_unit("correlation cell_state @ depth", layer, quantities))
    unit = _best(_per_unit("mean forget_gate @ anything", layer, quantities), counts >= min(0.97, counts.max()))
    return [
        ("Its long-term memory counts the open brackets", "correlation cell_state @ depth", unit),
        ("Its forget factor stays near 1: a count is never lost", "mean forget_gate @ anything", unit),
        ("What it learns at “(” is one step of the count", "mean learned @ opening", unit),
        ("What it learns at “)” takes that step back", "mean learned @ closing", unit),
        ("At “x” it learns nothing", "mean learned @ other", unit),
    ]


def _seen_in_adding(layer: LayerTrace, quantities: Quantities) -> list[Claim]:
    together = _per_unit("correlation cell_state @ sum so far", layer, quantities)
    opened = _per_unit("mean input_gate @ marked", layer, quantities)
    gain = opened - _per_unit("mean input_gate @ unmarked", layer, quantities)
    unit = _best(gain, np.abs(together) >= min(0.9, np.abs(together).max()))
    strongest = int(np.argmax(np.abs(together)))
    return [
        ("Its long-term memory holds the sum so far", "correlation cell_state @ sum so far", strongest),
        ("A mark opens its input gate", "mean input_gate @ marked", unit),
        ("Without a mark its input gate is shut", "mean input_gate @ unmarked", unit),
        ("Its forget factor stays near 1: the sum is kept", "mean forget_gate @ unmarked", unit),
    ]


def _seen_in_forecast(layer: LayerTrace, quantities: Quantities) -> list[Claim]:
    lasting = _per_unit("half_life forget_gate @ every day", layer, quantities)
    longest, shortest = int(lasting.argmax()), int(lasting.argmin())
    snowy, flowing = (_strongest(layer, quantities, name) for name in ("lying snow", "tomorrow's discharge"))
    with_snow = _direction(layer, quantities, "lying snow", snowy)
    with_flow = _direction(layer, quantities, "tomorrow's discharge", flowing)
    return [
        ("It remembers longest: days until half of a memory is left", "half_life forget_gate @ every day", longest),
        ("It forgets soonest: days until half of a memory is left", "half_life forget_gate @ every day", shortest),
        (f"Its long-term memory {with_snow} as snow piles up", "correlation cell_state @ lying snow", snowy),
        (
            f"Its long-term memory {with_flow} as tomorrow's discharge rises",
            "correlation cell_state @ tomorrow's discharge",
            flowing,
        ),
    ]


def _seen_in_characters(layer: LayerTrace, quantities: Quantities) -> list[Claim]:
    growing = _strongest(layer, quantities, "letters into the word")
    inside = _per_unit("mean forget_gate @ inside a word", layer, quantities)
    after = _per_unit("mean forget_gate @ after a word", layer, quantities)
    dropping = int(np.argmax(inside - after))
    moves = _direction(layer, quantities, "letters into the word", growing)
    return [
        (
            f"Its long-term memory {moves} with every letter of a word",
            "correlation cell_state @ letters into the word",
            growing,
        ),
        ("Inside a word it keeps most of what it holds", "mean forget_gate @ inside a word", dropping),
        ("When a word ends it forgets", "mean forget_gate @ after a word", dropping),
    ]


def _direction(layer: LayerTrace, quantities: Quantities, quantity: str, unit: int) -> str:
    """Which way a unit's memory goes as a quantity grows."""
    together = measured(f"correlation cell_state @ {quantity}", layer, unit, quantities)
    return "rises" if together > 0 else "sinks"


FINDERS: dict[str, Callable[[LayerTrace, Quantities], list[Claim]]] = {
    "recall": _seen_in_recall,
    "brackets": _seen_in_brackets,
    "adding": _seen_in_adding,
    "forecast": _seen_in_forecast,
    "characters": _seen_in_characters,
}


def measured(measure: str, layer: LayerTrace, unit: int | None, quantities: Mapping[str, np.ndarray]) -> float:
    """The value of a measure for one unit, or over all units where `unit` is None.

    `quantities` are (time, batch): True or False for "mean" and "half_life", numbers for "correlation".
    """
    what, quantity = measure.split(" @ ")
    statistic, array = what.split(" ")
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

"""Bindings to a gate's affine map: what opened the gate, source by source, and the weights behind it.

    {"contribution": gate, "give": g}   of the followed unit at the step, the largest first:
        "values"    signed shares; beyond "max_rows" rows the others' sum
        "names"     where each comes from
        "texts"     the shares as signed numbers
        "factors"   the names, and after each the weight × value that it is
        "colours"   from the signed "scale", by the largest share
        "rows"      0, 1, 2, ... one a share
        "range"     an axis' range with room for the texts; "range_with_sum" has room for the sum as well
        "sentence"  names and shares in one sentence
        "total"     their sum, the pre-activation, as a text; "sum" as the one bar of a list, in row "sum_row"
    {"gate_map": gate, "give": g}
        "weights"   rows by sources
        "values"    what stands at each source at the step; "row" has it as the one row of a table
        "texts"     the weights as numbers to read, "row_texts" what stands at the sources
        "names"     the sources
        "columns"   0, 1, 2, ... one a source
        "size"      the largest weight's magnitude, times "times"

The player's twin is `player/frontend/contributions.js`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lstm_viz.analysis.contributions import GateMap
from lstm_viz.figures.formats import plain, signed
from lstm_viz.figures.labels import escape_markup
from lstm_viz.figures.moment import Moment
from lstm_viz.figures.palette import blend
from lstm_viz.figures.viewport import Viewport

DIGITS = 5
GIVEN = "values, names, factors, texts, colours, rows, range, range_with_sum, sentence, total, sum or sum_row"
#: Margin for a number after the longest bar, as a share of the axis; more of it where the names leave little.
TEXT_MARGIN, WIDE_TEXT_MARGIN = 0.22, 0.4
#: Rows of a list of shares, the others' sum among them.
MAX_ROWS = 5
WEIGHTS = {"give": "weights"}
#: Between a name and what is multiplied; a chart would swallow plain blanks.
GAP = "\N{EN SPACE}"


def contribution_values(binding: dict[str, Any], viewport: Viewport, moment: Moment) -> Any:
    """Value of a binding to the shares of a gate's pre-activation, the largest first."""
    of = _gate_map(binding["contribution"], viewport, moment)
    sources, values = largest_contributions(of, viewport, moment, binding.get("max_rows", MAX_ROWS))
    others = _others_name(of, len(sources) - 1)
    names = [others if source is None else of.names[source] for source in sources]
    total = float(values.sum())
    match binding["give"]:
        case "values":
            return [_number(value) for value in values]
        case "names":
            return [escape_markup(name) for name in names]
        case "factors":
            return [
                escape_markup(name) + _factors(of, source, viewport, moment)
                for name, source in zip(names, sources, strict=True)
            ]
        case "texts":
            return [signed(float(value)) for value in values]
        case "colours":
            top = float(np.nanmax(np.abs(values), initial=1e-9))
            tones = np.nan_to_num((values / top + 1) / 2, nan=0.5)
            return [blend(binding["scale"], float(tone)) for tone in tones]
        case "rows":
            return list(range(len(values)))
        case "range":
            return _extent(values, TEXT_MARGIN)
        case "range_with_sum":
            return _extent(np.append(values, total), WIDE_TEXT_MARGIN)
        case "sentence":
            return ", ".join(f"{name} {signed(float(value))}" for name, value in zip(names, values, strict=True))
        case "total":
            return binding.get("before", "") + signed(total)
        case "sum":
            return [_number(total)]
        case "sum_row":
            return [len(values)]
    raise ValueError(f"Contributions give {GIVEN}; not {binding['give']!r}.")


def _others_name(of: GateMap, listed: int) -> str:
    """What the sources that are not listed are called; how many they are is not known where some are not held."""
    return "all others together" if of.rest is not None else f"{len(of.names) - listed:,} others together"


def _number(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), DIGITS)


def _factors(of: GateMap, source: int | None, viewport: Viewport, moment: Moment) -> str:
    """What is multiplied; the bias is no product, and the others are many."""
    if source is None or source == len(of.names) - 1:
        return ""
    weight = float(of.weights[viewport.row_of(moment.layer, moment.unit), source])
    value = float(of.values[moment.step - viewport.start, moment.sequence, source])
    return f"{GAP}{plain(weight)} × {plain(value)}"


def _extent(values: np.ndarray, share: float) -> list[float]:
    """From the smallest to the largest, 0 among them, with a margin on each side that has bars."""
    low, high = float(np.nanmin(values, initial=0)), float(np.nanmax(values, initial=0))
    margin = share * max(high - low, 1e-9)
    return [round(low - margin * (low < 0), DIGITS), round(high + margin, DIGITS)]


def largest_contributions(
    of: GateMap, viewport: Viewport, moment: Moment, max_rows: int
) -> tuple[list[int | None], np.ndarray]:
    """Indices and shares of the followed unit's sources at the step, the largest first, all of them adding up.

    None stands for all others together.
    """
    row, step = viewport.row_of(moment.layer, moment.unit), moment.step - viewport.start
    values = np.asarray(of.weights[row] * of.values[step, moment.sequence], float)
    order = np.argsort(-np.abs(np.nan_to_num(values)), kind="stable")
    complete = len(order) <= max_rows and of.rest is None
    shown = order if complete else order[: max_rows - 1]
    if complete:
        return shown.tolist(), values[shown]
    hidden = values[order[len(shown) :]].sum() + (0 if of.rest is None else of.rest[step, moment.sequence, row])
    return [*shown.tolist(), None], np.append(values[shown], hidden)


def gate_map_values(binding: dict[str, Any], viewport: Viewport, moment: Moment) -> Any:
    """Value of a binding to a gate's weights or to what they read."""
    of = _gate_map(binding["gate_map"], viewport, moment)
    match binding["give"]:
        case "weights":
            rows = viewport.shown_rows(moment.layer, moment.unit)
            return np.round(of.weights[rows].astype(float), DIGITS).tolist()
        case "values":
            values = of.values[moment.step - viewport.start, moment.sequence].astype(float)
            return [None if np.isnan(value) else round(value, DIGITS) for value in values.tolist()]
        case "row":
            return [gate_map_values(binding | {"give": "values"}, viewport, moment)]
        case "texts":
            return [[plain(weight) for weight in row] for row in gate_map_values(binding | WEIGHTS, viewport, moment)]
        case "row_texts":
            values = of.values[moment.step - viewport.start, moment.sequence].astype(float)
            return [[plain(value) for value in values.tolist()]]
        case "names":
            return [escape_markup(name) for name in of.names]
        case "columns":
            return list(range(len(of.names)))
        case "size":
            return round(float(np.abs(of.weights).max(initial=0)), DIGITS) * binding["times"]
    raise ValueError(
        f"A gate map gives weights, values, row, texts, row_texts, names, columns or size, not {binding['give']!r}."
    )


def _gate_map(gate: str, viewport: Viewport, moment: Moment) -> GateMap:
    return viewport.maps[moment.layer][gate]

"""Rules about a gate's map: what opened the gate, source by source, and the weights behind it.

    {"share": gate, "give": g}   of the followed unit at the step, the largest first:
        "values"    signed shares; beyond "most" rows the others' sum
        "names"     where each comes from
        "texts"     the shares as signed numbers
        "products"  the shares as weight × value
        "colours"   from the signed "scale", by the largest share
        "places"    0, 1, 2, ... one a share
        "extent"    an axis' range with room for the texts; "room" with room for products
        "spoken"    names and shares in one sentence
        "total"     their sum, the pre-activation, as a text
    {"map": gate, "give": g}
        "weights"   rows by sources
        "values"    what stands at each source at the step; "row" has it as the one row of a table
        "names"     the sources
        "places"    0, 1, 2, ... one a source
        "size"      the largest weight's magnitude, times "times"

The player's twin is `playback/player/shares.js`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lstm_viz.analysis.maps import Map
from lstm_viz.figures.formats import checks, plain, signed
from lstm_viz.figures.moments import Moment
from lstm_viz.figures.palette import blend
from lstm_viz.figures.reels import Reel

DIGITS = 5
GIVEN = ("values", "names", "texts", "products", "colours", "places", "extent", "room", "spoken", "total")
#: Room for a number, and for a whole product, beside the longest bar.
EXTENT, ROOM = 0.22, 0.6
#: Rows of a list of shares, the others' sum among them.
MOST = 12


def shares(rule: dict[str, Any], reel: Reel, moment: Moment) -> Any:
    """What a rule about shares gives."""
    names, values = largest(_map(rule["share"], reel, moment), reel, moment, rule.get("most", MOST))
    match rule["give"]:
        case "values":
            return [None if np.isnan(value) else round(float(value), DIGITS) for value in values]
        case "names":
            return names
        case "texts":
            return [signed(float(value)) for value in values]
        case "products":
            return _products(_map(rule["share"], reel, moment), names, values, reel, moment)
        case "colours":
            top = float(np.nanmax(np.abs(values), initial=1e-9))
            tones = np.nan_to_num((values / top + 1) / 2, nan=0.5)
            return [blend(rule["scale"], float(tone)) for tone in tones]
        case "places":
            return list(range(len(values)))
        case "extent":
            return _extent(values, EXTENT)
        case "room":
            return _extent(values, ROOM)
        case "spoken":
            return ", ".join(f"{name} {signed(float(value))}" for name, value in zip(names, values, strict=True))
        case "total":
            return rule.get("before", "") + signed(float(values.sum()))
    raise ValueError(f"Shares give {', '.join(GIVEN)}; not {rule['give']!r}.")


def _products(of: Map, names: list[str], values: np.ndarray, reel: Reel, moment: Moment) -> list[str]:
    """Each share as the product that it is: weight × value."""
    place, step = reel.place(moment.layer, moment.unit), moment.step - reel.start
    written = []
    for name, share in zip(names, values, strict=True):
        source = of.names.index(name) if name in of.names else None
        if source is None or source == len(of.names) - 1:
            written.append(signed(float(share)))
            continue
        weight, value = float(of.weights[place, source]), float(of.values[step, moment.sequence, source])
        sign = "=" if checks(weight, "×", value, float(share)) else "≈"
        written.append(f"{plain(weight)} × {plain(value)} {sign} {signed(float(share))}")
    return written


def _extent(values: np.ndarray, share: float) -> list[float]:
    """From the smallest to the largest, 0 among them, with a share of that more on each side that has bars."""
    low, high = float(np.nanmin(values, initial=0)), float(np.nanmax(values, initial=0))
    room = share * max(high - low, 1e-9)
    return [round(low - room * (low < 0), DIGITS), round(high + room, DIGITS)]


def largest(of: Map, reel: Reel, moment: Moment, most: int) -> tuple[list[str], np.ndarray]:
    """Names and shares of the followed unit's sources at the step, the largest first, all of them adding up."""
    place, step = reel.place(moment.layer, moment.unit), moment.step - reel.start
    values = np.asarray(of.weights[place] * of.values[step, moment.sequence], float)
    order = np.argsort(-np.abs(np.nan_to_num(values)), kind="stable")
    shown = order[:most] if len(order) <= most and of.rest is None else order[: most - 1]
    names, listed = [of.names[k] for k in shown], values[shown]
    if len(shown) == len(order) and of.rest is None:
        return names, listed
    hidden = values[order[len(shown) :]].sum() + (0 if of.rest is None else of.rest[step, moment.sequence, place])
    return [*names, "all others"], np.append(listed, hidden)


def the_map(rule: dict[str, Any], reel: Reel, moment: Moment) -> Any:
    """What a rule about a gate's weights gives."""
    of = _map(rule["map"], reel, moment)
    match rule["give"]:
        case "weights":
            rows = reel.shown(moment.layer, moment.unit)
            return np.round(of.weights[rows].astype(float), DIGITS).tolist()
        case "values":
            values = of.values[moment.step - reel.start, moment.sequence].astype(float)
            return [None if np.isnan(value) else round(value, DIGITS) for value in values.tolist()]
        case "row":
            return [the_map(rule | {"give": "values"}, reel, moment)]
        case "names":
            return list(of.names)
        case "places":
            return list(range(len(of.names)))
        case "size":
            return round(float(np.abs(of.weights).max(initial=0)), DIGITS) * rule["times"]
    raise ValueError(f"A map gives weights, values, row, names, places or size, not {rule['give']!r}.")


def _map(gate: str, reel: Reel, moment: Moment) -> Map:
    return reel.maps[moment.layer][gate]

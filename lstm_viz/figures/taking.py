"""What a rule about an array takes of the reel, and how it is given: as numbers, colours, sizes or texts."""

from __future__ import annotations

from typing import Any

import numpy as np

from lstm_viz.figures.formats import STYLES, checks
from lstm_viz.figures.moments import Moment
from lstm_viz.figures.palette import blend
from lstm_viz.figures.reels import GATES, Reel
from lstm_viz.figures.words import BLANK

Rule = dict[str, Any]
#: As many digits as can be seen.
DIGITS = 5


def _taken(rule: Rule, reel: Reel, moment: Moment) -> np.ndarray:
    values = reel.array(moment.layer, rule["array"])
    step, sequence = moment.step - reel.start, moment.sequence
    rows, place = reel.shown(moment.layer, moment.unit), reel.place(moment.layer, moment.unit)
    window = slice(moment.window - reel.start, moment.window - reel.start + reel.window)
    match rule["take"]:
        case "units":
            return _columns(values[step, sequence], rows)
        case "unit":
            return _columns(values[step, sequence], [place])[..., 0]
        case "features":
            return values[step, sequence, reel.event_features(moment.layer)]
        case "line":
            return _columns(values[window, sequence], [place])[..., 0]
        case "window":
            return _columns(values[window, sequence], rows).T
        case "lanes":
            return _columns(values[window][:, list(reel.lanes(sequence))], [place])[..., 0].T
        case "run":
            return _columns(values[:, sequence], [place])[..., 0]
    kinds = "units, unit, line, features, window, lanes or run"
    raise ValueError(f"A rule takes {kinds}; this one takes {rule['take']!r}.")


def _columns(values: np.ndarray, places: list[int]) -> np.ndarray:
    """Units at these places; NaN where there is no such unit, as past a projection's width."""
    width = values.shape[-1]
    held = values[..., [min(place, width - 1) for place in places]]
    return np.where(np.array(places) < width, held, np.nan)


def given(rule: Rule, reel: Reel, moment: Moment) -> Any:
    """What a rule about an array gives, as it is asked for."""
    values = _taken(rule, reel, moment)
    hidden = moment.beat < rule.get("from", 0)
    match rule.get("as"):
        case "column":
            return [[value] for value in plain_list(values)]
        case "text":
            return BLANK if hidden else _text(float(values), rule, reel, moment)
        case "colour":
            return _colours(_tone(values, rule, reel, moment), rule, moment)
        case "size":
            tones = np.abs(_tone(values, rule, reel, moment)) * rule["height"] / max(1, len(values))
            return plain_list(np.nan_to_num(tones) * (not hidden))
    return plain_list(values)


def _text(value: float, rule: Rule, reel: Reel, moment: Moment) -> str:
    text = rule.get("before", "") + STYLES[rule.get("style", "plain")](value)
    if "equals" not in rule:
        return text
    left, by, right = rule["equals"]
    terms = [float(_taken({"array": name, "take": "unit"}, reel, moment)) for name in (left, right)]
    return ("= " if checks(terms[0], by, terms[1], value) else "≈ ") + text


def _tone(values: np.ndarray, rule: Rule, reel: Reel, moment: Moment) -> np.ndarray:
    return values if rule["array"] in GATES else reel.scale(moment.layer, rule["array"]).tone(values)


def _colours(tones: np.ndarray, rule: Rule, moment: Moment) -> list[str]:
    """Signed tones run over the whole scale, a gate's from its start; dimmed towards what they lie over."""
    shares = tones if rule["array"] in GATES else (tones + 1) / 2
    full = [blend(rule["scale"], float(share)) for share in np.nan_to_num(shares)]
    return [blend((rule["over"], colour), rule["light"][moment.beat]) for colour in full]


def plain_list(values: np.ndarray) -> Any:
    """Nested lists with None for NaN, what JSON and Plotly read as a gap; as many digits as can be seen."""
    rounded = np.round(np.asarray(values, float), DIGITS)
    if rounded.ndim == 0:
        return None if np.isnan(rounded) else float(rounded)
    gapped: np.ndarray = rounded.astype(object)
    gapped[np.isnan(rounded)] = None
    return gapped.tolist()

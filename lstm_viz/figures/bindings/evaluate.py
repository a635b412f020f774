"""Data bindings: expressions by which a Plotly figure follows the moment, evaluated here and in the browser alike."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import plotly.graph_objects as go

from lstm_viz.figures.bindings.contributions import shares, the_map
from lstm_viz.figures.bindings.ledger import writes
from lstm_viz.figures.bindings.outlines import outlines
from lstm_viz.figures.formats import STYLES, checks, plain
from lstm_viz.figures.moment import OPENED, Moment
from lstm_viz.figures.palette import blend, warped
from lstm_viz.figures.viewport import GATES, Limit, Viewport
from lstm_viz.figures.words import BLANK, word

Rule = dict[str, Any]


def settle(figure: go.Figure, viewport: Viewport, moment: Moment) -> go.Figure:
    """The figure with every rule filled in for one moment (changed in place and returned).

    A part whose `meta` has "of" follows that layer of the viewport, whatever layer is looked at, or "beside" it.
    """
    for part in (*figure.data, figure.layout):
        meta = part.meta or {}
        seen = in_layer(meta.get("of"), viewport, moment)
        for path, rule in meta.get("follow", {}).items():
            part[path] = evaluate(rule, viewport, seen)
    return figure


def evaluate(rule: Rule, viewport: Viewport, moment: Moment) -> Any:
    """What one rule gives at a moment, as plain Python values."""
    rule, moment = _opened(rule, moment), in_layer(rule.get("in"), viewport, moment)
    kind = next((name for name in _KINDS if name in rule), None)
    if kind is not None:
        return _KINDS[kind](rule, viewport, moment)
    return given(rule, viewport, moment)


def in_layer(place: int | str | None, viewport: Viewport, moment: Moment) -> Moment:
    """The moment in a layer of the viewport; as it is for None.

    "beside" is the layer of the other run that stands beside the one that is looked at.
    """
    if place is None:
        return moment
    return replace(moment, layer=viewport.own + moment.layer % viewport.own if place == "beside" else int(place))


def _opened(rule: Rule, moment: Moment) -> Rule:
    """The rule with the name of the opened gate where it says "@gate"."""
    if not any("@gate" in value for value in rule.values() if isinstance(value, str)):
        return rule
    gate = OPENED[moment.gate]
    return {name: value.replace("@gate", gate) if isinstance(value, str) else value for name, value in rule.items()}


def _all(rule: Rule, viewport: Viewport, moment: Moment) -> list[Any]:
    return [value for part in rule["all"] for value in _listed(evaluate(part, viewport, moment))]


def _sentence(rule: Rule, viewport: Viewport, moment: Moment) -> str:
    parts = [part if isinstance(part, str) else evaluate(part, viewport, moment) for part in rule["sentence"]]
    return "".join(str(word) for part in parts for word in _listed(part))


def _extra(rule: Rule, viewport: Viewport, moment: Moment) -> Any:
    """Numbers of the page's own, or with "as" texts: "percents", or the "names" that belong to them."""
    values = viewport.extras[rule["extra"]][moment.step - viewport.start, moment.sequence]
    order = np.argsort(-values, kind="stable")[: rule["largest"]] if "largest" in rule else np.arange(len(values))
    if rule.get("as") == "names":
        return [rule["names"][place] for place in order]
    if rule.get("as") == "percents":
        return [f"{int(np.floor(100 * value + 0.5))} %" for value in values[order].astype(float)]
    return plain_list(values[order])


def _cycle(rule: Rule, viewport: Viewport, moment: Moment) -> Any:
    return rule["cycle"][moment.step % len(rule["cycle"])]


def _known(rule: Rule, viewport: Viewport, moment: Moment) -> Any:
    values = rule["known"][moment.layer]
    if rule["take"] == "unit":
        return values[moment.unit]
    return [values[viewport.units[moment.layer][place]] for place in viewport.shown(moment.layer, moment.unit)]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _envelope(rule: Rule, viewport: Viewport, moment: Moment) -> list[float | None]:
    values = getattr(viewport.whole, rule["envelope"])[moment.layer]
    place = viewport.place(moment.layer, moment.unit)
    if place >= values.shape[-1]:
        return []
    return plain_list(values[:, moment.sequence, place])


def _repeated(value: Any, rule: Rule, viewport: Viewport, moment: Moment) -> Any:
    return [value] * _count(rule.get("repeat"), viewport, moment) if rule.get("repeat") else value


def _count(of: str | bool | None, viewport: Viewport, moment: Moment) -> int:
    if of == "features":
        return len(viewport.event_features(moment.layer))
    return len(viewport.shown(moment.layer, moment.unit))


def _ladder(rule: Rule, viewport: Viewport, moment: Moment) -> list[float]:
    (bottom, top), count = rule["ladder"], _count(rule.get("rows"), viewport, moment)
    return [top - (row + 0.5) * (top - bottom) / count for row in range(count)]


def _heights(rule: Rule, viewport: Viewport, moment: Moment) -> list[float]:
    rows = viewport.shown(moment.layer, moment.unit)
    row = rows.index(viewport.place(moment.layer, moment.unit))
    return [top - (row + 0.5) * (top - bottom) / len(rows) for bottom, top in rule["heights"]]


def _title(rule: Rule, viewport: Viewport, moment: Moment) -> str:
    """A title, with an arrow where the layer reads from the end."""
    extent = "0 to 1" if rule["of"] in GATES else _extent(viewport.scale(moment.layer, rule["of"]))
    return f"<b>{rule['title']}</b>  {extent}" + ("  ←" if viewport.layers[moment.layer].reverse else "")


def _extent(limit: Limit) -> str:
    digits = 1 if limit.size >= 0.95 else min(8, 1 - math.floor(math.log10(limit.size)))
    return f"±{plain(limit.size, digits)}" + (", root scale" if limit.root else "")


_KINDS: dict[str, Callable[[Rule, Viewport, Moment], Any]] = {
    "all": _all,
    "beat": lambda rule, viewport, moment: _repeated(rule["beat"][moment.beat], rule, viewport, moment),
    "gate": lambda rule, viewport, moment: rule["gate"][moment.gate],
    "cycle": _cycle,
    "known": _known,
    "extra": _extra,
    "caption": lambda rule, viewport, moment: viewport.captions[rule["caption"]],
    "sentence": _sentence,
    "ladder": _ladder,
    "heights": _heights,
    "limit": lambda rule, viewport, moment: viewport.scale(moment.layer, rule["limit"]).size * rule["times"],
    "warp": lambda rule, viewport, moment: warped(rule["colours"], viewport.scale(moment.layer, rule["warp"]).root),
    "envelope": _envelope,
    "title": _title,
    "words": lambda rule, viewport, moment: word(rule["words"], viewport, moment),
    "marks": lambda rule, viewport, moment: outlines(rule["marks"], rule["ink"], viewport, moment),
    "share": shares,
    "map": the_map,
    "write": writes,
}


#: As many digits as can be seen.
DIGITS = 5


def _taken(rule: Rule, viewport: Viewport, moment: Moment) -> np.ndarray:
    values = viewport.array(moment.layer, rule["array"])
    step, sequence = moment.step - viewport.start, moment.sequence
    rows, place = viewport.shown(moment.layer, moment.unit), viewport.place(moment.layer, moment.unit)
    window = slice(moment.window - viewport.start, moment.window - viewport.start + viewport.window)
    match rule["take"]:
        case "units":
            return _columns(values[step, sequence], rows)
        case "unit":
            return _columns(values[step, sequence], [place])[..., 0]
        case "features":
            return values[step, sequence, viewport.event_features(moment.layer)]
        case "line":
            return _columns(values[window, sequence], [place])[..., 0]
        case "window":
            return _columns(values[window, sequence], rows).T
        case "lanes":
            return _columns(values[window][:, list(viewport.lanes(sequence))], [place])[..., 0].T
        case "run":
            return _columns(values[:, sequence], [place])[..., 0]
    kinds = "units, unit, line, features, window, lanes or run"
    raise ValueError(f"A rule takes {kinds}; this one takes {rule['take']!r}.")


def _columns(values: np.ndarray, places: list[int]) -> np.ndarray:
    """Units at these places; NaN where there is no such unit, as past a projection's width."""
    width = values.shape[-1]
    held = values[..., [min(place, width - 1) for place in places]]
    return np.where(np.array(places) < width, held, np.nan)


def given(rule: Rule, viewport: Viewport, moment: Moment) -> Any:
    """What a rule about an array gives, as it is asked for."""
    values = _taken(rule, viewport, moment)
    hidden = moment.beat < rule.get("from", 0)
    match rule.get("as"):
        case "column":
            return [[value] for value in plain_list(values)]
        case "text":
            return BLANK if hidden else _text(float(values), rule, viewport, moment)
        case "colour":
            return _colours(_tone(values, rule, viewport, moment), rule, moment)
        case "size":
            tones = np.abs(_tone(values, rule, viewport, moment)) * rule["height"] / max(1, len(values))
            return plain_list(np.nan_to_num(tones) * (not hidden))
    return plain_list(values)


def _text(value: float, rule: Rule, viewport: Viewport, moment: Moment) -> str:
    text = rule.get("before", "") + STYLES[rule.get("style", "plain")](value)
    if "equals" not in rule:
        return text
    left, by, right = rule["equals"]
    terms = [float(_taken({"array": name, "take": "unit"}, viewport, moment)) for name in (left, right)]
    return ("= " if checks(terms[0], by, terms[1], value) else "≈ ") + text


def _tone(values: np.ndarray, rule: Rule, viewport: Viewport, moment: Moment) -> np.ndarray:
    return values if rule["array"] in GATES else viewport.scale(moment.layer, rule["array"]).tone(values)


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

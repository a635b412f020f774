"""Data bindings: expressions by which a Plotly figure follows the moment, evaluated here and in the browser alike."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import plotly.graph_objects as go

from lstm_viz.figures.bindings.contributions import contribution_values, gate_map_values
from lstm_viz.figures.bindings.ledger import ledger_values
from lstm_viz.figures.bindings.outlines import outlines
from lstm_viz.figures.formats import STYLES, checks, plain
from lstm_viz.figures.labels import BLANK, label_value
from lstm_viz.figures.moment import INSPECTABLE_GATES, Moment
from lstm_viz.figures.palette import blend, warped
from lstm_viz.figures.viewport import SIGMOID_GATES, ValueScale, Viewport

Binding = dict[str, Any]


def apply_bindings(figure: go.Figure, viewport: Viewport, moment: Moment) -> go.Figure:
    """The figure with every binding evaluated at one moment (changed in place and returned).

    A part whose `meta` has "of" follows that layer of the viewport, whatever layer is looked at; "beside" is the layer
    of the comparison run.
    """
    for part in (*figure.data, figure.layout):
        meta = part.meta or {}
        followed = at_layer(meta.get("of"), viewport, moment)
        for path, binding in meta.get("follow", {}).items():
            part[path] = evaluate(binding, viewport, followed)
    return figure


def evaluate(binding: Binding, viewport: Viewport, moment: Moment) -> Any:
    """Value of one binding at a moment, as plain Python values; ValueError where it asks for what is not known."""
    binding, moment = _with_gate_name(binding, moment), at_layer(binding.get("in"), viewport, moment)
    kind = next((name for name in _KINDS if name in binding), None)
    if kind is not None:
        return _KINDS[kind](binding, viewport, moment)
    return array_values(binding, viewport, moment)


def at_layer(place: int | str | None, viewport: Viewport, moment: Moment) -> Moment:
    """The moment in another layer of the viewport; unchanged for None.

    "beside" is the layer of the comparison run that goes with the one that is looked at.
    """
    if place is None:
        return moment
    return replace(moment, layer=viewport.own + moment.layer % viewport.own if place == "beside" else int(place))


def _with_gate_name(binding: Binding, moment: Moment) -> Binding:
    """The binding with the name of the inspected gate in place of "@gate"."""
    if not any("@gate" in value for value in binding.values() if isinstance(value, str)):
        return binding
    gate = INSPECTABLE_GATES[moment.gate]
    return {name: value.replace("@gate", gate) if isinstance(value, str) else value for name, value in binding.items()}


def _all(binding: Binding, viewport: Viewport, moment: Moment) -> list[Any]:
    return [value for part in binding["all"] for value in _listed(evaluate(part, viewport, moment))]


def _sentence(binding: Binding, viewport: Viewport, moment: Moment) -> str:
    parts = [part if isinstance(part, str) else evaluate(part, viewport, moment) for part in binding["sentence"]]
    return "".join(str(word) for part in parts for word in _listed(part))


def _extra(binding: Binding, viewport: Viewport, moment: Moment) -> Any:
    """Numbers of the page's own, or with "as" texts: "percents", or the "names" that belong to them."""
    values = viewport.extras[binding["extra"]][moment.step - viewport.start, moment.sequence]
    order = np.argsort(-values, kind="stable")[: binding["largest"]] if "largest" in binding else np.arange(len(values))
    if binding.get("as") == "names":
        return [binding["names"][place] for place in order]
    if binding.get("as") == "percents":
        return [f"{int(np.floor(100 * value + 0.5))} %" for value in values[order].astype(float)]
    return plain_list(values[order])


def _cycle(binding: Binding, viewport: Viewport, moment: Moment) -> Any:
    return binding["cycle"][moment.step % len(binding["cycle"])]


def _known(binding: Binding, viewport: Viewport, moment: Moment) -> Any:
    values = binding["known"][moment.layer]
    if binding["take"] == "unit":
        return values[moment.unit]
    return [values[viewport.units[moment.layer][place]] for place in viewport.shown(moment.layer, moment.unit)]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _envelope(binding: Binding, viewport: Viewport, moment: Moment) -> list[float | None]:
    values = getattr(viewport.whole, binding["envelope"])[moment.layer]
    place = viewport.place(moment.layer, moment.unit)
    if place >= values.shape[-1]:
        return []
    return plain_list(values[:, moment.sequence, place])


def _repeated(value: Any, binding: Binding, viewport: Viewport, moment: Moment) -> Any:
    return [value] * _count(binding.get("repeat"), viewport, moment) if binding.get("repeat") else value


def _count(of: str | bool | None, viewport: Viewport, moment: Moment) -> int:
    if of == "features":
        return len(viewport.event_features(moment.layer))
    return len(viewport.shown(moment.layer, moment.unit))


def _ladder(binding: Binding, viewport: Viewport, moment: Moment) -> list[float]:
    (bottom, top), count = binding["ladder"], _count(binding.get("rows"), viewport, moment)
    return [top - (row + 0.5) * (top - bottom) / count for row in range(count)]


def _heights(binding: Binding, viewport: Viewport, moment: Moment) -> list[float]:
    rows = viewport.shown(moment.layer, moment.unit)
    row = rows.index(viewport.place(moment.layer, moment.unit))
    return [top - (row + 0.5) * (top - bottom) / len(rows) for bottom, top in binding["heights"]]


def _title(binding: Binding, viewport: Viewport, moment: Moment) -> str:
    """A title, with an arrow where the layer reads from the end."""
    extent = "0 to 1" if binding["of"] in SIGMOID_GATES else _extent(viewport.scale(moment.layer, binding["of"]))
    return f"<b>{binding['title']}</b>  {extent}" + ("  ←" if viewport.layers[moment.layer].reverse else "")


def _extent(limit: ValueScale) -> str:
    digits = 1 if limit.size >= 0.95 else min(8, 1 - math.floor(math.log10(limit.size)))
    return f"±{plain(limit.size, digits)}" + (", root scale" if limit.root else "")


_KINDS: dict[str, Callable[[Binding, Viewport, Moment], Any]] = {
    "all": _all,
    "beat": lambda binding, viewport, moment: _repeated(binding["beat"][moment.beat], binding, viewport, moment),
    "gate": lambda binding, viewport, moment: binding["gate"][moment.gate],
    "cycle": _cycle,
    "known": _known,
    "extra": _extra,
    "caption": lambda binding, viewport, moment: viewport.captions[binding["caption"]],
    "sentence": _sentence,
    "ladder": _ladder,
    "heights": _heights,
    "limit": lambda binding, viewport, moment: viewport.scale(moment.layer, binding["limit"]).size * binding["times"],
    "warp": lambda binding, viewport, moment: warped(
        binding["colours"], viewport.scale(moment.layer, binding["warp"]).root
    ),
    "envelope": _envelope,
    "title": _title,
    "words": lambda binding, viewport, moment: label_value(binding["words"], viewport, moment),
    "marks": lambda binding, viewport, moment: outlines(binding["marks"], binding["ink"], viewport, moment),
    "share": contribution_values,
    "map": gate_map_values,
    "write": ledger_values,
}


#: As many digits as can be seen.
DIGITS = 5


def _selected(binding: Binding, viewport: Viewport, moment: Moment) -> np.ndarray:
    values = viewport.array(moment.layer, binding["array"])
    step, sequence = moment.step - viewport.start, moment.sequence
    rows, place = viewport.shown(moment.layer, moment.unit), viewport.place(moment.layer, moment.unit)
    window = slice(moment.window - viewport.start, moment.window - viewport.start + viewport.window)
    match binding["take"]:
        case "units":
            return _units_or_nan(values[step, sequence], rows)
        case "unit":
            return _units_or_nan(values[step, sequence], [place])[..., 0]
        case "features":
            return values[step, sequence, viewport.event_features(moment.layer)]
        case "line":
            return _units_or_nan(values[window, sequence], [place])[..., 0]
        case "window":
            return _units_or_nan(values[window, sequence], rows).T
        case "lanes":
            return _units_or_nan(values[window][:, list(viewport.lanes(sequence))], [place])[..., 0].T
        case "run":
            return _units_or_nan(values[:, sequence], [place])[..., 0]
    kinds = "units, unit, line, features, window, lanes or run"
    raise ValueError(f"A binding takes {kinds}; this one takes {binding['take']!r}.")


def _units_or_nan(values: np.ndarray, places: list[int]) -> np.ndarray:
    """Units at these places; NaN where there is no such unit, as past a projection's width."""
    width = values.shape[-1]
    clamped = values[..., [min(place, width - 1) for place in places]]
    return np.where(np.array(places) < width, clamped, np.nan)


def array_values(binding: Binding, viewport: Viewport, moment: Moment) -> Any:
    """Value of a binding to a recorded array: numbers, texts, colours or sizes."""
    values = _selected(binding, viewport, moment)
    hidden = moment.beat < binding.get("from", 0)
    match binding.get("as"):
        case "column":
            return [[value] for value in plain_list(values)]
        case "text":
            return BLANK if hidden else _text(float(values), binding, viewport, moment)
        case "colour":
            return _colours(_tone(values, binding, viewport, moment), binding, moment)
        case "size":
            tones = np.abs(_tone(values, binding, viewport, moment)) * binding["height"] / max(1, len(values))
            return plain_list(np.nan_to_num(tones) * (not hidden))
    return plain_list(values)


def _text(value: float, binding: Binding, viewport: Viewport, moment: Moment) -> str:
    text = binding.get("before", "") + STYLES[binding.get("style", "plain")](value)
    if "equals" not in binding:
        return text
    left, by, right = binding["equals"]
    terms = [float(_selected({"array": name, "take": "unit"}, viewport, moment)) for name in (left, right)]
    return ("= " if checks(terms[0], by, terms[1], value) else "≈ ") + text


def _tone(values: np.ndarray, binding: Binding, viewport: Viewport, moment: Moment) -> np.ndarray:
    return values if binding["array"] in SIGMOID_GATES else viewport.scale(moment.layer, binding["array"]).tone(values)


def _colours(tones: np.ndarray, binding: Binding, moment: Moment) -> list[str]:
    """Signed tones run over the whole scale, a gate's from its start; dimmed towards what they lie over."""
    shares = tones if binding["array"] in SIGMOID_GATES else (tones + 1) / 2
    full = [blend(binding["scale"], float(share)) for share in np.nan_to_num(shares)]
    return [blend((binding["over"], colour), binding["light"][moment.beat]) for colour in full]


def plain_list(values: np.ndarray) -> Any:
    """Nested lists with None for NaN, what JSON and Plotly read as a gap; as many digits as can be seen."""
    rounded = np.round(np.asarray(values, float), DIGITS)
    if rounded.ndim == 0:
        return None if np.isnan(rounded) else float(rounded)
    gapped: np.ndarray = rounded.astype(object)
    gapped[np.isnan(rounded)] = None
    return gapped.tolist()

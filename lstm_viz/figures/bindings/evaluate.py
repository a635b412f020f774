"""Data bindings: expressions by which a Plotly figure follows the moment, evaluated here and in the browser alike.

A binding is a dict, one of whose keys says of what kind it is; `meta["follow"]` of a trace or a layout has one for each
property that follows the moment. The kinds, and what each gives:

    {"array": name, "select": s}    numbers of a recorded or derived array (see `Viewport.array`): "units" of the step
                                    that have a row, the followed "unit", the followed unit's "line" over the window or
                                    the "run", every row's "window", or the "sequences".
                                    "as" makes of them "text" ("style", "before", "equals"), "colour" ("scale", and
                                    "over" which it is dimmed), the "letters" that can be read on those colours, a
                                    "column" or a "text_column"; nothing is there before the beat "from"
    {"beat": [...]}                 one value a beat
    {"gate": [...]}                 one value for each gate that can be inspected
    {"by_checkpoint": [[...], ...]} one value, or one binding, for each checkpoint of each training
    {"cycle": [...]}                one value a step, from the front again after the last
    {"per_unit": [[...], ...]}      one value a unit of each layer, "select" as for arrays: "units" or "unit"
    {"extra": name}                 numbers of the page's own at the step, such as a model's probabilities; with
                                    "select" the first of them over the "window"
    {"caption": name}               a word or number of the run that changes without the figure being drawn anew
    {"label": name}                 names of steps, units, events, answers, and ranges of axes: see `labels.py`
    {"limit": array, "times": k}    k times the magnitude that fills the array's scale
    {"colorscale": array}           "colours" as Plotly's color scale, bent where the array's scale is
    {"extent": array}               the limits of the array's scale, or what a factor's strong colours mean
    {"title": text, "of": array}    a title with that; "wrapped" has it in a second line
    {"envelope": "low" or "high"}   the followed unit's memory over the whole run, in bins, or "of" the input column
    {"marks": [...]}                outlines of the step, the unit and the like: see `bindings/outlines.py`
    {"contribution": gate}          shares in the gate's pre-activation, {"gate_map": gate} the weights behind them: see
                                    `bindings/contributions.py`
    {"attribution": rank}           where the followed unit's memory comes from: see `bindings/attribution.py`
    {"ribbon": stations}, {"jaws": gate}, {"lost": xs}, {"heads": paths}, {"middles": boxes}, {"targets": parts}, ...
                                    polygons and places of the cell picture: see `bindings/ribbons.py`
    {"writers": array}, {"fill": band}
                                    who wrote the followed unit's memory, and in which colour: `bindings/writers.py`
    {"ink": fill}                   black or white, whichever can be read on a fill
    {"kept": gate}                  how much of a value a gate lets through, in words
    {"scales": beat}                that the scale changes from a gate's to that of memory, from a beat on
    {"answer_title": step's, before's}
                                    a title over the answer, and over that of the step before
    {"with_tile": a, "without": b}  one number where the event has a tile, another where it has not
    {"tile": size}                  the size of the event's tile, 0 where the event is written out
    {"answer": rank}                the chance of an answer, or what it is called: see `bindings/answers.py`
    {"forecast": 0 or 1}            a forecast, or what came, in words: see `bindings/forecasts.py`
    {"all": [...]}                  the values of several bindings in one list; {"sentence": [...]} in one text;
                                    {"since": beat, "of": [...]} in one that is empty before the beat

Any of them may have "in", the layer whose moment it sees; "@gate" in a text stands for the inspected gate's name, and
"@checkpoint" for the checkpoint's, so that {"array": "forget_gate @checkpoint"} is that gate in the checkpoint's run.
The player's twin is `player/frontend/bindings.js`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import plotly.graph_objects as go

from lstm_viz.figures.bindings.answers import answer_values
from lstm_viz.figures.bindings.attribution import attribution_values
from lstm_viz.figures.bindings.contributions import contribution_values, gate_map_values
from lstm_viz.figures.bindings.forecasts import forecast_words
from lstm_viz.figures.bindings.outlines import outlines
from lstm_viz.figures.bindings.ribbons import (
    arriving,
    drawn_limit,
    faded,
    has_unit_scales,
    heads,
    height_beside,
    polygon_values,
    target_values,
)
from lstm_viz.figures.bindings.writers import fill_colour, writer_values
from lstm_viz.figures.formats import STYLES, checks, plain
from lstm_viz.figures.labels import BLANK, has_tile, label_value, window_steps
from lstm_viz.figures.moment import INSPECTABLE_GATES, USE, Moment
from lstm_viz.figures.palette import blend, ink_on, plotly_colorscale
from lstm_viz.figures.viewport import HELD_BACK, INPUT_COLUMN, SIGMOID_GATES, Viewport

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
    binding, moment = _with_names(binding, moment), at_layer(binding.get("in"), viewport, moment)
    kind = next((name for name in _KINDS if name in binding), None)
    if kind is not None:
        return _KINDS[kind](binding, viewport, moment)
    return array_values(binding, viewport, moment)


def at_layer(layer: int | str | None, viewport: Viewport, moment: Moment) -> Moment:
    """The moment in another layer of the viewport; unchanged for None.

    "beside" is the layer of the comparison run that goes with the one that is looked at.
    """
    if layer is None:
        return moment
    return replace(
        moment, layer=viewport.own_layers + moment.layer % viewport.own_layers if layer == "beside" else int(layer)
    )


def _with_names(binding: Binding, moment: Moment) -> Binding:
    """The binding with the names of the inspected gate and of the checkpoint in place of "@gate" and "@checkpoint"."""
    if not any("@" in value for value in binding.values() if isinstance(value, str)):
        return binding
    names = {"@gate": INSPECTABLE_GATES[moment.gate], "@checkpoint": f"{moment.training}.{moment.checkpoint}"}
    named = dict(binding)
    for mark, name in names.items():
        named = {key: value.replace(mark, name) if isinstance(value, str) else value for key, value in named.items()}
    return named


def _by_checkpoint(binding: Binding, viewport: Viewport, moment: Moment) -> Any:
    value = binding["by_checkpoint"][moment.training][moment.checkpoint]
    return evaluate(value, viewport, moment) if isinstance(value, dict) else value


def _all(binding: Binding, viewport: Viewport, moment: Moment) -> list[Any]:
    return [value for part in binding["all"] for value in _as_list(evaluate(part, viewport, moment))]


def _sentence(binding: Binding, viewport: Viewport, moment: Moment) -> str:
    parts = [part if isinstance(part, str) else evaluate(part, viewport, moment) for part in binding["sentence"]]
    return "".join(str(word) for part in parts for word in _as_list(part))


def _extra(binding: Binding, viewport: Viewport, moment: Moment) -> Any:
    """Numbers of the page's own, or with "as" texts: "percents", or the "names" that belong to them."""
    if binding.get("select") == "window":
        steps = window_steps(viewport, moment)
        held = viewport.extras[binding["extra"]][steps.start - viewport.start : steps.stop - viewport.start]
        return plain_list(held[:, moment.sequence, 0])
    values = viewport.extras[binding["extra"]][moment.step - viewport.start, moment.sequence]
    order = np.argsort(-values, kind="stable")[: binding["largest"]] if "largest" in binding else np.arange(len(values))
    if binding.get("as") == "names":
        return [binding["names"][index] for index in order]
    if binding.get("as") == "percents":
        return [f"{int(np.floor(100 * value + 0.5))} %" for value in values[order].astype(float)]
    return plain_list(values[order])


def _cycle(binding: Binding, viewport: Viewport, moment: Moment) -> Any:
    return binding["cycle"][moment.step % len(binding["cycle"])]


def _per_unit(binding: Binding, viewport: Viewport, moment: Moment) -> Any:
    values = binding["per_unit"][moment.layer]
    if binding["select"] == "unit":
        return values[moment.unit]
    return [values[viewport.units[moment.layer][row]] for row in viewport.shown_rows(moment.layer, moment.unit)]


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _envelope(binding: Binding, viewport: Viewport, moment: Moment) -> list[float | None]:
    overview = viewport.required_overview
    if binding.get("of") == INPUT_COLUMN:
        column = overview.column
        return [] if column is None else plain_list(column[binding["envelope"] == "high"][:, moment.sequence, 0])
    values = getattr(overview, binding["envelope"])[moment.layer]
    row = viewport.row_of(moment.layer, moment.unit)
    if row >= values.shape[-1]:
        return []
    return plain_list(values[:, moment.sequence, row])


def _title(binding: Binding, viewport: Viewport, moment: Moment) -> str:
    """A title, with an arrow where the layer reads from the end."""
    extent = _extent(binding["of"], viewport, moment)
    gap = "<br>" if binding.get("wrapped") else "  "
    return f"<b>{binding['title']}</b>{gap}{extent}" + ("  ←" if viewport.layers[moment.layer].reverse else "")


def _scale_change(binding: Binding, viewport: Viewport, moment: Moment) -> str:
    """That the scale changes from a gate's to that of the cell state's track, where it does."""
    row = viewport.row_of(moment.layer, moment.unit)
    gate, memory = (drawn_limit(array, row, viewport, moment) for array in ("candidate", "cell_state"))
    if gate == memory or moment.beat < binding["scales"]:
        return BLANK
    own = "own scale: " if has_unit_scales(viewport, moment) else "scale: "
    return f"{'' if 'short' in binding else own}±{plain(memory, 1)}"


def _extent(array: str, viewport: Viewport, moment: Moment) -> str:
    if array in HELD_BACK:
        return HELD_BACK[array]
    scale = viewport.scale(moment.layer, array)
    digits = 1 if scale.limit >= 0.95 else min(8, 1 - math.floor(math.log10(scale.limit)))
    limits = f"{plain(-scale.limit, digits)} to {plain(scale.limit, digits)}"
    return limits + (", small values enlarged" if scale.signed_sqrt else "")


_KINDS: dict[str, Callable[[Binding, Viewport, Moment], Any]] = {
    "all": _all,
    "beat": lambda binding, viewport, moment: binding["beat"][moment.beat],
    "gate": lambda binding, viewport, moment: binding["gate"][moment.gate],
    "by_checkpoint": _by_checkpoint,
    "cycle": _cycle,
    "per_unit": _per_unit,
    "extra": _extra,
    "caption": lambda binding, viewport, moment: viewport.captions[binding["caption"]],
    "sentence": _sentence,
    "since": lambda binding, viewport, moment: (
        _sentence({"sentence": binding["of"]}, viewport, moment) if moment.beat >= binding["since"] else ""
    ),
    "limit": lambda binding, viewport, moment: viewport.scale(moment.layer, binding["limit"]).limit * binding["times"],
    "colorscale": lambda binding, viewport, moment: plotly_colorscale(
        binding["colours"], viewport.scale(moment.layer, binding["colorscale"]).signed_sqrt
    ),
    "envelope": _envelope,
    "extent": lambda binding, viewport, moment: _extent(binding["extent"], viewport, moment),
    "title": _title,
    "label": lambda binding, viewport, moment: label_value(binding["label"], viewport, moment),
    "marks": lambda binding, viewport, moment: outlines(binding["marks"], binding["colour"], viewport, moment),
    "contribution": contribution_values,
    "gate_map": gate_map_values,
    "attribution": attribution_values,
    "ribbon": polygon_values,
    "jaws": polygon_values,
    "lost": polygon_values,
    "fades": faded,
    "heads": heads,
    "arrives": arriving,
    "middles": polygon_values,
    "followed": polygon_values,
    "swatches": polygon_values,
    "answer_bar": polygon_values,
    "forecast_bar": polygon_values,
    "beside": height_beside,
    "targets": target_values,
    "writers": writer_values,
    "fill": fill_colour,
    "ink": lambda binding, viewport, moment: ink_on(str(evaluate(binding["ink"], viewport, moment))),
    "answer": answer_values,
    "forecast": forecast_words,
    "kept": lambda binding, viewport, moment: _kept(binding, viewport, moment),
    "answer_title": lambda binding, viewport, moment: [binding["answer_title"][0 if moment.beat >= USE else 1]],
    "scales": lambda binding, viewport, moment: [_scale_change(binding, viewport, moment)],
    "with_tile": lambda binding, viewport, moment: [binding["with_tile" if has_tile(viewport, moment) else "without"]],
    "tile": lambda binding, viewport, moment: [binding["tile"] if has_tile(viewport, moment) else 0],
}


#: As many digits as can be seen.
DIGITS = 5


def _selected(binding: Binding, viewport: Viewport, moment: Moment) -> np.ndarray:
    values = viewport.array(moment.layer, binding["array"])
    step, sequence = moment.step - viewport.start, moment.sequence
    rows, row = viewport.shown_rows(moment.layer, moment.unit), viewport.row_of(moment.layer, moment.unit)
    window = slice(moment.window - viewport.start, moment.window - viewport.start + viewport.window)
    match binding["select"]:
        case "units":
            return _units_or_nan(values[step, sequence], rows)
        case "unit":
            return _units_or_nan(values[step, sequence], [row])[..., 0]
        case "line":
            return _units_or_nan(values[window, sequence], [row])[..., 0]
        case "window":
            return _units_or_nan(values[window, sequence], rows).T
        case "sequences":
            return _units_or_nan(values[window][:, list(viewport.lanes_around(sequence))], [row])[..., 0].T
        case "run":
            return _units_or_nan(values[:, sequence], [row])[..., 0]
    kinds = "units, unit, line, window, sequences or run"
    raise ValueError(f"A binding selects {kinds}; this one selects {binding['select']}.")


def _units_or_nan(values: np.ndarray, rows: list[int]) -> np.ndarray:
    """Units of these rows; NaN where there is no such unit, as past a projection's width."""
    width = values.shape[-1]
    clamped = values[..., [min(row, width - 1) for row in rows]]
    return np.where(np.array(rows) < width, clamped, np.nan)


def array_values(binding: Binding, viewport: Viewport, moment: Moment) -> Any:
    """Value of a binding to a recorded array: numbers, texts, colours or sizes."""
    values = _selected(binding, viewport, moment)
    match binding.get("as"):
        case "column":
            return [[value] for value in plain_list(values)]
        case "text_column":
            return [[STYLES[binding.get("style", "plain")](float(value))] for value in values]
        case "text":
            return BLANK if _is_hidden(binding, moment) else _text(float(values), binding, viewport, moment)
        case "colour":
            return _colours(_normalised(values, binding, viewport, moment), binding)
        case "letters":
            return [ink_on(cell) for cell in _colours(_normalised(values, binding, viewport, moment), binding)]
    return plain_list(values)


def _text(value: float, binding: Binding, viewport: Viewport, moment: Moment) -> str:
    text = binding.get("before", "") + STYLES[binding.get("style", "plain")](value)
    if "equals" not in binding:
        return text
    left, by, right = binding["equals"]
    terms = [float(_selected({"array": name, "select": "unit"}, viewport, moment)) for name in (left, right)]
    return ("= " if checks(terms[0], by, terms[1], value) else "≈ ") + text


#: Beyond these shares nothing, or all, of a value goes through a gate.
ALL, NONE = 0.995, 0.005


def _kept(binding: Binding, viewport: Viewport, moment: Moment) -> list[str]:
    """How much of the followed unit's value a gate lets through, in words."""
    if _is_hidden(binding, moment):
        return [BLANK]
    factor = float(_selected({"array": binding["kept"], "select": "unit"}, viewport, moment))
    if not math.isfinite(factor):
        return [BLANK]
    word = binding["word"]
    if factor > ALL:
        return [f"all {word}"]
    return [f"nothing {word}"] if factor < NONE else [f"{math.floor(100 * factor + 0.5)} % {word}"]


def _is_hidden(binding: Binding, moment: Moment) -> bool:
    """Whether what a binding shows has not appeared yet: before the beat "from", or before "at" of its progress."""
    return moment.precedes(binding.get("from", 0), binding.get("at", 0.0))


def _normalised(values: np.ndarray, binding: Binding, viewport: Viewport, moment: Moment) -> np.ndarray:
    return (
        values
        if binding["array"] in SIGMOID_GATES
        else viewport.scale(moment.layer, binding["array"]).normalise(values)
    )


def _colours(tones: np.ndarray, binding: Binding) -> list[str]:
    """Signed tones run over the whole scale, a gate's from its start; it is the player that dims them."""
    shares = tones if binding["array"] in SIGMOID_GATES else (tones + 1) / 2
    return [blend(binding["scale"], float(share)) for share in np.nan_to_num(shares)]


def plain_list(values: np.ndarray) -> Any:
    """Nested lists with None for NaN, what JSON and Plotly read as a gap; as many digits as can be seen."""
    rounded = np.round(np.asarray(values, float), DIGITS)
    if rounded.ndim == 0:
        return None if np.isnan(rounded) else float(rounded)
    gapped: np.ndarray = rounded.astype(object)
    gapped[np.isnan(rounded)] = None
    return gapped.tolist()

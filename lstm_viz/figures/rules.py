"""Rules by which a figure follows a moment.

A figure that moves is one Plotly figure plus rules: its traces and its layout may hold, in
`meta`, `{"follow": {property: rule}}`. A rule says which numbers of the reel stand in that
property. `settle` fills a figure in Python; the player evaluates the same rules on the same
numbers in the browser (`playback/frontend/bindings.js`), so a picture is described once and no
frame is ever sent. A browser test holds the two against each other.

A rule is a small JSON object. What it takes:
    {"array": a, "take": "units"}    every row's unit, at the step
    {"array": a, "take": "unit"}     the followed unit, at the step: one value
    {"array": a, "take": "line"}     the followed unit, at each step of the window
    {"array": "event", "take": "features"}   the features, at the step
    {"array": a, "take": "window"}   rows by steps of the window
    {"array": a, "take": "lanes"}    sequences by steps of the window, the followed unit
    {"array": a, "take": "run"}      the followed unit, at every step that is held
    {"beat": [v0, ..., v5]}          a value for each beat ("enter": as a step begins)
    {"ladder": [bottom, top]}        the middles of all rows ("rows": "features" for the event's)
    {"heights": [[bottom, top], ...]}    the middle of the followed unit's row in each box
    {"limit": a, "times": s}         the magnitude that fills an array's scale, times s
    {"warp": a, "colours": [...]}    a Plotly colour scale, bent where the array is drawn on a root scale
    {"envelope": "low" | "high"}     the followed unit's edge in each bin of the whole run
    {"title": t, "of": a}            a title with the extent of an array's scale, "←" where time runs backwards
    {"words": w}                     a name; `words.py` lists them
    {"marks": [...]}                 outlines of the step, the unit or the sequence
    {"all": [rule, ...]}             what several rules give, one after the other
    {"known": [[v0, ...], ...], "take": "units" or "unit"}   values by layer and unit's number
    {"gate": [v0, ..., v4]}          a value for each gate that can be opened
    {"cycle": [v0, ..., vn]}         a value for each step, over and over
    {"extra": name}                  numbers that the page gave with the run, at the step; the "largest" so many first
    {"caption": name}                a word or number that the page gave with the run
    {"sentence": [text or rule, ...]}    texts joined into one
    {"share": gate, "give": g}       what opened the gate, source by source: `shares.py`
    {"map": gate, "give": g}         the gate's weights and what they read: `shares.py`
    {"write": rank, "give": g}       where LTM came from, write by write: `ledgers.py`
A name that holds "@gate" means the gate that is opened; "in": k has a rule look at layer k of the reel,
"in": "beside" at the layer of the run beside it.
How it is given: "as": "colour" (of a "scale", as much of it as "light" says for the beat, on the
ground "over"), "size" (its magnitude times "height"), "column" (a list in which each value has a row of its
own) or "text" ("before"; "style": plain, signed or sum; "equals": [a, "×" or "+", b], the sum it is the result
of); "from": nothing before that beat; "repeat": once a row (True) or once a feature ("features").
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import plotly.graph_objects as go

from lstm_viz.figures.formats import plain
from lstm_viz.figures.ledgers import writes
from lstm_viz.figures.marks import outlines
from lstm_viz.figures.moments import OPENED, Moment
from lstm_viz.figures.palette import warped
from lstm_viz.figures.reels import GATES, Limit, Reel
from lstm_viz.figures.shares import shares, the_map
from lstm_viz.figures.taking import given, plain_list
from lstm_viz.figures.words import word

Rule = dict[str, Any]


def settle(figure: go.Figure, reel: Reel, moment: Moment) -> go.Figure:
    """The figure with every rule filled in for one moment (changed in place and returned).

    A part whose `meta` has "of" follows that layer of the reel, whatever layer is looked at, or "beside" it.
    """
    for part in (*figure.data, figure.layout):
        meta = part.meta or {}
        seen = in_layer(meta.get("of"), reel, moment)
        for path, rule in meta.get("follow", {}).items():
            part[path] = evaluate(rule, reel, seen)
    return figure


def evaluate(rule: Rule, reel: Reel, moment: Moment) -> Any:
    """What one rule gives at a moment, as plain Python values."""
    rule, moment = _opened(rule, moment), in_layer(rule.get("in"), reel, moment)
    kind = next((name for name in _KINDS if name in rule), None)
    if kind is not None:
        return _KINDS[kind](rule, reel, moment)
    return given(rule, reel, moment)


def in_layer(place: int | str | None, reel: Reel, moment: Moment) -> Moment:
    """The moment in a layer of the reel; as it is for None.

    "beside" is the layer of the other run that stands beside the one that is looked at.
    """
    if place is None:
        return moment
    return replace(moment, layer=reel.own + moment.layer % reel.own if place == "beside" else int(place))


def _opened(rule: Rule, moment: Moment) -> Rule:
    """The rule with the name of the opened gate where it says "@gate"."""
    if not any("@gate" in value for value in rule.values() if isinstance(value, str)):
        return rule
    gate = OPENED[moment.gate]
    return {name: value.replace("@gate", gate) if isinstance(value, str) else value for name, value in rule.items()}


def _all(rule: Rule, reel: Reel, moment: Moment) -> list[Any]:
    return [value for part in rule["all"] for value in _listed(evaluate(part, reel, moment))]


def _sentence(rule: Rule, reel: Reel, moment: Moment) -> str:
    parts = [part if isinstance(part, str) else evaluate(part, reel, moment) for part in rule["sentence"]]
    return "".join(str(word) for part in parts for word in _listed(part))


def _extra(rule: Rule, reel: Reel, moment: Moment) -> Any:
    """Numbers of the page's own, or with "as" texts: "percents", or the "names" that belong to them."""
    values = reel.extras[rule["extra"]][moment.step - reel.start, moment.sequence]
    order = np.argsort(-values, kind="stable")[: rule["largest"]] if "largest" in rule else np.arange(len(values))
    if rule.get("as") == "names":
        return [rule["names"][place] for place in order]
    if rule.get("as") == "percents":
        return [f"{int(np.floor(100 * value + 0.5))} %" for value in values[order].astype(float)]
    return plain_list(values[order])


def _cycle(rule: Rule, reel: Reel, moment: Moment) -> Any:
    return rule["cycle"][moment.step % len(rule["cycle"])]


def _known(rule: Rule, reel: Reel, moment: Moment) -> Any:
    values = rule["known"][moment.layer]
    if rule["take"] == "unit":
        return values[moment.unit]
    return [values[reel.units[moment.layer][place]] for place in reel.shown(moment.layer, moment.unit)]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _envelope(rule: Rule, reel: Reel, moment: Moment) -> list[float | None]:
    values = getattr(reel.whole, rule["envelope"])[moment.layer]
    place = reel.place(moment.layer, moment.unit)
    if place >= values.shape[-1]:
        return []
    return plain_list(values[:, moment.sequence, place])


def _repeated(value: Any, rule: Rule, reel: Reel, moment: Moment) -> Any:
    return [value] * _count(rule.get("repeat"), reel, moment) if rule.get("repeat") else value


def _count(of: str | bool | None, reel: Reel, moment: Moment) -> int:
    if of == "features":
        return len(reel.event_features(moment.layer))
    return len(reel.shown(moment.layer, moment.unit))


def _ladder(rule: Rule, reel: Reel, moment: Moment) -> list[float]:
    (bottom, top), count = rule["ladder"], _count(rule.get("rows"), reel, moment)
    return [top - (row + 0.5) * (top - bottom) / count for row in range(count)]


def _heights(rule: Rule, reel: Reel, moment: Moment) -> list[float]:
    rows = reel.shown(moment.layer, moment.unit)
    row = rows.index(reel.place(moment.layer, moment.unit))
    return [top - (row + 0.5) * (top - bottom) / len(rows) for bottom, top in rule["heights"]]


def _title(rule: Rule, reel: Reel, moment: Moment) -> str:
    """A title, with an arrow where the layer reads from the end."""
    extent = "0 to 1" if rule["of"] in GATES else _extent(reel.scale(moment.layer, rule["of"]))
    return f"<b>{rule['title']}</b>  {extent}" + ("  ←" if reel.layers[moment.layer].reverse else "")


def _extent(limit: Limit) -> str:
    digits = 1 if limit.size >= 0.95 else min(8, 1 - math.floor(math.log10(limit.size)))
    return f"±{plain(limit.size, digits)}" + (", root scale" if limit.root else "")


_KINDS: dict[str, Callable[[Rule, Reel, Moment], Any]] = {
    "all": _all,
    "beat": lambda rule, reel, moment: _repeated(rule["beat"][moment.beat], rule, reel, moment),
    "gate": lambda rule, reel, moment: rule["gate"][moment.gate],
    "cycle": _cycle,
    "known": _known,
    "extra": _extra,
    "caption": lambda rule, reel, moment: reel.captions[rule["caption"]],
    "sentence": _sentence,
    "ladder": _ladder,
    "heights": _heights,
    "limit": lambda rule, reel, moment: reel.scale(moment.layer, rule["limit"]).size * rule["times"],
    "warp": lambda rule, reel, moment: warped(rule["colours"], reel.scale(moment.layer, rule["warp"]).root),
    "envelope": _envelope,
    "title": _title,
    "words": lambda rule, reel, moment: word(rule["words"], reel, moment),
    "marks": lambda rule, reel, moment: outlines(rule["marks"], rule["ink"], reel, moment),
    "share": shares,
    "map": the_map,
    "write": writes,
}

"""Bindings to the attribution of memory (the "ledger"): which events the followed unit's long-term memory comes from.

    {"attribution": rank, "give": g}    the window's writes, the one that ever weighs most first; "rest" is
                                        the sum of the others, "before" what was there before the window
        "values"    that write's share in LTM at each step of the window
        "name"      the event that was written, and its step
        "colour"    that of its writer on the cell's memory (see `bindings/writers.py`), by the step of the moment
        "ink"       black or white, whichever can be read on that colour
        "labels"    the event at the step of its writing, nothing at the others; a long name gives way
                    to the step's number
    {"attribution": "all", "give": "sentence"}
                    the "max_listed" shares that weigh most at the step, in words, each after its colour where the
                    binding has the writers'

LTM_t = (f_1 ... f_t) LTM_0 + sum over k of (f_{k+1} ... f_t) i_k g_k: the shares add up exactly.
The player's twin is `player/frontend/attribution.js`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lstm_viz.analysis.memory_attribution import attribution_table
from lstm_viz.figures.bindings.writers import Write, group_colours, group_of
from lstm_viz.figures.formats import signed
from lstm_viz.figures.labels import BLANK, SHORT_LABEL, escape_markup
from lstm_viz.figures.moment import Moment
from lstm_viz.figures.palette import ink_on
from lstm_viz.figures.viewport import OTHER, Viewport

DIGITS = 5
#: Writes with an area of their own.
MAX_WRITES = 6


def attribution_values(binding: dict[str, Any], viewport: Viewport, moment: Moment) -> Any:
    """Value of a binding to the writes of the window."""
    table, order = attribution_in_window(viewport, moment)
    if binding["give"] == "sentence":
        return _sentence(table, order, binding, viewport, moment)
    rank = binding["attribution"]
    step = order[rank] if isinstance(rank, int) and rank < len(order) else None
    match binding["give"]:
        case "values":
            return _share_over_steps(table, order, rank)
        case "name":
            return _NAMES.get(rank, BLANK) if step is None else _event_and_step(viewport, moment, step)
        case "colour":
            return _colour(binding, viewport, moment, step)
        case "ink":
            return ink_on(_colour(binding, viewport, moment, step))
        case "labels":
            words = [BLANK] * table.shape[1]
            if step is not None:
                words[step] = _short_label(viewport, moment, step)
            return words
    raise ValueError(f"An attribution gives values, name, colour, ink, labels or sentence, not {binding['give']!r}.")


_NAMES = {"rest": "all other events", "before": "before this window"}


def attribution_in_window(viewport: Viewport, moment: Moment) -> tuple[np.ndarray, list[int]]:
    """(1 + steps, steps) shares, the first row of what was there before, and the writes by their weight."""
    window = slice(moment.window - viewport.start, moment.window - viewport.start + viewport.window)
    row, sequence = viewport.row_of(moment.layer, moment.unit), moment.sequence
    forget, learned, before = (
        np.asarray(viewport.array(moment.layer, name)[window, sequence, row], float)
        for name in ("forget_gate", "learned", "previous_cell_state")
    )
    table = np.nan_to_num(attribution_table(forget, learned, before, viewport.layers[moment.layer].reverse))
    weight = np.abs(table[1:]).max(axis=1, initial=0)
    return table, np.argsort(-weight, kind="stable")[:MAX_WRITES].tolist()


def _share_over_steps(table: np.ndarray, order: list[int], rank: int | str) -> list[float]:
    if rank == "before":
        row = table[0]
    elif rank == "rest":
        row = table[1:].sum(axis=0) - table[[1 + k for k in order]].sum(axis=0)
    else:
        row = table[1 + order[int(rank)]] if int(rank) < len(order) else np.zeros(table.shape[1])
    return np.round(row, DIGITS).tolist()


def _sentence(table: np.ndarray, order: list[int], binding: dict[str, Any], viewport: Viewport, moment: Moment) -> str:
    """The memory at the step as a sentence of its shares: writes that have an area, largest first, then the rest."""
    now = table[:, moment.step - moment.window]
    ranks = [rank for rank, step in enumerate(order) if signed(now[1 + step]).strip("0.")]
    ranks.sort(key=lambda rank: -abs(now[1 + order[rank]]))
    steps = [order[rank] for rank in ranks[: binding["max_listed"]]]
    texts = [
        f"{_swatch(binding, viewport, moment, step)}{_label(viewport, moment, step)} "
        f"at step {moment.window + step + 1} {signed(now[1 + step])}"
        for step in steps
    ]
    named = sum(now[1 + step] for step in steps)
    if signed(now[0]).strip("0."):
        texts.append(f"{_NAMES['before']} {signed(now[0])}")
    return ", ".join([*texts, f"{_NAMES['rest']} {signed(now[1:].sum() - named)}"])


def _colour(binding: dict[str, Any], viewport: Viewport, moment: Moment, step: int | None) -> str:
    """The colour of what a step of the window wrote; what it is yet to write has the colour of the rest."""
    colours = group_colours(binding, viewport, moment)
    return colours[OTHER if step is None else group_of(Write(moment.window + step, 1.0), viewport, moment)]


def _swatch(binding: dict[str, Any], viewport: Viewport, moment: Moment, step: int) -> str:
    return f'<span style="color:{_colour(binding, viewport, moment, step)}">■</span> ' if "names" in binding else ""


def _event_and_step(viewport: Viewport, moment: Moment, step: int) -> str:
    return f"{_label(viewport, moment, step)}, step {moment.window + step + 1}"


def _short_label(viewport: Viewport, moment: Moment, step: int) -> str:
    label = str(_label(viewport, moment, step))
    return label if len(label) <= SHORT_LABEL else str(moment.window + step + 1)


def _label(viewport: Viewport, moment: Moment, step: int) -> str:
    return escape_markup(viewport.labels[moment.window - viewport.start + step, moment.sequence]) or BLANK

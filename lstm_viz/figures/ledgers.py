"""Rules about the ledger: which events today's long-term memory of the followed unit comes from.

    {"write": rank, "give": g}   the window's writes, the one that ever weighs most first; "rest" is
                                 the sum of the others, "before" what was there before the window
        "values"    that write's share in LTM at each step of the window
        "name"      the event that was written, and its step
        "labels"    the event at the step of its writing, nothing at the others

LTM_t = (f_1 ... f_t) LTM_0 + sum over k of (f_{k+1} ... f_t) i_k g_k: the shares add up exactly.
The player's twin is `playback/player/ledgers.js`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lstm_viz.analysis.ledgers import entries
from lstm_viz.figures.moments import Moment
from lstm_viz.figures.reels import Reel
from lstm_viz.figures.words import BLANK, safe

DIGITS = 5
#: Writes that have a colour of their own.
MOST = 6


def writes(rule: dict[str, Any], reel: Reel, moment: Moment) -> Any:
    """What a rule about writes gives."""
    table, order = ledger_in_window(reel, moment)
    rank = rule["write"]
    step = order[rank] if isinstance(rank, int) and rank < len(order) else None
    match rule["give"]:
        case "values":
            return _values(table, order, rank)
        case "name":
            return _NAMES.get(rank, BLANK) if step is None else _written(reel, moment, step)
        case "labels":
            words = [BLANK] * table.shape[1]
            if step is not None:
                words[step] = str(_label(reel, moment, step))
            return words
    raise ValueError(f"A write gives values, name or labels, not {rule['give']!r}.")


_NAMES = {"rest": "all other events", "before": "before this window"}


def ledger_in_window(reel: Reel, moment: Moment) -> tuple[np.ndarray, list[int]]:
    """(1 + steps, steps) shares, the first row of what was there before, and the writes by their weight."""
    window = slice(moment.window - reel.start, moment.window - reel.start + reel.window)
    place, sequence = reel.place(moment.layer, moment.unit), moment.sequence
    forget, learned, before = (
        np.asarray(reel.array(moment.layer, name)[window, sequence, place], float)
        for name in ("forget_gate", "learned", "previous_cell_state")
    )
    table = np.nan_to_num(entries(forget, learned, before, reel.layers[moment.layer].reverse))
    weight = np.abs(table[1:]).max(axis=1, initial=0)
    return table, np.argsort(-weight, kind="stable")[:MOST].tolist()


def _values(table: np.ndarray, order: list[int], rank: int | str) -> list[float]:
    if rank == "before":
        row = table[0]
    elif rank == "rest":
        row = table[1:].sum(axis=0) - table[[1 + k for k in order]].sum(axis=0)
    else:
        row = table[1 + order[int(rank)]] if int(rank) < len(order) else np.zeros(table.shape[1])
    return np.round(row, DIGITS).tolist()


def _written(reel: Reel, moment: Moment, step: int) -> str:
    return f"{_label(reel, moment, step)}, step {moment.window + step + 1}"


def _label(reel: Reel, moment: Moment, step: int) -> str:
    return safe(reel.labels[moment.window - reel.start + step, moment.sequence]) or BLANK

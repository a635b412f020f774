"""Writers of long-term memory: the events that a unit's cell state is made of, in few groups with a colour each.

    LTM_t = (f_1 ... f_t) LTM_0 + sum over k of (f_{k+1} ... f_t) i_k g_k

is exact, so each past write's share in a value is known. Shares may have either sign; a ribbon shows |value| alone.
It is divided among the writers whose share has the value's own sign, in proportion, so that the parts add up to it;
shares of the other sign, which those outweigh, are told in words.

A group is an event's name where few names write (letters, brackets), else how long ago it was written (a text's
characters, measured values). What is left of before the held steps is of the last group.
The player's twin is `player/frontend/writers.js`.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import numpy as np

from lstm_viz.figures.formats import signed
from lstm_viz.figures.labels import BLANK, SHORT_LABEL, escape_markup, visible
from lstm_viz.figures.moment import Moment
from lstm_viz.figures.viewport import OTHER, WRITERS, Viewport

#: Groups by age: written at this step, up to 3 steps ago, up to 12, before that.
AGES = (0, 3, 12)
AGE_NAMES = ("now", "last 3 steps", "last 12", "older")
#: Below this share of what was written nothing of it can be seen; and the value that is as good as none.
NEGLIGIBLE, NOTHING = 1e-6, 0.005
#: From this part on a writer has written "most" of a value.
MOST = 0.6


class Write(NamedTuple):
    """What one step wrote, as far as it is left: the step (None: before those held), and its share."""

    step: int | None
    share: float


def writes_before(viewport: Viewport, moment: Moment, row: int) -> list[Write]:
    """The writes that the cell state is made of which the step finds, the latest first; they add up to it."""
    layer, sequence = moment.layer, moment.sequence
    forget, learned, states = (
        viewport.array(layer, name)[:, sequence, row] for name in ("forget_gate", "learned", "previous_cell_state")
    )
    back = 1 if viewport.layers[layer].reverse else -1
    place, left = moment.step - viewport.start, 1.0
    found: list[Write] = []
    value = float(states[place])
    while 0 <= place + back < len(forget) and abs(left) > NEGLIGIBLE and not np.isnan(forget[place + back]):
        place += back
        found.append(Write(viewport.start + place, left * float(learned[place])))
        left *= float(forget[place])
        value = float(states[place])
    return [*found, Write(None, left * value)]


def writes_in(array: str, viewport: Viewport, moment: Moment, row: int) -> list[Write]:
    """The writes that an array of the cell state's path is made of, at the step."""
    if array == "learned":
        return [Write(moment.step, _value(viewport, moment, "learned", row))]
    found = writes_before(viewport, moment, row)
    if array == "previous_cell_state":
        return found
    factor = _value(viewport, moment, "forget_gate", row)
    kept = [Write(write.step, factor * write.share) for write in found]
    return kept if array == "kept" else [Write(moment.step, _value(viewport, moment, "learned", row)), *kept]


def _value(viewport: Viewport, moment: Moment, array: str, row: int) -> float:
    return float(viewport.array(moment.layer, array)[moment.step - viewport.start, moment.sequence, row])


def group_of(write: Write, viewport: Viewport, moment: Moment) -> int:
    """The group of a write, from 0; OTHER is that of all that have no colour of their own, or aren't written yet."""
    names = viewport.writer_names(moment.layer)
    if write.step is None:
        return OTHER if names else len(AGES)
    if names:
        label = str(viewport.labels_in(moment.layer)[write.step - viewport.start, moment.sequence])
        return names.index(label) if label in names else OTHER
    ago = write.step - moment.step if viewport.layers[moment.layer].reverse else moment.step - write.step
    return OTHER if ago < 0 else next((group for group, most in enumerate(AGES) if ago <= most), len(AGES))


def divided(array: str, viewport: Viewport, moment: Moment, row: int) -> list[float]:
    """A value divided among the groups: parts of its own sign, which add up to it. All 0 where there is no value."""
    value = _value(viewport, moment, array, row)
    parts = [0.0] * (WRITERS + 1)
    if not np.isfinite(value) or value == 0:
        return parts
    for write in writes_in(array, viewport, moment, row):
        if write.share * value > 0:
            parts[group_of(write, viewport, moment)] += write.share
    total = sum(parts)
    if total == 0:
        parts[OTHER] = total = value
    return [value * (part / total) for part in parts]


def label_of_write(array: str, viewport: Viewport, moment: Moment, row: int, short: bool = False) -> str:
    """Who wrote most of a value, in words; blank where there is next to none."""
    value = _value(viewport, moment, array, row)
    if not np.isfinite(value) or abs(value) < NOTHING:
        return BLANK
    own = [write for write in writes_in(array, viewport, moment, row) if write.share * value > 0]
    if not own:
        return BLANK
    largest = max(own, key=lambda write: (abs(write.share), -1 if write.step is None else write.step))
    is_most = abs(largest.share) >= MOST * sum(abs(write.share) for write in own)
    most = "" if is_most or short else "mostly "
    if largest.step is None:
        return f"{most}from before"
    since = "now" if largest.step == moment.step else f"since {'' if short else 'step '}{largest.step + 1:,}"
    name = _name(viewport, moment, largest.step)
    return f"{most}<b>{name}</b> · {since}" if name else f"{most}{since}"


def _name(viewport: Viewport, moment: Moment, step: int) -> str:
    """An event's name where it is short, such as a letter; none for a date or a number."""
    label = str(visible(viewport.labels_in(moment.layer)[step - viewport.start, moment.sequence]))
    return escape_markup(label) if label.strip() and len(label) <= SHORT_LABEL and not label.isdigit() else ""


def hover_shares(array: str, viewport: Viewport, moment: Moment, row: int, most: int = 3) -> str:
    """The writes that weigh most in a value, either sign, for the label under the pointer."""
    writes = sorted(writes_in(array, viewport, moment, row), key=lambda write: -abs(write.share))
    seen = [write for write in writes[:most] if abs(write.share) >= NOTHING]
    texts = []
    for write in seen:
        if write.step is None:
            texts.append(f"{signed(write.share)} from before")
            continue
        name = _name(viewport, moment, write.step)
        texts.append(f"{signed(write.share)} {name + ' ' if name else ''}step {write.step + 1:,}")
    return ", ".join(texts)


def writer_values(binding: dict[str, Any], viewport: Viewport, moment: Moment) -> Any:
    """Value of a binding to the followed unit's writers: {"writers": array, "give": "label"}, or the "legend".

    "words" are a label for a sentence, in brackets.
    """
    if binding["give"] == "legend":
        return [_legend(binding, viewport, moment)]
    row = viewport.row_of(moment.layer, moment.unit)
    if binding["give"] == "words":
        words = label_of_write(binding["writers"], viewport, moment, row)
        return f" ({re.sub('<.*?>', '', words)})" if words.strip() else ""
    if moment.signs or moment.precedes(binding.get("from", 0), binding.get("at", 0.0)):
        return [BLANK]
    return [label_of_write(binding["writers"], viewport, moment, row, binding.get("short", False))]


def _legend(binding: dict[str, Any], viewport: Viewport, moment: Moment) -> str:
    """What the colours mean, each after a square in it, and how the scale is bent."""
    if moment.signs:
        words = [(binding["signs"][1], "above 0"), (binding["signs"][0], "below 0")]
        return f"{' '.join(_swatch(*pair) for pair in words)}"
    names = viewport.writer_names(moment.layer)
    colours = group_colours(binding, viewport, moment)
    if names:
        words = [(colours[k], escape_markup(visible(name))) for k, name in enumerate(names)]
        words.append((colours[OTHER], "others"))
    else:
        words = [(colours[k], name) for k, name in enumerate(AGE_NAMES)]
    return f"written {'by' if names else ''} {'  '.join(_swatch(*pair) for pair in words)}"


def group_colours(binding: dict[str, Any], viewport: Viewport, moment: Moment) -> list[str]:
    """The colour of each group of writers."""
    colours: list[str] = binding["names" if viewport.writer_names(moment.layer) else "ages"]
    return colours


def fill_colour(binding: dict[str, Any], viewport: Viewport, moment: Moment) -> str:
    """Value of a binding to a fill: {"fill": band, ...} with the colours of `primitives.writer_fill`.

    A band is a group of writers, or "+" or "-", values of one sign; with "event" those are the step's event's. The
    band "event" is that event itself, which has no sign.
    """
    band = binding["fill"]
    if moment.signs and band != "event":
        return str(binding["signs"][1 if band in (0, "+") else 0])
    colours = group_colours(binding, viewport, moment)
    if "event" in (band, *binding):
        return colours[group_of(Write(moment.step, 1.0), viewport, moment)]
    return colours[band] if isinstance(band, int) else str(binding["plain"])


def _swatch(colour: str, word: str) -> str:
    return f'<span style="color:{colour}">■</span> {word}'

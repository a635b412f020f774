"""A report's tables as escaped HTML: the run, its layers, and the units with the widest range."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import NamedTuple

import numpy as np

from lstm_viz.analysis.landmark_steps import landmarks
from lstm_viz.analysis.memory_attribution import half_life
from lstm_viz.analysis.ranking import ranked_units
from lstm_viz.analysis.saturation import saturation
from lstm_viz.figures.formats import plain, signed
from lstm_viz.figures.memory.half_life import duration_text
from lstm_viz.figures.moment import BEATS, Moment
from lstm_viz.sequences.batch import SequenceBatch
from lstm_viz.sequences.formatting import plural
from lstm_viz.traces import LayerTrace, Trace

#: The most units in the table.
MAX_UNITS = 10
MODEL_NAMES = {"standard": "LSTM", "course": "LSTM of the course", "rnn": "plain RNN"}
FACTOR_HEADS = [f"{name} factor, {what}" for name in ("forget", "ignore", "use") for what in ("mean", "closed", "open")]


def run_facts(trace: Trace) -> str:
    """Model, sizes, device and agreement with the module's own forward, as a definition list."""
    time, batch, features = trace.layers[0].event.shape
    lengths = np.asarray(trace.lengths)
    spread = f"{lengths.min():,} to {lengths.max():,}" if np.ptp(lengths) else f"{time:,} each"
    return definition_list(
        {
            "Model": f"{MODEL_NAMES[trace.variant]}, {parameter_counts(trace)}",
            "Layers": f"{len(trace.layers) // trace.directions}"
            + (", both directions" if trace.directions > 1 else ""),
            "Features": f"{features:,}",
            "Sequences": f"{batch:,}",
            "Steps": spread,
            "Number format": trace.dtype,
            "Device": trace.device,
            "Recorded numbers": trace.agreement,
        }
    )


def parameter_counts(trace: Trace) -> str:
    """How many weights and biases a model has, as text.

    >>> from lstm_viz.traces import GateWeights
    >>> h = np.zeros((1, 1, 2))
    >>> one = GateWeights(np.zeros((2, 3)), np.zeros((2, 2)), np.zeros(2))
    >>> layer = LayerTrace("l0", "rnn", h, h, h[0], np.array([1]), weights={"hidden_state": one})
    >>> parameter_counts(Trace((layer,), h, h, layer.lengths))
    '10 weights, 2 biases'
    """
    gates = [part for layer in trace.layers for part in layer.weights.values()]
    readouts = [layer.readout_weights for layer in trace.layers if layer.readout_weights is not None]
    weights = sum(part.input.size + part.recurrent.size for part in gates) + sum(part.kept.size for part in readouts)
    weights += sum(layer.projection.size for layer in trace.layers if layer.projection is not None)
    biases = sum(part.bias.size for part in gates) + sum(part.bias.size for part in readouts)
    return f"{plural(weights, 'weight')}, {biases:,} biases"


def layer_table(trace: Trace) -> str:
    """A row a layer: sizes, the memory's range, and the gates' means and saturation, over all sequences."""
    gated = trace.variant != "rnn"
    heads = ["layer", "units", "reads", "memory from", "to", *((*FACTOR_HEADS, "half-life") if gated else ())]
    rows = [_layer_row(layer, gated) for layer in trace.layers]
    caption = "Closed: below 0.1, open: above 0.9, as shares of all steps of all units. Half-life: the median unit's."
    return html_table(heads, rows, caption if gated else "Memory: the hidden state.")


def _layer_row(layer: LayerTrace, gated: bool) -> list[Cell]:
    low, high = float(np.nanmin(layer.memory)), float(np.nanmax(layer.memory))
    row: list[Cell] = [layer.name, f"{layer.units:,}", f"{layer.event.shape[-1]:,}", signed(low), signed(high)]
    if not gated:
        return row
    for gate, found in saturation(layer).items():
        row += [plain(float(np.nanmean(getattr(layer, gate)))), *(_percent(share.mean()) for share in found)]
    return [*row, duration_text(float(np.median(half_life(layer))))]


def unit_table(trace: Trace, batch: SequenceBatch, layer: int, sequence: int, offset: int) -> str:
    """The units of a layer with the widest range, and the steps of a sequence at which there is something to see.

    `offset` is the first sequence that the picture holds.
    """
    part = trace.layers[layer]
    ranked = ranked_units(part)[:MAX_UNITS]
    gated = part.cell_state is not None
    heads = ["unit", "memory from", "to", *(("half-life", "at its middle factor") if gated else ())]
    heads += ["writes most at", *(("forgets most at",) if gated else ()), "shows most at"]
    beats = {"write": "learn", "forget": "forget", "use": "use"} if gated else dict.fromkeys(("write", "use"), "use")
    lives = [half_life(part, middle=middle) for middle in (False, True)] if gated else []
    rows = []
    for unit in ranked.tolist():
        at = landmarks(part, unit, sequence, int(part.lengths[sequence]))
        memory = part.memory[..., unit]
        row: list[Cell] = [f"{unit + 1}", signed(float(np.nanmin(memory))), signed(float(np.nanmax(memory)))]
        row += [duration_text(float(life[unit])) for life in lives]
        for mark, beat in beats.items():
            moment = Moment(at[mark], BEATS.index(beat), unit, sequence - offset, layer)
            row.append(MomentLink(_step_text(batch, at[mark], sequence), moment))
        rows.append(row)
    return html_table(heads, rows, "The units with the widest range first. A step brings the picture above to it.")


def _step_text(batch: SequenceBatch, step: int, sequence: int) -> str:
    label = str(batch.step_labels[step, sequence])
    return f"step {step + 1}" + (f", {label}" if label and label != str(step + 1) else "")


def _percent(share: float) -> str:
    return f"{plain(100 * float(share), 0)} %"


class MomentLink(NamedTuple):
    """Text that moves the picture to a moment when it is clicked."""

    text: str
    moment: Moment


Cell = str | MomentLink


def html_table(heads: Sequence[str], rows: Sequence[Sequence[Cell]], caption: str) -> str:
    """An HTML table under its caption; the first cell of a row is its header.

    >>> html_table(["unit"], [["<1>"]], "Units").partition("<tbody>")[2]
    '<tr><th scope="row">&lt;1&gt;</th></tr></tbody></table></div>'
    """
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    body = "".join(f"<tr>{_row_html(row)}</tr>" for row in rows)
    start = f'<p class="said">{escape(caption)}</p><div class="wide">'
    return f"{start}<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"


def definition_list(pairs: Mapping[str, str]) -> str:
    """An HTML definition list.

    >>> definition_list({"Steps": "24"})
    '<dl><div><dt>Steps</dt><dd>24</dd></div></dl>'
    """
    return "<dl>" + "".join(f"<div><dt>{escape(k)}</dt><dd>{escape(v)}</dd></div>" for k, v in pairs.items()) + "</dl>"


def _row_html(row: Sequence[Cell]) -> str:
    first, *rest = map(_cell_html, row)
    return f'<th scope="row">{first}</th>' + "".join(f"<td>{cell}</td>" for cell in rest)


def _cell_html(cell: Cell) -> str:
    if isinstance(cell, str):
        return escape(cell)
    known = {name: getattr(cell.moment, name) for name in ("step", "unit", "sequence", "layer", "beat")}
    return f'<button type="button" data-go="{escape(json.dumps(known))}">{escape(cell.text)}</button>'

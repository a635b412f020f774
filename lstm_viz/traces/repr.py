"""`repr` of a trace: one line in a console, a small HTML table in a notebook."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from lstm_viz.traces.record import LayerTrace, Trace

_GATE_LABELS = (("forget_gate", "forget"), ("input_gate", "learn"), ("output_gate", "use"))

_METHODS = (".show()", '.report("run.html")', ".to_xarray()", ".to_table()", '.save("run.nc")')

#: Inline CSS: borders and faint text in the notebook's own colour, readable in light and dark themes.
_STYLE = {
    "table": "border-collapse:collapse;color:inherit;background:transparent;font-size:0.92em;margin:0.4em 0",
    "cell": "text-align:left;padding:0.2em 1.4em 0.2em 0;color:inherit;background:transparent;"
    "border:0;border-bottom:1px solid rgba(128,128,128,0.4)",
    "faint": "opacity:0.75;margin:0.2em 0",
}


def layer_repr(layer: LayerTrace) -> str:
    """One line for a layer."""
    direction = "read from the end" if layer.reverse else "read forwards"
    return f"<LayerTrace {layer.name}: {_sizes(layer.hidden_state, layer.lengths)}, {layer.units} units, {direction}>"


def trace_repr(trace: Trace) -> str:
    """One line for a trace."""
    layers = ", ".join(layer.name for layer in trace.layers)
    units = trace.layers[0].units
    notes = {0: "", 1: "; 1 note"}.get(len(trace.notes), f"; {len(trace.notes)} notes")
    return f"<Trace: {_sizes(trace.output, trace.lengths)}, {units} units in {layers}; {_run_summary(trace)}{notes}>"


def trace_html(trace: Trace) -> str:
    """What was recorded and what can be done with it, as an HTML table without scripts, links or colours of its own.

    >>> import lstm_viz, torch
    >>> print(trace_html(lstm_viz.trace(torch.nn.LSTM(2, 3), torch.ones(4, 1, 2)))[:46])
    <p><b>Trace</b> of 4 steps × 1 sequence, float
    """
    heads = ["layer", "reads", "units", *(f"{name} gate, mean" for _, name in _gates(trace)), _memory_heading(trace)]
    rows = [_layer_row(trace, layer) for layer in trace.layers]
    return (
        f"<p><b>Trace</b> of {escape(_sizes(trace.output, trace.lengths))}, {escape(_run_summary(trace))}</p>"
        f"{_notes(trace)}{html_table(heads, rows)}"
        f'<p style="{_STYLE["faint"]}">Every one of {_code([".layers"])} has {_code(_array_names(trace))}: '
        "arrays (time, batch, units).<br/>"
        f"Go on with {_code(_METHODS)} and the functions of {_code(['lstm_viz.analysis', 'lstm_viz.figures'])}.</p>"
    )


def html_table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """An HTML table of plain texts, escaped.

    >>> html_table(["name"], [["<b>"]]).count("&lt;b&gt;")
    1
    """
    lines = [f"<tr>{''.join(_table_cell('th', head) for head in heads)}</tr>"]
    lines += [f"<tr>{''.join(_table_cell('td', value) for value in row)}</tr>" for row in rows]
    return f'<table style="{_STYLE["table"]}">{"".join(lines)}</table>'


def _table_cell(tag: str, text: str) -> str:
    return f'<{tag} style="{_STYLE["cell"]}">{escape(text)}</{tag}>'


def _layer_row(trace: Trace, layer: LayerTrace) -> list[str]:
    """One layer: its name, what it reads, its units, how open its gates were and how large its memory grew."""
    first = layer.name.partition("_")[0] == "l0"
    read = f"{layer.event.shape[2]} features" if first else f"{layer.event.shape[2]} units of the layer below"
    opened = [f"{np.nanmean(getattr(layer, gate)):.2f}" for gate, _ in _gates(trace)]
    largest = f"{np.nanmax(np.abs(layer.memory)):.3g}"
    return [layer.name, f"{read}, from the end" if layer.reverse else read, f"{layer.units:,}", *opened, largest]


def _gates(trace: Trace) -> tuple[tuple[str, str], ...]:
    return () if trace.variant == "rnn" else _GATE_LABELS


def _memory_heading(trace: Trace) -> str:
    return "largest |STM|" if trace.variant == "rnn" else "largest |LTM|"


def _array_names(trace: Trace) -> list[str]:
    """The main arrays of a layer, as attributes."""
    if trace.variant == "rnn":
        return [".event", ".hidden_state"]
    return [".forget_gate", ".input_gate", ".candidate", ".cell_state", ".output_gate", ".hidden_state"]


def _sizes(steps: np.ndarray, lengths: np.ndarray) -> str:
    """As in "24 steps × 2 sequences (7 to 24 steps long)"."""
    batch, shortest = len(lengths), int(lengths.min())
    count = "1 sequence" if batch == 1 else f"{batch:,} sequences"
    ragged = f" ({shortest:,} to {int(lengths.max()):,} steps long)" if shortest < len(steps) else ""
    return f"{len(steps):,} {'step' if len(steps) == 1 else 'steps'} × {count}{ragged}"


def _run_summary(trace: Trace) -> str:
    dropped = ", with what dropout let through in training" if trace.passed else ""
    return f"{trace.dtype} on {trace.device}, {trace.agreement}{dropped}"


def _notes(trace: Trace) -> str:
    """The run's notes as an HTML list; nothing where it has none."""
    return f"<ul>{''.join(f'<li>{escape(note)}</li>' for note in trace.notes)}</ul>" if trace.notes else ""


def _code(names: Iterable[str]) -> str:
    return ", ".join(f"<code>{escape(name)}</code>" for name in names)

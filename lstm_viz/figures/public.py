"""The figures of a trace, one function each, for a notebook, a page of one's own, or a paper.

Each takes a trace, then by name what `options.FigureOptions` lists, and gives a Plotly figure:
`figure.write_html("cell.html")` keeps it, `figure.write_image("cell.svg", width=1200)` too where kaleido is installed.
"""

from __future__ import annotations

from functools import partial
from typing import Unpack

import plotly.graph_objects as go

from lstm_viz.analysis.memory_attribution import half_life
from lstm_viz.figures.cell.picture import cell_picture
from lstm_viz.figures.gates.activation_curves import COMBINED, COURSE_OFFERED, FORGET, IGNORE, USE, curve_needs, curves
from lstm_viz.figures.gates.contributions import contribution_bars
from lstm_viz.figures.gates.matrix import COURSE_NEEDS, NEEDS, gate_matrix
from lstm_viz.figures.memory.attribution import attribution_areas
from lstm_viz.figures.memory.half_life import half_lives
from lstm_viz.figures.memory.lanes import lanes
from lstm_viz.figures.memory.long_runs import overview
from lstm_viz.figures.memory.strips import strips
from lstm_viz.figures.options import FigureOptions, draw_figure
from lstm_viz.figures.viewport_builder import MAPS
from lstm_viz.traces import Trace

CURVES = {
    "candidate": COMBINED,
    "input_gate": IGNORE,
    "forget_gate": FORGET,
    "output_gate": USE,
    "readout": COURSE_OFFERED,
}


def cell_figure(trace: Trace, **options: Unpack[FigureOptions]) -> go.Figure:
    """Memory flowing through the gates of the cell at one step.

    >>> from lstm_viz.bundled import first_view
    >>> figure = cell_figure(first_view()[0], step=6, unit=6)
    >>> figure.layout.meta["alt"][:54]
    'The cell at step 7, unit 7 followed: long-term memory '

    Raises ValueError for a plain RNN, which has no cell.
    """
    return draw_figure(cell_picture, _gated(trace), options)


def strips_figure(trace: Trace, **options: Unpack[FigureOptions]) -> go.Figure:
    """Both memories, the candidate and every factor as heat maps: a row a unit, a column a step.

    >>> from lstm_viz.bundled import first_view
    >>> [len(strip.z) for strip in strips_figure(first_view()[0]).data]
    [8, 8, 8, 8, 8, 8]
    """
    return draw_figure(strips, trace, options)


def lanes_figure(trace: Trace, **options: Unpack[FigureOptions]) -> go.Figure:
    """The batch: one lane a sequence, one unit's long-term memory along it.

    >>> from lstm_viz.bundled import first_view
    >>> len(lanes_figure(first_view()[0], unit=6).data[0].z)
    8
    """
    return draw_figure(lanes, trace, options)


def overview_figure(trace: Trace, **options: Unpack[FigureOptions]) -> go.Figure:
    """One unit's long-term memory over the whole of a run, however long: the smallest and largest value in each bin.

    >>> from lstm_viz.bundled import first_view
    >>> overview_figure(first_view()[0], unit=6).layout.annotations[0].text
    '<b>Long-term memory of unit 7</b>  the whole run'

    Raises ValueError for a run of one step.
    """
    time = trace.layers[0].hidden_state.shape[0]
    if time < 2:
        raise ValueError("An overview is of two steps at least; this run has one.")
    options["window"] = min(options.get("window", 32), time - 1)
    figure = draw_figure(overview, trace, options)
    figure.layout.annotations[0].text = figure.layout.annotations[0].text.removesuffix("; drag the window")
    return figure


def ledger_figure(trace: Trace, **options: Unpack[FigureOptions]) -> go.Figure:
    """Which events one unit's long-term memory comes from, step by step: shares that add up to it.

    >>> from lstm_viz.bundled import first_view
    >>> ledger_figure(first_view()[0], step=6, unit=6).data[-1].name
    'LTM, their sum'

    Raises ValueError for a plain RNN.
    """
    return draw_figure(attribution_areas, _gated(trace), options)


def half_lives_figure(trace: Trace, **options: Unpack[FigureOptions]) -> go.Figure:
    """After how many steps half of each unit's memory is gone, at its median forget factor.

    >>> from lstm_viz.bundled import first_view
    >>> len(half_lives_figure(first_view()[0]).data[0].x)
    8

    Raises ValueError for a plain RNN.
    """
    lives = [half_life(layer, middle=True) for layer in _gated(trace).layers]
    return draw_figure(partial(half_lives, half_lives=lives), trace, options)


def curve_figure(trace: Trace, **options: Unpack[FigureOptions]) -> go.Figure:
    """Every unit as a dot on the curve by which a gate is squashed, at one step.

    `gate` is "forget_gate" (by default), "input_gate", "candidate", "output_gate" or, in the course's cell, "readout".

    >>> from lstm_viz.bundled import first_view
    >>> curve_figure(first_view()[0], gate="forget_gate", step=6, unit=6).layout.meta["alt"][:16]
    'At step 7 unit 7'

    Raises ValueError where the run has no such gate.
    """
    shown = [CURVES[_gate(trace, options)]]
    return draw_figure(curves(*shown), trace, options, curve_needs(shown))


def shares_figure(trace: Trace, **options: Unpack[FigureOptions]) -> go.Figure:
    """What opened one unit's gate at one step, source by source, adding up to what was squashed.

    >>> from lstm_viz.bundled import first_view
    >>> bars, = shares_figure(first_view()[0], gate="input_gate", step=6, unit=6).data
    >>> bool(abs(sum(bars.x) - first_view()[0].layers[0].preactivations["input_gate"][6, 0, 6]) < 1e-4)
    True

    Raises ValueError where the run has no such gate.
    """
    return draw_figure(contribution_bars(_gate(trace, options)), trace, options, (MAPS,))


def weights_figure(trace: Trace, **options: Unpack[FigureOptions]) -> go.Figure:
    """A gate's weights, a row a unit; over them what they read at one step, at the right the sums.

    >>> from lstm_viz.bundled import first_view
    >>> len(weights_figure(first_view()[0], gate="output_gate").data)
    4

    Raises ValueError where the run has no such gate.
    """
    _gate(trace, options)
    needs = COURSE_NEEDS if trace.variant == "course" else NEEDS
    return draw_figure(gate_matrix, trace, options, needs)


def _gated(trace: Trace) -> Trace:
    if trace.variant == "rnn":
        raise ValueError("A plain RNN has no gates and no long-term memory; strips_figure and lanes_figure show it.")
    return trace


def _gate(trace: Trace, options: FigureOptions) -> str:
    """The gate to show; the forget gate where none is named."""
    gate = options.get("gate", "forget_gate")
    known = list(_gated(trace).layers[0].weights)
    if trace.variant == "course":
        known.append("readout")
    if gate not in known:
        raise ValueError(f"This run's gates are {', '.join(known) or 'not kept'}; {gate!r} is none of them.")
    return gate

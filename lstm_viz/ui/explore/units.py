"""The table of units and input columns: which unit follows which column; a click on a row goes to its unit."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from lstm_viz.analysis.correlation import MAX_LAG, InputCorrelation, input_correlation
from lstm_viz.figures.formats import layer_title, plain, signed
from lstm_viz.sequences.batch import SequenceBatch
from lstm_viz.sequences.formatting import plural
from lstm_viz.traces import LayerTrace, Trace
from lstm_viz.ui.explore.run import Run
from lstm_viz.ui.plain_text import markdown, plain_text
from lstm_viz.ui.session import Session, session
from lstm_viz.ui.stage.shared import BundledIdentity, SharedKey, shared

if TYPE_CHECKING:
    from pandas.io.formats.style import Styler

#: Points of a small line, and columns that have a number of their own in the table.
POINTS, MAX_COLUMNS = 60, 8
LABEL = "Which unit follows"
#: Columns that are offered side by side; more of them in a list.
FEW = 6
UNIT, LAG, BEST, MEMORY = "Unit", "Lag", "Best r", "Memory"


def units_table(run: Run, batch: SequenceBatch) -> str:
    """The table; returns the input column that was chosen, which is drawn above the memory too."""
    name = _choose_column(batch)
    layer = _choose_layer(run.trace)
    index = run.trace.layers.index(layer)
    found = session.input_correlation.cached(f"{run.name} {layer.name}", lambda: _correlation(run, layer, batch))
    column = batch.names.index(name)
    units = np.argsort(-np.abs(found.best_r[:, column]), kind="stable")
    first = int(units[0])
    r = float(found.best_r[first, column])
    said = f"r = {signed(r)}{_lag(found, first, column)}." + (f" It falls when {name} rises." if r < 0 else "")
    st.markdown(markdown("**Unit {unit}** follows **{name}** most: {said}", unit=first + 1, name=name, said=said))
    key = f"units {run.name} {layer.name} {name}"
    st.dataframe(
        _with_true_minus(_rows(layer, found, units, column, batch.names)),
        hide_index=True,
        column_config=_column_config(name, batch.names),
        key=key,
        on_select=partial(_go_to_unit, key, units, index),
        selection_mode="single-cell",
        alt=f"Units by how closely their memory follows {name}",
        height=min(420, 38 + 35 * len(units)),
    )
    st.caption(
        markdown(
            "r is Pearson's correlation of long-term memory with the input: 1 follows it, −1 runs against it. Best r: "
            "where memory comes up to {lag} steps later. Click a row to see its unit, a column's name to sort.",
            lag=MAX_LAG,
        )
    )
    return name


def _correlation(run: Run, layer: LayerTrace, batch: SequenceBatch) -> InputCorrelation:
    """Units' correlations with columns; of a bundled run once for all sessions."""
    if not run.bundled:
        return input_correlation(layer, _inputs(batch))
    key = SharedKey("input correlation", BundledIdentity("run", (run.bundled,)), (layer.name,))
    return shared.get(key, lambda: input_correlation(layer, _inputs(batch)))


def _choose_column(batch: SequenceBatch) -> str:
    names = list(batch.names)
    Session.input_column.restrict(names, names[0])
    if len(names) <= FEW:
        key = Session.input_column.key
        return str(st.pills(LABEL, names, required=True, default=names[0], format_func=plain_text, key=key))
    return str(st.selectbox(LABEL, names, key=Session.input_column.key))


def _choose_layer(trace: Trace) -> LayerTrace:
    names = [layer.name for layer in trace.layers]
    if len(names) == 1:
        return trace.layers[0]
    Session.table_layer.restrict(names, names[0])
    chosen = st.selectbox("of layer", names, format_func=layer_title, key=Session.table_layer.key)
    return trace.layers[names.index(str(chosen))]


def _inputs(batch: SequenceBatch) -> np.ndarray:
    """What the model was given, NaN past each sequence's end."""
    inside = np.arange(len(batch.values))[:, None] < batch.lengths
    return np.where(inside[..., None], batch.values, np.nan)


def _rows(
    layer: LayerTrace, found: InputCorrelation, units: np.ndarray, column: int, names: tuple[str, ...]
) -> dict[str, Any]:
    memory = layer.memory[: layer.lengths[0], 0]
    bins = np.array_split(np.arange(len(memory)), min(POINTS, len(memory)))
    lines = np.stack([memory[part].mean(axis=0) for part in bins]) if len(memory) else np.zeros((1, len(units)))
    others = [k for k in range(len(names)) if k != column][: MAX_COLUMNS - 1]
    return {
        UNIT: units + 1,
        BEST: found.best_r[units, column],
        LAG: found.best_lag[units, column],
        MEMORY: [lines[:, unit].tolist() for unit in units],
        **{f"r {names[k]}": found.r[units, k] for k in [column, *others]},
    }


def _with_true_minus(rows: dict[str, Any]) -> Styler:
    """The rows as a table whose correlations are written as in the page's text; they are sorted as numbers still."""
    import pandas as pd  # brought by Streamlit, and too slow to load where no table is shown

    table = pd.DataFrame(rows)
    return table.style.format(plain, subset=[name for name in table if name == BEST or name.startswith("r ")])


def _column_config(name: str, names: tuple[str, ...]) -> dict[str, Any]:
    number = st.column_config.NumberColumn
    return {
        UNIT: number(width=45),
        BEST: number(width=60, help=plain_text(f"The largest correlation with {name}, at the lag beside it.")),
        LAG: number(width=45, help="Steps by which memory comes later there."),
        MEMORY: st.column_config.LineChartColumn(width=105, help="Long-term memory of the first sequence."),
        **{f"r {other}": number(help=plain_text(f"Correlation with {other} at the same step.")) for other in names},
    }


def _go_to_unit(key: str, units: np.ndarray, layer: int) -> None:
    """Sends the player to the unit of the cell that was clicked; runs before the script does."""
    cells = session.value_of(key).selection.cells
    if cells:
        session.send_player(unit=int(units[cells[0][0]]), layer=layer)


def _lag(found: InputCorrelation, unit: int, column: int) -> str:
    lag = int(found.best_lag[unit, column])
    return f", {plural(lag, 'step')} later" if lag else ""

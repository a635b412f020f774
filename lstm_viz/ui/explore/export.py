"""Export of a run: as netCDF4, as a part in a format of choice, or as an HTML page that plays by itself."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st

from lstm_viz.exports.files import KINDS, Kind, estimated_size, export
from lstm_viz.exports.parts import Part, record_names, select
from lstm_viz.files.sizes import MEGABYTE, size_in_words
from lstm_viz.player.components import show_save_figure
from lstm_viz.sequences.batch import SequenceBatch
from lstm_viz.traces import Trace
from lstm_viz.ui.explore.run import Run
from lstm_viz.ui.plain_text import plain_text

#: The most characters of one part of a file's name.
MAX_NAME_PART = 40
#: The largest file that a visitor's click makes; the server holds it in memory.
MAX_FILE_BYTES = 200 * MEGABYTE

TITLES: dict[Kind, str] = {"csv": "CSV", "parquet": "Parquet", "npz": "NPZ (NumPy)"}
DEFAULT_RECORDS = ("event", "forget_gate", "cell_state", "hidden_state")
#: The course's names; a file has the field's standard ones.
COURSE_NAMES = {
    "input_gate": "ignore factor",
    "candidate": "combined",
    "learned": "learned",
    "forget_gate": "forget factor",
    "kept": "kept",
    "cell_state": "LTM",
    "output_gate": "use factor",
    "readout": "offered",
    "hidden_state": "STM",
}
COUNTING_NOTE = (
    "In the file, as in code, sequences, steps and units are counted from 0, and events are what the model was given."
)


def file_stem(*parts: str) -> str:
    """The name of a saved file without its ending, from names that people gave: safe on every system.

    >>> file_stem("river_gauge.csv", "my LSTM: 2→16.pt")
    'river_gauge-my-LSTM-2-16'
    """
    words = (re.sub(r"\W+", "-", re.sub(r"\.\w{1,8}$", "", part))[:MAX_NAME_PART].strip("-_") for part in parts)
    return "-".join(dict.fromkeys(word for word in words if word)) or "run"


def offer_all(run: Run, batch: SequenceBatch, figures: Mapping[str, str], stem: str) -> None:
    """All that can be saved, each by what one gets: a figure, a page, numbers, the run. `figures`: titles by key."""
    show_save_figure(figures, stem)
    st.caption("PNG for a slide; SVG and PDF stay sharp at any size. PDF opens the print window: choose “Save as PDF”.")
    offer_pages(run, batch, stem)
    offer_files(run.trace.named(batch, run.answers), stem)


@st.fragment
def offer_files(trace: Trace, name: str) -> None:
    """Chosen records, layers, units, steps and sequences as CSV, Parquet or NPZ; and the whole run as netCDF4."""
    st.markdown("**Numbers**, as a table or arrays")
    part = _choose_part(trace)
    kind, long = _choose_format()
    if part.records:
        _offer_part(trace, part, kind, long, name)
    else:
        st.info("Choose at least one record.")
    st.markdown("**The run**, with every number of it")
    st.container().download_button(
        "Run (netCDF, .nc)",
        lambda: _netcdf_bytes(trace),
        f"{name}.nc",
        "application/x-netcdf",
        on_click="ignore",
        help="Drop it here again, or open it with `lstm_viz.load_trace` or `xarray.open_dataset`.",
    )


def _offer_part(trace: Trace, part: Part, kind: Kind, long: bool, name: str) -> None:
    expected = estimated_size(trace, part, kind, long)
    st.caption(plain_text(f"{_table_size(trace, part, kind, long)}, about {size_in_words(expected)}. {COUNTING_NOTE}"))
    if expected > MAX_FILE_BYTES:
        most = size_in_words(MAX_FILE_BYTES)
        st.warning(
            plain_text(
                f"A click makes at most {most}. Choose fewer units, steps or records, or Parquet; "
                "in code, `lstm_viz.export` writes any size."
            )
        )
        return
    st.container().download_button(
        plain_text(f"Make the {TITLES[kind]} file, {size_in_words(expected)}"),
        lambda: export_bytes(trace, part, kind, long),
        f"{name}.{kind}",
        on_click="ignore",
    )


def _netcdf_bytes(trace: Trace) -> bytes:
    file = io.BytesIO()
    trace.save(file)
    return file.getvalue()


def export_bytes(trace: Trace, part: Part, kind: Kind, long: bool) -> bytes:
    """The file's bytes."""
    file = io.BytesIO()
    export(trace, file, part, long=long, kind=kind)
    return file.getvalue()


def _choose_part(trace: Trace) -> Part:
    records = st.multiselect(
        "Records",
        names := record_names(trace),
        [name for name in DEFAULT_RECORDS if name in names],
        format_func=_label,
        key="export records",
    )
    layers = [layer.name for layer in trace.layers]
    chosen = st.multiselect("Layers", layers, placeholder="All layers", key="export layers") if layers[1:] else []
    units = _choose_numbers("Units", "All units", trace.layers[0].units)
    names = trace.names.sequences if trace.names else ()
    sequences = (
        _choose_numbers("Sequences", "All sequences", len(trace.lengths), names) if len(trace.lengths) > 1 else None
    )
    return Part(records, chosen or None, _choose_steps(len(trace.output)), sequences, units)


def _label(record: str) -> str:
    """As in "LTM (cell_state)"."""
    name = record.removesuffix("_preactivation")
    if name not in COURSE_NAMES:
        return record
    return f"{COURSE_NAMES[name]} ({record})" if name == record else f"sum before {COURSE_NAMES[name]} ({record})"


def _choose_numbers(label: str, every: str, count: int, names: Any = ()) -> list[int] | None:
    """Numbers chosen from `count`, shown counted from 1; None where none was, which means all."""
    chosen = st.multiselect(
        plain_text(label),
        range(count),
        placeholder=f"{every} ({count:,})",
        format_func=lambda number: f"{number + 1}: {names[number]}" if len(names) else f"{number + 1}",
        key=f"export {label.lower()}",
    )
    return list(chosen) or None


def _choose_steps(count: int) -> slice:
    if count == 1:
        return slice(None)
    first, last = st.slider("Steps", 1, count, (1, count), key="export steps")
    return slice(first - 1, last)


def _choose_format() -> tuple[Kind, bool]:
    kind = st.segmented_control(
        "Format", KINDS, default="csv", format_func=TITLES.__getitem__, required=True, key="export kind"
    )
    long = st.toggle("A row for each number", disabled=kind == "npz", key="export long")
    return kind or "csv", long and kind != "npz"


def _table_size(trace: Trace, part: Part, kind: Kind, long: bool) -> str:
    """As in "17,520 rows of 14 numbers"."""
    chosen = select(trace, part)
    if kind == "npz":
        return f"{len(chosen.records)} arrays of {len(chosen.steps):,} steps × {len(chosen.sequences):,} sequences"
    rows = chosen.rows * (chosen.width if long else 1)
    return f"{rows:,} rows of {1 if long else chosen.width:,} {'number' if long else 'numbers'}"


PAGE_BUTTONS = {
    "Playing picture (HTML)": ("picture", "The picture with its player; needs neither this app nor a network."),
    "Report (HTML)": ("report", "Each layer in numbers too, units to look at, every unit at every step. Prints well."),
}


def offer_pages(run: Run, batch: SequenceBatch, name: str) -> None:
    """Both pages, each made when it is clicked."""
    st.markdown("**A page that plays** by itself")
    row = st.container(horizontal=True, vertical_alignment="center")
    for label, (kind, tooltip) in PAGE_BUTTONS.items():
        make, file = partial(page_bytes, run, batch, kind == "report"), f"{name}-{kind}.html"
        row.download_button(plain_text(label), make, file, "text/html", on_click="ignore", help=plain_text(tooltip))


def page_bytes(run: Run, batch: SequenceBatch, is_report: bool) -> bytes:
    """The page as it is written to a file."""
    make = run.trace.report if is_report else run.trace.show
    return make(batch=batch, answers=run.answers, title=batch.source or None).html.encode()

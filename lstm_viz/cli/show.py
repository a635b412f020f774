"""`lstm-viz show`: the animated picture of a saved run, or its summary in numbers."""

from __future__ import annotations

import tempfile
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lstm_viz.cli.errors import CommandError
from lstm_viz.cli.printing import print_json, print_line, print_table, progress_phases
from lstm_viz.cli.recording import atomic_file
from lstm_viz.files.sizes import size_in_words

if TYPE_CHECKING:
    from lstm_viz.traces import LayerTrace, Trace

_VIEW_PANEL = "Where it opens, counted from 1 as in the app"


def show(
    file: Annotated[Path, typer.Argument(help="A run that was saved: run.nc.", show_default=False)],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Keep the picture in this file, ending in .html.", show_default=False),
    ] = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open it in a browser.")] = True,
    layer: Annotated[
        str, typer.Option(help="A layer by its name, as in l0_reverse.", rich_help_panel=_VIEW_PANEL)
    ] = "l0",
    sequence: Annotated[int, typer.Option(min=1, help="The sequence.", rich_help_panel=_VIEW_PANEL)] = 1,
    step: Annotated[
        int | None,
        typer.Option(
            min=1, help="The step.", show_default="where there is something to see", rich_help_panel=_VIEW_PANEL
        ),
    ] = None,
    unit: Annotated[
        int | None, typer.Option(min=1, help="The unit.", show_default="one that moves", rich_help_panel=_VIEW_PANEL)
    ] = None,
    report: Annotated[
        bool, typer.Option("--report", help="With a report under it: each layer in numbers, units to look at.")
    ] = False,
    as_text: Annotated[bool, typer.Option("--text", help="Say here what is in it, and draw nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The same as JSON, for a program to read.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file where there is one.")] = False,
) -> None:
    """Open the animated picture of a saved run: one page that needs no server and no network.

    Examples:

      lstm-viz show run.nc

      lstm-viz show run.nc -o picture.html --no-browser --step 12 --unit 3

      lstm-viz show run.nc --text
    """
    import lstm_viz

    if file.is_dir():
        raise CommandError(f"{file} is a folder. A long run is looked at in the app: lstm-viz app {file}")
    trace = lstm_viz.load_trace(file)
    if as_json:
        return print_json({"file": str(file), **summary(trace)})
    if as_text:
        return print_summary(summary(trace), str(file))
    view = _opening_view(trace, layer, sequence, step, unit)
    place = output or Path(tempfile.mkdtemp(prefix="lstm-viz-")) / f"{file.stem}.html"
    with atomic_file(place, force, ".html") as held, progress_phases() as phase, phase(f"Drawing {file.name}"):
        (trace.report if report else trace.show)(**view, title=file.name).save(held)
    print_line(f"The picture is in {place} ({size_in_words(place.stat().st_size)}).")
    if browser and not webbrowser.open(place.resolve().as_uri()):
        print_line("No browser could be opened; open that file in one.", err=True)


def _opening_view(trace: Trace, layer: str, sequence: int, step: int | None, unit: int | None) -> dict[str, Any]:
    """Arguments of `Trace.show`, counted from 0; BadParameter for a layer, sequence, step or unit out of range."""
    names = [part.name for part in trace.layers]
    if layer not in names:
        raise typer.BadParameter(f"The run has no layer {layer!r}. It has: {', '.join(names)}.", param_hint="--layer")
    place = names.index(layer)
    steps, sequences = trace.output.shape[:2]
    counts = {"sequence": sequences, "step": steps, "unit": trace.layers[place].units}
    view = {"sequence": sequence, "step": step, "unit": unit}
    for name, number in view.items():
        if number is not None and number > counts[name]:
            raise typer.BadParameter(f"The run has {counts[name]:,}; {number:,} came.", param_hint=f"--{name}")
    return {"layer": place} | {name: None if number is None else number - 1 for name, number in view.items()}


#: The most units listed in JSON, and in the printed table.
UNITS_IN_JSON, UNITS_IN_TABLE = 5, 3
GATE_COLUMNS = {"learn": "input_gate", "forget": "forget_gate", "use": "output_gate"}


def summary(trace: Trace) -> dict[str, Any]:
    """A run in numbers; units count from 0, as in the arrays."""
    steps, sequences = trace.output.shape[:2]
    return {
        "cell": trace.variant,
        "steps": steps,
        "sequences": sequences,
        "features": trace.layers[0].event.shape[-1],
        "source": trace.names.source if trace.names else "",
        "columns": list(trace.names.features) if trace.names else [],
        "device": trace.device,
        "dtype": trace.dtype,
        "difference": trace.difference,
        "agreement": trace.agreement,
        "notes": list(trace.notes),
        "layers": [_layer_summary(layer) for layer in trace.layers],
    }


def _layer_summary(layer: LayerTrace) -> dict[str, Any]:
    import numpy as np

    from lstm_viz.analysis import half_life, ranked_units

    values: dict[str, Any] = {"name": layer.name, "units": layer.units}
    if layer.cell_state is not None:
        values |= {f"mean_{gate}": float(np.nanmean(getattr(layer, gate))) for gate in GATE_COLUMNS.values()}
        half_lives = half_life(layer)
        longest = np.argsort(-half_lives, kind="stable")[:UNITS_IN_JSON]
        values["hold_longest"] = [{"unit": int(unit), "half_life": float(half_lives[unit])} for unit in longest]
    return values | {"move_most": ranked_units(layer)[:UNITS_IN_JSON].tolist()}


def print_summary(values: dict[str, Any], file: str) -> None:
    """The same for a person; units count from 1, as in the app."""
    from lstm_viz.sequences.formatting import plural

    sizes = [
        plural(values["sequences"], "sequence"),
        plural(values["steps"], "step"),
        plural(values["features"], "feature"),
    ]
    source = f" of {values['source']}" if values["source"] else ""
    print_line(f"{file}: {', '.join(sizes)}{source}; {values['agreement']}.")
    print_line("")
    headings = ("layer", "units", *GATE_COLUMNS, "hold longest", "move most")
    print_table(headings, [_row(layer) for layer in values["layers"]], right=("units", *GATE_COLUMNS))
    print_line("")
    print_line(
        "learn, forget, use: the gates' means. Units count from 1; in brackets, steps until half of a memory is left."
    )
    for note in values["notes"]:
        print_line(f"note: {note}")


def _row(layer: dict[str, Any]) -> tuple[str, ...]:
    means = (f"{layer[f'mean_{gate}']:.2f}" if f"mean_{gate}" in layer else "–" for gate in GATE_COLUMNS.values())
    half_lives = ", ".join(
        f"{held['unit'] + 1} ({held['half_life']:.3g})" for held in layer.get("hold_longest", [])[:UNITS_IN_TABLE]
    )
    moving = ", ".join(str(unit + 1) for unit in layer["move_most"][:UNITS_IN_TABLE])
    return (layer["name"], str(layer["units"]), *means, half_lives or "–", moving)

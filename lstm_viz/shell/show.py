"""`lstm-viz show`: the animated picture of a saved run, or the run in words."""

from __future__ import annotations

import tempfile
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lstm_viz.shell.printing import print_json, say
from lstm_viz.shell.progress import phases
from lstm_viz.shell.refusals import Refusal
from lstm_viz.shell.summaries import print_summary, summary
from lstm_viz.shell.writing import place_for

if TYPE_CHECKING:
    from lstm_viz.traces import Trace

_WHERE = "Where it opens, counted from 1 as in the app"


def show(
    file: Annotated[Path, typer.Argument(help="A run that was saved: run.nc.", show_default=False)],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Keep the picture in this file, ending in .html.", show_default=False),
    ] = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open it in a browser.")] = True,
    layer: Annotated[str, typer.Option(help="A layer by its name, as in l0_reverse.", rich_help_panel=_WHERE)] = "l0",
    sequence: Annotated[int, typer.Option(min=1, help="The sequence.", rich_help_panel=_WHERE)] = 1,
    step: Annotated[
        int | None,
        typer.Option(min=1, help="The step.", show_default="where there is something to see", rich_help_panel=_WHERE),
    ] = None,
    unit: Annotated[
        int | None, typer.Option(min=1, help="The unit.", show_default="one that moves", rich_help_panel=_WHERE)
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
        raise Refusal(f"{file} is a folder. A long run is looked at in the app: lstm-viz app {file}")
    trace = lstm_viz.load_trace(file)
    if as_json:
        return print_json({"file": str(file), **summary(trace)})
    if as_text:
        return print_summary(summary(trace), str(file))
    asked = _asked(trace, layer, sequence, step, unit)
    place = output or Path(tempfile.mkdtemp(prefix="lstm-viz-")) / f"{file.stem}.html"
    with place_for(place, force, ".html") as held, phases() as phase, phase(f"Drawing {file.name}"):
        (trace.report if report else trace.show)(**asked, title=file.name).save(held)
    say(f"The picture is in {place} ({place.stat().st_size / 2**20:,.1f} MB).")
    if browser and not webbrowser.open(place.resolve().as_uri()):
        say("No browser could be opened; open that file in one.", err=True)


def _asked(trace: Trace, layer: str, sequence: int, step: int | None, unit: int | None) -> dict[str, Any]:
    """Where the picture opens, counted from 0 as `Trace.show` counts; BadParameter for what the run doesn't have."""
    names = [part.name for part in trace.layers]
    if layer not in names:
        raise typer.BadParameter(f"The run has no layer {layer!r}. It has: {', '.join(names)}.", param_hint="--layer")
    place = names.index(layer)
    steps, sequences = trace.output.shape[:2]
    counts = {"sequence": sequences, "step": steps, "unit": trace.layers[place].units}
    asked = {"sequence": sequence, "step": step, "unit": unit}
    for name, number in asked.items():
        if number is not None and number > counts[name]:
            raise typer.BadParameter(f"The run has {counts[name]:,}; {number:,} came.", param_hint=f"--{name}")
    return {"layer": place} | {name: None if number is None else number - 1 for name, number in asked.items()}

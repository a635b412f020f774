"""`lstm-viz show`: look at a saved run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lstm_viz.shell.printing import print_json, print_table, say

if TYPE_CHECKING:
    from lstm_viz.traces import LayerTrace, Trace

#: Units that are named.
MOST = 5
GATES = {"learn": "input_gate", "forget": "forget_gate", "use": "output_gate"}


def show(
    file: Annotated[Path, typer.Argument(help="A run that was saved: run.nc.", show_default=False)],
    as_text: Annotated[bool, typer.Option("--text", help="Say it in words, here.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")] = False,
) -> None:
    """Say what is in a saved run: its layers, how open each gate stands, and which units hold longest.

    Examples:

      lstm-viz show run.nc

      lstm-viz show run.nc --json
    """
    import lstm_viz

    trace = lstm_viz.load_trace(file)
    told = told_of(trace) | {"file": str(file)}
    print_json(told) if as_json else _print(told)


def told_of(trace: Trace) -> dict[str, Any]:
    """A run in numbers: its sizes, and of each layer the gates' means and the units that hold longest."""
    steps, sequences = trace.output.shape[:2]
    return {
        "cell": trace.variant,
        "steps": steps,
        "sequences": sequences,
        "features": trace.layers[0].event.shape[-1],
        "device": trace.device,
        "dtype": trace.dtype,
        "difference": trace.difference,
        "agreement": trace.agreement,
        "layers": [_layer(layer) for layer in trace.layers],
    }


def _layer(layer: LayerTrace) -> dict[str, Any]:
    import numpy as np

    from lstm_viz.analysis import half_life, ranked_units

    told: dict[str, Any] = {"name": layer.name, "units": layer.units}
    if layer.cell_state is not None:
        told |= {f"mean_{gate}": float(np.nanmean(getattr(layer, gate))) for gate in GATES.values()}
        lasting = half_life(layer)
        longest = np.argsort(-lasting, kind="stable")[:MOST]
        told["hold_longest"] = [{"unit": int(unit), "half_life": float(lasting[unit])} for unit in longest]
    return told | {"move_most": ranked_units(layer)[:MOST].tolist()}


def _print(told: dict[str, Any]) -> None:
    from lstm_viz.sequences.wording import plural

    sizes = [plural(told["sequences"], "sequence"), plural(told["steps"], "step"), plural(told["features"], "feature")]
    say(f"{told['file']}: {', '.join(sizes)}; {told['agreement']}")
    say("")
    headings = ("layer", "units", *GATES, "hold longest (unit: steps until half is left)", "move most")
    print_table(headings, [_row(layer) for layer in told["layers"]], right=("units", *GATES))


def _row(layer: dict[str, Any]) -> tuple[str, ...]:
    means = (f"{layer[f'mean_{gate}']:.2f}" if f"mean_{gate}" in layer else "–" for gate in GATES.values())
    lasting = ", ".join(f"{held['unit']}: {held['half_life']:.3g}" for held in layer.get("hold_longest", []))
    return (layer["name"], str(layer["units"]), *means, lasting or "–", ", ".join(map(str, layer["move_most"])))

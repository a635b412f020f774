"""A run in numbers: its sizes, and of each layer how open its gates stand and which units hold longest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lstm_viz.shell.printing import print_table, say

if TYPE_CHECKING:
    from lstm_viz.traces import LayerTrace, Trace

#: Units that are told to a program, and to a person.
MOST, NAMED = 5, 3
GATES = {"learn": "input_gate", "forget": "forget_gate", "use": "output_gate"}


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


def print_summary(told: dict[str, Any], file: str) -> None:
    """The same for a person; units count from 1, as in the app."""
    from lstm_viz.sequences.wording import plural

    sizes = [plural(told["sequences"], "sequence"), plural(told["steps"], "step"), plural(told["features"], "feature")]
    source = f" of {told['source']}" if told["source"] else ""
    say(f"{file}: {', '.join(sizes)}{source}; {told['agreement']}.")
    say("")
    headings = ("layer", "units", *GATES, "hold longest", "move most")
    print_table(headings, [_row(layer) for layer in told["layers"]], right=("units", *GATES))
    say("")
    say("learn, forget, use: the gates' means. Units count from 1; in brackets, steps until half of a memory is left.")


def _row(layer: dict[str, Any]) -> tuple[str, ...]:
    means = (f"{layer[f'mean_{gate}']:.2f}" if f"mean_{gate}" in layer else "–" for gate in GATES.values())
    lasting = ", ".join(
        f"{held['unit'] + 1} ({held['half_life']:.3g})" for held in layer.get("hold_longest", [])[:NAMED]
    )
    moving = ", ".join(str(unit + 1) for unit in layer["move_most"][:NAMED])
    return (layer["name"], str(layer["units"]), *means, lasting or "–", moving)

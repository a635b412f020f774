"""A Keras cell's tensors as torch names and lays them out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.naming import dimensions, quoted
from lstm_viz.checkpoints.stored import Stored, held

#: What stands in Keras' cells, in its order.
PARTS = ("kernel", "recurrent_kernel", "bias")
#: Gates of Keras and of torch, both i, f, c, o: only the axis differs.
GATES = 4
#: Keras 1 keeps three tensors for each gate, in the order i, c, f, o; where each of ours begins.
IN_KERAS_1 = (0, 6, 3, 9)


def parameters_of(name: str, end: str, cell: Sequence[Stored]) -> dict[str, np.ndarray]:
    """The parameters of one cell, their names ended by `end`: l0, l1_reverse.

    cell: kernel (features, 4 * units), recurrent kernel (units, 4 * units) and perhaps bias (4 * units); a bias of
    8 * units is that of a CuDNNLSTM; twelve tensors are a kernel, a recurrent kernel and a bias for each gate, as
    Keras 1 has them. Raises CheckpointError where the shapes are others.

    >>> from lstm_viz.checkpoints.stored import held
    >>> cell = [held(np.zeros((3, 8))), held(np.zeros((2, 8))), held(np.zeros(8))]
    >>> {part: array.shape for part, array in parameters_of("lstm", "l0", cell).items()}
    {'weight_ih_l0': (8, 3), 'weight_hh_l0': (8, 2), 'bias_ih_l0': (8,), 'bias_hh_l0': (8,)}
    """
    if len(cell) == len(PARTS) * GATES:
        cell = [_side_by_side(name, [cell[first + part] for first in IN_KERAS_1]) for part in range(len(PARTS))]
    units = _units(name, [part.shape for part in cell])
    kernel, recurrent, *bias = (part.numbers(f"{name}.{what}") for part, what in zip(cell, PARTS, strict=False))
    doubled = is_doubled(cell)
    given, own = (_of_cudnn(kernel, units), _of_cudnn(recurrent, units)) if doubled else (kernel.T, recurrent.T)
    found = {f"weight_ih_{end}": np.ascontiguousarray(given), f"weight_hh_{end}": np.ascontiguousarray(own)}
    if bias:
        parts = np.split(bias[0], 2) if doubled else (bias[0], np.zeros_like(bias[0]))
        found |= dict(zip((f"bias_ih_{end}", f"bias_hh_{end}"), parts, strict=True))
    return found


def is_doubled(cell: Sequence[Stored]) -> bool:
    """Whether a cell is a CuDNNLSTM's, which has one bias for what comes in and one for its own states."""
    return len(cell) == len(PARTS) and cell[2].shape == (2 * GATES * cell[1].shape[0],)


def filled(parameters: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The parameters of several cells, zeros for the biases that some lack where others have them.

    >>> cells = {"weight_hh_l0": np.zeros((8, 2)), "weight_hh_l1": np.zeros((8, 2)), "bias_ih_l0": np.zeros(8)}
    >>> filled(cells)["bias_ih_l1"].shape
    (8,)
    """
    kinds = {name.partition("_l")[0] for name in parameters if name.startswith("bias")}
    recurrent = {name: part for name, part in parameters.items() if name.startswith("weight_hh")}
    empty = {
        name.replace("weight_hh", kind): np.zeros(len(part), part.dtype)
        for name, part in recurrent.items()
        for kind in kinds
    }
    return {**empty, **parameters}


def _side_by_side(name: str, gates: list[Stored]) -> Stored:
    if len({gate.shape for gate in gates}) > 1 or not gates[0].shape:
        raise CheckpointError(f"{quoted(name)} should have equal gates; {_came([gate.shape for gate in gates])}.")
    return held(np.concatenate([gate.numbers(name) for gate in gates], axis=-1))


def _of_cudnn(kernel: np.ndarray, units: int) -> np.ndarray:
    """(4 * units, inputs) from (inputs, 4 * units): each gate's numbers are those of cuDNN's (units, inputs), in
    its order, whatever shape Keras gives them (as Keras 2 takes them: kernel.T.reshape(kernel.shape, order="F")).
    """
    return np.concatenate([gate.reshape(units, -1) for gate in np.split(kernel, GATES, axis=1)])


def _units(name: str, shapes: list[tuple[int, ...]]) -> int:
    """The units of a cell of these shapes."""
    if len(shapes) not in (2, 3) or any(len(shape) != 2 for shape in shapes[:2]):
        raise CheckpointError(
            f"{quoted(name)} should have a kernel, a recurrent kernel and perhaps a bias; {_came(shapes)}."
        )
    units = shapes[1][0]
    wanted = [(shapes[0][0], GATES * units), (units, GATES * units)]
    if not units or not shapes[0][0] or shapes[:2] != wanted or shapes[2:] not in ([], [(4 * units,)], [(8 * units,)]):
        raise CheckpointError(f"{quoted(name)} should have four columns a unit, and a bias for each; {_came(shapes)}.")
    return units


def _came(shapes: list[tuple[int, ...]]) -> str:
    came = ", ".join(dimensions(shape) for shape in shapes[:4])
    return f"its weights have the shapes {came}" if came else "it has none"

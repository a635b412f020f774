"""Weights that a file holds in other parts than the module uses: weight_norm, pruning, spectral_norm, weight drop.

Torch's own equations, in float64: `torch.nn.utils.weight_norm` w = g v / |v|; `torch.nn.utils.prune` w = orig mask;
`torch.nn.utils.spectral_norm` in evaluation w = orig / (u . orig v). Weight drop (Merity et al. 2018) keeps the weight
itself as `_raw` beside the copies in which it has dropped numbers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import prod
from typing import NamedTuple

import numpy as np

from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.formatting import list_names, quote
from lstm_viz.checkpoints.stored_module import StoredModule
from lstm_viz.checkpoints.stored_tensor import StoredTensor

#: The end of a weight's name, before the ending of one of its parts.
WEIGHT = r"(?:(?:weight_ih|weight_hh|weight_hr|bias_ih|bias_hh)(?:_l\d+(?:_reverse)?)?|w_ih|w_hh|b_ih|b_hh|weight)"
#: weight_hh_l0_g, _v, _u, _orig, _mask, _raw beside the weight's own place.
SUFFIXED = re.compile(rf"(?P<weight>(?:.*[._])?{WEIGHT})_(?P<part>g|v|u|orig|mask|raw)")
#: parametrizations.weight_hh_l0.original0, parametrizations.weight_hh_l0.0._u.
PARAMETRIZED = re.compile(rf"(?P<stem>(?:.*\.)?)parametrizations\.(?P<weight>{WEIGHT})\.(?P<part>.+)")
PLAIN_WEIGHT = re.compile(WEIGHT)

Parts = Mapping[str, StoredTensor]


class Form(NamedTuple):
    """One way of keeping a weight in parts: which they are, how the weight follows, and what is said of it."""

    parts: frozenset[str]
    shape_of: Callable[[Parts], tuple[int, ...] | None]
    values_of: Callable[[dict[str, np.ndarray]], np.ndarray]
    note: str
    #: The class that torch.nn.utils.parametrize puts over a weight for it; "" for a form without one.
    class_name: str = ""


@dataclass(frozen=True)
class EffectiveWeights:
    """A file's tensors with each weight as its module uses it, by name.

    `notes` say how a weight was put together, `unknown` which parts of one can't be; both by the weight's name.
    """

    tensors: dict[str, StoredTensor]
    notes: dict[str, str]
    unknown: dict[str, tuple[str, ...]]


def effective_weights(
    tensors: Mapping[str, StoredTensor], modules: Mapping[str, StoredModule] | None = None
) -> EffectiveWeights:
    """The tensors of a file, those of its weights that it holds in parts put together.

    modules: the classes of modules by their paths, where the file has them: what a parametrization does then is known,
        and one over another, whose names are no others, is not put together.

    >>> from lstm_viz.checkpoints.stored_tensor import in_memory
    >>> parts = {"lstm.weight_hh_l0_orig": np.ones((4, 1)), "lstm.weight_hh_l0_mask": np.eye(4, 1)}
    >>> found = effective_weights({name: in_memory(values) for name, values in parts.items()})
    >>> found.tensors["lstm.weight_hh_l0"].read().ravel().tolist()
    [1.0, 0.0, 0.0, 0.0]
    """
    plain, parts = dict(tensors), _parts_of_weights(tensors)
    inner = _inner_modules(tensors) if parts else {}
    notes: dict[str, str] = {}
    unknown: dict[str, tuple[str, ...]] = {}
    for weight, own in parts.items():
        pieces = {part: tensors[name] for part, name in own.items()}
        form = next((form for form in FORMS if form.parts == pieces.keys()), None)
        shape = None if form is None else form.shape_of(pieces)
        place = _place_of(weight, tensors, inner)
        known = _known_forms(weight, modules or {})
        if form is None or shape is None or (place in tensors and form is not WEIGHT_DROP) or known - {form.class_name}:
            if not weight.endswith("weight"):  # of a layer that is no LSTM's nothing has to be known
                unknown[place] = tuple(own.values())
            continue
        for name in own.values():
            plain.pop(name)
        plain[place] = _put_together(form, shape, pieces, place)
        notes[place] = form.note if known or not form.class_name else f"{form.note} {BY_PARTS_NOTE}"
    return EffectiveWeights(plain, notes, unknown)


def _parts_of_weights(tensors: Mapping[str, StoredTensor]) -> dict[str, dict[str, str]]:
    """The names of each weight's parts, by the weight's name and the part's."""
    found: dict[str, dict[str, str]] = {}
    for name in tensors:
        if match := PARAMETRIZED.fullmatch(name):
            found.setdefault(match["stem"] + match["weight"], {})[match["part"]] = name
        elif match := SUFFIXED.fullmatch(name):
            found.setdefault(match["weight"], {})[match["part"]] = name
    return found


def _place_of(weight: str, tensors: Mapping[str, StoredTensor], inner: Mapping[tuple[str, str], list[str]]) -> str:
    """Where the weight belongs: beside its parts, or in the module that its parts' module wraps."""
    stem, dot, own = weight.rpartition(".")
    wrapped = own.replace("_hh", "_ih") if "_hh" in own else own.replace("_ih", "_hh")
    beside = f"{stem}{dot}{wrapped}"
    if beside in tensors or wrapped == own:
        return weight
    inside = inner.get((f"{stem}{dot}", wrapped), [])
    return f"{inside[0]}{own}" if len(inside) == 1 else weight


def _known_forms(weight: str, modules: Mapping[str, StoredModule]) -> set[str]:
    """The classes of the parametrizations of a weight, where the file has classes; two of one class have a mark."""
    stem, dot, own = weight.rpartition(".")
    over = f"{stem}{dot}parametrizations.{own}."
    classes = [modules[f"{over}{number}"].class_name for number in range(9) if f"{over}{number}" in modules]
    return {name if classes.count(name) == 1 else f"{name} again and again" for name in classes}


def _inner_modules(tensors: Mapping[str, StoredTensor]) -> dict[tuple[str, str], list[str]]:
    """By the path of a module and the name of a weight: the paths of its own modules that have such a weight."""
    found: dict[tuple[str, str], list[str]] = {}
    for name in tensors:
        path, dot, own = name.rpartition(".")
        if dot and PLAIN_WEIGHT.fullmatch(own):
            outer, outer_dot, _ = path.rpartition(".")
            found.setdefault((outer + outer_dot, own), []).append(f"{path}.")
    return found


def _put_together(form: Form, shape: tuple[int, ...], pieces: Parts, name: str) -> StoredTensor:
    def read() -> np.ndarray:
        read_pieces = {part: piece.floats() for part, piece in pieces.items()}
        kind = np.result_type(*(values.dtype for values in read_pieces.values()))
        with np.errstate(all="ignore"):  # what is no number is refused with its name by whoever reads it
            wide = {part: values.astype(np.float64) for part, values in read_pieces.items()}
            return form.values_of(wide).astype(kind if kind.kind == "f" else np.float32)

    widest = max(pieces.values(), key=lambda piece: prod(piece.shape))
    return StoredTensor(shape, widest.dtype, read)


def parts_error(module: str, weight: str, parts: tuple[str, ...]) -> CheckpointError:
    """The error for a weight whose parts are none that can be put together."""
    return CheckpointError(
        f"{quote(module)} keeps {quote(weight)} in parts ({list_names(parts, most=3)}) from which it can't be worked "
        "out here. In the program that made it, make the module plain, with torch.nn.utils.parametrize."
        f"remove_parametrizations(module, {weight!r}) or prune.remove, and save its state_dict again."
    )


def _weight_norm_shape(magnitude: str, direction: str) -> Callable[[Parts], tuple[int, ...] | None]:
    def shape(parts: Parts) -> tuple[int, ...] | None:
        g, v = parts[magnitude].shape, parts[direction].shape
        fits = g in ((), (1,)) or (len(g) == len(v) and all(a in (1, b) for a, b in zip(g, v, strict=True)))
        return v if fits else None

    return shape


def _weight_norm(g: np.ndarray, v: np.ndarray) -> np.ndarray:
    """g v / |v|, |v| along the axes that g lacks."""
    whole = g.size == 1
    axes = tuple(range(v.ndim)) if whole else tuple(axis for axis in range(v.ndim) if g.shape[axis] != v.shape[axis])
    norm = np.sqrt((v * v).sum(axis=axes, keepdims=True))
    return v * ((g.reshape((1,) * v.ndim) if whole else g) / norm)


def _spectral_shape(weight: str, left: str, right: str) -> Callable[[Parts], tuple[int, ...] | None]:
    def shape(parts: Parts) -> tuple[int, ...] | None:
        full, sizes = parts[weight].shape, (prod(parts[left].shape), prod(parts[right].shape))
        return full if len(full) == 2 and sizes in (full, full[::-1]) else None

    return shape


def _spectral_norm(weight: np.ndarray, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    matrix = weight if weight.shape == (u.size, v.size) else weight.T
    return weight / (u.ravel() @ matrix @ v.ravel())


def _same_shape(*names: str) -> Callable[[Parts], tuple[int, ...] | None]:
    def shape(parts: Parts) -> tuple[int, ...] | None:
        shapes = {parts[name].shape for name in names}
        return shapes.pop() if len(shapes) == 1 else None

    return shape


BY_PARTS_NOTE = "By the names of the parts: another parametrization over it would leave no trace in this file."
WEIGHT_NORM_NOTE = "Its file keeps weights as weight_norm does; they were put together, g v / |v|, as in the model."
PRUNING_NOTE = "Some of its weights are pruned; they are zero here, as in the model."
SPECTRAL_NOTE = (
    "Some of its weights are divided by their spectral norm, from the u and v of the file, as in evaluation."
)
WEIGHT_DROP_NOTE = "Its model drops weights in training (weight drop); here all of them are kept, as in evaluation."

WEIGHT_DROP = Form(frozenset({"raw"}), _same_shape("raw"), lambda part: part["raw"], WEIGHT_DROP_NOTE)
FORMS = (
    Form(
        frozenset({"g", "v"}),
        _weight_norm_shape("g", "v"),
        lambda part: _weight_norm(part["g"], part["v"]),
        WEIGHT_NORM_NOTE,
    ),
    Form(
        frozenset({"original0", "original1"}),
        _weight_norm_shape("original0", "original1"),
        lambda part: _weight_norm(part["original0"], part["original1"]),
        WEIGHT_NORM_NOTE,
        "torch.nn.utils.parametrizations._WeightNorm",
    ),
    Form(
        frozenset({"orig", "mask"}), _same_shape("orig", "mask"), lambda part: part["orig"] * part["mask"], PRUNING_NOTE
    ),
    Form(
        frozenset({"orig", "u", "v"}),
        _spectral_shape("orig", "u", "v"),
        lambda part: _spectral_norm(part["orig"], part["u"], part["v"]),
        SPECTRAL_NOTE,
    ),
    Form(
        frozenset({"original", "0._u", "0._v"}),
        _spectral_shape("original", "0._u", "0._v"),
        lambda part: _spectral_norm(part["original"], part["0._u"], part["0._v"]),
        SPECTRAL_NOTE,
        "torch.nn.utils.parametrizations._SpectralNorm",
    ),
    WEIGHT_DROP,
)

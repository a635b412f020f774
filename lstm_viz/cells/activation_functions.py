"""Activation functions of an LSTM cell, their derivatives, and which of them its gates, candidate and readout use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np


class ActivationError(ValueError):
    """A sentence: what a cell's functions do not let be shown or recorded, and what to do."""


Function = Callable[[Any, Any, float, float], Any]


class _Kind(NamedTuple):
    """A family of functions of x, alpha and beta, over arrays of NumPy or torch (`xp`)."""

    function: Function
    #: By x, as NumPy alone computes it; at a kink the mean of both sides' or either of them.
    derivative: Function
    #: The formula for a person; {a} and {b} are alpha and beta.
    formula: str
    #: All values lie between; None where there is no such bound.
    low: float | None = None
    high: float | None = None
    #: Alpha and beta where they are not given, and how many of them there are.
    alpha: float = 0.0
    beta: float = 0.0
    constants: int = 0


def _sigmoid(xp: Any, x: Any) -> Any:
    return xp.tanh(x / 2) / 2 + 0.5


def _softplus(xp: Any, x: Any) -> Any:
    return xp.clip(x, 0, None) + xp.log1p(xp.exp(-xp.abs(x)))


def _relu(xp: Any, x: Any) -> Any:
    return xp.clip(x, 0, None)


def _step(x: Any) -> Any:
    return np.where(x > 0, 1.0, 0.0).astype(np.asarray(x).dtype)


#: SELU's two constants (Klambauer et al. 2017).
_SELU_ALPHA, _SELU_SCALE = 1.6732632423543772, 1.0507009873554805


def _within(x: Any, low: float, high: float) -> Any:
    return np.where((x > low) & (x < high), 1.0, 0.0).astype(np.asarray(x).dtype)


def _elu_slope(x: Any, alpha: float) -> Any:
    return np.where(x > 0, 1.0, alpha * np.exp(np.minimum(x, 0))).astype(np.asarray(x).dtype)


def _mish_slope(x: Any) -> Any:
    bent = np.tanh(_softplus(np, x))
    return bent + x * (1 - bent * bent) * _sigmoid(np, x)


_KINDS: Mapping[str, _Kind] = {
    "sigmoid": _Kind(
        lambda xp, x, a, b: _sigmoid(xp, x),
        lambda xp, x, a, b: _sigmoid(xp, x) * (1 - _sigmoid(xp, x)),
        "sigmoid(x)",
        0,
        1,
    ),
    "tanh": _Kind(lambda xp, x, a, b: xp.tanh(x), lambda xp, x, a, b: 1 - xp.tanh(x) ** 2, "tanh(x)", -1, 1),
    "hard_sigmoid": _Kind(
        lambda xp, x, a, b: xp.clip(a * x + b, 0, 1),
        lambda xp, x, a, b: a * _within(a * x + b, 0, 1),
        "clip({a} x + {b}, 0, 1)",
        0,
        1,
        0.2,
        0.5,
        2,
    ),
    "relu": _Kind(lambda xp, x, a, b: _relu(xp, x), lambda xp, x, a, b: _step(x), "max(x, 0)", 0),
    "leaky_relu": _Kind(
        lambda xp, x, a, b: xp.where(x > 0, x, a * x),
        lambda xp, x, a, b: a + (1 - a) * _step(x),
        "x, or {a} x below 0",
        alpha=0.01,
        constants=1,
    ),
    "thresholded_relu": _Kind(
        lambda xp, x, a, b: xp.where(x > a, x, 0 * x),
        lambda xp, x, a, b: _step(x - a),
        "x above {a}, else 0",
        alpha=1.0,
        constants=1,
    ),
    "relu6": _Kind(lambda xp, x, a, b: xp.clip(x, 0, 6), lambda xp, x, a, b: _within(x, 0, 6), "clip(x, 0, 6)", 0, 6),
    "linear": _Kind(lambda xp, x, a, b: x, lambda xp, x, a, b: np.ones_like(x), "x"),
    "affine": _Kind(
        lambda xp, x, a, b: a * x + b,
        lambda xp, x, a, b: a * np.ones_like(x),
        "{a} x + {b}",
        alpha=1.0,
        constants=2,
    ),
    "scaled_tanh": _Kind(
        lambda xp, x, a, b: a * xp.tanh(b * x),
        lambda xp, x, a, b: a * b * (1 - xp.tanh(b * x) ** 2),
        "{a} tanh({b} x)",
        constants=2,
    ),
    "elu": _Kind(
        lambda xp, x, a, b: xp.where(x > 0, x, a * xp.expm1(xp.clip(x, None, 0))),
        lambda xp, x, a, b: _elu_slope(x, a),
        "x, or {a} (exp(x) - 1) below 0",
        alpha=1.0,
        constants=1,
    ),
    "selu": _Kind(
        lambda xp, x, a, b: _SELU_SCALE * xp.where(x > 0, x, _SELU_ALPHA * xp.expm1(xp.clip(x, None, 0))),
        lambda xp, x, a, b: _SELU_SCALE * _elu_slope(x, _SELU_ALPHA),
        "SELU(x)",
    ),
    "softsign": _Kind(
        lambda xp, x, a, b: x / (1 + xp.abs(x)),
        lambda xp, x, a, b: 1 / (1 + xp.abs(x)) ** 2,
        "x / (1 + |x|)",
        -1,
        1,
    ),
    "softplus": _Kind(lambda xp, x, a, b: _softplus(xp, x), lambda xp, x, a, b: _sigmoid(xp, x), "log(1 + exp(x))", 0),
    "silu": _Kind(
        lambda xp, x, a, b: x * _sigmoid(xp, x),
        lambda xp, x, a, b: _sigmoid(xp, x) * (1 + x * (1 - _sigmoid(xp, x))),
        "x sigmoid(x)",
    ),
    "mish": _Kind(
        lambda xp, x, a, b: x * xp.tanh(_softplus(xp, x)), lambda xp, x, a, b: _mish_slope(x), "x tanh(softplus(x))"
    ),
    "exponential": _Kind(lambda xp, x, a, b: xp.exp(x), lambda xp, x, a, b: xp.exp(x), "exp(x)", 0),
    "hard_tanh": _Kind(
        lambda xp, x, a, b: xp.clip(x, -1, 1), lambda xp, x, a, b: _within(x, -1, 1), "clip(x, -1, 1)", -1, 1
    ),
}
#: Names for a person, where they differ from ours.
_WORDS = {"hard_sigmoid": "hard sigmoid", "relu": "ReLU", "elu": "ELU", "selu": "SELU"}


@dataclass(frozen=True)
class Activation:
    """An elementwise activation function, by its name and its constants alpha and beta.

    >>> Activation("hard_sigmoid", 0.2, 0.5)(np.array([-9.0, 0.0, 1.0])).tolist()
    [0.0, 0.5, 0.7]
    """

    name: str
    alpha: float = 0.0
    beta: float = 0.0

    def __post_init__(self) -> None:
        if self.name not in _KINDS:
            raise ValueError(f"The activation {self.name[:40]!r} is not known; {', '.join(_KINDS)} are.")
        if not np.isfinite([self.alpha, self.beta]).all():
            raise ValueError(f"The constants of the activation {self.name!r} are no finite numbers.")

    @property
    def _kind(self) -> _Kind:
        return _KINDS[self.name]

    def __call__(self, x: Any, xp: Any = np) -> Any:
        """Its values at x, an array of NumPy or of the module that is passed for it (torch)."""
        return self._kind.function(xp, x, self.alpha, self.beta)

    def derivative(self, x: np.ndarray) -> np.ndarray:
        """Its derivative at x.

        >>> Activation("relu").derivative(np.array([-1.0, 2.0])).tolist()
        [0.0, 1.0]
        """
        slope: np.ndarray = np.asarray(self._kind.derivative(np, x, self.alpha, self.beta), np.asarray(x).dtype)
        return slope

    @property
    def words(self) -> str:
        """Its name for a person."""
        return _WORDS.get(self.name, self.name.replace("_", " "))

    @property
    def formula(self) -> str:
        """Its formula for a person.

        >>> Activation("hard_sigmoid", 1 / 6, 0.5).formula
        'clip(0.1667 x + 0.5, 0, 1)'
        """
        return self._kind.formula.format(a=f"{self.alpha:.4g}", b=f"{self.beta:.4g}")

    @property
    def limits(self) -> tuple[float | None, float | None]:
        """What its values lie between; None where nothing bounds them."""
        return self._kind.low, self._kind.high


def with_defaults(name: str, alpha: float | None = None, beta: float | None = None) -> Activation:
    """An activation whose constants are the usual ones where they are None. ValueError for an unknown name.

    >>> with_defaults("elu")
    Activation(name='elu', alpha=1.0, beta=0.0)
    """
    kind = _KINDS.get(name)
    if kind is None:
        return Activation(name)
    return Activation(name, kind.alpha if alpha is None else alpha, kind.beta if beta is None else beta)


def constants_of(name: str) -> int:
    """How many of alpha and beta a function takes, 0 to 2."""
    return _KINDS[name].constants


SIGMOID, TANH = Activation("sigmoid"), Activation("tanh")


@dataclass(frozen=True)
class CellActivations:
    """The activation functions of an LSTM cell: of its three gates, its candidate, and its readout of the cell state.

    f, i, o = gate(W x + R h' + b), g = candidate(W x + R h' + b), c = f c' + i g, h = o readout(c).

    >>> CellActivations().is_standard, CellActivations(gate=Activation("relu")).words
    (True, 'ReLU gates, tanh candidate, tanh readout')
    """

    gate: Activation = SIGMOID
    candidate: Activation = TANH
    readout: Activation = TANH

    @property
    def is_standard(self) -> bool:
        """Whether they are those of `torch.nn.LSTM`."""
        return self == STANDARD

    def of(self, array: str) -> Activation:
        """The one that makes an array of a record: input_gate, candidate, readout ..."""
        return {"candidate": self.candidate, "readout": self.readout}.get(array, self.gate)

    @property
    def words(self) -> str:
        """All three for a person."""
        return f"{self.gate.words} gates, {self.candidate.words} candidate, {self.readout.words} readout"

    @property
    def is_drawable(self) -> bool:
        """Whether gates lie between 0 and 1, candidate and readout between -1 and 1, as pictures show them.

        >>> CellActivations(candidate=Activation("relu")).is_drawable
        False
        """
        signed = (self.candidate.limits, self.readout.limits)
        return self.gate.limits == (0, 1) and all(limits in ((-1, 1), (0, 1)) for limits in signed)

    @property
    def is_silent_at_zero(self) -> bool:
        """Whether a cell whose weights and start are zero stays at zero.

        >>> CellActivations().is_silent_at_zero, CellActivations(candidate=Activation("exponential")).is_silent_at_zero
        (True, False)
        """
        zero = np.zeros(1)
        return not (self.candidate(zero).any() or self.readout(zero).any())

    @property
    def note(self) -> str:
        """What a person should know who sees a cell of other functions than sigmoid and tanh; "" of the standard one.

        >>> CellActivations(gate=Activation("hard_sigmoid", 0.2, 0.5)).note
        'Its gates use hard sigmoid, clip(0.2 x + 0.5, 0, 1), where a text says sigmoid.'
        """
        parts = []
        if self.gate != SIGMOID:
            parts.append(f"Its gates use {self.gate.words}, {self.gate.formula}, where a text says sigmoid.")
        for what, part in (("candidate", self.candidate), ("readout", self.readout)):
            if part != TANH:
                parts.append(f"Its {what} uses {part.words}, {part.formula}, where a text says tanh.")
        return " ".join(parts)

    def check_drawable(self) -> None:
        """Raise ActivationError where pictures can't show such a cell."""
        if not self.is_drawable:
            raise ActivationError(
                f"{self.why_not_drawable} Its numbers are in the trace: trace.to_table(), trace.save(), "
                "lstm_viz.analysis."
            )

    @property
    def why_not_drawable(self) -> str:
        """What pictures show, and what such a cell has, for a person."""
        shown = "Pictures show gates from 0 to 1, and a candidate and a readout from -1 to 1"
        return f"{shown}; this cell has {self.words}."

    def to_text(self) -> str:
        """As files keep it: the names and constants of gate, candidate and readout.

        >>> CellActivations().to_text()
        'sigmoid 0 0, tanh 0 0, tanh 0 0'
        """
        return ", ".join(f"{part.name} {part.alpha!r:.30} {part.beta!r:.30}".replace(".0 ", " ").removesuffix(".0")
                         for part in (self.gate, self.candidate, self.readout))  # fmt: skip

    @classmethod
    def from_text(cls, text: str) -> CellActivations:
        """The other end of `to_text`; nothing means the standard ones. ValueError where it is no such text.

        >>> CellActivations.from_text("hard_sigmoid 0.2 0.5, tanh 0 0, relu 0 0").readout.name
        'relu'
        """
        if not text:
            return cls()
        parts = [part.split() for part in text.split(",")]
        if len(parts) != 3 or any(len(part) != 3 for part in parts):
            raise ValueError(f"Three activations with two constants each were expected; {text[:80]!r} came.")
        return cls(*(Activation(name, float(alpha), float(beta)) for name, alpha, beta in parts))


STANDARD = CellActivations()

"""Python's own containers in pickles, as plain dictionaries and lists."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lstm_viz.checkpoints.readers.pickles.machine import key_of


def _mapping(pairs: Any = (), *_: Any) -> dict[Any, Any]:
    """A dictionary, of nothing, a dictionary or a list of pairs."""
    if isinstance(pairs, dict):
        return pairs
    return {key_of(key): value for key, value in pairs}


def _default_mapping(*_: Any) -> dict[Any, Any]:
    return {}


def _sequence(values: Any = (), *_: Any) -> list[Any] | tuple[Any, ...]:
    if not isinstance(values, list | tuple):
        raise TypeError("a list was expected")
    return values or []


def _tuple(values: Any = ()) -> tuple[Any, ...]:
    if not isinstance(values, list | tuple):
        raise TypeError("a list was expected")
    return tuple(values)


CONTAINER_CONSTRUCTORS: dict[str, Callable[..., Any]] = {
    "collections.OrderedDict": _mapping,
    "collections.Counter": _mapping,
    "collections.defaultdict": _default_mapping,
    "collections.deque": _sequence,
    "torch.Size": _tuple,
    **{f"{module}.{name}": function for module in ("builtins", "__builtin__") for name, function in {
        "dict": _mapping, "list": _sequence, "tuple": _tuple}.items()},
}  # fmt: skip

"""Inert values of a pickle: names of classes and functions, and objects that are never made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Global:
    """The name of a class or function that a pickle mentions. Nothing is imported by it.

    >>> str(Global("collections", "OrderedDict"))
    'collections.OrderedDict'
    """

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


@dataclass(eq=False, slots=True)
class Instance:
    """An object that a pickle would make: what of, with which arguments and state. It is not made."""

    #: A class or function by its name, or where a pickle calls something else, that.
    made_by: Any
    arguments: tuple[Any, ...] = ()
    state: Any = None
    #: What it holds as a list, or as a dictionary; None where nothing was added.
    items: list[Any] | None = None
    entries: dict[Any, Any] | None = None

    @property
    def class_name(self) -> str:
        """The qualified name of its class, "" where it has none.

        >>> Instance(Global("argparse", "Namespace")).class_name
        'argparse.Namespace'
        """
        return str(self.made_by) if isinstance(self.made_by, Global) else ""

    def attributes(self) -> dict[Any, Any]:
        """What its state calls attributes: a dictionary, or a pair of those for classes with slots."""
        if isinstance(self.state, dict):
            return self.state
        if isinstance(self.state, tuple) and len(self.state) == 2:
            parts = [part for part in self.state if isinstance(part, dict)]
            return {name: value for part in parts for name, value in part.items()}
        return {}


@dataclass(frozen=True, eq=False, slots=True)
class Persistent:
    """An object that a pickle says is kept outside it, by an identity that is not known here."""

    identity: Any


@dataclass(frozen=True, eq=False, slots=True)
class Key:
    """A key of a dictionary that is neither text nor a small number: never hashed by its value.

    Nested tuples that share parts take exponential time to hash, and whole numbers may be chosen to collide.
    """

    value: Any

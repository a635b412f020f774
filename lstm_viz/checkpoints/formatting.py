"""Names and shapes from a model file, formatted for messages."""

from __future__ import annotations

from collections.abc import Iterable

#: The longest name that is kept whole.
MAX_NAME_LENGTH = 100


def printable(name: str) -> str:
    """A name fit to be shown: printable, not too long.

    >>> printable("encoder\\n.lstm")
    'encoder .lstm'
    """
    plain = name[: 10 * MAX_NAME_LENGTH]
    if not plain.isprintable():
        plain = "".join(character if character.isprintable() else " " for character in plain)
    plain = plain.strip()
    return plain if len(plain) <= MAX_NAME_LENGTH else f"{plain[: MAX_NAME_LENGTH - 1]}…"


def quote(name: str) -> str:
    """A name inside a sentence: its end, which tells names apart, where it is long.

    >>> quote("encoder.lstm")
    '“encoder.lstm”'
    """
    plain = printable(name)
    return f"“…{plain[-47:]}”" if len(plain) > 48 else f"“{plain}”"


def list_names(names: Iterable[str], most: int = 4) -> str:
    """The first few names, and how many more there are.

    >>> list_names(["conv", "norm", "head"], most=2)
    '“conv”, “norm” and 1 more'
    """
    every = list(names)
    first = ", ".join(quote(name) for name in every[:most])
    return f"{first} and {len(every) - most:,} more" if len(every) > most else first


def format_shape(shape: Iterable[int]) -> str:
    """A shape as people write it.

    >>> format_shape((512, 128)), format_shape(())
    ('512 × 128', 'a single number')
    """
    return " × ".join(f"{length:,}" for length in shape) or "a single number"

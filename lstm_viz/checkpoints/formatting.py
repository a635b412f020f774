"""A stranger's names inside our sentences."""

from __future__ import annotations

from collections.abc import Iterable

#: The longest name that is kept whole.
LONGEST = 100


def shown(name: str) -> str:
    """A name fit to be shown: printable, not too long.

    >>> shown("encoder\\n.lstm")
    'encoder .lstm'
    """
    plain = "".join(character if character.isprintable() else " " for character in name[: 10 * LONGEST]).strip()
    return plain if len(plain) <= LONGEST else f"{plain[: LONGEST - 1]}…"


def quoted(name: str) -> str:
    """A name inside a sentence: its end, which tells names apart, where it is long.

    >>> quoted("encoder.lstm")
    '“encoder.lstm”'
    """
    plain = shown(name)
    return f"“…{plain[-47:]}”" if len(plain) > 48 else f"“{plain}”"


def listed(names: Iterable[str], most: int = 4) -> str:
    """The first few names, and how many more there are.

    >>> listed(["conv", "norm", "head"], most=2)
    '“conv”, “norm” and 1 more'
    """
    every = list(names)
    first = ", ".join(quoted(name) for name in every[:most])
    return f"{first} and {len(every) - most:,} more" if len(every) > most else first


def dimensions(shape: Iterable[int]) -> str:
    """A shape as people write it.

    >>> dimensions((512, 128)), dimensions(())
    ('512 × 128', 'a single number')
    """
    return " × ".join(f"{length:,}" for length in shape) or "a single number"

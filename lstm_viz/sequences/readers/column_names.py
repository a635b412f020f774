"""Names of columns: present, different from each other, fit to be shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lstm_viz.sequences.errors import SequenceError
from lstm_viz.sequences.formatting import plural

#: The longest name that is kept whole.
MAX_NAME_LENGTH = 100


def clean_names(raw: Iterable[str]) -> tuple[list[str], list[str]]:
    """(names, notes): blank and repeated names numbered, long ones truncated.

    >>> clean_names(["flow", "", "flow"])[0]
    ['flow', 'column_2', 'flow_2']
    """
    given = list(raw)
    shown = [_printable(name) for name in given]
    names: list[str] = []
    taken = set(shown)
    counts: dict[str, int] = {}
    for place, name in enumerate(shown, start=1):
        base = name or f"column_{place}"
        counts[base] = counts.get(base, 0) + 1
        if counts[base] > 1 or (not name and base in taken):
            counts[base], base = _next_free_name(base, max(2, counts[base]), taken)
        taken.add(base)
        names.append(base)
    return names, _notes(given, shown, names)


def match_name(name: str, names: Sequence[str], what: str) -> str:
    """The one of some clean names that is meant. Raises SequenceError, naming them, where it is none.

    >>> match_name("Data ", ["Notes", "Data"], "sheet")
    'Data'
    """
    clean = _printable(name)
    if clean in names:
        return clean
    raise SequenceError(f"There is no {what} {quote(clean)}. Choose one of {list_names(names, 8)}.")


def quote(name: str) -> str:
    """A name inside a sentence.

    >>> quote("flow")
    '“flow”'
    """
    return f"“{name[:40]}…”" if len(name) > 41 else f"“{name}”"


def list_names(names: Sequence[str], most: int = 3) -> str:
    """The first few names, and how many more there are.

    >>> list_names(["a", "b", "c", "d", "e"])
    '“a”, “b”, “c” and 2 more'
    """
    shown = ", ".join(quote(name) for name in names[:most])
    return f"{shown} and {len(names) - most:,} more" if len(names) > most else shown


def _printable(name: str) -> str:
    plain = "".join(character if character.isprintable() else " " for character in name).strip()
    return plain if len(plain) <= MAX_NAME_LENGTH else plain[: MAX_NAME_LENGTH - 1] + "…"


def _next_free_name(base: str, count: int, taken: set[str]) -> tuple[int, str]:
    while f"{base}_{count}" in taken:
        count += 1
    return count, f"{base}_{count}"


def _notes(given: list[str], shown: list[str], names: list[str]) -> list[str]:
    renamed = [new for old, new in zip(shown, names, strict=True) if old and old != new]
    blank = sum(not name for name in shown)
    cut = sum(len(name.strip()) > MAX_NAME_LENGTH for name in given)
    notes = []
    if renamed:
        notes.append(f"{plural(len(renamed), 'repeated column name')} got a number: {list_names(renamed)}.")
    if blank:
        notes.append(f"{plural(blank, 'column')} had no name and got column_ with its number.")
    if cut:
        notes.append(f"{plural(cut, 'column name')} longer than {MAX_NAME_LENGTH} characters cut.")
    return notes

"""Matching a table's columns with the features that a model knows by name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import NamedTuple

from lstm_viz.cells.feature_scaling import FeatureScaling
from lstm_viz.sequences.errors import SequenceError
from lstm_viz.sequences.formatting import list_columns, plural

#: A unit at the end of a name: prcp(mm/day), tmax [C]. Blanks before it are left: a search would begin at each of them.
UNIT = re.compile(r"[(\[]([^()\[\]]{1,40})[)\]]\s*$")
MAX_LISTED = 60
#: What is said of a model whose file says nothing of how its inputs were scaled.
UNSAID_NOTE = "The model's file does not say how its inputs were scaled"


class ColumnMatch(NamedTuple):
    """The column of each feature that has one, by the feature's name, and the features without one."""

    columns: dict[str, str]
    missing: tuple[str, ...]

    @property
    def renamed(self) -> dict[str, str]:
        """The columns that are not called exactly as their feature, by the feature's name."""
        return {name: column for name, column in self.columns.items() if name != column}


def match_columns(names: Sequence[str], columns: Iterable[str]) -> ColumnMatch:
    """The column of each feature: of the same name, else but for case and blanks, else where one of them lacks a unit.

    A column of another unit, or one that two features could mean, is none.

    >>> match_columns(["prcp(mm/day)", "tmax(C)"], ["date", "PRCP", "tmax(F)"])
    ColumnMatch(columns={'prcp(mm/day)': 'PRCP'}, missing=('tmax(C)',))
    """
    free = list(columns)
    found = {name: name for name in names if name in free}
    free = [column for column in free if column not in found]
    for rule in (_folded, _without_unit):
        left = [name for name in names if name not in found]
        short = {name: rule(name) for name in (*left, *free)}
        for name in left:
            same = [column for column in free if short[column] == short[name] and _units_agree(name, column)]
            rivals = [other for other in left if short[other] == short[name]]
            if len(same) == 1 and len(rivals) == 1:
                found[name] = same[0]
        free = [column for column in free if column not in found.values()]
    return ColumnMatch(
        {name: found[name] for name in names if name in found}, tuple(name for name in names if name not in found)
    )


def _folded(name: str) -> str:
    return re.sub(r"[\s_]+", "", name).casefold()


def _without_unit(name: str) -> str:
    return _folded(UNIT.sub("", name))


def _units_agree(name: str, column: str) -> bool:
    """Whether two names have one unit, or one of them has none."""
    one, other = UNIT.search(name), UNIT.search(column)
    return one is None or other is None or _folded(one[1]) == _folded(other[1])


def columns_of_model(
    scaling: FeatureScaling, columns: Sequence[str], chosen: Sequence[str] | None, notes: list[str]
) -> tuple[str, ...]:
    """The table's columns that a model reads, in its order. What was matched goes to `notes`.

    chosen: columns that a person named, in the order in which the model learned them; where names do not tell all of
    them they are taken by place. Raises SequenceError, which says what is missing and what to do.
    """
    if not scaling.names:
        return _by_place(scaling, columns, chosen)
    match = match_columns(scaling.names, columns if chosen is None else chosen)
    if not match.missing:
        notes += _match_notes(scaling, match, chosen)
        return tuple(match.columns.values())
    if chosen is not None and len(chosen) == len(scaling):
        by_place = dict(zip(scaling.names, chosen, strict=True))
        if all(by_place[name] == column for name, column in match.columns.items()):
            listed = [f"`{by_place[name]}` as {name}" for name in match.missing]
            notes.append(f"Read by place, since their names do not tell: {_some(listed)}.")
            return tuple(chosen)
    raise SequenceError(missing_columns_sentence(scaling, match, columns if chosen is None else chosen))


def _by_place(scaling: FeatureScaling, columns: Sequence[str], chosen: Sequence[str] | None) -> tuple[str, ...]:
    taken = tuple(columns if chosen is None else chosen)
    if len(taken) != len(scaling):
        raise SequenceError(
            f"{len(taken):,} columns came: {list_columns(taken)}. "
            f"{missing_columns_sentence(scaling, ColumnMatch({}, ()), taken)}"
        )
    return taken


def missing_columns_sentence(scaling: FeatureScaling, match: ColumnMatch, columns: Iterable[str]) -> str:
    """Which features have no column, what the file has, and what to do."""
    if not scaling.names:
        return (
            f"The model reads {plural(len(scaling), 'feature')} a step, and its file does not name them. Choose as "
            "many columns, in the order in which the model learned them."
        )
    free = [column for column in columns if column not in match.columns.values()]
    near = {name: close[0] for name in match.missing if (close := get_close_matches(name, free, 1, 0.75))}
    meant = f" Is {_some([f'`{column}` {name}' for name, column in near.items()])}?" if near else ""
    if match.columns:
        what = "A column is missing" if len(match.missing) == 1 else f"{len(match.missing):,} columns are missing"
        said = f"{what}: {_some(match.missing)}. The model reads {_some(scaling.names)}, in this order."
    else:
        said = f"No column is called as one of the features that the model reads: {_some(match.missing)}."
    return (
        f"{said} The file has {list_columns(free, most=20) or 'no other column'}.{meant} Call the columns so in the "
        "file's header (what holds for a whole sequence, such as an area, is a column with the same value in each row)"
        ", or name columns for all of them in that order."
    )


def _match_notes(scaling: FeatureScaling, match: ColumnMatch, chosen: Sequence[str] | None) -> list[str]:
    notes = []
    if match.renamed:
        listed = [f"`{column}` as {name}" for name, column in match.renamed.items()]
        notes.append(f"Taken for the model's features: {_some(listed)}.")
    if chosen is not None and tuple(chosen) != tuple(match.columns.values()):
        notes.append("The columns were put in the model's own order, by their names.")
    return notes


def _some(names: Iterable[str]) -> str:
    every = list(names)
    return ", ".join(every[:MAX_LISTED]) + (" …" if len(every) > MAX_LISTED else "")

"""Number formats: decimal points and commas, thousands separators (1,234.5 and 1.234,5)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lstm_viz.sequences.readers.notes import MAX_EXACT_INTEGER

#: A number as programs write it. No hexadecimal, no underscores: those are left as they stand.
PLAIN_NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"

#: 3,5 and the like: one comma, and not the three digits after it that a thousand has.
DECIMAL_COMMA = r"^[+-]?([0-9]*,([0-9]{1,2}|[0-9]{4,})|0,[0-9]+|[0-9]{4,},[0-9]+)([eE][+-]?[0-9]+)?$"
ANY_COMMA = r"^[+-]?[0-9]*,[0-9]+([eE][+-]?[0-9]+)?$"

#: 1.234,5 and 1,234.5: both marks, each in a place of its own.
GROUPED_COMMA = r"^[+-]?[0-9]{1,3}(\.[0-9]{3})+,[0-9]+$"
GROUPED_POINT = r"^[+-]?[0-9]{1,3}(,[0-9]{3})+\.[0-9]+$"
GROUPED = r"^[+-]?[0-9]{1,3}(,[0-9]{3})+$"


@dataclass(frozen=True)
class NormalisedCells:
    """Cells with every number written plainly, and a note with a place for the column's {name}."""

    cells: pa.Array
    note: str = ""


def number_mask(cells: pa.Array) -> pa.Array:
    """Which cells are plainly written numbers; False at a gap."""
    return pc.match_substring_regex(cells, PLAIN_NUMBER).fill_null(False)


def normalise_numbers(cells: pa.Array) -> NormalisedCells:
    """The cells with decimal commas and thousands marks taken out, where they can mean only one thing.

    >>> normalise_numbers(pa.array(["3,5", "12,25"])).cells.to_pylist()
    ['3.5', '12.25']
    >>> normalise_numbers(pa.array(["1,234", "2,345"])).cells.to_pylist()
    ['1,234', '2,345']
    """
    if not pc.any(pc.match_substring(cells, ",")).as_py():
        return NormalisedCells(cells)
    if _any_match(cells, DECIMAL_COMMA) or _any_match(cells, GROUPED_COMMA):
        return _replace_decimal_comma(cells)
    if _any_match(cells, GROUPED_POINT):
        return _remove_thousands_separator(cells)
    return NormalisedCells(cells)


def ambiguous_comma(cells: pa.Array) -> str:
    """A cell such as 1,500 where most cells are written like that, else "".

    >>> ambiguous_comma(pa.array(["1,500", "2,250"]))
    '1,500'
    """
    commas = _match(cells, ANY_COMMA)
    count = pc.sum(pc.or_(commas, number_mask(cells))).as_py() or 0
    if 2 * count <= len(cells) - cells.null_count or not pc.any(commas).as_py():
        return ""
    return str(cells.filter(commas)[0])


def _replace_decimal_comma(cells: pa.Array) -> NormalisedCells:
    if _any_match(cells, r"^[+-]?[0-9]*\.[0-9]+$") and not _any_match(cells, GROUPED_COMMA):
        return NormalisedCells(cells)  # Points and commas side by side: no telling which is the decimal mark.
    commas = _match(cells, ANY_COMMA)
    grouped = _match(cells, GROUPED_COMMA)
    ungrouped = pc.if_else(grouped, pc.replace_substring(cells, ".", ""), cells)
    either = pc.or_(commas, grouped)
    plain = pc.if_else(either, pc.replace_substring(ungrouped, ",", "."), cells)
    return NormalisedCells(plain, "Column {name}: the comma was read as the decimal mark.")


def _remove_thousands_separator(cells: pa.Array) -> NormalisedCells:
    grouped = pc.or_(_match(cells, GROUPED_POINT), _match(cells, GROUPED))
    plain = pc.if_else(grouped, pc.replace_substring(cells, ",", ""), cells)
    return NormalisedCells(plain, "Column {name}: the comma was read as the mark of thousands.")


def loses_digits(cells: pa.Array, values: np.ndarray) -> bool:
    """Whether a column of numbers, written in these cells, has whole ones with more digits than a float.

    >>> loses_digits(pa.array(["9007199254740993"]), np.array([9007199254740993.0]))
    True
    """
    return bool((np.abs(values) >= MAX_EXACT_INTEGER).any()) and _any_match(cells, "^[+-]?[0-9]{16,}$")


def _match(cells: pa.Array, pattern: str) -> pa.Array:
    return pc.match_substring_regex(cells, pattern).fill_null(False)


def _any_match(cells: pa.Array, pattern: str) -> bool:
    return bool(pc.any(_match(cells, pattern)).as_py())

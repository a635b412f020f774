"""Header detection: which rows on top of a table hold names, units or types, and what the columns are called."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from lstm_viz.sequences.formatting import plural
from lstm_viz.sequences.readers.column_names import list_names, quote
from lstm_viz.sequences.readers.dialect import cell_kind
from lstm_viz.sequences.reading_options import Answer, Question

#: Rows that are looked at for names and units.
MAX_HEADER_ROWS = 4
#: A share of cells from which on a column counts as one of numbers or dates.
MOSTLY = 0.6
VALUES = ("number", "date")
#: What a whole row of a header says of its columns: MultiIndex columns, statistics, types of a USGS table.
YEARS = range(1500, 2200)


@dataclass(frozen=True)
class Header:
    """The rows on top that hold no values, the columns' names, what to tell of them, and what is left open."""

    rows: int
    names: tuple[str, ...]
    notes: tuple[str, ...] = ()
    question: Question | None = None


def has_header(rows: list[list[str]]) -> bool:
    """Whether the first row names the columns: it holds no value, or its kinds differ from the next row's.

    >>> has_header([["time", "1", "2"], ["0", "3", "4"]])
    True
    >>> has_header([["1", "2"], ["3", "4"]])
    False
    """
    kinds = [[cell_kind(cell) for cell in row] for row in rows[:2]]
    if not any(kind in VALUES for kind in kinds[0]):
        return any(kind == "word" for kind in kinds[0])
    if len(kinds) == 1:
        return False
    pairs = zip(*kinds, strict=False)
    return any("gap" not in pair and pair[0] != pair[1] for pair in pairs)


def detect_header(
    rows: list[list[str]], width: int, wanted: bool | None = None, comments: Sequence[str] = ()
) -> Header:
    """The header of sampled rows. `wanted`: whether a person says that there is one; `comments`: the lines above.

    >>> head = detect_header([["time", "temp"], ["", "degC"], ["2024-01-01", "5"], ["2024-01-02", "6"]], 2)
    >>> head.rows, head.names, head.notes
    (2, ('time', 'temp'), ('Units or second names below the header: “temp” (degC).',))
    """
    first = [cell.strip() for cell in rows[0]]
    named = has_header(rows)
    numbers = not named and len(rows) > 1 and _numbers_that_name(first, rows[1:])
    question = None
    if wanted is not None:
        question = _question(first, rows, wanted) if numbers or (named and _holds_values(first)) else None
        named, numbers = wanted, False
    elif (named and _is_words_alone(rows)) or (numbers and _may_be_values(first, rows[1:])):
        question = _question(first, rows, True)
    if not named and not numbers:
        return _unnamed(width, comments)
    if wanted is None and not numbers and (described := _below_descriptions(rows, width)):
        return described
    more = 0 if _holds_values(first) else _rows_of_names(rows, width)
    names, notes = _join_names([row[:width] for row in rows[: 1 + more]], width)
    if numbers and question is None and cell_kind(first[0]) != "word":
        notes = (*notes, "The first row counts the columns and was taken for their names.")
    return Header(1 + more, names, notes, question)


def _may_be_values(first: list[str], below: list[list[str]]) -> bool:
    """Whether numbers that may name the columns may be values as well: no index or word stands beside them."""
    return not _is_counted_index(first, below) and cell_kind(first[0]) != "word"


def _is_words_alone(rows: list[list[str]]) -> bool:
    """Whether nothing tells a first row of words from those below, which hold words alone: tokens and their tags."""
    return len(rows) > 2 and len(rows[0]) > 1 and all(cell_kind(cell) == "word" for row in rows for cell in row)


#: Rows on top that describe the columns, at most.
MAX_DESCRIPTIONS = 30


def _below_descriptions(rows: list[list[str]], width: int) -> Header | None:
    """The header of a table below whose names stand rows that describe each column, such as serial numbers and dates.

    They begin with a word in a first column of dates or numbers, and some of them hold no value at all.
    """
    first = [cell_kind(row[0]) for row in rows if row]
    start = next((place for place, kind in enumerate(first) if kind in VALUES), 0)
    if not 2 <= start <= MAX_DESCRIPTIONS or sum(kind in VALUES for kind in first[start:]) < MOSTLY * len(
        first[start:]
    ):
        return None
    top = [[cell.strip() for cell in row[:width]] + [""] * (width - len(row)) for row in rows[:start]]
    plain = [row for row in top if any(row) and not _holds_values(row)]
    pairs = any(row[0].endswith(":") for row in top)  # “Station:” in a column of its own is no name
    if pairs:
        plain = [row for row in plain if not row[0].endswith(":")]
    if len(plain) < 2 - pairs:
        return None
    names = max(
        plain,
        key=lambda row: len({place if not cell and place == 0 else cell for place, cell in enumerate(row)} - {""}),
    )
    if _rows_of_names(rows, width) + 1 >= start and not pairs and (names is top[0] or start < 3):
        return None  # units, or names of several levels
    left = [" ".join(filter(None, row)) for row in top if row is not names and any(row)]
    said = f"{plural(len(left), 'row')} above the values that describe the columns left out: {list_names(left)}."
    return Header(start, tuple(names), (said,))


def _unnamed(width: int, comments: Sequence[str]) -> Header:
    """Columns by number, or by the names in the comments right above them, of which the upper may hold units."""
    found = [words for comment in comments[-2:] if (words := _words_of_comment(comment, width))]
    if len(comments) > 1 and len(found) == 2 and not _stand_above(comments[-2], comments[-1]):
        found = found[1:]
    if not comments or not _words_of_comment(comments[-1], width):
        found = []
    if found:
        names, units = _join_names(found, width)
        return Header(0, names, (f"Names were taken from the comment above: {list_names(names)}.", *units))
    numbered = tuple(f"column_{place}" for place in range(1, width + 1))
    return Header(0, numbered, ("The first row holds values, not names, so the columns are numbered.",))


def _words_of_comment(comment: str, width: int) -> list[str]:
    """The words of a comment where they are as many as the columns; else []."""
    plain = comment.strip().strip("#%").strip()
    words = re.split(r"[,;|\t]" if re.search(r"[,;|\t]", plain) else r"\s+", plain)
    named = len(words) == width > 1 and all(cell_kind(word) == "word" for word in words)
    return [word.strip().strip('"') for word in words] if named else []


def _stand_above(upper: str, lower: str) -> bool:
    """Whether the words of one line stand above those of the next, as names do above their units."""
    spans = [[found.span() for found in re.finditer(r"[^\s,;|]+", line)] for line in (upper, lower)]
    return all(first < end and start < last for (first, last), (start, end) in zip(*spans, strict=False))


def _holds_values(row: Sequence[str]) -> bool:
    return any(cell_kind(cell) in VALUES for cell in row)


def _numbers_that_name(first: list[str], below: list[list[str]]) -> bool:
    """Whether a row of whole numbers counts the columns, or holds years or the like, unlike what stands below."""
    start = next((place for place, cell in enumerate(first) if cell.isdecimal()), len(first))
    if any(cell_kind(cell) not in ("gap", "word") for cell in first[:start]):
        return False
    counted = first[start:]
    while counted and not counted[-1]:
        counted = counted[:-1]  # a separator behind the last name
    if len(counted) < 2 or not all(cell.isdecimal() for cell in counted):
        return False
    numbers = [int(cell) for cell in counted]
    steps = {after - before for before, after in pairwise(numbers)}
    if len(steps) != 1 or min(steps) < 1:
        return False
    columns = [[row[start + place] for row in below if len(row) > start + place] for place in range(len(counted))]
    if numbers[0] in (0, 1) and steps == {1}:
        return not all(_goes_on(number, column) for number, column in zip(numbers, columns, strict=True))
    years = all(number in YEARS for number in numbers) and len(numbers) > 2
    apart = all(not _near(number, column) for number, column in zip(numbers, columns, strict=True))
    return years and apart


def _goes_on(number: int, column: list[str]) -> bool:
    """Whether a column that begins with this number goes on as it began: whole numbers about as large."""
    return any(cell.strip().isdecimal() for cell in column) and all(
        cell.strip().lstrip("+-").isdecimal() or cell_kind(cell) == "gap" for cell in column
    )


def _near(number: int, column: list[str]) -> bool:
    return any(cell.strip().isdecimal() and int(cell) in YEARS for cell in column)


def _is_counted_index(first: list[str], below: list[list[str]]) -> bool:
    """Whether the corner is blank and rows are counted from 0 or 1 below it, as pandas writes a table without names."""
    counted = [row[0].strip() for row in below[:20]]
    return first[0] == "" and first[1:2] in (["0"], ["1"]) and counted[:1] in (["0"], ["1"])


def _question(first: list[str], rows: list[list[str]], taken: bool) -> Question:
    shown = ", ".join(first[:4]) + (" …" if len(first) > 4 else "")
    below = ", ".join(cell.strip() for cell in rows[1][:4]) + (" …" if len(rows[1]) > 4 else "")
    labels = {True: "names", False: "values"}
    example = f"The first row ({shown}) may be the columns' names or values like those below ({below})."
    return Question("header", example, Answer(taken, labels[taken]), (Answer(not taken, labels[not taken]),))


def _rows_of_names(rows: list[list[str]], width: int) -> int:
    """How many rows right below the first hold units, second names or types: words where values stand below."""
    body = rows[MAX_HEADER_ROWS:] or rows[2:] or rows[1:]
    columns = [[cell_kind(row[place]) for row in body if len(row) > place] for place in range(width)]
    valued = [
        place
        for place, kinds in enumerate(columns)
        if kinds and sum(kind in VALUES for kind in kinds) > MOSTLY * max(1, len(kinds) - kinds.count("gap"))
    ]
    count = 0
    for row in rows[1 : min(MAX_HEADER_ROWS, len(rows) - 1)]:
        kinds = [cell_kind(row[place]) if len(row) > place else "gap" for place in valued]
        if any(kind in VALUES for kind in kinds) or "word" not in kinds:
            break
        count += 1
    return count


def _join_names(rows: list[list[str]], width: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(names, notes): the first row's, where they tell the columns apart; else those of all rows together."""
    cleaned = [[cell.strip().strip('"').strip() for cell in row] + [""] * (width - len(row)) for row in rows]
    first, others = cleaned[0], cleaned[1:]
    if not others:
        return tuple(first), ()
    last = others[-1]
    if last[0] and not any(last[1:]):  # pandas writes the name of the index on a line of its own
        first, others = [last[0], *first[1:]], others[:-1]
        cleaned = [first, *([last[0], *row[1:]] for row in others)]
    filled = [name for name in first if name]
    if len(set(filled)) == len(filled) >= width - 1:
        shown = [f"{quote(name)} ({unit})" for row in others for name, unit in zip(first, row, strict=True) if unit]
        more = f" and {len(shown) - 8} more" if len(shown) > 8 else ""
        said = f"Units or second names below the header: {', '.join(shown[:8])}{more}."
        return tuple(first), (said,) if shown else ()
    levels = [_carried(first), *cleaned[1:]]
    names = tuple(" ".join(dict.fromkeys(filter(None, level))) for level in zip(*levels, strict=True))
    return names, (f"Names were joined from {len(levels)} rows: {list_names(names)}.",)


def _carried(row: list[str]) -> list[str]:
    """Names carried on over the blanks of merged cells."""
    carried, before = [], ""
    for name in row:
        before = name or before
        carried.append(before)
    return carried

"""Dialect detection of delimited text: separator, comment lines, header."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

SEPARATORS = {",": "commas", "\t": "tabs", ";": "semicolons", "|": "bars"}
WHITESPACE = " "

#: Lines that decide.
SAMPLE_LINES = 200
SAMPLE_CHARACTERS = 400_000

NUMBER = re.compile(r"[+-]?(\d[\d.,]*|[.,]\d+)([eE][+-]?\d+)?$")
DATE = re.compile(r"(\d{1,4}([-/.])\d{1,2}\2\d{1,4}([T ][\d:.,]+.{0,6})?|\d{4}[-/]\d{1,2})$")
GAP = re.compile(r"(|na|n/a|nan|null|none|-|--|\?|[+-]?inf(inity)?)$", re.IGNORECASE)

# A million columns stand in one field of the wrong separator.
csv.field_size_limit(2**31 - 1)


@dataclass(frozen=True)
class Dialect:
    """What separates the values (" ": any blanks), the first row's line, and how well it all fits."""

    separator: str
    #: Lines of comments before the table.
    comments: int = 0
    #: Share of sampled rows of the same width, and that width.
    fit: float = 1.0
    width: int = 1


def detect_dialect(text: str) -> Dialect:
    """The separator under which the sampled rows agree best.

    >>> detect_dialect("a;b\\n1,5;2,5\\n").separator
    ';'
    """
    comments = _count_comment_lines(text)
    lines = _sample_lines(text, comments)
    layouts = [_score_separator(lines, separator) for separator in SEPARATORS]
    best = max(layouts, key=lambda layout: (layout.width > 1, layout.fit, layout.width))
    if best.width == 1:
        best = _whitespace_dialect(lines) or replace(best, separator=",")
    return replace(best, comments=comments)


def sample_rows(text: str, layout: Dialect) -> list[list[str]]:
    """The first rows, split."""
    return list(split_rows(_sample_lines(text, layout.comments), layout.separator))


def split_rows(lines: list[str] | io.StringIO, separator: str) -> Iterator[list[str]]:
    """Rows of cells, blank lines left out."""
    if separator == WHITESPACE:
        return (line.split() for line in lines if line.strip())
    return (row for row in csv.reader(lines, delimiter=separator) if row)


def has_header(rows: list[list[str]]) -> bool:
    """Whether the first row names the columns: it holds no value, or its kinds differ from the next row's.

    >>> has_header([["time", "1", "2"], ["0", "3", "4"]])
    True
    >>> has_header([["1", "2"], ["3", "4"]])
    False
    """
    kinds = [[cell_kind(cell) for cell in row] for row in rows[:2]]
    if not any(kind in ("number", "date") for kind in kinds[0]):
        return any(kind == "word" for kind in kinds[0])
    if len(kinds) == 1:
        return False
    pairs = zip(*kinds, strict=False)
    return any("gap" not in pair and pair[0] != pair[1] for pair in pairs)


def cell_kind(cell: str) -> str:
    """A first look at one cell: number, date, gap or word."""
    plain = cell.strip()
    if GAP.match(plain):
        return "gap"
    if DATE.match(plain):
        return "date"
    return "number" if NUMBER.match(plain) else "word"


def _count_comment_lines(text: str) -> int:
    lines = 0
    start = 0
    while text.startswith("#", start) or text.startswith("\n", start):
        end = text.find("\n", start)
        if end < 0:
            break
        lines, start = lines + 1, end + 1
    return lines if start and text[:start].strip() else 0


def _sample_lines(text: str, comments: int) -> list[str]:
    lines = io.StringIO(text)
    for _ in range(comments):
        lines.readline()
    sample: list[str] = []
    size = 0
    for line in lines:
        if size > SAMPLE_CHARACTERS or len(sample) == SAMPLE_LINES:
            break
        size += len(line)
        sample += [line] if line.strip() else []
    return sample


def _score_separator(lines: list[str], separator: str) -> Dialect:
    try:
        rows = [row for row in csv.reader(lines, delimiter=separator) if row]
    except csv.Error:
        return Dialect(separator, fit=0.0)
    if not rows:
        return Dialect(separator, fit=0.0)
    width, count = Counter(map(len, rows)).most_common(1)[0]
    return Dialect(separator, fit=count / len(rows) * _clean_share(rows, separator), width=width)


def _clean_share(rows: list[list[str]], separator: str) -> float:
    """The share of cells that hold no other separator (a comma in a number is no separator)."""
    others = re.compile("[" + "".join(other for other in SEPARATORS if other != separator) + "]")
    cells = [cell for row in rows[:50] for cell in row[:200]]
    dirty = sum(bool(others.search(cell)) and not NUMBER.match(cell.strip()) for cell in cells)
    return 1 - dirty / max(1, len(cells))


def _whitespace_dialect(lines: list[str]) -> Dialect | None:
    """Columns of numbers set apart by blanks, as many programs print them."""
    rows = [line.split() for line in lines]
    widths = Counter(map(len, rows))
    if not widths or (width := widths.most_common(1)[0][0]) == 1:
        return None
    cells = [cell for row in rows[1:] or rows for cell in row]
    numbers = sum(cell_kind(cell) in ("number", "gap") for cell in cells)
    if numbers < 0.5 * len(cells):
        return None
    return Dialect(WHITESPACE, fit=widths[width] / len(rows), width=width)

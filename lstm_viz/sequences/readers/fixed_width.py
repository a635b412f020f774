"""Fixed-width text: columns that stand under each other, some of whose cells may be blank."""

from __future__ import annotations

import re
from dataclasses import replace

from lstm_viz.sequences.readers.dialect import SAMPLE_LINES, SEPARATORS, cell_kind, detect_dialect
from lstm_viz.sequences.readers.encodings import DecodedText

#: Rows that it takes to see columns under each other.
MIN_ROWS = 4
#: From this share on rows that agree in their number of words need no columns.
GOOD_FIT = 0.97


def spread_fixed_width(text: DecodedText) -> tuple[DecodedText, tuple[str, ...]]:
    """(the text with its columns set apart by tabs, notes) where lines are a table of columns by place; else as it is.

    >>> rows = ["1 0.5  1", "2 1.0  2", "3      3", "4 2.0  4", "5 2.5  5", "6 3.0  6"]
    >>> spread_fixed_width(DecodedText(chr(10).join(rows)))[0].characters.splitlines()[2].split(chr(9))
    ['3', '', '3']
    """
    start = text.characters[:400_000].split("\n")[:SAMPLE_LINES]
    if any(mark in line for line in start[:20] for mark in SEPARATORS if mark not in ",~"):
        return text, ()
    layout = detect_dialect(text.characters)
    if layout.separator in SEPARATORS and layout.width > 1:
        return text, ()
    if layout.width > 1 and layout.fit >= GOOD_FIT:
        return text, ()
    sample = [line for line in start if line.strip() and not line.startswith("#")]
    spans = column_spans(sample)
    if spans is None:
        return text, ()
    lines = [
        _spread(line, spans) if line.strip() and not line.startswith("#") else line
        for line in text.characters.split("\n")
    ]
    said = f"The columns were told apart by where they stand: {len(spans)} of them."
    return replace(text, characters="\n".join(lines)), (said,)


def column_spans(lines: list[str]) -> list[tuple[int, int]] | None:
    """The places of columns of values, from the blanks that all lines share; None where there are none."""
    body = [line.rstrip() for line in lines[1:]] if len(lines) > MIN_ROWS else []
    if len(body) < MIN_ROWS or max(map(len, body)) > 4000 or len({len(line.split()) for line in body}) < 2:
        return None
    width = max(map(len, body))
    filled = [any(line[place : place + 1].strip() for line in body) for place in range(width)]
    starts = [place for place in range(width) if filled[place] and (place == 0 or not filled[place - 1])]
    ends = [place + 1 for place in range(width) if filled[place] and (place + 1 == width or not filled[place + 1])]
    spans = list(zip([0, *ends[:-1]], ends, strict=True))
    if len(starts) < 2:
        return None
    cells = [[line[first:last].strip() for first, last in spans] for line in body]
    plain = [cell_kind(cell) for row in cells for cell in row]
    if not any("" in row[: len("\t".join(row).rstrip("\t").split("\t"))] for row in cells):
        return None  # only ends are missing: lines of several lengths, not columns
    inner = any(len(cell.split()) > 1 for row in cells for cell in row)
    values = sum(kind in ("number", "date") for kind in plain)
    most = max(len(line.split()) for line in body)
    return spans if not inner and len(spans) == most and 2 * values > len(plain) - plain.count("gap") else None


def _spread(line: str, spans: list[tuple[int, int]]) -> str:
    cells = [line[first:last].strip() for first, last in spans[:-1]] + [line[spans[-1][0] :].strip()]
    words = line.split()
    if len(words) == len(spans) and any(re.search(r"[A-Za-z]", word) for word in words):
        cells = words  # a header need not stand right above its columns
    return "\t".join(cells)

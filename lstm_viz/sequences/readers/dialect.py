"""Dialect detection of delimited text: separator, lines above the table, and the table's first line."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

SEPARATORS = {",": "commas", "\t": "tabs", ";": "semicolons", "|": "bars", "~": "tildes"}
WHITESPACE = " "

#: Lines that decide.
SAMPLE_LINES = 200
SAMPLE_CHARACTERS = 400_000
#: How many lines above a table may be something else.
MAX_LINES_ABOVE = 100

NUMBER = re.compile(r"[+-]?(\d[\d.,]*|[.,]\d+)([eEdD][+-]?\d+)?$")
DATE = re.compile(r"(\d{1,4}([-/.])\d{1,2}\2\d{1,4}([T ][\d:.,]+.{0,6})?|\d{4}[-/]\d{1,2})$")
#: The beginning of a cell that is a day in words, with commas: Tuesday, June 18, 2024; Tue, 18 Jun 2024; June 18, 2024.
DATE_IN_WORDS = re.compile(
    r"([^\W\d_]{2,12}\.?, ?(?=[^\W\d_]{3,12}\.? \d|\d{1,2}\.? [^\W\d_]{3}))?"
    r"([^\W\d_]{3,12}\.? \d{1,2}|\d{1,2}\.? [^\W\d_]{3,12}\.?),? ?\d{4}(?!\d)"
)
GAP = re.compile(r"(|na|n/a|nan|null|none|-|--|\?|[+-]?inf(inity)?)$", re.IGNORECASE)
#: What ends a header of settings, as LabVIEW and other programs write above their values.
HEADER_END = re.compile(r"(?i)\W*end[ _]of[ _]header\W*$|\[data\]\W*$|~a(scii)?\b.*$")
#: What Excel writes above a table to say what separates it.
SEPARATOR_LINE = re.compile(r'\ufeff?"?sep=(.)"?[ \t]*\n', re.IGNORECASE)

# A million columns stand in one field of the wrong separator.
csv.field_size_limit(2**31 - 1)


@dataclass(frozen=True)
class Dialect:
    """What separates the values (" ": any blanks), the first row's line, and how well it all fits."""

    separator: str
    #: Lines of comments at the top, and all lines above the table with them.
    comments: int = 0
    above: int = 0
    #: Share of sampled rows of the same width, and that width.
    fit: float = 1.0
    width: int = 1


def detect_dialect(text: str) -> Dialect:
    """The separator under which the sampled rows agree best, and the line from which on they do.

    >>> detect_dialect("a;b\\n1,5;2,5\\n").separator
    ';'
    >>> detect_dialect("Plot: 7\\nSerial number,5\\na,b,c\\n1,2,3\\n4,5,6\\n").above
    2
    """
    said = SEPARATOR_LINE.match(text)
    comments = _count_comment_lines(text, said.end() if said else 0)
    skipped = comments + (1 if said else 0)
    skipped = _settings_end(text, skipped)
    lines = _sample_lines(text, skipped)
    known = [said[1]] if said else list(SEPARATORS)
    layouts = [_score_separator(lines, separator) for separator in known]
    # Of two that fit as well, that which leaves no line out: the other may stand within cells, as in 2024~~06~~18.
    best = max(layouts, key=lambda layout: (layout.width > 1, layout.fit, -layout.above, layout.width))
    if best.width == 1 and not said:
        best = _whitespace_dialect(lines) or replace(best, separator=",")
    above = skipped + (lines[best.above][0] - skipped if best.above else 0)
    return replace(best, comments=comments, above=above)


def sample_rows(text: str, layout: Dialect) -> list[list[str]]:
    """The first rows, split."""
    lines = [line for _, line in _sample_lines(text, layout.above)]
    return list(split_rows(lines, layout.separator))


def split_rows(lines: list[str], separator: str) -> Iterator[list[str]]:
    """Rows of cells, blank lines left out."""
    if separator == WHITESPACE:
        return (line.split() for line in lines if line.strip())
    return (row for row in csv.reader(lines, delimiter=separator, skipinitialspace=True) if row)


#: A cell within single quotes, and a cell within double ones beside which blanks stand.
SINGLE_QUOTED = re.compile(r"(^|[,;\t|])'([^'\n]*)'(?=[,;\t|]|$)", re.MULTILINE)
BLANK_QUOTED = re.compile(r'(?:^|(?<= ))"([^"\n]*)"(?= |$)', re.MULTILINE)


def with_plain_quotes(text: str) -> str:
    """The text with double quotes for single ones around cells, and tabs for blanks between quoted cells.

    >>> with_plain_quotes("'date','v'\\n'2024-01-03','1'\\n"), with_plain_quotes('"a b" "v"\\n1 2\\n')
    ('"date","v"\\n"2024-01-03","1"\\n', 'a b\\tv\\n1\\t2\\n')
    """
    sample = text[:SAMPLE_CHARACTERS].rpartition("\n")[0] or text[:SAMPLE_CHARACTERS]
    if '"' not in text and sample.count("'") == 2 * len(SINGLE_QUOTED.findall(sample)) > 0:
        return SINGLE_QUOTED.sub(r'\1"\2"', text)
    cells = BLANK_QUOTED.findall(sample)
    others = re.search(r"[,;\t|]", BLANK_QUOTED.sub("", sample))
    if cells and sample.count('"') == 2 * len(cells) and not others and "\t" not in text:
        lines = (re.findall(r'"([^"\n]*)"|(\S+)', line) for line in text.split("\n"))
        return "\n".join("\t".join(quoted or plain for quoted, plain in cells) for cells in lines)
    return text


#: A line that only draws a table, as MySQL, PostgreSQL and Markdown do. Each dash, colon and blank has one place in it,
#: so that a line that draws and then says something is not tried in all the ways in which its dashes can be shared out.
RULE = re.compile(r"^(?:[ \t]*[|+])?(?:[ \t]*:?(?:-{3,}+|={3,}+):?+(?:[ \t]*[|+])?)+[ \t]*$", re.MULTILINE)


def without_drawn_lines(text: str) -> str:
    """The text with blank lines for those that only draw a table, and without the bars at its edges.

    >>> without_drawn_lines("+---+---+\\n| a | b |\\n+---+---+\\n| 1 | 2 |\\n")
    '\\n a | b \\n\\n 1 | 2 \\n'
    """
    start = text[:SAMPLE_CHARACTERS]
    if "|" not in start or not RULE.search(start):
        return text
    plain = RULE.sub("", text)
    lines = [line for line in plain[:SAMPLE_CHARACTERS].split("\n")[:SAMPLE_LINES] if "|" in line]
    edged = all(line.strip().startswith("|") and line.strip().endswith("|") for line in lines)
    return re.sub(r"(?m)^[ \t]*\||\|[ \t]*$", "", plain) if edged else plain


def lines_above(text: str, layout: Dialect) -> list[str]:
    """The lines above the table, without comment signs; empty ones left out."""
    lines = [line.strip().lstrip("#").strip() for line in islice(lines_of(text), layout.above)]
    return [line for line in lines if line and not SEPARATOR_LINE.match(line + "\n")]


def lines_of(text: str) -> Iterator[str]:
    """The lines of a text with their ends, one after another, without a copy of the whole.

    >>> list(lines_of("a\\nb"))
    ['a\\n', 'b']
    """
    start = 0
    while start < len(text):
        end = text.find("\n", start) + 1 or len(text)
        yield text[start:end]
        start = end


def cell_kind(cell: str) -> str:
    """A first look at one cell: number, date, gap or word."""
    plain = cell.strip()
    if GAP.match(plain):
        return "gap"
    if DATE.match(plain):
        return "date"
    return "number" if NUMBER.match(plain) else "word"


def _count_comment_lines(text: str, start: int) -> int:
    lines, first = 0, start
    while text.startswith("#", start) or text.startswith("\n", start):
        end = text.find("\n", start)
        if end < 0:
            break
        lines, start = lines + 1, end + 1
    return lines if start > first and text[first:start].strip() else 0


def _settings_end(text: str, skipped: int) -> int:
    """The lines up to the last that says that a header of settings ends; `skipped` where none does."""
    top = enumerate(islice(lines_of(text), MAX_LINES_ABOVE), start=1)
    return max((place for place, line in top if HEADER_END.match(line.strip())), default=skipped)


def _sample_lines(text: str, skipped: int) -> list[tuple[int, str]]:
    """(lines before it, the line) of the first lines that aren't blank, below those that are skipped."""
    sample: list[tuple[int, str]] = []
    size = 0
    for place, line in enumerate(islice(lines_of(text), skipped, None), start=skipped):
        if size > SAMPLE_CHARACTERS or len(sample) == SAMPLE_LINES:
            break
        size += len(line)
        sample += [(place, line)] if line.strip() else []
    return sample


def _score_separator(lines: list[tuple[int, str]], separator: str) -> Dialect:
    """How well the lines split; `above` counts sampled lines."""
    reader = csv.reader((line for _, line in lines), delimiter=separator, skipinitialspace=True)
    rows, starts = [], []
    before = 0
    try:
        for row in reader:
            rows.append(row)
            starts.append(before)
            before = reader.line_num
    except csv.Error:
        return Dialect(separator, fit=0.0)
    if not rows:
        return Dialect(separator, fit=0.0)
    widths = [len(row) for row in rows]
    width, start = _table_start(rows, widths)
    fit = _fit(rows[start:], width) * _clean_share(rows[start:], separator)
    return Dialect(separator, above=starts[start], fit=fit, width=width)


#: Lines below a table, such as sums, that don't count for how well it fits.
MAX_FOOTER_ROWS = 20


def _fit(table: list[list[str]], width: int) -> float:
    """The share of rows of this width, without comments, a footer of words, and a header of one name fewer."""
    rows = [row for row in table if len(row) == width or not row[0].startswith("#")]
    widths = [len(row) for row in rows]
    below = enumerate(reversed(rows))
    footer = next((place for place, row in below if len(row) == width or not (_is_words(row) or _is_alone(row))), 0)
    if footer <= min(MAX_FOOTER_ROWS, widths.count(width) - 1):
        widths = widths[: len(widths) - footer]
    if len(widths) > 1 and (abs(widths[0] - width) == 1 or split_header(rows[0], width)):
        widths = widths[1:]
    return widths.count(width) / max(1, len(widths))


def _table_start(rows: list[list[str]], widths: list[int]) -> tuple[int, int]:
    """(width, first row) of the table: from there on most rows are as wide as most rows below the top are."""
    most, count = Counter(widths).most_common(1)[0]
    wide = Counter(width for width in widths if width > 1)
    if most == 1 and wide:
        # Many narrow lines above a table that is shorter; never where single values go on below it.
        width, count = wide.most_common(1)[0]
        first = widths.index(width)
        if count >= 2 and widths[first:].count(width) >= 0.8 * (len(widths) - first) and first <= MAX_LINES_ABOVE:
            most = width
    start = _first_of_table(rows, widths, most)
    if start == 0 or start > MAX_LINES_ABOVE or most == 1 or count < 2:
        return most, 0
    if len(rows[start]) != most:
        return most, start
    return most, _with_header_above(rows, most, start)


def _first_of_table(rows: list[list[str]], widths: list[int], most: int) -> int:
    """The first row of this width below which no line of another width comes before values do."""
    start = widths.index(most)
    valued = (place for place in range(start, len(rows)) if widths[place] == most and _is_mostly_values(rows[place]))
    first = min(next(valued, start), MAX_LINES_ABOVE)
    others = [place for place in range(start, first) if widths[place] != most and not rows[place][0].startswith("#")]
    if not others or most == 1:
        return start
    last = others[-1]
    header = rows[last] if last + 1 == first and abs(len(rows[last]) - most) == 1 and _is_words(rows[last]) else None
    return last if header else last + 1


def _is_mostly_values(row: list[str]) -> bool:
    kinds = [cell_kind(cell) for cell in row]
    return 2 * sum(kind in ("number", "date") for kind in kinds) >= max(1, len(kinds) - kinds.count("gap"))


def _with_header_above(rows: list[list[str]], width: int, start: int) -> int:
    """The row above, where it is a header of one name fewer or more, or one that another sign separates."""
    header = rows[start - 1]
    if width < 2 or _is_words(rows[start]):
        return start
    if split_header(header, width):
        return start - 1
    near = abs(len(header) - width) == 1 and len(header) > 1  # without a name for the rows' names, or with a last comma
    return start - 1 if near and _is_words(header) else start


def split_header(header: list[str], width: int) -> list[str]:
    """The names in a header's only cell, where another sign than below separates as many as there are; else []."""
    if len(header) != 1 or width < 2:
        return []
    for separator in (*SEPARATORS, WHITESPACE):
        names = next(split_rows([header[0]], separator), [])
        if len(names) == width and all(cell_kind(name) == "word" for name in names):
            return [name.strip() for name in names]
    return []


def _is_alone(row: list[str]) -> bool:
    """Whether a row is one number, such as a missing value's code below a table."""
    return len(row) == 1 and cell_kind(row[0]) == "number"


def _is_words(row: list[str]) -> bool:
    return all(cell_kind(cell) in ("word", "gap") for cell in row) and any(cell_kind(cell) == "word" for cell in row)


def _clean_share(rows: list[list[str]], separator: str) -> float:
    """The share of cells that hold no other separator; a comma in a number or a day in words is none."""
    others = re.compile("[" + "".join(other for other in SEPARATORS if other not in (separator, "~")) + "]")
    cells = [cell.strip() for row in rows[:50] for cell in row[:200]]
    dirty = sum(bool(others.search(cell, _end_of_date(cell))) and not NUMBER.match(cell) for cell in cells)
    return 1 - dirty / max(1, len(cells))


def _end_of_date(cell: str) -> int:
    """Characters of the day in words at the beginning of a cell; 0 where there is none.

    A cell may be a line of megabytes: it is looked at where a date can stand, and no further.
    """
    date = DATE_IN_WORDS.match(cell)
    return date.end() if date else 0


def _whitespace_dialect(lines: list[tuple[int, str]]) -> Dialect | None:
    """Columns of numbers set apart by blanks, as many programs print them."""
    rows = [line.split() for _, line in lines]
    widths = [len(row) for row in rows]
    if not widths or max(widths) == 1:
        return None
    width, start = _table_start(rows, widths)
    if width == 1:
        return None
    body = rows[start + 1 :] or rows[start:]
    cells = [cell for row in body for cell in row]
    numbers = sum(cell_kind(cell) in ("number", "gap", "date") for cell in cells)
    if numbers < 0.5 * len(cells):
        return None
    return Dialect(WHITESPACE, above=start, fit=_fit(rows[start:], width), width=width)

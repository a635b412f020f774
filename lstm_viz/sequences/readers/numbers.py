"""Number formats: decimal points and commas, thousands separators (1,234.5 and 1.234,5), signs, exponents and units."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lstm_viz.sequences.readers.column_names import list_names, quote
from lstm_viz.sequences.readers.notes import MAX_EXACT_INTEGER
from lstm_viz.sequences.reading_options import Answer, DecimalMark, Question

#: A number as programs write it. No hexadecimal, no underscores: those are left as they stand.
PLAIN_NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"

#: 3,5 and the like: one comma, and not the three digits after it that a thousand has; and 1.234,5 or 1.290.042.
_SURE = (
    r"^[+-]?([0-9]*{mark}([0-9]{{1,2}}|[0-9]{{4,}})|0*{mark}[0-9]+|[0-9]{{4,}}{mark}[0-9]+"
    r"|[0-9]{{1,3}}({other}[0-9]{{3}})+{mark}[0-9]+|[0-9]{{1,3}}({other}[0-9]{{3}}){{2,}}"
    r"|[0-9]{{1,2}}({other}[0-9]{{2}})+{other}[0-9]{{3}}({mark}[0-9]*)?)([eE][+-]?[0-9]+)?$"
    r"|^[+-]?[0-9]+{mark}[0-9]+[eE][+-]?[0-9]+$"
)
SURE_MARKS: dict[DecimalMark, str] = {
    ",": _SURE.format(mark=",", other=r"\."),
    ".": _SURE.format(mark=r"\.", other=","),
}
#: 1,234 and 1.234, which may be a thousand or a fraction.
OPEN_MARKS: dict[DecimalMark, str] = {
    ",": r"^[+-]?[1-9][0-9]{0,2},[0-9]{3}$",
    ".": r"^[+-]?[1-9][0-9]{0,2}\.[0-9]{3}$",
}
OTHER_MARK: dict[DecimalMark, DecimalMark] = {",": ".", ".": ","}
MARK_NAMES: dict[DecimalMark, str] = {",": "comma", ".": "point"}
#: -999.000: a missing value with decimals, by which the point is no mark of thousands.
CODE_WITH_DECIMALS = r"^-(99|999|888|777)\.000$"
WHOLE_NUMBER = r"^[+-]?[0-9]+$"
GERMAN_DATE = re.compile(r"\d{1,2}\.\d{1,2}\.(\d{4}|\d{2})\b")
#: How many cells with a point are looked at in a column that is plain numbers.
SAMPLE_CELLS = 2_000


@dataclass(frozen=True)
class NumberMarks:
    """What is known of a file's numbers: the decimal mark, if it was said or shows elsewhere in the file."""

    decimal: DecimalMark | None = None
    #: Whether a person said so, not another column.
    said: bool = False
    #: Whether the file may come from where a point marks thousands, and whether its dates say that it does.
    point_may_group: bool = False
    point_groups: bool = False


def marks_of_file(cells: Iterable[str], separator: str, said: DecimalMark | None) -> NumberMarks:
    """What sampled cells tell about a file's numbers.

    >>> marks_of_file(["01.05.2024", "1.020", "3,5"], ";", None)
    NumberMarks(decimal=',', said=False, point_may_group=True, point_groups=True)
    """
    seen = list(cells)
    shown: list[DecimalMark] = [mark for mark, sure in SURE_MARKS.items() if any(re.match(sure, cell) for cell in seen)]
    found = said or (shown[0] if len(shown) == 1 else None)
    dated = any(GERMAN_DATE.match(cell) for cell in seen)
    return NumberMarks(found, said is not None, found == "," or separator == ";" or dated, dated)


@dataclass(frozen=True)
class NormalisedCells:
    """Cells with every number written plainly, notes with a place for the column's {name}, and what is left open."""

    cells: pa.Array
    notes: tuple[str, ...] = ()
    question: Question | None = None
    #: What each number is to be multiplied by, where thousands and millions were written as letters.
    factors: np.ndarray | None = None


def number_mask(cells: pa.Array) -> pa.Array:
    """Which cells are plainly written numbers; False at a gap."""
    return pc.match_substring_regex(cells, PLAIN_NUMBER).fill_null(False)


def normalise_numbers(cells: pa.Array, name: str = "", marks: NumberMarks = NumberMarks()) -> NormalisedCells:
    """The cells with units, thousands marks and decimal commas taken out; what may mean two things is a question.

    >>> normalise_numbers(pa.array(["3,5", "12,25"])).cells.to_pylist()
    ['3.5', '12.25']
    >>> found = normalise_numbers(pa.array(["1,234", "2,345"]), "flow")
    >>> found.cells.to_pylist(), found.question.option
    (['1234', '2345'], 'decimal')
    """
    tidy = _tidy(cells)
    marked = _resolve_marks(tidy.cells, name, marks)
    return replace(tidy, cells=marked.cells, notes=(*tidy.notes, *marked.notes), question=marked.question)


def _resolve_marks(cells: pa.Array, name: str, marks: NumberMarks) -> NormalisedCells:
    """Decimal and thousands marks, by what only one of them can mean, else by the file, else by how values lie."""
    used: list[DecimalMark] = [mark for mark in OTHER_MARK if pc.any(pc.match_substring(cells, mark)).as_py()]
    if not used:
        return NormalisedCells(cells)
    if marks.said and marks.decimal == "both":
        return _with_both_marks(cells, name)
    if marks.said and marks.decimal:
        return _with_decimal(cells, marks.decimal, name, answered=True)
    sure = [mark for mark, pattern in SURE_MARKS.items() if _any_match(cells, pattern)]
    if "." not in sure and _any_match(cells, CODE_WITH_DECIMALS):
        sure.append(".")
    if len(sure) == 2:
        return _with_both_marks(cells, name)
    if sure:
        return _with_decimal(cells, sure[0], name)
    opened = [mark for mark in used if _any_match(cells, OPEN_MARKS[mark])]
    if len(opened) != 1:
        return NormalisedCells(cells)
    if marks.decimal:
        return _with_decimal(cells, marks.decimal, name)
    return _with_open_mark(cells, opened[0], name, marks)


def _with_open_mark(cells: pa.Array, mark: DecimalMark, name: str, marks: NumberMarks) -> NormalisedCells:
    """Cells such as 1,234 in a file where nothing tells whether the mark is of a fraction or of a thousand."""
    open_cells = cells.filter(_match(cells, OPEN_MARKS[mark]))
    whole = cells.filter(_match(cells, WHOLE_NUMBER))
    fraction, thousand = mark, OTHER_MARK[mark]
    if not len(whole):
        if mark == "." and not marks.point_may_group:
            return NormalisedCells(cells)  # How programs write three decimals.
        grouped = marks.point_groups if mark == "." else not marks.point_may_group
        taken = thousand if grouped else fraction
        return _with_decimal(cells, taken, name, asked=str(open_cells[0]))
    sizes = np.abs(whole.cast(pa.float64()).to_numpy(zero_copy_only=False))
    as_fractions = np.abs(_plain(open_cells, fraction).cast(pa.float64()).to_numpy(zero_copy_only=False))
    if sizes.max() >= 1000:  # Who writes 1,234 for a thousand doesn't write 1234 in the same column.
        return _with_decimal(cells, fraction, name, asked="" if mark == "." else str(open_cells[0]))
    taken = thousand if _spread(sizes, 1000 * as_fractions) < _spread(sizes, as_fractions) else fraction
    return _with_decimal(cells, taken, name, asked=str(open_cells[0]))


def _spread(some: np.ndarray, others: np.ndarray) -> float:
    """How many times larger the middle of one set of sizes is than that of another."""
    low, high = sorted((float(np.median(some)) or 1e-3, float(np.median(others)) or 1e-3))
    return high / low


def _with_decimal(
    cells: pa.Array, decimal: DecimalMark, name: str, asked: str = "", answered: bool = False
) -> NormalisedCells:
    """The cells under a decimal mark. `asked`: a cell that may be read in both ways."""
    plain = _plain(cells, decimal)
    if answered and not asked:
        opened = next((mark for mark, pattern in OPEN_MARKS.items() if _any_match(cells, pattern)), None)
        sure = any(_any_match(cells, pattern) for pattern in SURE_MARKS.values())
        asked = str(cells.filter(_match(cells, OPEN_MARKS[opened]))[0]) if opened and not sure else ""
    if asked:
        return NormalisedCells(plain, (), _question(asked, decimal, name))
    other = OTHER_MARK[decimal]
    notes = []
    if decimal == "," and pc.any(pc.match_substring(cells, ",")).as_py():
        notes.append("Column {name}: the comma was read as the decimal mark.")
    elif pc.any(pc.match_substring(pc.if_else(number_mask(plain), cells, None), other)).as_py():
        notes.append(f"Column {{name}}: the {MARK_NAMES[other]} was read as the mark of thousands.")
    return NormalisedCells(plain, tuple(notes))


def _with_both_marks(cells: pa.Array, name: str) -> NormalisedCells:
    """Cells such as 3,5 and 2.75 in one column: a cell's last mark is its decimal mark, where it stands once."""
    last = {mark: _plain(cells, mark) for mark in OTHER_MARK}
    comma = _match(cells, r"^[+-]?[0-9.]*,[0-9]*([eE][+-]?[0-9]+)?$|^[+-]?[0-9]{1,3}(\.[0-9]{3}){2,}$")
    plain = pc.if_else(comma, last[","], last["."])
    shown = [
        str(cells.filter(_match(cells, SURE_MARKS[mark]))[:1].to_pylist()[0])
        for mark in OTHER_MARK
        if _any_match(cells, SURE_MARKS[mark])
    ]
    if len(shown) < 2:
        return NormalisedCells(plain)
    example = f"{quote(shown[0])} and {quote(shown[1])} stand in one column, {quote(name)}."
    others = tuple(Answer(mark, f"{MARK_NAMES[mark]} as the decimal mark, else a gap") for mark in OTHER_MARK)
    return NormalisedCells(
        plain, (), Question("decimal", example, Answer("both", "either mark as the decimal mark"), others)
    )


def _question(cell: str, decimal: DecimalMark, name: str) -> Question:
    """Whether a cell such as 1.234 is a thousand or a fraction."""
    labels = {mark: _plain(pa.array([cell]), mark)[0].as_py() for mark in OTHER_MARK}
    example = f"{quote(cell)} in column {quote(name)} may be {labels[OTHER_MARK[decimal]]} or {labels[decimal]}."
    other = OTHER_MARK[decimal]
    return Question("decimal", example, Answer(decimal, labels[decimal]), (Answer(other, labels[other]),))


def _plain(cells: pa.Array, decimal: DecimalMark) -> pa.Array:
    """Cells under this decimal mark, with groups closed and a point as the mark; what is no number as it is."""
    group = re.escape(OTHER_MARK[decimal])
    mark = re.escape(decimal)
    # In India the groups above the thousands have two digits: 1,76,729.50.
    grouped = _match(
        cells,
        rf"^[+-]?([0-9]{{1,3}}({group}[0-9]{{3}})+|[0-9]{{1,2}}({group}[0-9]{{2}})+{group}[0-9]{{3}})({mark}[0-9]*)?$",
    )
    plain = pc.if_else(grouped, pc.replace_substring(cells, OTHER_MARK[decimal], ""), cells)
    if decimal == ".":
        return plain
    commas = _match(plain, r"^[+-]?([0-9]+,[0-9]*|,[0-9]+)([eE][+-]?[0-9]+)?$")
    points = _match(plain, r"^[+-]?[0-9]*\.[0-9]*([eE][+-]?[0-9]+)?$")
    closed = pc.if_else(points, pc.binary_join_element_wise("(", plain, ")", ""), plain)  # 1.5 is no number here
    return pc.if_else(commas, pc.replace_substring(plain, ",", "."), closed)


def decimal_commas(cells: pa.Array, marks: NumberMarks) -> np.ndarray | None:
    """The numbers of a column of nothing but decimal commas, by the shortest way; None for any other column.

    >>> decimal_commas(pa.array(["1,5", None, "3"]), NumberMarks())
    array([1.5, nan, 3. ])
    """
    sample = cells[:SAMPLE_CELLS]
    if (marks.said and marks.decimal == ".") or not _any_match(sample, SURE_MARKS[","]):
        return None
    if pc.any(pc.match_substring(cells, ".")).as_py():
        return None
    try:
        values: np.ndarray = pc.cast(pc.replace_substring(cells, ",", "."), pa.float64()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        return None
    return None if np.isinf(values).any() else values


def point_may_be_thousands(cells: pa.Array, marks: NumberMarks) -> bool:
    """Whether plain numbers of a column, such as 980 and 1.020, have to be looked at as text again."""
    if marks.decimal == "." and not marks.said:
        return False
    start = pc.utf8_trim_whitespace(cells[:SAMPLE_CELLS])
    start_pointed = pc.match_substring(start, ".").fill_null(False)
    if not pc.all(_match(start.filter(start_pointed), OPEN_MARKS["."])).as_py():
        return False  # most columns: numbers with any count of decimals
    pointed = pc.match_substring(cells, ".").fill_null(False)
    count = pc.sum(pointed).as_py() or 0
    if not count or (count == len(cells) - cells.null_count and not marks.point_may_group):
        return False
    return bool(pc.all(_match(pc.utf8_trim_whitespace(cells.filter(pointed)), OPEN_MARKS["."])).as_py())


#: What stands before or behind amounts of money.
CURRENCY = (
    r"(?:(?:US|AU|CA|NZ|HK|MX|[RACS])?\$|[€£¥₹₽₩₺₴₦₪₱฿₫]|Rs\.?|Fr\.|kr\.?|zł|Kč|Ft|USD|EUR|GBP|CHF|JPY|CNY|INR|BRL|AUD|CAD|SEK"
    r"|NOK|DKK|PLN|CZK|HUF|ZAR|MXN|KRW|TRY|RUB|SGD|HKD|NZD)"
)

#: What is rewritten in cells that are otherwise numbers: pattern, replacement, and what is said of it.
_TIDYINGS = (
    (r'^="(.*)"$', r"\1", ""),
    (r"^'([^']*)'$", r"\1", ""),
    (r"^'([+-]?[0-9.,]+)$", r"\1", ""),  # how Excel keeps a number as a text
    ("[\u2212\u2012\u2013\ufe63\uff0d]([0-9.,])", r"-\1", ""),
    (rf"^\(\s*({CURRENCY}?\s*[0-9.,][0-9.,]*\s*[%]?)\s*\)$", r"-\1", "numbers in brackets were read as negative."),
    (r"^([0-9][0-9.,]*|[.,][0-9]+)-$", r"-\1", "a minus behind a number was read as its sign."),
    (r"^([+-]?[0-9]*\.?[0-9]+|[+-]?[0-9]+\.)[dD]([+-]?[0-9]+)$", r"\1E\2", "exponents with D were read as with E."),
    (r"^([+-]?[0-9]*\.[0-9]+)([+-][0-9]{3})$", r"\1E\2", "exponents of three digits were read."),
)
#: Any sign that plain numbers, decimal commas and points don't have.
_ODD_SIGN = r"[^0-9.,+eE-]|[0-9]-"
_GROUPING_SIGN = "['\u2019\u02bc \u00a0\u202f\u2009]"
#: 1'234.5 and 1 234,5, with a unit or without.
GROUPED_BY_SIGNS = (
    rf"^[(+-]?(?:{CURRENCY})?\s*[+-]?[0-9]{{1,3}}(?:{_GROUPING_SIGN}[0-9]{{3}})+(?:[.,][0-9]*)?"
    r"\s*[^0-9\s:/-]{0,12}\)?-?$"
)
#: A number with a sign of its unit, before or behind it.
WITH_UNIT = (
    rf"^(?P<sign>[+-]?)(?P<before>{CURRENCY})?\s*(?P<number>[+-]?[0-9.,]*[0-9][0-9.,]*(?:[eE][+-]?[0-9]+)?)"
    r"[\s\x{a0}\x{202f}]*(?P<after>[^0-9\s\x{a0}\x{202f}.,:;+()'\"-][^\s,:;()'\"]{0,11})?$"
)
#: Different units of a column at most.
MAX_UNITS = 6
#: Letters behind a number that are no unit.
NO_UNITS = re.compile(
    r"(?i)(am|pm|a\.m\.|p\.m\.|uhr|z|t|st|nd|rd|th|jan|feb|mar|mär|mrz|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez"
    r"|q|w|d|e|x|.*[014-9].*|[/#*?].*|°?[nswe])[a-zä]*$"
)
UNIT_EXCEPTIONS = ("d", "W", "m", "mm", "min", "dB", "days", "day", "°C", "°F", "°")
MULTIPLIERS = {"K": 1e3, "k": 1e3, "M": 1e6, "m": 1e6, "Mio": 1e6, "B": 1e9, "bn": 1e9, "Mrd": 1e9, "T": 1e12, "": 1.0}
#: Letters that are no unit of anything measured, and so factors also where every number has them.
SURE_MULTIPLIERS = frozenset({"k", "M", "Mio", "bn", "Mrd"})


def _tidy(cells: pa.Array) -> NormalisedCells:
    """Cells with signs, exponents, blanks between thousands and one shared unit as plain numbers have them."""
    if not _any_match(cells, _ODD_SIGN):
        return NormalisedCells(cells)
    notes = []
    if pc.any(grouped := _match(cells, GROUPED_BY_SIGNS)).as_py():
        closed = cells
        for _ in range(2):  # the digit that ends one group begins the next
            closed = pc.replace_substring_regex(closed, f"([0-9]){_GROUPING_SIGN}([0-9]{{3}})", r"\1\2")
        cells = pc.if_else(grouped, closed, cells)
        notes.append("Column {name}: blanks or apostrophes between thousands were taken out.")
    for pattern, replacement, said in _TIDYINGS:
        mask = _match(cells, pattern)
        if not pc.any(mask).as_py():
            continue
        cells = pc.if_else(mask, pc.replace_substring_regex(cells, pattern, replacement), cells)
        if said:
            notes.append(f"Column {{name}}: {said}")
    stripped = _strip_units(cells)
    return replace(stripped, notes=(*notes, *stripped.notes))


def _strip_units(cells: pa.Array) -> NormalisedCells:
    """Numbers without the unit that all of them share, or times the thousands and millions behind them."""
    parts = pc.extract_regex(cells, WITH_UNIT)
    number = parts.field("number")
    known = np.asarray(parts.is_valid())
    signs = pc.binary_join_element_wise(parts.field("before"), parts.field("after"), "\t")
    signs = pc.if_else(parts.is_valid(), signs, pa.scalar(None, pa.string()))
    counted = {pair["values"]: pair["counts"] for pair in pc.value_counts(signs.drop_null()).to_pylist()}
    units = {tuple(sign.split("\t")): count for sign, count in counted.items() if sign != "\t"}
    before, after = {pair[0] for pair in units} - {""}, {pair[1] for pair in units}
    written = sum(units.values())
    if not units or 2 * (written + counted.get("\t", 0)) <= len(cells) - cells.null_count or len(before) > 1:
        return NormalisedCells(cells)
    letters = after - {""}
    plain = pc.if_else(parts.is_valid(), pc.binary_join_element_wise(parts.field("sign"), number, ""), cells)
    several = len(letters) > 1 or "\t" in counted
    if letters <= set(MULTIPLIERS) and (
        (several and letters & {"K", "k", "M", "B", "bn"}) or letters <= SURE_MULTIPLIERS
    ):
        factors = np.array([MULTIPLIERS.get(word or "", 1.0) for word in parts.field("after").to_pylist()])
        said = f"Column {{name}}: letters behind numbers were read as factors: {list_names(sorted(letters), 5)}."
        return NormalisedCells(plain, (said,), factors=np.where(known, factors, 1.0))
    if len(letters) > 1 or any(NO_UNITS.match(word) and word not in UNIT_EXCEPTIONS for word in letters):
        return NormalisedCells(cells)
    shown = [word for word in (*before, *letters) if word]
    bare = counted.get("\t", 0)
    some = f", which {bare:,} of them lack" if bare else ""
    said = f"Column {{name}}: numbers were read without their unit {list_names(shown)}{some}."
    return NormalisedCells(plain, (said,))


def units_of(cells: pa.Array) -> list[str]:
    """The units behind numbers where most cells are numbers with one; [] for other columns.

    >>> units_of(pa.array(["20C", "21F", "19C"]))
    ['C', 'F']
    """
    if not _any_match(cells[:SAMPLE_CELLS], WITH_UNIT):
        return []
    after = pc.extract_regex(cells, WITH_UNIT).field("after")
    kinds = sorted({unit for unit in pc.unique(after.drop_null()).to_pylist() if unit})
    count = pc.sum(pc.not_equal(after, "")).as_py() or 0
    known = all(not NO_UNITS.match(unit) or unit in UNIT_EXCEPTIONS for unit in kinds)
    return kinds if known and len(kinds) <= MAX_UNITS and 2 * count > len(cells) - cells.null_count else []


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

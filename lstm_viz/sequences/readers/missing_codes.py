"""Missing-value codes: numbers such as -999 that stand for a gap, told from measurements by where they lie."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from lstm_viz.sequences.formatting import plural
from lstm_viz.sequences.readers.column_names import quote
from lstm_viz.sequences.reading_options import Answer, Question, ReadingOptions
from lstm_viz.sequences.table import Table

#: Codes that no pattern of digits gives away: NetCDF's fill values, ends of integer and float types, powers of ten.
FILL_VALUES = (
    *(9.969209968386869e36, 1e15, 1e20, 1e30, 1e32, 1e34, 1e35, 1e36, 3.4028234663852886e38, 1.70141e38, 1.7e38),
    *(32767.0, 32768.0, 65535.0, 65536.0, 2147483647.0, 2147483648.0, 4294967295.0, 9.223372036854776e18),
)
#: 999, 9999, 99.9, 999.99, 888.88, 7777: two digits or more, all of them 9, 8 or 7.
REPDIGIT = re.compile(r"(9{2,}\.?9*|9\.9{2,}|8{3,}\.?8*|88\.8+|7{3,}\.?7*|77\.7+)$")
#: How close a number has to come to a code, by which 32-bit copies of codes are known too.
CODE_TOLERANCE = 1e-6
#: A value that is in no list of codes counts as one where it comes so often, so many ranges of the rest away.
MIN_REPEATS, MIN_RANGES, MIN_OTHERS = 3, 10, 5
#: So many ranges away a value that is in the list is one, whatever its size.
KNOWN_RANGES = 3
#: Codes that are looked for at each end of a column.
MAX_CODES_PER_END = 3
#: A line of a header that says how a missing value is written, and the number in it.
DECLARATION = re.compile(
    r"(?i)(?:missing|no[ _-]?data|_?fill[ _-]?value|undefined|not available|fehlwert|gaps?\b)"
    r"[^\n0-9+-]{0,60}?([+-]?[0-9]+(?:\.[0-9]*)?(?:e[+-]?[0-9]+)?)(?![0-9/:]|-[0-9])"
)


@dataclass(frozen=True)
class FoundCode:
    """A code in a column: how often it comes, the first of its rows, and whether it is more likely a gap."""

    column: str
    code: float
    count: int
    row: int
    likely: bool


def declared_codes(header: str) -> tuple[float, ...]:
    """Numbers of which lines above a table say that they stand for a missing value.

    >>> declared_codes("# Station: 6335020\\n# Missing value: -999.000\\n# 2024-01-01")
    (-999.0,)
    """
    return tuple(dict.fromkeys(float(number) for number in DECLARATION.findall(header)))


def replace_missing_codes(table: Table, options: ReadingOptions) -> Table:
    """The table with codes as gaps: those that were named, else those that the file names or that look like codes.

    >>> table = Table({"flow": np.array([1.0, -999.0, 2.0])}, "a.csv", "csv")
    >>> found = replace_missing_codes(table, ReadingOptions())
    >>> found.columns["flow"], found.questions[0].taken.label
    (array([ 1., nan,  2.]), 'missing')
    """
    columns = {
        name: values
        for name, values in table.columns.items()
        if values.dtype.kind == "f" and name not in table.roles.values()
    }
    declared = tuple(code for code in table.missing if any(_is_code(column, code).any() for column in columns.values()))
    notes = [f"The file says that {_listed(declared)} stands for a missing value."] if declared else []
    whole = _with_gaps(columns, declared if options.missing is None else options.missing)
    found = find_codes(_with_gaps(columns, declared))
    likely = tuple(dict.fromkeys(one.code for one in found if one.likely))
    taken = (*declared, *likely) if options.missing is None else options.missing
    if options.missing is None:
        whole = _with_gaps(whole, likely)
    question = _question(found, declared, taken)
    return replace(
        table,
        columns=dict(table.columns) | whole,
        notes=(*table.notes, *notes),
        questions=(*table.questions, *([question] if question else [])),
    )


def _with_gaps(columns: Mapping[str, np.ndarray], codes: Iterable[float]) -> dict[str, np.ndarray]:
    whole = dict(columns)
    for name in columns:
        for code in codes:
            mask = _is_code(whole[name], code)
            if mask.any():
                whole[name] = np.where(mask, np.nan, whole[name])
    return whole


def _is_code(values: np.ndarray, code: float) -> np.ndarray:
    margin = abs(code) * CODE_TOLERANCE if abs(code) > 1e6 else 0.0
    if not margin:
        return (values == code) | (values == np.float64(np.float32(code)))
    return (values >= code - margin) & (values <= code + margin)


def find_codes(columns: Mapping[str, np.ndarray]) -> list[FoundCode]:
    """Values at the ends of columns that are, or may be, codes; one in one column is likely one in others."""
    found = [one for name, values in columns.items() for one in _codes_of_column(name, values)]
    sure = {one.code for one in found if one.likely}
    return [replace(one, likely=one.likely or one.code in sure) for one in found]


def _codes_of_column(name: str, values: np.ndarray) -> Iterator[FoundCode]:
    if len(values) < 3:
        return
    seen: list[float] = []
    for reduce_end in (np.fmin.reduce, np.fmax.reduce):
        rest = values
        if seen and (values == seen[-1]).all():
            break
        for _ in range(MAX_CODES_PER_END):
            if not len(rest):
                break
            end = float(reduce_end(rest))
            mask = rest == end
            others = rest[~mask & ~np.isnan(rest)] if _may_be_code(end, mask) else np.empty(0)
            likely = _is_likely(end, mask, others)
            if likely is None:
                break
            rows = np.flatnonzero(_is_code(values, end))
            seen.append(end)
            yield FoundCode(name, end, len(rows), int(rows[0]) + 1, likely)
            rest = others


def _may_be_code(end: float, mask: np.ndarray) -> bool:
    return not np.isnan(end) and (is_known_code(end) or int(mask.sum()) >= MIN_REPEATS)


def is_known_code(number: float) -> bool:
    """Whether files are known that write a missing value so.

    >>> [is_known_code(number) for number in (-999, 99.9, -888.88, 9.96921e36, 1013.25, -1)]
    [True, True, True, True, False, False]
    """
    size = abs(number)
    fills = any(abs(size - fill) <= CODE_TOLERANCE * fill for fill in FILL_VALUES)
    return fills or REPDIGIT.match(f"{size:.12g}") is not None or REPDIGIT.match(f"{size:.6g}") is not None


def _is_likely(end: float, mask: np.ndarray, others: np.ndarray) -> bool | None:
    """Whether the value at a column's end is more likely a gap; None where it is none."""
    known, count = is_known_code(end), int(mask.sum())
    if not len(others):  # the same everywhere
        return False if known and end <= -999 and count == len(mask) else None
    nearest, spread = float(np.abs(others - end).min()), float(np.ptp(others))
    if known:
        # A code lies on the far side of all that is measured: at twice their size, and 99 a whole range away.
        beyond = abs(end) > 2 * float(np.max(others if end > 0 else -others))
        apart = nearest > KNOWN_RANGES * spread and len(np.unique(others[:10_000])) >= MIN_OTHERS
        far = apart or (beyond and (abs(end) >= 777 or nearest > spread))
        return True if far else (False if count >= MIN_REPEATS and nearest > spread / 4 else None)
    enough = len(np.unique(others[:10_000])) >= MIN_OTHERS and count < len(others)
    return True if enough and nearest > MIN_RANGES * spread else None


def _question(found: list[FoundCode], declared: tuple[float, ...], taken: tuple[float, ...]) -> Question | None:
    if not found:
        return None
    codes = tuple(dict.fromkeys(one.code for one in found))
    ways = {(): "numbers", declared: "numbers"} | {(*declared, *codes): "missing"}
    if len(codes) > 1:
        ways |= {(*declared, code): f"only {_listed([code])} missing" for code in codes[:4]}
    likely = (*declared, *dict.fromkeys(one.code for one in found if one.likely))
    ways.setdefault(likely, "missing" if set(likely) >= set(codes) else f"only {_listed(likely)} missing")
    if declared:
        ways.pop(())
    label = ways.pop(taken, f"{_listed(taken)} missing" if taken else "numbers")
    return Question("missing", _example(found), Answer(taken, label), tuple(Answer(*way) for way in ways.items()))


def _example(found: list[FoundCode]) -> str:
    parts = [f"{one.code:.10g} comes {plural(one.count, 'time')} in {quote(one.column)}" for one in found[:3]]
    more = f" and {len(found) - 3:,} more" if len(found) > 3 else ""
    stands = "may stand for a missing value" if len(found) == 1 else "may stand for missing values"
    return f"{'; '.join(parts)}{more} (first in row {found[0].row:,}), far from the other values: it {stands}."


def _listed(codes: Iterable[float]) -> str:
    return ", ".join(f"{code:.10g}" for code in codes)

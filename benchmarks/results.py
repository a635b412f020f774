"""The benchmark's table: a row for each implementation at each size, printed as measured and written as CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """One implementation at one size; ratios are to `nn.LSTM`'s forward."""

    size: str
    implementation: str
    ratio: float | None = None
    #: Quartiles of the pairs.
    low: float | None = None
    high: float | None = None
    #: The ratio of the seconds that processors worked.
    processor_ratio: float | None = None
    #: The ratio where each implementation has a process of its own.
    separate_process_ratio: float | None = None
    #: How many times as long all threads take as one, where they meet at every step (`measurement.threading_slowdown`).
    threading_slowdown: float | None = None
    #: The ratio predicted before measuring, and the highest allowed.
    predicted: float | None = None
    goal: float | None = None
    milliseconds: float | None = None
    peak_over_recorded: float | None = None
    largest_difference: float | None = None
    note: str = ""

    @property
    def missed(self) -> bool:
        """Whether it takes longer than it may."""
        return self.goal is not None and self.ratio is not None and self.ratio > self.goal


#: Heading, field and how it is printed; quartiles and the note follow by themselves.
COLUMNS = (
    ("ratio", "ratio", "7.2f"),
    ("work", "processor_ratio", "7.2f"),
    ("apart", "separate_process_ratio", "7.2f"),
    ("together", "threading_slowdown", "8.1f"),
    ("predicted", "predicted", "9.2f"),
    ("goal", "goal", "5.2f"),
    ("ms", "milliseconds", "10.2f"),
    ("peak", "peak_over_recorded", "5.2f"),
    ("differs", "largest_difference", "7.0e"),
)
NAME_WIDTH, SPREAD_WIDTH = 49, 14


def header_line() -> str:
    """The table's header line."""
    names = [f"{name:>{_column_width(form)}}" for name, _, form in COLUMNS]
    return f"{'':{NAME_WIDTH}} {names[0]} {'quartiles':>{SPREAD_WIDTH}} {' '.join(names[1:])}"


def row_line(row: Row) -> str:
    """A row as a line of text; a ratio over its goal is marked."""
    name = f"  {row.implementation:{NAME_WIDTH - 2}}"
    if row.ratio is None:
        return f"{name} {row.note}"
    cells = [_cell(getattr(row, field), form) for _, field, form in COLUMNS]
    spread = f"{row.low:.2f} to {row.high:.2f}"
    return f"{name} {cells[0]} {spread:>{SPREAD_WIDTH}} {' '.join(cells[1:])}{'  over its goal' if row.missed else ''}"


def print_rows(rows: Iterable[Row]) -> Iterator[Row]:
    """Print each row as it comes, under a heading for its size, and pass it on."""
    size = None
    for row in rows:
        if row.size != size:
            print(f"\n{row.size}", flush=True)
        size = row.size
        print(row_line(row), flush=True)
        yield row


def write_csv(rows: Iterable[Row], about: Iterable[str], path: Path) -> None:
    """Write every field of every row as CSV, under comment lines (#) about the machine."""
    with path.open("w", newline="", encoding="utf-8") as file:
        file.writelines(f"# {text}\n" for text in about)
        table = csv.DictWriter(file, [field.name for field in fields(Row)])
        table.writeheader()
        table.writerows(asdict(row) for row in rows)


def _cell(value: float | None, form: str) -> str:
    return " " * _column_width(form) if value is None else format(value, form)


def _column_width(form: str) -> int:
    return int(form.partition(".")[0])

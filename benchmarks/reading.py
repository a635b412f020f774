"""How long a table takes to read, beside another commit: both in turns, each time in a process of its own.

.venv/bin/python -m benchmarks.reading --before main
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
#: Reads a file once, after one that is small, so that imports are not counted, and prints the seconds.
CODE = """
import sys, time
sys.path.insert(0, sys.argv[1])
from lstm_viz.sequences import read_table
read_table(b"a\\n1\\n", "a.csv")
start = time.perf_counter()
table = read_table(sys.argv[2])
print(time.perf_counter() - start, table.rows)
"""
MEGABYTES = 48


def write_tables(folder: Path) -> list[Path]:
    """Tables of 48 MB: plain numbers with dates, German numbers, and words with gaps."""
    random = np.random.default_rng(0)
    rows = 400_000
    days = (np.datetime64("1900-01-01") + np.arange(rows).astype("m8[h]")).astype(str)
    values = random.normal(100, 20, size=(rows, 12))
    plain = folder / "plain.csv"
    with plain.open("w") as file:
        file.write("time," + ",".join(f"x{place}" for place in range(12)) + "\n")
        for day, row in zip(days, values, strict=True):
            file.write(f"{day}," + ",".join(f"{value:.4f}" for value in row) + "\n")
            if file.tell() > MEGABYTES * 2**20:
                break
    german = folder / "german.csv"
    text = plain.read_text()
    german.write_text(text.replace(",", ";").replace(".", ","))
    gaps = folder / "gaps.csv"
    lines = text.splitlines()
    gaps.write_text("\n".join([lines[0], *(f"{line[: line.rindex(',')]},NA" for line in lines[1:])]) + "\n")
    return [plain, german, gaps]


def seconds(code: Path, table: Path) -> float:
    """The seconds that one reading takes with the package in `code`."""
    run = subprocess.run(
        [sys.executable, "-c", CODE, str(code), str(table)], check=True, capture_output=True, text=True, cwd=code
    )
    return float(run.stdout.split()[0])


def main() -> None:
    """Print the median seconds of both, and the median of the pairs' ratios."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--before", default="main", help="the commit to compare with")
    options.add_argument("--pairs", type=int, default=7, help="how often each table is read by both")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        before = folder / "before"
        subprocess.run(["git", "worktree", "add", "--detach", str(before), chosen.before], check=True, cwd=ROOT)
        try:
            for table in write_tables(folder):
                pairs = [(seconds(before, table), seconds(ROOT, table)) for _ in range(chosen.pairs)]
                old, new = (statistics.median(side) for side in zip(*pairs, strict=True))
                ratio = statistics.median(after / first for first, after in pairs)
                size = table.stat().st_size / 2**20
                print(f"{table.name:12} {size:5.1f} MB  before {old:.2f} s  now {new:.2f} s  ratio {ratio:.2f}")
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", str(before)], check=True, cwd=ROOT)


if __name__ == "__main__":
    main()

"""The checks of the project: `python -m tests.run check` is what `make check` runs, `test` what `make test` runs.

`check` is for every few minutes: lint, format, import contracts, types, and the tests that the change reaches
(`affected`). `test` is everything, in a real Chromium too; with LSTM_VIZ_TESTS=full, as `.ci/run` has it, thoroughly
(`conftest.py` says what that adds) and with the coverage of Python and of JavaScript.

All of the checks run even where one fails, so that one run says all there is to mend. The ones that are one process
run beside each other.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from threading import Thread

from tests import affected
from tests.chromium import headless_shell

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
PYTEST = [sys.executable, "-m", "pytest", "-q"]
#: pytest's exit status where all the tests of the chosen files are left to another profile.
NO_TESTS = 5
FULL = os.environ.get("LSTM_VIZ_TESTS") == "full"
#: The reason with which pytest skips what hasn't begun in time; in its report it tells these from other skipped tests.
OUT_OF_TIME = "no time left in make check"
#: The exit status of a command that couldn't begin for want of something that this machine lacks.
LEFT_OUT = os.EX_TEMPFAIL

#: `make check` ends within this many seconds; the last of its tests begins that long before.
CHECK_SECONDS, LAST_BEGINS = 240, 25
#: The seconds of tests that it plans for, of each of its two workers; the rest is for starting, collecting and types.
PLANNED = 2 * 150
#: Up to so many seconds of tests, starting workers costs more than it saves.
ALONE = 12

LINT = {
    "lint": [str(BIN / "ruff"), "check", "."],
    "format": [str(BIN / "ruff"), "format", "--check", "."],
    "layers": [str(BIN / "lint-imports")],
}
TYPES = {"types": [str(BIN / "mypy")]}
#: Numba compiles once before the workers start, and not once in each; where Numba is missing nothing happens.
KERNELS = {
    "kernels compiled": [
        sys.executable,
        "-c",
        "import conftest; from lstm_viz.recording.numba_cpu.compile import compiled_kernel; compiled_kernel.wait()",
    ]
}


class _BackgroundCheck(Thread):
    """Waits for a process that runs beside others, and takes its time."""

    def __init__(self, name: str, process: subprocess.Popen[bytes], output_file: Path) -> None:
        super().__init__(name=name, daemon=True)
        self.process, self.output_file = process, output_file
        self._begun, self.seconds = time.monotonic(), 0.0
        self.start()

    def run(self) -> None:
        self.process.wait()
        self.seconds = time.monotonic() - self._begun


class Checks:
    """Runs commands, prints how each ended, and keeps which of them failed or were left out."""

    def __init__(self) -> None:
        self.failed: list[str] = []
        self.left_out: list[str] = []
        self._folder = tempfile.TemporaryDirectory()
        self._running: list[_BackgroundCheck] = []

    def run(self, name: str, command: list[str], **environment: str) -> bool:
        """One command, whether it passed; what it says is seen at once."""
        print(f"\n== {name}", flush=True)
        start = time.monotonic()
        status = subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, check=False).returncode
        status = 0 if command[: len(PYTEST)] == PYTEST and status == NO_TESTS else status
        self._ended(name, status, time.monotonic() - start)
        return status == 0

    def begin(self, commands: dict[str, list[str]]) -> None:
        """Commands that run beside what comes next; what they say is printed by `finish`."""
        for name, command in commands.items():
            output_file = Path(self._folder.name) / name
            with output_file.open("wb") as file:
                process = subprocess.Popen(command, cwd=ROOT, stdout=file, stderr=subprocess.STDOUT)
            self._running.append(_BackgroundCheck(name, process, output_file))

    def finish(self, names: Iterable[str] | None = None) -> None:
        """Waits for the commands that were begun, or for some of them."""
        waited = [job for job in self._running if names is None or job.name in names]
        self._running = [job for job in self._running if job not in waited]
        for job in waited:
            job.join()
            text = job.output_file.read_text(encoding="utf-8", errors="replace").strip()
            print("", *([text] if job.process.returncode and text else []), sep="\n")
            self._ended(job.name, job.process.returncode, job.seconds)

    def _ended(self, name: str, status: int, seconds: float) -> None:
        ended = {0: "passed", LEFT_OUT: "left out"}.get(status, "FAILED")
        print(f"== {name}: {ended} after {seconds:.0f} s", flush=True)
        if status == LEFT_OUT:
            self.left_out.append(name)
        elif status:
            self.failed.append(name)

    def report(self) -> int:
        """Says how it ended, and what was left out of it; 0 where nothing failed."""
        print(f"\nFailed: {', '.join(self.failed)}." if self.failed else "\n" + self._passed(), flush=True)
        return len(self.failed)

    def _passed(self) -> str:
        return f"Passed, but left out: {'; '.join(self.left_out)}." if self.left_out else "All checks passed."


#: Installs the linter of scripts where it isn't there as package-lock.json says it. Without a way to the registry that
#: is no fault of the project.
LINT_SCRIPTS = """
if [ ! node_modules/.package-lock.json -nt package-lock.json ]; then
  if ! said=$(npm ci --loglevel=error --no-audit --no-fund --fetch-retries=1 2>&1); then
    echo "$said"
    echo "$said" | grep -qE 'ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET|ENETUNREACH|ENOTCACHED' || exit 1
    echo "npm's registry can't be reached from here."
    exit LEFT_OUT
  fi
fi
npm run --silent lint
""".replace("LEFT_OUT", str(LEFT_OUT))


def script_lint(checks: Checks) -> dict[str, list[str]]:
    """The check of the player's scripts, by package.json's `lint`; nothing where there is no Node."""
    if shutil.which("node") and shutil.which("npm"):
        return {"lint of scripts": ["sh", "-c", LINT_SCRIPTS]}
    checks.left_out.append("lint of scripts, since there is no Node here (node and npm)")
    return {}


def check(rest: bool = False, listed: bool = False) -> int:
    """What `make check` runs; 0 where all of it passed. With `rest` the tests too that the time is too short for."""
    start = time.time()
    checks = Checks()
    if not listed:
        checks.begin(TYPES | LINT | script_lint(checks))
    record = affected.Record.read(ROOT / affected.KEPT)
    changed, base = affected.changed_files(record)
    suite = affected.Suite(ROOT, deleted={path for path in changed or () if not (ROOT / path).exists()})
    selection = affected.select(suite, record, changed, PLANNED, rest)
    if listed:
        for heading, paths in selection.by_heading().items():
            print(f"{heading}:", *(f"  {path}" for path in paths), sep="\n")
        return 0

    checks.finish([*LINT, "lint of scripts"])
    print(f"\nCompared with {base}: {_count(len(changed or ()), 'changed file')}.", flush=True)
    if selection.run:
        few = sum(test.seconds for test in selection.run) <= ALONE
        stop = (
            [] if rest or few else [f"--stop-at={start + CHECK_SECONDS - LAST_BEGINS}", f"--stop-reason={OUT_OF_TIME}"]
        )
        run_test_files(checks, suite, record, selection, stop)
    checks.finish()
    print("", *selection.in_words(), sep="\n")
    if selection.all_skipped:
        checks.left_out.append(f"{_count(len(selection.all_skipped), 'test file')} for want of time")
    record.write(ROOT / affected.KEPT)
    return checks.report()


def run_test_files(
    checks: Checks,
    suite: affected.Suite,
    record: affected.Record,
    selection: affected.Selection,
    options: list[str],
) -> None:
    """Runs the test files that were chosen, and notes in the record and the selection how they ended."""
    chosen = [test.path for test in selection.run]
    workers = ["-n", "2"] if sum(test.seconds for test in selection.run) > ALONE else []
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [*PYTEST, *workers, "-m", "not browser", f"--junitxml={report}", *options, *chosen]
        passed = checks.run(f"tests: {_count(len(chosen), 'file')} of {len(suite.distances)}", command)
        ended = affected.outcomes(report, OUT_OF_TIME) if report.exists() else {}
    if passed:
        ended = dict.fromkeys(chosen, affected.Outcome()) | ended
    record.note(ended, suite.digests)
    for test in [test for test in selection.run if test.path in ended and ended[test.path].cut_short]:
        selection.run.remove(test)
        selection.skipped.append(test)
    record.left |= {test.path: test.digest for test in selection.skipped}


def everything() -> int:
    """What `make test` runs; 0 where all of it passed."""
    print(f"Browser tests run in {headless_shell()}", flush=True)
    before = changed()
    suite = affected.Suite(ROOT)
    checks = Checks()
    checks.begin(TYPES | KERNELS | LINT | script_lint(checks))
    checks.finish([*LINT, "lint of scripts", *KERNELS])
    with tempfile.TemporaryDirectory() as folder:
        report, counted, scripts = (Path(folder) / name for name in ("report.xml", "coverage", "scripts"))
        scripts.mkdir()
        cover = ["--cov=lstm_viz", "--cov-report="] if FULL else []
        command = [*PYTEST, "-n", "2", "-m", "not browser", f"--junitxml={report}", *cover]
        checks.run("units, docstrings, pages", command, COVERAGE_FILE=str(counted))
        if report.exists():
            record = affected.Record.read(ROOT / affected.KEPT)
            record.note(affected.outcomes(report, OUT_OF_TIME), suite.digests)
            record.write(ROOT / affected.KEPT)
        browser = [*PYTEST, "-n", "2", "--dist", "loadgroup", "tests/browser"]
        checks.run("in a real Chromium", browser, JS_COVERAGE=str(scripts) if FULL else "")
        checks.finish()
        if FULL and counted.exists():
            print_coverage(counted)
        if FULL:
            print_script_coverage(scripts)
    if left := changed() - before:
        print(f"\n== left behind or changed while the checks ran: {', '.join(sorted(left))}", flush=True)
        checks.failed.append("nothing left behind")
    return checks.report()


def print_coverage(counted: Path) -> None:
    """Which share of the lines ran, by package."""
    from coverage import Coverage

    kept = Coverage(data_file=str(counted))
    kept.load()
    lines: dict[str, list[int]] = {}
    for file in kept.get_data().measured_files():
        _, statements, _, missing, _ = kept.analysis2(file)
        inside = Path(file).relative_to(ROOT).parts
        for name in {"lstm_viz", "/".join(inside[:2]) if len(inside) > 2 else "lstm_viz/*.py"}:
            total = lines.setdefault(name, [0, 0])
            total[0] += len(statements)
            total[1] += len(missing)
    print("\n== lines that ran in units, docstrings, pages")
    for name, (total, missing) in sorted(lines.items()):
        print(f"{name:32} {100 * (total - missing) / max(total, 1):5.1f} % of {total}")


def print_script_coverage(folder: Path) -> None:
    """Which share of the lines of the player's scripts ran, over what the processes wrote; a lower bound."""
    from tests.player.coverage import JsCoverage

    counted = JsCoverage()
    for path in sorted(folder.iterdir()):
        counted.add(path)
    print("\n== lines of JavaScript that ran in a real Chromium, at least")
    print(counted.table())


def changed() -> set[str]:
    """Files of the project that are not as they were committed, as git says it; none where there is no git."""
    if not shutil.which("git"):
        return set()
    status = ["git", "status", "--porcelain", "--untracked-files=all", "--", "."]
    return set(subprocess.run(status, capture_output=True, text=True, check=False).stdout.splitlines())


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def main() -> int:
    """Reads the command line and runs what it asks for."""
    parser = argparse.ArgumentParser(prog="python -m tests.run", description=__doc__.partition("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    quick = commands.add_parser("check", help="lint, types, and the tests that the change reaches")
    quick.add_argument("--list", action="store_true", help="list which test files would run and which are left out")
    quick.add_argument("--rest", action="store_true", help="run the tests too that the time is too short for")
    commands.add_parser("test", help="everything")
    options = parser.parse_args()
    try:
        return everything() if options.command == "test" else check(options.rest, options.list)
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())

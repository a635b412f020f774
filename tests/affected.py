"""Test selection (test impact analysis) for `make check`: the test files whose outcome a change can alter.

A test file that passed is kept in `.test_cache/passed.json` with a digest of every file that it depends on
(`import_graph`). It need not run while that digest is the same. A test file that nothing is kept of, as in a fresh
clone, counts as passed as long as git says that all it depends on is as in the upstream branch, where CI ran it, or as
in the first commit that was checked here where there is no upstream. One that failed runs until it passes.

Why not pytest-testmon: it traces each line, which slows every run down, sees neither the scripts, styles and models
that modules read nor what runs in a child process, and knows nothing in a fresh clone.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

from tests.import_graph import ImportGraph

ROOT = Path(__file__).parents[1]
KEPT = Path(".test_cache") / "passed.json"
#: Digests kept of one test file, so that going back and forth between branches costs nothing.
DIGESTS = 8
#: Tests in a browser are left to `make test`.
EXCLUDED_FOLDER = "tests/browser/"
#: The way of one number from the equations to the screen, in half a minute: these run in a fresh clone too.
SMOKE_TESTS = (
    "lstm_viz/__init__.py",
    "tests/app/test_every_page.py",
    "tests/cells/test_equations.py",
    "tests/sequences/test_examples.py",
    "tests/test_public_names.py",
)
#: An example in a docstring.
EXAMPLE = re.compile(r"^\s*>>> ", re.MULTILINE)
#: Seconds that a test file is expected to take which was never timed here.
DEFAULT_SECONDS = 2.0


class Affected(NamedTuple):
    """A test file that must run, how many imports it is away from what changed, and its digest."""

    path: str
    distance: int
    digest: str
    seconds: float


@dataclass
class Selection:
    """What runs and what doesn't."""

    run: list[Affected]
    #: Reached, but too slow or too far for the time there is.
    skipped: list[Affected]
    #: Skipped before, under the same digest.
    skipped_before: list[Affected]
    #: Nothing that they depend on changed.
    unreached: list[str]

    def by_heading(self) -> dict[str, list[str]]:
        """Every test file under what becomes of it."""
        return {
            "to run, the nearest to the change first": [test.path for test in self.run],
            "left to make test, being too slow or too far from the change": [test.path for test in self.all_skipped],
            "left out, since nothing that they depend on changed": self.unreached,
        }

    @property
    def all_skipped(self) -> list[Affected]:
        """What the change reaches and the time doesn't, now and before."""
        return [*self.skipped, *self.skipped_before]

    def in_words(self) -> list[str]:
        """What was left out, in lines for a terminal."""
        lines = [
            f"Left out: {len(self.unreached)} test files that the change doesn't reach, and those in a browser. "
            "`make check ARGS=--list` lists them, `make test` runs everything."
        ]
        if self.all_skipped:
            names = ", ".join(test.path for test in self.all_skipped)
            lines.append(
                f"Left out too, though the change reaches them, for want of time ({len(self.all_skipped)}): {names}. "
                "`make check ARGS=--rest` runs them."
            )
        return lines


@dataclass
class Record:
    """Which test files passed under which digests, failed, or were left out; and how long they took."""

    passed: dict[str, list[str]] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    left: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    #: The commit that counts as tested where there is no upstream branch.
    first_commit: str = ""

    @classmethod
    def read(cls, path: Path) -> Record:
        """What was kept; an empty record where there is none or it can't be read."""
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return cls()

    def write(self, path: Path) -> None:
        """Keeps it for the next time."""
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(vars(self), indent=1, sort_keys=True), encoding="utf-8")

    def note(self, outcomes: Mapping[str, Outcome], digests: Mapping[str, str]) -> None:
        """Takes over how test files ended that ran under these digests."""
        for path, outcome in outcomes.items():
            if path not in digests:
                continue
            self.failed = [*(other for other in self.failed if other != path), *([path] if outcome.failed else [])]
            if not outcome.failed and not outcome.cut_short:
                kept = [digest for digest in self.passed.get(path, []) if digest != digests[path]]
                self.passed[path] = [*kept, digests[path]][-DIGESTS:]
                self.left.pop(path, None)
            if not outcome.cut_short:
                self.seconds[path] = round(outcome.seconds, 2)


@dataclass
class Outcome:
    """How a test file ended."""

    failed: bool = False
    #: Some of its tests did not begin, since the time was over.
    cut_short: bool = False
    seconds: float = 0.0


class Suite:
    """The test files of a project, what each depends on, and a digest of that."""

    def __init__(self, root: Path, deleted: set[str] | None = None) -> None:
        self.graph = ImportGraph(root, deleted or set())
        self._hashes: dict[str, str] = {}
        self.distances = {path: self.graph.distances(path) for path in self._test_files()}
        self.digests = {path: self._digest(needed) for path, needed in self.distances.items()}

    def _test_files(self) -> list[str]:
        return [path for path in sorted(self.graph.files) if self._has_tests(path)]

    def _has_tests(self, path: str) -> bool:
        if not path.endswith(".py") or path.startswith(EXCLUDED_FOLDER) or not (self.graph.root / path).is_file():
            return False
        if path.startswith("tests/") and Path(path).name.startswith("test_"):
            return True
        return path.startswith(("tests/", "lstm_viz/")) and bool(EXAMPLE.search(self.graph.text(path)))

    def _digest(self, needed: Mapping[str, int]) -> str:
        return hashlib.sha256("\n".join(path + self._hash(path) for path in sorted(needed)).encode()).hexdigest()[:20]

    def _hash(self, path: str) -> str:
        if path not in self._hashes:
            file = self.graph.root / path
            self._hashes[path] = hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else "gone"
        return self._hashes[path]

    def affected(self, record: Record, changed: set[str] | None, all_of_them: bool = False) -> list[Affected]:
        """The test files that must run, the nearest to what changed first.

        `changed` are the files that are not as they were when all tests passed; None where nothing is known of that,
        so that what was never seen to pass must run.
        """
        found = []
        for path, needed in self.distances.items():
            digest = self.digests[path]
            near = [needed[other] for other in needed.keys() & (changed or set())]
            passed = digest in record.passed.get(path, [])
            as_tested = changed is not None and not near and path not in SMOKE_TESTS
            if all_of_them or path in record.failed or not (passed or as_tested):
                distance = 0 if path in record.failed else min(near, default=0)
                found.append(Affected(path, distance, digest, record.seconds.get(path, DEFAULT_SECONDS)))
        return sorted(found, key=lambda test: (test.distance, test.seconds, test.path))


def select(tested: Suite, record: Record, changed: set[str] | None, budget: float, rest: bool = False) -> Selection:
    """What `make check` runs: of the affected test files the nearest first, as long as `budget` seconds last.

    With `rest` all of the affected run, those too that were left out before.
    """
    run, skipped, skipped_before = [], [], []
    for test in tested.affected(record, changed):
        if rest:
            run.append(test)
        elif record.left.get(test.path) == test.digest and test.path not in record.failed:
            skipped_before.append(test)
        elif test.seconds <= budget:
            budget -= test.seconds
            run.append(test)
        else:
            skipped.append(test)
    affected = {test.path for test in [*run, *skipped, *skipped_before]}
    return Selection(run, skipped, skipped_before, [path for path in tested.distances if path not in affected])


def changed_files(record: Record, root: Path = ROOT) -> tuple[set[str] | None, str]:
    """What differs from the tested commit, deleted and new files too, and which commit that is, in words.

    (None, why) where there is no git or no commit.
    """
    head = _git(root, "rev-parse", "HEAD")
    if not head:
        return None, "no git here to say what changed"
    for upstream in ("@{upstream}", "origin/HEAD"):
        if base := _git(root, "merge-base", "HEAD", upstream):
            description = f"the upstream branch at {base[:8]}, which CI tests"
            break
    else:
        base = record.first_commit = record.first_commit or head
        description = f"commit {base[:8]}, the first that was checked here"
    listed = _git(root, "diff", "--name-only", "--no-renames", base)
    new = _git(root, "ls-files", "--others", "--exclude-standard")
    if listed is None or new is None:
        return None, f"git doesn't know {description}"
    return set(listed.splitlines()) | set(new.splitlines()), description


def _git(root: Path, *arguments: str) -> str | None:
    try:
        run = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=False)
    except OSError:
        return None
    return run.stdout.strip() if run.returncode == 0 else None


def outcomes(report: Path, out_of_time: str) -> dict[str, Outcome]:
    """How each test file ended, from pytest's report in JUnit's form (`--junitxml`)."""
    found: dict[str, Outcome] = {}
    for case in ElementTree.parse(report).iter("testcase"):
        path = _file_of(case.attrib)
        outcome = found.setdefault(path, Outcome())
        outcome.seconds += float(case.get("time", 0))
        outcome.failed |= case.find("failure") is not None or case.find("error") is not None
        skipped = case.find("skipped")
        outcome.cut_short |= skipped is not None and out_of_time in (skipped.get("message") or "")
    return found


def _file_of(case: Mapping[str, Any]) -> str:
    """`tests.app.test_beside.TestDeep` or, where collecting failed, the name alone -> tests/app/test_beside.py."""
    names = (case.get("classname") or case.get("name") or "").split(".")
    for end in range(len(names), 0, -1):
        path = "/".join(names[:end])
        for file in (f"{path}.py", f"{path}/__init__.py"):
            if (ROOT / file).is_file():
                return file
    return ".".join(names)

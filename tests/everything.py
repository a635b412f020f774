"""Every check of the project, one after the other: what `make test` runs.

All of them run even where one fails, so that one run says all there is to mend.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path

from tests.chromium import headless_shell

BIN = Path(sys.executable).parent
PYTEST = [sys.executable, "-m", "pytest", "-q"]

CHECKS = {
    "lint": [str(BIN / "ruff"), "check", "."],
    "format": [str(BIN / "ruff"), "format", "--check", "."],
    "types": [str(BIN / "mypy")],
    "layers": [str(BIN / "lint-imports")],
    "units, docstrings, pages": [*PYTEST, "-n", "2", "-m", "not browser"],
    "in a real Chromium": [*PYTEST, "tests/browser"],
}


def main() -> int:
    """Runs the checks; 0 where all of them passed."""
    print(f"Browser tests run in {headless_shell()}", flush=True)
    before = changed()
    failed = [name for name, command in CHECKS.items() if not _passes(name, command)]
    if left := changed() - before:
        print(f"\n== left behind or changed while the checks ran: {', '.join(sorted(left))}", flush=True)
        failed.append("nothing left behind")
    print("\nAll checks passed." if not failed else f"\nFailed: {', '.join(failed)}.")
    return len(failed)


def changed() -> set[str]:
    """Files of the project that are not as they were committed, as git says it; none where there is no git."""
    if not shutil.which("git"):
        return set()
    status = ["git", "status", "--porcelain", "--untracked-files=all", "--", "."]
    return set(subprocess.run(status, capture_output=True, text=True, check=False).stdout.splitlines())


def _passes(name: str, command: list[str]) -> bool:
    print(f"\n== {name}", flush=True)
    start = time.monotonic()
    passed = subprocess.run(command, check=False).returncode == 0
    print(f"== {name}: {'passed' if passed else 'FAILED'} after {time.monotonic() - start:.0f} s", flush=True)
    return passed


if __name__ == "__main__":
    sys.exit(main())

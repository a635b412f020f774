"""The unit tests on the lowest versions that pyproject.toml allows: `make test-lowest`.

`uv` finds the lowest version of each direct dependency that can be had together with the rest, and they go into an
environment of their own below `.venv`. Torch stays at the version that requirements.txt pins: pip's settings say where
this machine has one without CUDA, and older ones are not to be had there everywhere. Other Pythons are named on the
command line: `python -m tests.lowest_versions 3.12 3.13`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
#: What comes with torch, or is torch.
WITH_TORCH = re.compile(r"^(torch|triton|nvidia-|cuda-)")


def pins(path: Path) -> list[str]:
    """A requirements file's own lines, without comments and without those of other files."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith(("#", "-"))]


def lowest(uv: str, python: str, folder: Path) -> list[str]:
    """Pins of the lowest versions together with the tools of the tests, without torch and what comes with it."""
    tools, torch = folder / "tools.in", folder / "torch.in"
    tools.write_text("\n".join(line for line in pins(ROOT / "requirements-test.txt") if not WITH_TORCH.match(line)))
    torch.write_text(torch_pin())
    asked = [uv, "pip", "compile", "-q", "--resolution", "lowest-direct", "--python-version", python, "--all-extras"]
    asked += ["--override", str(torch), "--no-header", "--no-annotate", "pyproject.toml", str(tools)]
    found = subprocess.run(asked, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    return [line for line in found.splitlines() if line and not WITH_TORCH.match(line)]


def torch_pin() -> str:
    """The line of requirements.txt."""
    return next(line for line in pins(ROOT / "requirements.txt") if line.startswith("torch=="))


def run_on(uv: str, python: str, arguments: list[str]) -> bool:
    """Makes the environment for a version of Python and runs the unit tests in it; whether they passed."""
    folder = ROOT / ".venv" / "lowest" / python
    folder.mkdir(parents=True, exist_ok=True)
    found = lowest(uv, python, folder)
    print(f"\n== the lowest versions on Python {python}\n{' '.join(found)}", flush=True)
    (folder / "pins.txt").write_text("\n".join(found))
    environment = folder / "venv"
    inside = str(environment / "bin" / "python")
    commands = [
        [uv, "venv", "-q", "--seed", "--allow-existing", "--python", python, str(environment)],
        [inside, "-m", "pip", "install", "-q", torch_pin()],
        [uv, "pip", "install", "-q", "--python", inside, "-r", str(folder / "pins.txt")],
        [uv, "pip", "install", "-q", "--python", inside, "--no-deps", "-e", "."],
        [inside, "-m", "pytest", "-q", "-n", "2", "-m", "not browser", *arguments],
    ]
    # A cache of kernels is Numba's own for a version.
    own = {
        **os.environ,
        "NUMBA_CACHE_DIR": str(folder / "numba"),
        "PATH": f"{environment / 'bin'}:{os.environ['PATH']}",
    }
    return all(subprocess.run(command, cwd=ROOT, env=own, check=False).returncode == 0 for command in commands)


def main() -> int:
    """The versions named, or this Python's; 0 where the tests passed on all of them."""
    uv = shutil.which("uv")
    if not uv:
        print("`make test-lowest` needs uv, which resolves to the lowest versions: pip install uv")
        return 1
    named = [word for word in sys.argv[1:] if re.fullmatch(r"\d+\.\d+", word)]
    others = [word for word in sys.argv[1:] if word not in named]
    versions = named or [f"{sys.version_info.major}.{sys.version_info.minor}"]
    failed = [version for version in versions if not run_on(uv, version, others)]
    print(f"\nFailed on Python {', '.join(failed)}." if failed else "\nThe lowest versions pass.")
    return len(failed)


if __name__ == "__main__":
    sys.exit(main())

"""The unit tests on the lowest versions that pyproject.toml allows: `make test-lowest`.

`uv` finds the lowest version of each direct dependency that can be had together with the rest, and they go into an
environment of their own below `.venv`. Torch stays at the version that requirements.txt pins: pip's settings say where
this machine has one without CUDA, and older ones are not to be had there everywhere. Other Pythons are named on the
command line: `python -m tests.lowest_versions 3.12 3.13`. One that this machine lacks is left out, and so is one for
which there is no torch without CUDA here; the last line says which, and why.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
#: What resolves to the lowest versions, which pip can't; installed where it is missing.
UV = "uv==0.13.9"
#: What comes with a torch for NVIDIA's cards, or is torch; Triton's own version is pinned for the tests.
WITH_TORCH = re.compile(r"^(torch|nvidia-|cuda-)")
#: What comes with a torch for NVIDIA's cards alone: 2 GB.
CUDA = re.compile(r"^(nvidia-|cuda-)")
OWN = f"{sys.version_info.major}.{sys.version_info.minor}"


def pins(path: Path) -> list[str]:
    """A requirements file's own lines, without comments and without those of other files."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith(("#", "-"))]


def lowest(uv: str, python: str, folder: Path) -> list[str]:
    """Pins of the lowest versions together with the tools of the tests, without torch and what comes with it."""
    tools, torch = folder / "tools.in", folder / "torch.in"
    of_tests = [line for name in ("test", "docs") for line in pins(ROOT / f"requirements-{name}.txt")]
    tools.write_text("\n".join(line for line in of_tests if not WITH_TORCH.match(line)))
    torch.write_text(torch_pin())
    command = [uv, "pip", "compile", "-q", "--resolution", "lowest-direct", "--python-version", python, "--all-extras"]
    command += ["--override", str(torch), "--no-header", "--no-annotate", "pyproject.toml", str(tools)]
    found = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    return [line for line in found.splitlines() if line and not WITH_TORCH.match(line)]


def torch_pin() -> str:
    """The line of requirements.txt."""
    return next(line for line in pins(ROOT / "requirements.txt") if line.startswith("torch=="))


def find_python(version: str) -> str | None:
    """The path of a Python of this version, "3.12": this one, one of pyenv's, or one that a shell would find."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    paths = [*map(str, sorted(pyenv.glob(f"{version}.*/bin/python"))), shutil.which(f"python{version}")]
    return next(filter(_starts, [sys.executable] if version == OWN else filter(None, paths)), None)


def _starts(python: str) -> bool:
    return subprocess.run([python, "-c", ""], check=False, stderr=subprocess.DEVNULL).returncode == 0


def lacks_torch(python: str) -> str:
    """Why the torch of requirements.txt is not to be had without CUDA for a Python; "" where it is."""
    command = [python, "-m", "pip", "install", "-q", "--dry-run", "--report", "-", torch_pin()]
    result = subprocess.run(command, check=False, capture_output=True, text=True)
    if result.returncode:
        return f"{torch_pin()} is not to be had for it here"
    names = [each["metadata"]["name"] for each in json.loads(result.stdout)["install"]]
    return f"{torch_pin()} comes with CUDA alone for it here" if any(map(CUDA.match, names)) else ""


def run_on(uv: str, version: str, python: str, arguments: list[str]) -> str:
    """Makes the environment for a Python and runs the unit tests in it: "passed", "failed", or why it was left out."""
    folder = ROOT / ".venv" / "lowest" / version
    folder.mkdir(parents=True, exist_ok=True)
    environment = folder / "venv"
    inside = str(environment / "bin" / "python")
    subprocess.run([uv, "venv", "-q", "--seed", "--allow-existing", "--python", python, str(environment)], check=True)
    if version != OWN and (reason := lacks_torch(inside)):
        return reason
    found = lowest(uv, version, folder)
    print(f"\n== the lowest versions on Python {version}\n{' '.join(found)}", flush=True)
    (folder / "pins.txt").write_text("\n".join(found))
    commands = [
        [inside, "-m", "pip", "install", "-q", torch_pin()],
        [uv, "pip", "install", "-q", "--python", inside, "-r", str(folder / "pins.txt")],
        [uv, "pip", "install", "-q", "--python", inside, "--no-deps", "-e", "."],
        [inside, "-m", "pytest", "-q", "-n", "2", "-m", "not browser", *arguments],
    ]
    # A cache of kernels is Numba's own for a version.
    variables = {
        **os.environ,
        "NUMBA_CACHE_DIR": str(folder / "numba"),
        "PATH": f"{environment / 'bin'}:{os.environ['PATH']}",
    }
    passed = all(subprocess.run(command, cwd=ROOT, env=variables, check=False).returncode == 0 for command in commands)
    return "passed" if passed else "failed"


def find_uv() -> str:
    """The path of uv, installed beside this Python first where there is none."""
    beside = Path(sys.executable).with_name("uv")
    if not (shutil.which("uv") or beside.exists()):
        subprocess.run([sys.executable, "-m", "pip", "install", "-q", UV], check=True)
    return shutil.which("uv") or str(beside)


def main() -> int:
    """The versions named, or this Python's; the number of those on which the tests failed."""
    named = [word for word in sys.argv[1:] if re.fullmatch(r"\d+\.\d+", word)]
    others = [word for word in sys.argv[1:] if word not in named]
    uv, ended = find_uv(), {}
    for version in named or [OWN]:
        python = find_python(version)
        ended[version] = run_on(uv, version, python, others) if python else "there is none here"
    print("\n== the lowest versions")
    for version, how in ended.items():
        print(f"Python {version}: {how if how in ('passed', 'failed') else f'left out, since {how}'}")
    return list(ended.values()).count("failed")


if __name__ == "__main__":
    sys.exit(main())

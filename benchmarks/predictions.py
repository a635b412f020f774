"""What was said of each ratio before it was measured: whoever changes a kernel writes it into predictions.toml."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from benchmarks.sizes import Size

SAID = Path(__file__).with_suffix(".toml")


def predicted(size: Size, way: str) -> float | None:
    """The ratio said for this size; sizes that are drawn share one prediction."""
    return _said().get("drawn" if size.drawn else str(size), {}).get(way)


@cache
def _said() -> dict[str, dict[str, float]]:
    return tomllib.loads(SAID.read_text(encoding="utf-8"))

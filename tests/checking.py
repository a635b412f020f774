"""How types and shapes are checked while tests run: by beartype, and with jaxtyping where arrays say their shapes.

jaxtyping compares the shapes of all that one call is given, which takes as long as the tests of figures themselves. So
it does so in the packages that have to do with shapes, named in pyproject.toml, and beartype alone checks all others.
An int may stand for a float, and any binary stream for `IO[bytes]`: `io.BytesIO` has no name or mode.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from beartype import BeartypeConf, FrozenDict, beartype
from beartype.claw import beartype_packages

CONF = BeartypeConf(is_pep484_tower=True, hint_overrides=FrozenDict({IO[bytes]: io.IOBase}))
LIBRARY = Path(__file__).parents[1] / "lstm_viz"

check = beartype(conf=CONF)


def check_without_shapes(with_shapes: Iterable[str]) -> None:
    """Has all of the library but these modules and packages checked when it is imported, without regard to shapes."""
    every = {f"lstm_viz.{path.stem}" for path in LIBRARY.iterdir() if not path.stem.startswith("_")}
    beartype_packages(sorted(every.difference(with_shapes)), conf=CONF)

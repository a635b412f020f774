"""How types and shapes are checked while tests run: by jaxtyping's import hook and beartype.

An int may stand for a float, and any binary stream for `IO[bytes]`: `io.BytesIO` has no name or mode.

Checking every module makes importing the library 3.9 times as costly (13 seconds of processor time instead of 3.3, in
each process), checking those whose annotations carry shapes 1.3 times. So the latter is usual, and the former is the
full profile's.
"""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import IO

from beartype import BeartypeConf, FrozenDict, beartype
from jaxtyping import install_import_hook

check = beartype(conf=BeartypeConf(is_pep484_tower=True, hint_overrides=FrozenDict({IO[bytes]: io.IOBase})))
#: The same under another name: the hook keeps byte code by the checker's name, and code that is checked in one of the
#: two profiles may not be in the other.
check_everywhere = check


def modules_with_shapes(library: Path) -> list[str]:
    """The modules of a package that import jaxtyping, by their dotted names."""
    found = []
    for path in sorted(library.rglob("*.py")):
        if re.search(r"^\s*(from|import) jaxtyping\b", path.read_text(encoding="utf-8"), re.MULTILINE):
            found.append(".".join(path.relative_to(library.parent).with_suffix("").parts).removesuffix(".__init__"))
    return found


def install_type_checks(library: Path, everywhere: bool) -> None:
    """Have types and shapes checked in a package's modules: in all of them, or where annotations carry shapes."""
    if everywhere:
        install_import_hook([library.name], "tests.support.type_checks.check_everywhere")
    else:
        install_import_hook(modules_with_shapes(library), "tests.support.type_checks.check")

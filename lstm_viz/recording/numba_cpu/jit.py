"""How functions are compiled here: Numba's options, and its cache on disk keyed by all files of this folder.

Numba by itself stores machine code until the file of the function changes. Machine code of `kernel.py` has that of
`gemm.py`, `simd.py` and the others in it, so here any file of the folder makes it stale.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from inspect import unwrap
from pathlib import Path
from typing import Any

import llvmlite
import numba
from numba import njit
from numba.core.caching import CompileResultCacheImpl, FunctionCache

#: No check of divisors for zero; a product may be fused with a sum; other Python threads run meanwhile. Without `_nrt`
#: no reference to an array is counted: counting takes longer than the equations, and nothing is allocated here that
#: could leak.
OPTIONS: dict[str, Any] = {"fastmath": {"contract"}, "error_model": "numpy", "nogil": True, "_nrt": False}


def compiled(function: Callable[..., Any]) -> Any:
    """The function compiled to machine code, which is stored on disk where a folder for it can be written to.

    `forceinline` is given though it is False: else Numba takes it from whichever function calls this one first.
    """
    dispatcher = njit(forceinline=False, **OPTIONS)(unwrap(function))  # tests wrap every function to check its types
    with suppress(RuntimeError):  # no folder can be written to, or there are no files to look at
        dispatcher._cache = FolderCache(dispatcher.py_func)
    return dispatcher


def inlined(function: Callable[..., Any]) -> Any:
    """The function compiled as a part of each compiled function that calls it."""
    return njit(forceinline=True, **OPTIONS)(unwrap(function))


def source_stamp(folder: Path) -> str:
    """Hash of what the machine code was made from: every Python file of the folder, and the compiler's versions.

    Numba's index has the processor and the types of the arguments beside it, so machines that share a home directory
    don't overwrite each other's code.
    """
    sources = sorted(folder.glob("*.py"))
    if not sources:  # in a zip archive, say
        raise RuntimeError(f"no source files in {folder}")
    digest = sha256(f"numba {numba.__version__}, llvmlite {llvmlite.__version__}".encode())
    for path in sources:
        source = path.read_bytes()
        digest.update(f"{path.name} {len(source)} ".encode() + source)
    return digest.hexdigest()


class _FolderStamp:
    """Mixin for Numba's cache locators, which say where a function's code is stored and which sources it is for."""

    _py_file: str

    def get_source_stamp(self) -> str:
        return source_stamp(Path(self._py_file).parent)


class _FolderCacheImpl(CompileResultCacheImpl):
    """Numba's way of storing compiled functions, with locators that look at the whole folder."""

    _locator_classes: list[Any] = [  # noqa: RUF012 - as the base class declares it
        type(locator.__name__, (_FolderStamp, locator), {}) for locator in CompileResultCacheImpl._locator_classes
    ]


class FolderCache(FunctionCache):
    """Numba's cache of one function on disk, valid while no file of the function's folder changes."""

    _impl_class = _FolderCacheImpl

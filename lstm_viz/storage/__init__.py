"""Storage of traces: netCDF4 files, also untrusted ones, and `zarr` for runs too long for memory."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lstm_viz.storage.netcdf.read import load_trace
    from lstm_viz.storage.netcdf.untrusted import load_untrusted_trace
    from lstm_viz.storage.zarr.read import open_trace

#: Where each public name lives; a module is imported when its name is first used.
_HOMES = {"load_trace": "netcdf.read", "load_untrusted_trace": "untrusted", "open_trace": "zarr.read"}

__all__ = ["TraceFileError", "load_trace", "load_untrusted_trace", "open_trace"]


class TraceFileError(ValueError):
    """A file that holds no trace, or a damaged one."""


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)

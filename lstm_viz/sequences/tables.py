"""A file as columns, before anyone has said what the columns mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True, eq=False)
class Table:
    """Named columns of one length: float64 (NaN: a gap), datetime64[ns] (NaT) or str objects (None).

    An array of 3 axes arrives as a long table with the columns `sequence` and `step`;
    a text as one row a character, in the column `character`.
    """

    columns: Mapping[str, np.ndarray]
    source: str
    format: str
    notes: tuple[str, ...] = ()
    #: Columns whose meaning the format itself states: {"time": "step", "sequence": "sequence"}.
    roles: Mapping[str, str] = field(default_factory=dict)
    #: A workbook's sheets or an NPZ file's arrays, any of which could be read, and which was.
    parts: tuple[str, ...] = ()
    part: str = ""

    @property
    def rows(self) -> int:
        """How many rows each column has."""
        return len(next(iter(self.columns.values()), ()))

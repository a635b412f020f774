"""How types and shapes are checked while tests run: by beartype.

An int may stand for a float, and any binary stream for `IO[bytes]`: `io.BytesIO` has no name or mode.
"""

from __future__ import annotations

import io
from typing import IO

from beartype import BeartypeConf, FrozenDict, beartype

check = beartype(conf=BeartypeConf(is_pep484_tower=True, hint_overrides=FrozenDict({IO[bytes]: io.IOBase})))

"""The player in V8, made once for all of its tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.player.v8 import Player, player


@pytest.fixture(scope="session")
def v8() -> Iterator[Player]:
    """The player's modules; what one test leaves there another one finds, so each brings its own viewport."""
    with player() as found:
        yield found

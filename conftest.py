"""What holds for all tests: how thorough they are, and how types and shapes are checked while they run.

`LSTM_VIZ_TESTS=full` is the thorough profile, which `.ci/run` switches on. Without it the same tests run with a third
of Hypothesis' examples, those marked `full` stay out, and only the modules whose annotations carry shapes are checked.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from hypothesis import settings

from tests.support.type_checks import install_type_checks

FULL = os.environ.get("LSTM_VIZ_TESTS") == "full"

# Two test processes share two cores: one thread each, and no deadlines that depend on the neighbour.
os.environ.setdefault("OMP_NUM_THREADS", "1")
settings.register_profile("full", deadline=None, print_blob=True)
settings.register_profile("quick", settings.get_profile("full"), max_examples=34)
settings.load_profile("full" if FULL else "quick")

# Before anything imports the library.
install_type_checks(Path(__file__).parent / "lstm_viz", everywhere=FULL)


def quicker(own_settings: settings) -> settings:
    """A third of the examples that a test asks for, but ten of them where it asks for so many."""
    return settings(own_settings, max_examples=max(min(own_settings.max_examples, 10), own_settings.max_examples // 3))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In the quick profile: fewer examples, also where a test says how many, and nothing that is marked `full`."""
    if FULL:
        return
    seen = set()
    for item in items:
        test = getattr(item, "obj", None)
        test = getattr(test, "__func__", test)
        own_settings = getattr(test, "_hypothesis_internal_use_settings", None)
        if own_settings and id(test) not in seen and own_settings.max_examples != settings.default.max_examples:
            seen.add(id(test))
            test._hypothesis_internal_use_settings = quicker(own_settings)
    left = [item for item in items if item.get_closest_marker("full")]
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in left]


def pytest_addoption(parser: pytest.Parser) -> None:
    """What `make check` asks for."""
    parser.addoption("--stop-at", type=float, default=float("inf"), help="skip what hasn't begun by this time.time()")
    parser.addoption("--stop-reason", default="out of time", help="why, for the report")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Nothing begins once the time is over."""
    if time.time() > item.config.getoption("--stop-at"):
        pytest.skip(item.config.getoption("--stop-reason"))

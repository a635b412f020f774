"""The load of a class is what the app does for real sessions: they join and change things, and see no error."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from benchmarks.browser_session import BrowserSession
from benchmarks.class_load import Load, fetch_static_files, measure, report
from lstm_viz.ui.navigation.pages import PAGES
from tests.browser.servers import running_app


async def turned(address: str) -> tuple[BrowserSession, list[int]]:
    """A session that makes each kind of change that the page of the forget gate has, then comes back to its start."""
    person, received = BrowserSession(address, random.Random(4)), []
    await person.join("forget_gate")
    kinds = person.offers()
    for kind in ("what-if", "what-if", "cell", "cell", "model"):
        assert kind in kinds
        received.append((await person.change(kind)).received)
    await person.close()
    return person, received


def test_sessions_join_change_things_and_are_sent_what_they_lack(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with running_app(tmp_path / "log.txt") as server:
        load: Load = asyncio.run(measure([server], sessions=2, seconds=3, seed=1))
        person, received = asyncio.run(turned(server.address))
        assert fetch_static_files(server.address) > 1_000_000
    assert load.errors == [] and person.errors == []
    assert len(load.joins) == 2 and load.changes
    assert {*person.pages} <= {"", *(page.name for page in PAGES)} and len(person.pages) == len(PAGES)
    assert person.page == "forget_gate"
    first, back = received[2:4]
    assert back < first / 3, "the cell that was there before is sent again"
    report(load)
    said = capsys.readouterr().out
    assert "CPU-ms a join" in said and "0 errors" in said

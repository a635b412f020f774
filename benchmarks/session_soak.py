"""Memory comes back when sessions close: sessions are opened, used and closed in groups, and the server is weighed.

`python -m benchmarks.session_soak [--sessions 500] [--group 20]`. Streamlit keeps a closed tab's session for two
minutes, so that it finds it again after a break in the network; the last weighing comes after that. Ends with exit code
1 where the server then holds over a tenth more than after the first groups.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import random
import sys
import tempfile
import time
from pathlib import Path

import psutil

from benchmarks.browser_session import BrowserSession, SessionError
from benchmarks.class_load import SETTLING_SECONDS
from tests.browser.servers import running_app

#: Changes that each session makes before it is closed.
CHANGES = 3
#: Sessions after which all that is made once for everybody has been made: the server is weighed first.
FIRST_SESSIONS = 140
#: Seconds that Streamlit keeps a closed session, and some.
KEPT_SECONDS = 125.0
MOST = 1.10
#: Lines of the server's log that are printed where a session met an error.
LOG_LINES = 60


def main() -> None:
    """Prints the server's memory as sessions come and go."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sessions", type=int, default=500)
    parser.add_argument("--group", type=int, default=20)
    options = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.2f} on {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as folder, running_app(Path(folder) / "log.txt") as server:
        time.sleep(SETTLING_SECONDS)
        process = psutil.Process(server.process.pid)
        print(f"nobody yet: {_megabytes(process):.0f} MB")
        errors = asyncio.run(_open_and_close(server.address, 0, FIRST_SESSIONS, options.group, process))
        start = _settled(server.address, process)
        print(f"after the first {FIRST_SESSIONS} sessions: {start:.0f} MB")
        errors += asyncio.run(_open_and_close(server.address, FIRST_SESSIONS, options.sessions, options.group, process))
        end = _settled(server.address, process)
        print(f"after {FIRST_SESSIONS + options.sessions} sessions: {end:.0f} MB, {100 * (end / start - 1):+.1f} %")
        print(f"{len(errors)} errors; load {os.getloadavg()[0]:.2f}")
        for error in errors[:5]:
            print(f"  {error}")
        if errors:
            print("\n".join((Path(folder) / "log.txt").read_text(encoding="utf-8").splitlines()[-LOG_LINES:]))
    sys.exit(0 if end <= MOST * start and not errors else 1)


def _settled(address: str, process: psutil.Process) -> float:
    """The memory once closed sessions are let go of, which Streamlit does when the next one comes."""
    time.sleep(KEPT_SECONDS)
    asyncio.run(_one(BrowserSession(address, random.Random(0))))
    time.sleep(2)
    return _megabytes(process)


async def _open_and_close(address: str, first: int, count: int, group: int, process: psutil.Process) -> list[str]:
    errors: list[str] = []
    for begin in range(first, first + count, group):
        people = [
            BrowserSession(address, random.Random(index)) for index in range(begin, min(begin + group, first + count))
        ]
        errors += [error for found in await asyncio.gather(*map(_one, people)) for error in found]
        print(f"  {begin + len(people)} sessions: {_megabytes(process):.0f} MB", flush=True)
    return errors


async def _one(person: BrowserSession) -> list[str]:
    """A session that looks at a few things and leaves."""
    try:
        await person.join(person.random.choice(["", "basics", "forget_gate", "rnn_vs_lstm", "explore"]))
        for _ in range(CHANGES):
            await person.change(person.random.choice(person.offers()))
    except (SessionError, OSError) as error:
        person.errors.append(repr(error))
    with contextlib.suppress(OSError):
        await person.close()
    return person.errors


def _megabytes(process: psutil.Process) -> float:
    return process.memory_info().rss / 1e6


if __name__ == "__main__":
    main()

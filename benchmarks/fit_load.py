"""Thirty clicks on "fit" at once, while others turn pages: how long each waits, and how soon a page is there.

`python -m benchmarks.fit_load [--fits 30] [--readers 10]`. One process serves all, on loopback alone.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import tempfile
import time
from pathlib import Path

import psutil

from benchmarks.browser_session import BrowserSession, SessionError
from benchmarks.class_load import SETTLING_SECONDS, Load, _times, _use
from tests.browser.servers import running_app

#: Seconds that the readers turn pages before anybody fits.
BEFORE_SECONDS = 20.0
#: Seconds that the last in the queue may wait.
MAX_SECONDS = 540.0
FIT_MODEL = "A small one, fitted here"


def main() -> None:
    """Prints what was measured."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fits", type=int, default=30)
    parser.add_argument("--readers", type=int, default=10)
    options = parser.parse_args()
    print(f"{options.fits} fits, {options.readers} readers; load {os.getloadavg()[0]:.2f} on {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as folder, running_app(Path(folder) / "log.txt") as server:
        time.sleep(SETTLING_SECONDS)
        asyncio.run(measure(server.address, options.fits, options.readers))
        children = psutil.Process(server.process.pid).children()
        print(f"processes at the end: {1 + len(children)}; load {os.getloadavg()[0]:.2f}")
        if "Traceback" in server.said():
            print(server.said())


async def measure(address: str, fits: int, readers: int) -> None:
    """Has readers turn pages, then others press "fit" at the same moment while the readers go on."""
    reading = [BrowserSession(address, random.Random(index)) for index in range(readers)]
    fitting = [BrowserSession(address, random.Random(1000 + index), patience=MAX_SECONDS) for index in range(fits)]
    for person in reading:
        await person.join()
    before = Load()
    await asyncio.gather(*(_use(person, before, time.perf_counter() + BEFORE_SECONDS) for person in reading))
    for person in fitting:
        await person.join("explore")
        await person.choose("Model", FIT_MODEL)
    done: list[float] = []
    errors: list[str] = []
    start = time.perf_counter()

    async def fit(person: BrowserSession) -> None:
        try:
            await person.press("Fit a small")
            done.append(time.perf_counter() - start)
            if person.offers_button("Fit a small"):
                errors.append("the fit gave no run")
        except (SessionError, OSError) as error:
            errors.append(repr(error))

    during = Load()
    jobs = asyncio.gather(*(fit(person) for person in fitting))
    while not jobs.done():
        await asyncio.gather(*(_use(person, during, time.perf_counter() + BEFORE_SECONDS) for person in reading))
    await jobs
    errors += [error for person in (*reading, *fitting) for error in person.errors]
    for name, load in (("before", before), ("while they fit", during)):
        if load.changes:
            print(f"a change {name}: {_times([each.seconds for each in load.changes])} of {len(load.changes)}")
    if done:
        done.sort()
        print(f"fits: {len(done)} done, the first after {done[0]:.1f} s, the last after {done[-1]:.1f} s")
    print(f"{len(errors) + len(before.errors) + len(during.errors)} errors")
    for error in (*errors, *before.errors, *during.errors)[:5]:
        print(f"  {error}")
    for person in (*reading, *fitting):
        await person.close()


if __name__ == "__main__":
    main()

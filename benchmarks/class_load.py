"""A class at work: sessions that join the real app together, then change something every three seconds.

`python -m benchmarks.class_load [--sessions 30] [--processes 1] [--seconds 60]` starts the app as a person does, on
loopback alone, and speaks Streamlit's websocket protocol with it as a browser would (`browser_session.py`). Times
depend on the machine; processor milliseconds a change and a join hold on any.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gzip
import os
import random
import re
import statistics
import tempfile
import time
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import psutil
import streamlit

from benchmarks.browser_session import BrowserSession, Change, SessionError
from tests.browser.servers import Server, running_app

PREDICTIONS = Path(__file__).with_name("class_predictions.toml")
#: Seconds between two changes of a person, on average.
PAUSE = 3.0
#: Within how many seconds all join.
JOIN_SECONDS = 2.0
#: How often each kind of change is made where a page offers it.
WEIGHTS = {"page": 4.0, "model": 2.0, "cell": 1.5, "example": 3.0, "delay": 3.0, "what-if": 2.0}
#: Seconds until what is loaded after the start is there: torch, and what is drawn beforehand.
SETTLING_SECONDS = 12.0
#: Scripts that the first page's parts fetch once they are there.
LAZY_SCRIPTS = ("PlotlyChart", "BidiComponent", "Selectbox", "ButtonGroup", "Html", "PageLink")
#: The longest that a run may last.
MAX_SECONDS = 600


@dataclass
class Load:
    """What one run measured."""

    joins: list[Change] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    join_cpu: float = 0.0
    change_cpu: float = 0.0
    memory: float = 0.0
    seconds: float = 0.0
    #: Processor seconds that the made sessions themselves took, on the same cores, while they changed something.
    own_cpu: float = 0.0


def main() -> None:
    """Prints what was predicted and what was measured."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sessions", type=int, default=30)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument(
        "--settle",
        type=float,
        default=SETTLING_SECONDS,
        help="seconds from the start until all join; with more than "
        "the usual ones the server opens its pages beforehand",
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--static", action="store_true", help="each session fetches the page's files too, as it joins")
    options = parser.parse_args()
    case = f"{options.sessions} sessions, {options.processes} process{'es' * (options.processes > 1)}"
    print(f"{case}, {options.seconds:.0f} s; load before {os.getloadavg()[0]:.2f} on {os.cpu_count()} cores")
    _print_predictions(case)
    with tempfile.TemporaryDirectory() as folder, _running_apps(Path(folder), 1, warms_up=False) as servers:
        time.sleep(SETTLING_SECONDS)
        print(f"static files, by a server that does nothing else: {static_files_cost(servers[0]):.1f} CPU-ms a join")
    with (
        tempfile.TemporaryDirectory() as folder,
        _running_apps(Path(folder), options.processes, options.settle > SETTLING_SECONDS) as servers,
    ):
        time.sleep(options.settle)
        load = asyncio.run(
            measure(servers, options.sessions, min(options.seconds, MAX_SECONDS), options.seed, options.static)
        )
    report(load)
    print(f"load after {os.getloadavg()[0]:.2f}")


@contextlib.contextmanager
def _running_apps(folder: Path, count: int, warms_up: bool) -> Iterator[list[Server]]:
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(running_app(folder / f"{index}.txt", warms_up=warms_up)) for index in range(count)]


async def measure(servers: Sequence[Server], sessions: int, seconds: float, seed: int, static: bool = False) -> Load:
    """Has so many sessions join and change things for so many seconds."""
    load = Load()
    processes = [psutil.Process(server.process.pid) for server in servers]
    people = [
        BrowserSession(servers[index % len(servers)].address, random.Random(seed * 1000 + index))
        for index in range(sessions)
    ]
    memory, cpu = _memory(processes), _cpu(processes)
    await asyncio.gather(*(_join(person, load, index, sessions, static) for index, person in enumerate(people)))
    load.join_cpu = _cpu(processes) - cpu
    cpu, own, start = _cpu(processes), time.process_time(), time.perf_counter()
    await asyncio.gather(*(_use(person, load, start + seconds) for person in people))
    load.seconds = time.perf_counter() - start
    load.change_cpu, load.memory = _cpu(processes) - cpu, _memory(processes) - memory
    load.own_cpu = time.process_time() - own
    for person in people:
        load.errors += person.errors
        await person.close()
    return load


async def _join(person: BrowserSession, load: Load, index: int, sessions: int, static: bool) -> None:
    await asyncio.sleep(JOIN_SECONDS * index / sessions)
    start = time.perf_counter()
    try:
        if static:
            await asyncio.to_thread(fetch_static_files, person.address)
        joined = await person.join()
        load.joins.append(joined._replace(seconds=time.perf_counter() - start))
    except (SessionError, OSError) as error:
        load.errors.append(f"join: {error!r}")


async def _use(person: BrowserSession, load: Load, end: float) -> None:
    """Changes something now and then. Who waits for an answer does not press again."""
    while (pause := person.random.uniform(PAUSE / 3, PAUSE * 5 / 3)) + time.perf_counter() < end:
        await asyncio.sleep(pause)
        kinds = person.offers()
        kind = person.random.choices(kinds, [WEIGHTS[each] for each in kinds])[0]
        try:
            load.changes.append(await person.change(kind))
        except (SessionError, OSError) as error:
            load.errors.append(f"{kind} on {person.page}: {error!r}")
            return


def _cpu(processes: Sequence[psutil.Process]) -> float:
    """Processor seconds of the processes and what they started."""
    total = 0.0
    for process in processes:
        for each in (process, *process.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess):
                times = each.cpu_times()
                total += times.user + times.system
    return total


def _memory(processes: Sequence[psutil.Process]) -> float:
    return float(sum(process.memory_info().rss for process in processes))


# Files that a browser fetches before it opens the websocket


def fetch_static_files(address: str, path: str = "/") -> int:
    """Fetches the page and what it and its first parts name, compressed, as a browser without a cache; the bytes."""
    with closing(HTTPConnection(address.removeprefix("http://"), timeout=60)) as connection:
        return _fetch_page(connection, path)


def _fetch_page(connection: HTTPConnection, path: str) -> int:
    page, links, size = _fetch(connection, path)
    names = set(re.findall(r'(?:href|src)="\./(static/[^"]+|favicon[^"]+)"', page))
    names |= set(re.findall(r"</(static/[^>]+)>", links))
    for name in sorted(names | set(_lazy_scripts())):
        size += _fetch(connection, f"/{name}")[2]
    return size


def _lazy_scripts() -> Iterator[str]:
    static = Path(streamlit.__file__).parent / "static"
    for name in LAZY_SCRIPTS:
        for found in (static / "static" / "js").glob(f"{name}.*.js"):
            yield str(found.relative_to(static))


def _fetch(connection: HTTPConnection, path: str) -> tuple[str, str, int]:
    """The text of a page, the `Link` header and the bytes that came; over one connection, which a browser keeps too."""
    connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
    answer = connection.getresponse()
    body = answer.read()
    is_html = "text/html" in answer.headers.get("Content-Type", "")
    text = gzip.decompress(body) if is_html and answer.headers.get("Content-Encoding") == "gzip" else body
    return text.decode() if is_html else "", answer.headers.get("Link", ""), len(body)


def static_files_cost(server: Server, people: int = 5) -> float:
    """Processor milliseconds that the files cost the server for each person, after a first one."""
    process = psutil.Process(server.process.pid)
    fetch_static_files(server.address)
    before = _cpu([process])
    for _ in range(people):
        fetch_static_files(server.address)
    return 1000 * (_cpu([process]) - before) / people


# What is printed


def report(load: Load) -> None:
    """Prints what was measured."""
    joins, changes = [each.seconds for each in load.joins], [each.seconds for each in load.changes]
    if joins:
        print(f"first page {_times(joins)}; {1000 * load.join_cpu / len(joins):.0f} CPU-ms a join;", end=" ")
        print(f"{statistics.mean(each.received for each in load.joins) / 1000:.0f} kB over the websocket")
    if changes:
        print(f"a change {_times(changes)}; {1000 * load.change_cpu / len(changes):.1f} CPU-ms a change;", end=" ")
        print(f"{len(changes)} changes in {load.seconds:.0f} s")
        busy = (load.change_cpu / load.seconds, load.own_cpu / load.seconds)
        print(f"  the server took {busy[0]:.2f} of the {os.cpu_count()} cores, the made sessions {busy[1]:.2f}")
        kinds: dict[str, list[Change]] = defaultdict(list)
        for each in load.changes:
            kinds[each.kind].append(each)
        for kind, found in sorted(kinds.items()):
            sent = statistics.mean(each.received for each in found) / 1000
            print(f"  {kind:8} {len(found):4} times, {_times([each.seconds for each in found])}, {sent:.0f} kB each")
    print(f"memory {load.memory / 1e6 / max(1, len(joins)):.1f} MB a session; {len(load.errors)} errors")
    for error in load.errors[:5]:
        print(f"  {error}")


def _times(seconds: Sequence[float]) -> str:
    ordered = sorted(1000 * each for each in seconds)
    p95 = ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))]
    return f"p50 {statistics.median(ordered):.0f}, p95 {p95:.0f}, slowest {ordered[-1]:.0f} ms"


def _print_predictions(case: str) -> None:
    predicted: dict[str, Any] = tomllib.loads(PREDICTIONS.read_text(encoding="utf-8")).get(case, {})
    for name, value in predicted.items():
        print(f"  predicted: {name} {value}")


if __name__ == "__main__":
    main()

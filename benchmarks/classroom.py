"""What a class costs the server: as many made pupils follow a teacher who takes a step a second.

`python -m benchmarks.classroom [--pupils 100] [--seconds 30]` starts the app, begins a class, opens a stream of events
for each pupil and posts a step a second as a teacher's browser does. It prints the share of a core that the server's
process takes while it stands by and while all follow, and the milliseconds from before a post until each pupil has read
the step. What a browser then takes to show it is a step as the player takes it (`benchmarks/player.py`).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from tests.browser.servers import running_app

#: Seconds for the server to be done with its start.
SETTLING_SECONDS = 8
STATE = "forget_gate?step={step}&unit=7&beat=forget&paragraph=2&model=Delayed+recall&theme=light"


class Connection:
    """One HTTP connection to the app."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self._host, self._port = str(parts.hostname), int(parts.port or 80)

    async def open(self, request: str, *headers: str, body: bytes = b"") -> asyncio.StreamReader:
        reader, self.writer = await asyncio.open_connection(self._host, self._port)
        lines = [request + " HTTP/1.1", f"Host: {self._host}:{self._port}", *headers, f"Content-Length: {len(body)}"]
        self.writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        status = (await reader.readline()).split()[1]
        if not status.startswith(b"2"):
            raise SystemExit(f"{request}: {status.decode()} {await reader.read(500)!r}")
        return reader

    async def post(self, path: str, body: dict[str, object], *headers: str) -> bytes:
        sent = json.dumps(body).encode()
        reader = await self.open(
            f"POST {path}", "Content-Type: application/json", "Connection: close", *headers, body=sent
        )
        answer = (await reader.read()).partition(b"\r\n\r\n")[2]
        self.writer.close()
        return answer


class Pupil:
    """A made pupil: when it read which step."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.read: dict[int, float] = {}

    async def follow(self, address: str, code: str, joined: asyncio.Queue[int]) -> None:
        self._connection = Connection(address)
        reader = await self._connection.open(f"GET /class/{code}/events?person=made-pupil-{self.number:08d}")
        joined.put_nowait(self.number)
        while line := await reader.readline():
            if line.startswith(b"data:") and (found := line.partition(b"?step=")[2]):
                self.read.setdefault(int(found.partition(b"&")[0]), time.perf_counter())


def main() -> None:
    """Prints shares of a core and milliseconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pupils", type=int, default=100)
    parser.add_argument("--seconds", type=int, default=30)
    options = parser.parse_args()
    print(f"load before: {os.getloadavg()[0]:.2f} on {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as folder, running_app(Path(folder) / "log.txt") as server:
        time.sleep(SETTLING_SECONDS)
        process = psutil.Process(server.process.pid)
        print(f"standing by: {_share(process, lambda: time.sleep(10)):.1f} % of a core")
        asyncio.run(_lead(server.address, process, options.pupils, options.seconds))
    print(f"load after: {os.getloadavg()[0]:.2f}")


async def _lead(address: str, process: psutil.Process, people: int, seconds: int) -> None:
    teacher = Connection(address)
    begun = json.loads(await teacher.post("/class", {"state": STATE.format(step=1)}))
    pupils = [Pupil(number) for number in range(people)]
    joined: asyncio.Queue[int] = asyncio.Queue()
    following = [asyncio.create_task(pupil.follow(address, begun["code"], joined)) for pupil in pupils]
    for _ in pupils:
        await joined.get()
    sent: dict[int, float] = {}
    busy, start = _processor_seconds(process), time.perf_counter()
    for step in range(2, seconds + 2):
        sent[step] = time.perf_counter()
        path, token = f"/class/{begun['code']}/state", f"X-Class-Token: {begun['token']}"
        await teacher.post(path, {"state": STATE.format(step=step)}, token)
        await asyncio.sleep(max(0.0, sent[step] + 1 - time.perf_counter()))
    share = 100 * (_processor_seconds(process) - busy) / (time.perf_counter() - start)
    for task in following:
        task.cancel()
    waited = sorted(
        1000 * (pupil.read[step] - at) for step, at in sent.items() for pupil in pupils if step in pupil.read
    )
    last, late = waited[int(0.95 * len(waited))], people * seconds - len(waited)
    print(f"{people} follow a step a second: {share:.1f} % of a core")
    print(f"a step is read after {statistics.median(waited):.1f} ms (median), {last:.1f} (p95), {waited[-1]:.1f} (max)")
    print(f"{late} of {people * seconds} were not read")


def _share(process: psutil.Process, wait: Callable[[], None]) -> float:
    busy, start = _processor_seconds(process), time.perf_counter()
    wait()
    return 100 * (_processor_seconds(process) - busy) / (time.perf_counter() - start)


def _processor_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


if __name__ == "__main__":
    main()

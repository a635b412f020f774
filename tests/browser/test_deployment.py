"""Two processes behind the proxy of `deploy/Caddyfile`, with TLS and a base path: what two people at once see of it."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser

import lstm_viz
from tests.browser.screens import Screen
from tests.browser.servers import ROOT, Server, free_port, running_app

CADDY = shutil.which("caddy")
BASE = "/lstm"
#: What stands round the file, so that a test needs no rights and leaves nothing on the machine.
AROUND = """{{
	admin off
	skip_install_trust
	auto_https disable_redirects
	storage file_system {store}
}}
import {file}
"""
STATE = "document.querySelector('.stApp')?.dataset.testConnectionState"

pytestmark = [pytest.mark.full, pytest.mark.skipif(CADDY is None, reason="Caddy is not installed")]


@dataclass
class Deployment:
    """The address to open, and both processes by where they listen."""

    address: str
    processes: dict[str, Server]


@pytest.fixture
def deployment(tmp_path: Path) -> Iterator[Deployment]:
    with ExitStack() as stack:
        options = ("--server.baseUrlPath", BASE.strip("/"), "--server.allowedHosts", "localhost")
        servers = [stack.enter_context(running_app(tmp_path / f"{k}.log", *options, base=BASE)) for k in (1, 2)]
        port = free_port()
        names = [server.address.removeprefix("http://").partition("/")[0] for server in servers]
        settings = {"LSTM_VIZ_SITE": f"https://localhost:{port}", "LSTM_VIZ_HEALTH": f"{BASE}/_stcore/health"}
        settings |= {f"LSTM_VIZ_APP_{k}": name for k, name in enumerate(names, 1)}
        file = tmp_path / "Caddyfile"
        file.write_text(AROUND.format(store=tmp_path / "store", file=ROOT / "deploy" / "Caddyfile"))
        with (tmp_path / "caddy.log").open("wb") as log:
            proxy = subprocess.Popen(
                [str(CADDY), "run", "--config", str(file), "--adapter", "caddyfile"],
                env={**os.environ, **settings, "HOME": str(tmp_path)},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        stack.callback(end, proxy)
        time.sleep(2)
        assert proxy.poll() is None, (tmp_path / "caddy.log").read_text()
        yield Deployment(f"https://localhost:{port}{BASE}", dict(zip(names, servers, strict=True)))


def end(process: subprocess.Popen) -> None:
    process.terminate()
    process.wait(10)


@pytest.fixture
def new_person(browser: Browser, deployment: Deployment) -> Iterator[Callable[[str], Screen]]:
    """Opens an address of the deployment in a browser of its own, which fetches nothing from elsewhere."""
    with ExitStack() as stack:
        screens: list[Screen] = []

        def opening(address: str) -> Screen:
            screens.append(Screen(browser, ignore_https_errors=True))
            stack.callback(screens[-1].close)
            return screens[-1].open(deployment.address + address)

        yield opening
        fetched = {url for screen in screens for url in screen.fetched if not url.startswith(("data:", "blob:"))}
        assert [url for url in fetched if not url.startswith(f"{deployment.address}/")] == []


def people_at_each(deployment: Deployment, new_person: Callable[[str], Screen], address: str) -> dict[str, Screen]:
    """A person at each process; a new browser goes to either."""
    found: dict[str, Screen] = {}
    for _ in range(12):
        screen = new_person(address)
        found.setdefault(next(name for name in deployment.processes if is_at(name, screen)), screen)
        if len(found) == 2:
            return found
    raise AssertionError("Every browser went to the same process.")


def is_at(name: str, screen: Screen) -> bool:
    """Whether a browser is kept at this process: the proxy's cookie is a digest of where it listens."""
    cookie = next(c["value"] for c in screen.context.cookies() if c["name"] == "lstm_viz_server")
    return cookie == hmac.new(b"", name.encode(), hashlib.sha256).hexdigest()


def test_a_process_that_ends_takes_nobody_with_it(deployment, new_person):
    people = people_at_each(deployment, new_person, "/forget_gate?step=17&beat=forget")
    first, other = people
    lost, kept = people[first], people[other]
    for screen in people.values():
        assert screen.step() == 17
        assert screen.page.evaluate("location.pathname") == f"{BASE}/forget_gate"
    kept.page.evaluate("window.untouched = true")

    at = time.monotonic()
    deployment.processes[first].process.send_signal(signal.SIGKILL)
    lost.page.wait_for_function(f"() => {STATE} !== 'CONNECTED'", timeout=10_000)
    lost.page.wait_for_function(f"() => {STATE} === 'CONNECTED'", timeout=20_000, polling=20)
    connected = time.monotonic() - at
    lost.ready()
    print(f"connected again after {connected:.2f} s, drawn again after {time.monotonic() - at:.2f} s")
    assert lost.step() == 17 and "beat=forget" in lost.page.url
    lost.press("ArrowRight")
    assert kept.page.evaluate("window.untouched")
    assert kept.page.evaluate(STATE) == "CONNECTED"
    kept.press("Shift+ArrowRight")
    assert kept.step() == 18


def test_a_table_is_uploaded_and_a_run_downloaded_through_the_proxy(deployment, new_person, tmp_path):
    for screen in people_at_each(deployment, new_person, "/explore").values():
        table = tmp_path / "table.csv"
        table.write_text("a,b\n" + "\n".join(f"{k % 7},{k % 5}" for k in range(60)), encoding="utf-8")
        with screen.page.expect_download() as download:
            screen.page.get_by_role("tab", name="Save").click()
            screen.page.get_by_role("button", name="Run (netCDF, .nc)").click()
        download.value.save_as(tmp_path / "run.nc")
        assert lstm_viz.load_trace(tmp_path / "run.nc").layers
        screen.page.locator("input[type=file]").set_input_files(table)
        screen.page.get_by_role("button", name=re.compile("Fit a small LSTM")).wait_for(timeout=30_000)
        answer = screen.page.request.get(f"{deployment.address}/_stcore/metrics")
        assert answer.status == 404
        page = screen.page.request.get(f"{deployment.address}/")
        assert "server" not in page.headers and "max-age" in page.headers["strict-transport-security"]
        assert "Secure" in page.headers.get("set-cookie", "Secure")

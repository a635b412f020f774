"""Static files are what lies on the disk, compressed once, and kept by browsers for as long as their names say."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from typing import Any, NamedTuple

import pytest
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory
from websockets.frames import Frame, Opcode

from lstm_viz.player.bundle import FRONTEND, bundle
from lstm_viz.player.served_scripts import component_script, path_of, root_path
from lstm_viz.ui.app import static_files
from lstm_viz.ui.app.static_files import ASK_AGAIN, FOREVER, STREAMLIT, StaticFiles
from lstm_viz.ui.app.websocket_compression import SharedDeflateFactory, compressed

PAGE = (STREAMLIT / "index.html").read_bytes()
ELSEWHERE = b"an answer of the app's own"


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> bytes:
        """The body as it was before it was compressed."""
        return gzip.decompress(self.body) if self.headers.get("content-encoding") == "gzip" else self.body


async def _app(scope: Any, receive: Any, send: Any) -> None:
    is_page = scope["path"] in ("/", "/forget_gate")
    assert not any(name == b"accept-encoding" for name, _ in scope["headers"])
    kind = b"text/html; charset=utf-8" if is_page else b"text/plain"
    headers = [(b"content-type", kind), (b"content-length", b"3"), (b"x-own", b"kept")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    body = PAGE if is_page else ELSEWHERE
    await send({"type": "http.response.body", "body": body[:100], "more_body": True})
    await send({"type": "http.response.body", "body": body[100:]})


@pytest.fixture(scope="module")
def files() -> StaticFiles:
    return StaticFiles(_app)


def get(files: StaticFiles, path: str, method: str = "GET", **headers: str) -> Answer:
    """What the middleware answers to a browser."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request"}

    given = {"accept-encoding": "gzip, deflate, br", **{name.replace("_", "-"): text for name, text in headers.items()}}
    raw = [(name.encode(), text.encode()) for name, text in given.items()]
    scope = {"type": "http", "method": method, "path": path, "root_path": "", "headers": raw, "query_string": b""}
    asyncio.run(files(scope, receive, send))
    found = {name.decode(): text.decode() for name, text in sent[0]["headers"]}
    return Answer(sent[0]["status"], found, b"".join(part.get("body", b"") for part in sent[1:]))


def one(pattern: str) -> str:
    return "/" + min(STREAMLIT.glob(pattern)).relative_to(STREAMLIT).as_posix()


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        (one("static/js/index.*.js"), "text/javascript; charset=utf-8"),
        (one("static/css/index.*.css"), "text/css; charset=utf-8"),
        (one("static/media/*.woff2"), "font/woff2"),
        ("/favicon.png", "image/png"),
    ],
)
def test_a_file_of_streamlit_comes_as_it_lies_on_the_disk(files: StaticFiles, path: str, kind: str) -> None:
    answer, on_disk = get(files, path), (STREAMLIT / path[1:]).read_bytes()
    assert answer.status == 200 and answer.text == on_disk
    assert answer.headers["content-type"] == kind
    assert answer.headers["cache-control"] == (FOREVER if path.startswith("/static/") else ASK_AGAIN)
    assert int(answer.headers["content-length"]) == len(answer.body)
    assert (answer.headers.get("content-encoding") == "gzip") == kind.startswith("text/")
    plain = get(files, path, accept_encoding="identity")
    assert plain.body == on_disk and "content-encoding" not in plain.headers
    for found in (answer, plain):
        again = get(files, path, if_none_match=found.headers["etag"], accept_encoding="gzip" * (found is answer))
        assert again.status == 304 and again.body == b"" and again.headers["etag"] == found.headers["etag"]
    head = get(files, path, "HEAD")
    assert head.body == b"" and head.headers["content-length"] == answer.headers["content-length"]


def test_a_file_is_compressed_once(files: StaticFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    path = one("static/js/react-dom.*.js")
    get(files, path)
    monkeypatch.setattr(static_files.gzip, "compress", None)
    assert get(files, path).status == 200


@pytest.mark.parametrize("name", ["player", "lesson-text", "notes", "save-figure", "class"])
def test_a_component_imports_its_script_as_a_file(files: StaticFiles, name: str) -> None:
    answer = get(files, f"/{path_of(name)}")
    assert answer.text.decode() == bundle(FRONTEND / f"{name}.js")
    assert answer.headers["cache-control"] == FOREVER
    assert path_of(name) in component_script(name)
    assert len(component_script(name)) < 250


def test_streamlits_page_gets_the_apps_own_script_first_and_keeps_its_headers(files: StaticFiles) -> None:
    for path in ("/", "/forget_gate"):
        answer = get(files, path)
        text = answer.text.decode()
        tag = f'<script src="./{root_path()}"></script>'
        assert text.index(tag) < text.index('<script type="module"')
        assert text.replace(f"{tag}\n    ", "") == PAGE.decode()
        assert answer.headers["x-own"] == "kept" and answer.headers["cache-control"] == ASK_AGAIN
    assert b"BACKEND_BASE_URL" in get(files, f"/{root_path()}").text


@pytest.mark.parametrize("path", ["/_stcore/health", "/static/../../secret", "/static/js", "/static/js/none.js", "//x"])
def test_all_else_is_the_apps(files: StaticFiles, path: str) -> None:
    assert get(files, path).body == ELSEWHERE


def test_a_browser_reads_what_the_websocket_sends() -> None:
    client = ClientPerMessageDeflateFactory(client_max_window_bits=True)
    answer, server = SharedDeflateFactory().process_request_params(client.get_request_params(), [])
    browser = client.process_response_params(answer, [])
    for message in (b"short", b"long " * 5000, bytes(range(256)) * 64, b"long " * 5000):
        frame = server.encode(Frame(Opcode.BINARY, message))
        assert frame.rsv1 == (len(message) > 600)
        assert bytes(browser.decode(frame).data) == message
        assert bytes(server.decode(browser.encode(Frame(Opcode.BINARY, message))).data) == message
    ping = Frame(Opcode.PING, b"x" * 1000)
    assert server.encode(ping) is ping
    assert zlib.decompress(compressed(b"a" * 900, 3) + b"\x00\x00\xff\xff\x03\x00", -15) == b"a" * 900

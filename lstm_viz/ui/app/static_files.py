"""Files that are the same for everybody: read and compressed once, and kept by browsers as long as they may be.

Streamlit's own files and the components' scripts have a hash of their content in their names, so a browser need never
ask for one of them again.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import mimetypes
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lstm_viz.player.served_scripts import root_path, serve_scripts
from lstm_viz.ui.navigation.address import path_below_base

#: Streamlit's files.
STREAMLIT = Path(st.__file__).parent / "static"
#: Names with a hash of the content in them.
HASHED = re.compile(r"^(?:static/(?:js|css|media)|lstm-viz)/.+\.[\w-]{8,12}\.\w+$")
FOREVER, ASK_AGAIN = "public, max-age=31536000, immutable", "no-cache"
#: Kinds of file that have been compressed already.
COMPRESSED = re.compile(r"font/|image/(?!svg)|video/|audio/|application/(?:zip|gzip|wasm)")
#: Shorter ones aren't worth it.
LEAST_BYTES = 1000
#: Where the page's first script stands: before it the app's own goes.
FIRST_SCRIPT = b'<script type="module"'


class Packed(NamedTuple):
    """A file as it is sent: plain and compressed (None where that saves nothing), and what tells it from others."""

    plain: bytes
    compressed: bytes | None
    tag: str
    kind: str

    @classmethod
    def of(cls, content: bytes, kind: str) -> Packed:
        """A file's content, compressed where it is worth it."""
        compressed = None
        if len(content) >= LEAST_BYTES and not COMPRESSED.match(kind):
            compressed = gzip.compress(content, 9, mtime=0)
            compressed = compressed if len(compressed) < 0.9 * len(content) else None
        return cls(content, compressed, hashlib.sha256(content).hexdigest()[:20], kind)


@dataclass
class StaticFiles:
    """Middleware: answers for static files, and puts the app's own script into Streamlit's page."""

    app: ASGIApp
    _sources: dict[str, Callable[[], bytes]] = field(init=False)
    _packed: dict[str, Packed] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        #: What reads each file, by its path under the app's root. No other path is ever looked for on the disk.
        self._sources = {
            path.relative_to(STREAMLIT).as_posix(): path.read_bytes
            for path in STREAMLIT.rglob("*")
            if path.is_file() and path.suffix not in (".html", ".map")
        }
        self._sources |= {path: text.encode for path, text in serve_scripts().items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request for a file; all else the app does."""
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            return await self.app(scope, receive, send)
        name = _path_under_root(scope)
        if name in self._sources:
            if (packed := self._packed.get(name)) is None:
                packed = await asyncio.to_thread(self._pack, name)
            return await _answer(packed, FOREVER if HASHED.match(name) else ASK_AGAIN, scope, receive, send)
        await self.app(_uncompressed(scope), receive, _PageSender(self, scope, receive, send))

    def _pack(self, name: str) -> Packed:
        packed = self._packed[name] = Packed.of(self._sources[name](), _kind(name))
        return packed

    def page(self, content: bytes) -> Packed:
        """Streamlit's page with the app's own script before all others."""
        key = hashlib.sha256(content).hexdigest()
        if key not in self._packed:
            script = f'<script src="./{root_path()}"></script>\n    '.encode()
            self._packed[key] = Packed.of(
                content.replace(FIRST_SCRIPT, script + FIRST_SCRIPT, 1), "text/html; charset=utf-8"
            )
        return self._packed[key]


class _PageSender:
    """Sends what the app sends; Streamlit's page, which has its script's place in it, as `StaticFiles.page` has it."""

    def __init__(self, files: StaticFiles, scope: Scope, receive: Receive, send: Send) -> None:
        self.files, self.scope, self.receive, self.send = files, scope, receive, send
        self.start: Message | None = None
        self.body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = Headers(raw=message["headers"])
            if message["status"] == 200 and headers.get("content-type", "").startswith("text/html"):
                self.start = message
                return
        if self.start is None:
            await self.send(message)
            return
        self.body += message.get("body", b"")
        if message.get("more_body"):
            return
        if FIRST_SCRIPT in self.body:
            kept = Headers(raw=self.start["headers"]).items()
            others = [(name, value) for name, value in kept if name not in _OF_THE_BODY]
            await _answer(self.files.page(self.body), ASK_AGAIN, self.scope, self.receive, self.send, others)
        else:
            await self.send(self.start)
            await self.send({"type": "http.response.body", "body": self.body})


#: Headers that say something of the body, and those that an answer sets anew.
_OF_THE_BODY = ("content-length", "content-type", "content-encoding", "etag", "last-modified", "cache-control", "vary")


def _path_under_root(scope: Scope) -> str:
    return path_below_base(scope["path"].removeprefix(scope.get("root_path", ""))).strip("/")


def _kind(name: str) -> str:
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind


def _uncompressed(scope: Scope) -> Scope:
    """The request without a word on compression: what is outside compresses the answer, once."""
    return {**scope, "headers": [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]}


async def _answer(
    packed: Packed,
    keep: str,
    scope: Scope,
    receive: Receive,
    send: Send,
    others: list[tuple[str, str]] | None = None,
) -> None:
    request = Headers(scope=scope)
    as_gzip = packed.compressed is not None and "gzip" in request.get("accept-encoding", "")
    tag = f'"{packed.tag}{"-gzip" * as_gzip}"'
    headers = MutableHeaders(raw=[])
    for name, value in others or []:
        headers.append(name, value)
    headers.update({"cache-control": keep, "etag": tag, "vary": "Accept-Encoding"})
    if tag in request.get("if-none-match", ""):
        response = Response(status_code=304)
    else:
        content = packed.compressed if as_gzip and packed.compressed is not None else packed.plain
        response = Response(b"" if scope["method"] == "HEAD" else content)
        headers.update({"content-type": packed.kind, "content-length": str(len(content))})
        if as_gzip:
            headers["content-encoding"] = "gzip"
    response.raw_headers = headers.raw
    await response(scope, receive, send)

"""The walls around every answer: what a page may fetch and who may frame it, under which names the server answers,
and what is not for outsiders.

It runs at every request, so that all is worked out once: the headers are one list, and hosts are decided once each.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.web.server.server_util import is_url_from_allowed_origins

from lstm_viz.ui.app.allowed_hosts import REFUSAL, AllowedHosts
from lstm_viz.ui.app.browser_cookie import browser_of, new_cookie, with_browser

Headers = Iterable[tuple[bytes, bytes]]

#: Names the pages that may frame the app, as in `'self' https://hub.school.example`; `'none'` for none.
FRAME_ANCESTORS = "LSTM_VIZ_FRAME_ANCESTORS"
#: Inner addresses that only somebody at the machine itself may read, by how they end.
INNER = ("/_stcore/metrics", "/_stcore/script-health-check")
#: An interface for programs, which is off unless `server.enableAgentApi` is on.
AGENT = "/_stcore/agent/"
#: What a proxy adds to a request that it hands on.
FORWARDED = {b"x-forwarded-for", b"forwarded", b"x-real-ip", b"x-forwarded-host", b"via"}
#: Methods that change nothing.
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
FOREIGN_ORIGIN = (
    "This request comes from a page of another address. Whoever runs the server can add that address to the setting "
    "server.corsAllowedOrigins."
)
NOT_HERE = "There is nothing here."
SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def content_security_policy(frame_ancestors: str) -> str:
    """The policy under which the app runs: everything is its own.

    Styles stand in the page, since Streamlit's and Plotly's are made there. A component's script comes as a `blob:`,
    which only a script that runs already can make; pictures are saved by way of `data:` and `blob:`.
    """
    scripts = " ".join(f"'sha256-{digest}'" for digest in inline_script_digests())
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' blob: {scripts}".strip(),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "media-src 'self' blob:",
            "worker-src 'self' blob:",
            "manifest-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "object-src 'none'",
            f"frame-ancestors {frame_ancestors}",
        )
    )


def inline_script_digests() -> list[str]:
    """Of the scripts that stand in Streamlit's own page."""
    page = (Path(st.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    return [base64.b64encode(hashlib.sha256(code.encode()).digest()).decode() for code in SCRIPT.findall(page)]


def security_headers(frame_ancestors: str) -> list[tuple[bytes, bytes]]:
    """What every answer says."""
    headers = {
        "content-security-policy": content_security_policy(frame_ancestors),
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",  # the address holds what a person looks at
        "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    }
    framed = {"'self'": "SAMEORIGIN", "'none'": "DENY"}.get(frame_ancestors)
    if framed:  # an old browser's word for it, which knows no list
        headers["x-frame-options"] = framed
    return [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]


class Security:
    """Middleware: refuses what comes under a foreign name or from a foreign page, and adds the headers to the rest."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._hosts = AllowedHosts(lambda: st.get_option("server.allowedHosts") or [])

    @cached_property
    def _headers(self) -> list[tuple[bytes, bytes]]:
        return security_headers(os.environ.get(FRAME_ANCESTORS, "").strip() or "'self'")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers as the app does, behind the walls."""
        if scope["type"] == "lifespan":
            _silence_server_name(receive)
            await self.app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if scope["type"] == "websocket":
            known = {**scope, "headers": with_browser(scope["headers"])}
            await (_refuse_websocket(scope, receive, send, *refusal) if refusal else self.app(known, receive, send))
            return
        added = self._headers
        if _is_page(scope["headers"]) and not browser_of(scope["headers"]):
            added = [*added, new_cookie(scope["scheme"] == "https")]

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *added]
            await send(message)

        await (_refuse(with_headers, *refusal) if refusal else self.app(scope, receive, with_headers))

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        """The status and the sentence with which a request is refused; None for one that is answered."""
        host, origin = _host_and_origin(scope["headers"])
        if host not in self._hosts:
            return 421, REFUSAL
        if scope["type"] == "http":
            path: str = scope["path"]
            if "/_stcore/" in path and _is_inner(path) and not _is_from_here(scope):
                return 404, NOT_HERE
            if scope["method"] in SAFE_METHODS:
                return None
        if origin and not _is_same_origin(origin, host):
            return 403, FOREIGN_ORIGIN
        return None


def _host_and_origin(headers: Headers) -> tuple[bytes, bytes]:
    host = origin = b""
    for name, value in headers:
        if name == b"host":
            host = value
        elif name == b"origin":
            origin = value
    return host, origin


def _is_page(headers: Headers) -> bool:
    """Whether a browser asks for a page, rather than for what belongs to one."""
    return any(name == b"accept" and b"text/html" in value for name, value in headers)


def _is_inner(path: str) -> bool:
    return path.endswith(INNER) or (AGENT in path and not st.get_option("server.enableAgentApi"))


def _is_from_here(scope: Scope) -> bool:
    """Whether a request comes from this machine, and not by way of a proxy on it."""
    client = scope.get("client")
    local = client is None or client[0] in ("127.0.0.1", "::1")  # None: a socket in the file system
    return local and not any(name in FORWARDED for name, _ in scope["headers"])


def _is_same_origin(origin: bytes, host: bytes) -> bool:
    """Whether a page of this origin may change something here."""
    return origin.rpartition(b"://")[2] == host or is_url_from_allowed_origins(origin.decode("latin-1"))


async def _refuse(send: Send, status: int, sentence: str) -> None:
    body = f"{sentence}\n".encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _refuse_websocket(scope: Scope, receive: Receive, send: Send, status: int, sentence: str) -> None:
    await receive()  # what asks for the connection
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": 1008})
        return
    body = f"{sentence}\n".encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "websocket.http.response.start", "status": status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": body})


def _silence_server_name(receive: Any) -> None:
    """Has uvicorn leave out its `server: uvicorn`, which Streamlit gives no setting for."""
    config = getattr(getattr(receive, "__self__", None), "config", None)
    if config is not None and hasattr(config, "encoded_headers"):
        config.encoded_headers = [header for header in config.encoded_headers if header[0] != b"server"]

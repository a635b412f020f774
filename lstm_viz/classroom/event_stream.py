"""The HTTP response of a stream of server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from starlette.types import Receive, Scope, Send

from lstm_viz.classroom.classroom import Listener

#: So often a line goes out where nothing else does, in seconds: proxies close what is silent for a minute.
HEARTBEAT = 15.0
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]


class EventStream:
    """Sends what a listener is told until the browser leaves or the listener ends; then calls `left`.

    `look` is called at each heartbeat, where classes whose time is over are ended.
    """

    def __init__(self, listener: Listener, left: Callable[[], None], look: Callable[[], None]) -> None:
        self._listener, self._left, self._look = listener, left, look

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers as an ASGI application."""
        sending = asyncio.ensure_future(self._send(send))
        leaving = asyncio.ensure_future(_disconnected(receive))
        try:
            await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._left()
            for task in (sending, leaving):
                task.cancel()
                with suppress(asyncio.CancelledError, OSError):
                    await task

    async def _send(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await send({"type": "http.response.body", "body": b"retry: 1000\n\n", "more_body": True})
        while True:
            message = await self._listener.take(HEARTBEAT)
            if message or not self._listener.is_over:
                await send({"type": "http.response.body", "body": message or b":\n\n", "more_body": True})
            if self._listener.is_over:
                break
            if not message:
                self._look()
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass

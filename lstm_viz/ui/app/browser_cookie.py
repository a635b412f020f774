"""Which browser a session belongs to, so that whoever learns a session's id can't take the session over.

Streamlit lets a client that names a session's id go on with that session, as a tab does after a break of its network,
if the client is the same user. Who that is says a header, `server.trustedUserHeaders` in .streamlit/config.toml, which
is set here from a cookie that no script can read; what a client sends under that name is dropped.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable

Headers = Iterable[tuple[bytes, bytes]]

COOKIE = "lstm_viz_browser"
#: The header that Streamlit takes the user from; the same name stands in .streamlit/config.toml.
HEADER = b"x-lstm-viz-browser"
VALUE = re.compile(rb"(?:^|;)\s*" + COOKIE.encode() + rb"=([\w-]{16,64})(?:;|$)")


def browser_of(headers: Headers) -> bytes:
    """What the cookie of a request holds; nothing where there is none.

    >>> browser_of([(b"cookie", b"a=1; lstm_viz_browser=0123456789abcdef")])
    b'0123456789abcdef'
    """
    for name, value in headers:
        if name == b"cookie" and (found := VALUE.search(value)):
            return found[1]
    return b""


def with_browser(headers: Headers) -> list[tuple[bytes, bytes]]:
    """A request's headers with the one that Streamlit takes the user from."""
    kept = [(name, value) for name, value in headers if name != HEADER]
    return [*kept, (HEADER, browser_of(kept))]


def new_cookie(is_https: bool) -> tuple[bytes, bytes]:
    """A header that gives a browser its cookie, until it is closed."""
    secure = "; Secure" if is_https else ""
    text = f"{COOKIE}={secrets.token_urlsafe(24)}; Path=/; HttpOnly; SameSite=Lax{secure}"
    return b"set-cookie", text.encode()

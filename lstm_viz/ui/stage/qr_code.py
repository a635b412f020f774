"""The address of the moment on the screen as a QR code, for a class to open it."""

from __future__ import annotations

import segno
import streamlit as st

#: Characters of an address that a code still shows in squares large enough for the last row of a room.
MAX_CHARACTERS = 1000


@st.dialog("This very moment, on your screen")
def show_code(address: str) -> None:
    """The code over the page, and the address under it."""
    if len(address) > MAX_CHARACTERS or not address.startswith(("http://", "https://")):
        st.caption("This address is too long for a code: copy the link instead.")
        return
    st.image(code_svg(address), width="stretch")
    st.code(address, language=None, wrap_lines=True)


def code_svg(address: str) -> str:
    """The QR code as SVG, black on white in either theme, as readers want it.

    >>> code_svg("http://127.0.0.1/")[:4]
    '<svg'
    """
    return str(segno.make(address, error="m").svg_inline(border=3, dark="#000", light="#fff", scale=8))

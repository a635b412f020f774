"""A number of bytes in words."""

from __future__ import annotations

#: As Streamlit counts uploads, and proxies and containers count their limits.
MEGABYTE = 2**20
UNITS = ("kB", "MB", "GB", "TB")


def size_in_words(count: int) -> str:
    """A number of bytes in words, of two digits or more.

    >>> [size_in_words(count) for count in (1000, 2000, 50 * MEGABYTE, 1536 * MEGABYTE, 1024 * MEGABYTE)]
    ['1,000 bytes', '2 kB', '50 MB', '1.5 GB', '1 GB']
    """
    if count < 1024:
        return f"{count:,} bytes" if count != 1 else "1 byte"
    size, unit = count / 1024, UNITS[0]
    for unit in UNITS:
        if round(size) < 1024 or unit == UNITS[-1]:
            break
        size /= 1024
    return f"{size:.1f}".removesuffix(".0") + f" {unit}" if size < 9.95 else f"{size:,.0f} {unit}"

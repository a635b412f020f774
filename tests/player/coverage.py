"""Which lines of the player's modules the browser ran: Chromium's own counts, found again in the files.

The bundle keeps a module's lines, so line n of a file is line n of its function in the script. A page's counts are
gone when it is left: `take` them before that.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

from playwright.sync_api import CDPSession, Page

#: Where a module begins in a script, and where it ends.
_MODULE = re.compile(r"^// ([\w-]+\.js)\nconst module\d+ = .*\n((?:.*\n)*?)return \{.*\};\n\}\)\(\);$", re.MULTILINE)
#: A line on which something happens: not empty, more than brackets.
_STATEMENT = re.compile(r"[^\s{}()\[\];,]")


class JsCoverage:
    """Lines run and lines there are, by file, over all pages that were watched."""

    def __init__(self) -> None:
        self._run: dict[str, set[int]] = defaultdict(set)
        self._all: dict[str, set[int]] = defaultdict(set)

    def start(self, page: Page) -> CDPSession:
        """Has a page counted from now on; scripts that it loads later are among them."""
        session = page.context.new_cdp_session(page)
        session.send("Profiler.enable")
        session.send("Profiler.startPreciseCoverage", {"callCount": False, "detailed": True})
        return session

    def take(self, session: CDPSession) -> None:
        """Adds what a page has run so far."""
        found = session.send("Profiler.takePreciseCoverage")["result"]
        session.send("Debugger.enable")
        # Streamlit's own scripts and Plotly are megabytes, and come from addresses of theirs.
        for script in [script for script in found if "/static/" not in script["url"]]:
            source = session.send("Debugger.getScriptSource", {"scriptId": script["scriptId"]})["scriptSource"]
            for module in _MODULE.finditer(source):
                self._add(module, script["functions"])
        session.send("Debugger.disable")

    def _add(self, module: re.Match[str], functions: list[dict[str, Any]]) -> None:
        """The lines of one module; the innermost range round a line says whether it ran."""
        ranges = sorted(
            ((part["startOffset"], part["endOffset"], part["count"]) for each in functions for part in each["ranges"]),
            key=lambda part: part[0] - part[1],
        )
        offset = module.start(2)
        for number, line in enumerate(module[2].splitlines(keepends=True), 1):
            first = _STATEMENT.search(line)
            if first:
                place = offset + first.start()
                counts = [count for start, stop, count in ranges if start <= place < stop]
                self._all[module[1]].add(number)
                if counts and counts[-1]:
                    self._run[module[1]].add(number)
            offset += len(line)

    def write(self, path: Path) -> None:
        """Keeps what was counted in a file, as JSON."""
        counted = {name: [sorted(self._run[name]), sorted(lines)] for name, lines in self._all.items()}
        path.write_text(json.dumps(counted), encoding="utf-8")

    def add(self, path: Path) -> None:
        """Adds what another process counted and wrote."""
        for name, (run, lines) in json.loads(path.read_text(encoding="utf-8")).items():
            self._run[name] |= set(run)
            self._all[name] |= set(lines)

    def table(self) -> str:
        """Each file's share of lines that ran, and all files'."""
        rows = [(name, len(self._run[name]), len(lines)) for name, lines in sorted(self._all.items())]
        rows.append(("all JavaScript", sum(row[1] for row in rows), sum(row[2] for row in rows)))
        return "\n".join(f"{name:32} {100 * run / max(1, lines):5.1f} % of {lines}" for name, run, lines in rows)

"""The documentation as a site: it builds without a warning, names every public name, and is read without a network."""

from __future__ import annotations

import doctest
import subprocess
import sys
from html.parser import HTMLParser
from importlib import import_module, util
from pathlib import Path

import pytest

from tests.docs.markdown import ROOT

#: What a reader's browser fetches by itself, tag by tag; links that are clicked are not among it.
FETCHED = {
    "script": "src",
    "img": "src",
    "iframe": "src",
    "source": "src",
    "video": "src",
    "audio": "src",
    "embed": "src",
    "object": "data",
    "link": "href",
}
#: A link of these kinds is fetched by nobody.
UNFETCHED = {"canonical", "next", "prev", "index", "search", "author", "help"}
PUBLIC = ("lstm_viz", "lstm_viz.sequences", "lstm_viz.checkpoints", "lstm_viz.analysis", "lstm_viz.figures")


class Fetching(HTMLParser):
    """Addresses that a page has fetched, and the anchors it has."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.ids: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.ids.add(found.get("id") or "")
        if tag in FETCHED and not UNFETCHED & set((found.get("rel") or "").split()):
            self.addresses.append(found.get(FETCHED[tag]) or "")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built without the pictures of the app, which `make docs` takes."""
    target = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-D", "suppress_warnings=image.not_readable"]
    build = subprocess.run([*command, "-b", "html", "docs", str(target)], cwd=ROOT, capture_output=True, text=True)
    assert build.returncode == 0, build.stdout + build.stderr
    return target


def test_nothing_is_fetched_from_elsewhere(site: Path):
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > 25
    for page in pages:
        for address in Fetching(page.read_text(encoding="utf-8")).addresses:
            assert "//" not in address.partition("?")[0] or address.startswith("data:"), (page.name, address)


def test_styles_fetch_nothing_from_elsewhere(site: Path):
    sheets = sorted(site.rglob("*.css"))
    assert sheets
    for sheet in sheets:
        text = sheet.read_text(encoding="utf-8")
        assert "@import" not in text, sheet.name
        assert "url(http" not in text.replace('"', "").replace("'", ""), sheet.name


def test_every_public_name_is_in_the_reference(site: Path):
    pages = [page.read_text(encoding="utf-8") for page in (site / "reference").glob("*.html")]
    there = set().union(*(Fetching(page).ids for page in pages))
    for module in PUBLIC:
        for name in import_module(module).__all__:
            value = getattr(import_module(module), name)
            homes = {f"{home}.{name}" for home in (*PUBLIC, "lstm_viz.traces") if _has(home, name, value)}
            assert homes & there, f"{module}.{name}"


def _has(module: str, name: str, value: object) -> bool:
    return getattr(import_module(module), name, None) is value


def test_every_page_is_in_the_navigation(site: Path):
    """Sphinx warns of a page that no list of contents names; here of one that no list of contents shows."""
    start = (site / "index.html").read_text(encoding="utf-8")
    for page in (ROOT / "docs").rglob("*.md"):
        assert page.relative_to(ROOT / "docs").with_suffix(".html").name in start or page.name == "index.md", page


def test_docstrings_are_rewritten_as_their_example_says():
    spec = util.spec_from_file_location("docstrings", ROOT / "docs" / "_ext" / "docstrings.py")
    assert spec and spec.loader
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert doctest.testmod(module).failed == 0
    example = ["Twice:", "", ">>> 2 * x_", "6"]
    module.rewrite(example)
    assert example == ["Twice:", "", ">>> 2 * x_", "6"]
    assert module.escaped(module.escaped("a_b `c_d` | e*")) == r"a\_b `c_d` \| e\*"

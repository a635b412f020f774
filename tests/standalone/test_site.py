"""A site's folder: every link in it leads to a file of it, and nothing of anybody else's is overwritten."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lstm_viz.bundled import first_view
from lstm_viz.cli.program import program
from lstm_viz.standalone.site import MARKER, Site, SiteError, write_site
from lstm_viz.ui.lessons.site_pages import build_site

HOSTILE = '</script><img src="https://example.org/x"> & run.nc'


class Links(HTMLParser):
    """The addresses that a page names."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in ("href", "src")]


@pytest.fixture(scope="module")
def site() -> Site:
    """The pages of all lessons, of which none is drawn but those that need no torch."""
    built = build_site({HOSTILE: first_view()[0], "other/run.nc": first_view()[0]})
    return Site([built.pages[0], *built.pages[-2:]], built.footer)


@pytest.fixture(scope="module")
def folder(site, tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("sites") / "lessons"
    write_site(site, place)
    return place


def test_every_link_is_relative_and_leads_to_a_file(folder):
    pages = sorted(folder.glob("*.html"))
    assert len(pages) == 3
    drawn = {page.name for page in pages} | {f"{page.name}.html" for page in build_site({}).pages}
    for page in pages:
        links = [link for link in Links(page.read_text()).found if link != "data:,"]
        assert len(links) > 5
        for link in links:
            assert re.fullmatch(r"[\w./-]+", link), link
            assert (folder / link).is_file() or link in drawn, link


def test_every_lesson_is_linked_in_order():
    whole = build_site({})
    pages = whole.pages
    assert [page.name for page in pages][:3] == ["index", "basics", "rnn_vs_lstm"] and len(pages) == 10
    html = whole.html(pages[1])
    assert 'href="index.html"' in html and 'href="rnn_vs_lstm.html"' in html


def test_a_name_is_text_wherever_it_stands(folder):
    for page in folder.glob("*.html"):
        assert 'example.org/x">' not in page.read_text()
    run = next(page for page in folder.glob("*.html") if page.stem == "x-run")
    assert "&lt;/script&gt;" in run.read_text()


def test_assets_lie_in_the_folder_once(folder):
    assert {file.name for file in (folder / "assets").iterdir()} == {
        "plotly.min.js",
        "site.js",
        "theme.js",
        "site.css",
    }
    for page in folder.glob("*.html"):
        assert page.stat().st_size < 10_000


def test_a_folder_of_somebody_elses_is_refused_and_left_alone(site, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(SiteError, match="holds files already"):
        write_site(site, tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["mine.txt"]


def test_a_site_is_renewed_and_other_files_beside_it_stay(site, tmp_path):
    folder = tmp_path / "lessons"
    write_site(site, folder)
    (folder / "CNAME").write_text("school.example")
    write_site(Site(site.pages[:2], site.footer), folder)
    assert (folder / "CNAME").read_text() == "school.example"
    assert {file.name for file in folder.glob("*.html")} == {f"{page.name}.html" for page in site.pages[:2]}
    assert not (folder / "data" / site.pages[2].name).exists()
    assert not list(folder.glob(".lstm-viz-*"))


def test_an_error_leaves_no_folder(site, tmp_path):
    def fail(label: str) -> None:
        raise RuntimeError(label)

    with pytest.raises(RuntimeError):
        write_site(site, tmp_path / "lessons", fail)
    assert list(tmp_path.iterdir()) == []


def test_a_list_of_files_removes_nothing_outside_the_folder(site, tmp_path):
    (tmp_path / "precious.txt").write_text("mine")
    folder = tmp_path / "lessons"
    folder.mkdir()
    (folder / MARKER).write_text('{"files": ["../precious.txt", "/etc/hostname"]}')
    write_site(Site(site.pages[:1], site.footer), folder)
    assert (tmp_path / "precious.txt").exists()


def test_the_command_refuses_in_a_sentence(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    result = CliRunner().invoke(program, ["site", str(tmp_path)])
    assert result.exit_code == 1
    assert "Choose a new name, or an empty folder." in result.output

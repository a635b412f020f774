"""A saved picture, opened as a file in a browser that has no network."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Frame

from tests.browser.screens import Screen

HELD = """() => {
  const charts = [...document.querySelectorAll('#charts .js-plotly-plot')];
  return charts.length > 0 && charts.every((chart) => chart.layout?.meta?.attached);
}"""


class Alone(Screen):
    """A page from a file; whatever it asks of a network is written down, and fails."""

    def block(self) -> Alone:
        """Cuts the network off."""
        self.asked: list[str] = []
        self.context.set_offline(True)
        self.context.route("**/*", self._refuse)
        return self

    def _refuse(self, route) -> None:
        if route.request.url.startswith("file:"):
            return route.continue_()
        self.asked.append(route.request.url)
        return route.abort()

    def open_file(self, path: Path, inside: str = "") -> Frame:
        """Opens the file and waits until the player holds every chart, in the frame `inside` where one is named."""
        self.page.goto(path.as_uri())
        frame = self.page.main_frame
        if inside:
            frame = self.page.wait_for_selector(inside).content_frame()
        frame.locator(".player [data-is=place]").filter(has_text="Step").wait_for(timeout=20_000)
        frame.wait_for_function(HELD, timeout=20_000)
        self.settle()
        return frame

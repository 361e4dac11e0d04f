"""A real browser with a board open, which notes when the figure of one person changes."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Page, sync_playwright

from bench.data import PASSWORD

# Moments in seconds of the machine's clock, like Python's time.time().
_WATCH = """key => {
  const now = () => (performance.timeOrigin + performance.now()) / 1000;
  const row = () => document.querySelector(`[data-key="${key}"]`);
  const seen = { changes: [], asked: [], answered: [] };
  let last = row().dataset.value;
  window.benchSeen = seen;
  new MutationObserver(() => {
    const value = row() && row().dataset.value;
    if (value && value !== last) { last = value; seen.changes.push(now()); }
  }).observe(document.documentElement, { childList: true, subtree: true, attributes: true });
  // other fragments of the page ask at the same time
  const note = list => event => { if (event.target.contains(row())) list.push(now()); };
  document.addEventListener("htmx:beforeRequest", note(seen.asked));
  document.addEventListener("htmx:beforeSwap", note(seen.answered));
}"""
_WAIT = """count => new Promise((done, failed) => {
  const seen = window.benchSeen, until = performance.now() + 20000;
  const look = () => {
    if (seen.changes.length > count) {
      const at = seen.changes[count];
      const before = list => Math.max(...list.filter(one => one <= at));
      done({ changed: at, asked: before(seen.asked), answered: before(seen.answered) });
    } else if (performance.now() > until) failed(new Error("the board did not change"));
    else setTimeout(look, 5);
  };
  look();
})"""


@dataclass(frozen=True, slots=True)
class Seen:
    """When the browser asked for the fragment, had it, and had the figure in the page."""

    asked: float
    answered: float
    changed: float


class Board:
    """An open board; `next_change` waits for the figure that was watched."""

    def __init__(self, page: Page) -> None:
        self._page, self._count = page, 0

    def open(self, address: str, key: str) -> None:
        """Show a board and watch the row `key`; the stream is open when this returns."""
        self._page.goto(address)
        self._page.wait_for_selector(f'[data-key="{key}"]')
        self._page.wait_for_selector('html[data-stream="open"]', state="attached")
        self._page.evaluate(_WATCH, key)
        self._count = 0

    def next_change(self) -> Seen:
        """The next change of the figure, also one that has happened already."""
        found = self._page.evaluate(_WAIT, self._count)
        self._count += 1
        return Seen(found["asked"], found["answered"], found["changed"])


@contextmanager
def signed_in(address: str, email: str) -> Iterator[Board]:
    """A Chromium of this machine, signed in through the form."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise RuntimeError("needs chromium: install it to measure what a browser sees")
    with sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(f"{address}/accounts/login/")
        page.fill("input[name=login]", email)
        page.fill("input[name=password]", PASSWORD)
        page.click("main button, .card button")
        page.wait_for_url(lambda url: "/accounts/login" not in url)
        yield Board(page)
        browser.close()

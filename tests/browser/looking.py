"""Looking at a page as people do: shots at two widths in two lights, and what would hinder them."""

from pathlib import Path

from playwright.sync_api import Page

SHOTS = Path(__file__).parent / "shots"
SIZES = {"375": (375, 812), "1440": (1440, 900)}
LIGHTS = ("light", "dark")

# What a reader of the screen, a keyboard or weak eyes would stumble over, as sentences.
HINDRANCES = (Path(__file__).parent / "hindrances.js").read_text(encoding="utf-8")


def look(page: Page, name: str) -> list[str]:
    """Keep shots of the page; everything that hinders people, each with size and light."""
    SHOTS.mkdir(exist_ok=True)
    before = page.viewport_size
    page.evaluate("window.scrollTo(0, 0)")
    found: list[str] = []
    for light in LIGHTS:
        page.emulate_media(color_scheme="dark" if light == "dark" else "light")
        for size, (width, height) in SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            # with the text cursor: to hide it, the tool would write styles that the policy forbids
            picture = SHOTS / f"{name}-{size}-{light}.png"
            page.screenshot(path=picture, full_page=True, caret="initial")
            found += [f"{name} {size} {light}: {one}" for one in page.evaluate(HINDRANCES)]
    page.emulate_media(color_scheme="light")
    if before is not None:
        page.set_viewport_size(before)
    return found

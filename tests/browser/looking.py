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


def walk(page: Page, name: str) -> list[str]:
    """Go through a page that was just opened by the Tab key; what cannot be reached, or does not
    show that it is."""
    page.evaluate("window.__reached = new Set()")
    found: list[str] = []
    wanted = page.evaluate(_TO_REACH)
    for _step in range(wanted + 50):
        page.keyboard.press("Tab")
        told = page.evaluate(_STANDING_ON)
        if told is None:
            break
        found += [f"{name}: {told}"] if told else []
    left: list[str] = page.evaluate(_NOT_REACHED)
    return found + [f"{name}: not reached by Tab: {one}" for one in left]


_CONTROLS = """[...document.querySelectorAll(
  "a[href], button, input:not([type=hidden]), select, textarea, summary")].filter((one) =>
  !one.disabled && one.tabIndex >= 0 && one.checkVisibility({visibilityProperty: true})
  && !(one.type === "radio" && !one.checked))"""
_TO_REACH = f"() => {_CONTROLS}.length"
_STANDING_ON = """() => {
  const one = document.activeElement;
  if (one === window.__last) return "";  // a field of a date has several stops
  if (!one || one === document.body || window.__reached.has(one)) return null;
  window.__reached.add(window.__last = one);
  const style = getComputedStyle(one);
  const seen = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1;
  return seen ? "" : "the focus is not to be seen: " + one.outerHTML.slice(0, 100); }"""
_NOT_REACHED = f"""() => {_CONTROLS}.filter((one) => !window.__reached.has(one))
  .map((one) => one.outerHTML.slice(0, 100))"""

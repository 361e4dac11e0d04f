"""The frame in a real browser: parts at three widths, live rows, drawer, theme."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, Route, expect

from people.models import User

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:"
)
HEAD = """<!doctype html><html lang="en"><head><title>Probe</title>
<meta name="htmx-config" content='{"includeIndicatorStyles":false,"allowEval":false}'>
<link rel="stylesheet" href="/static/css/tokens.css">
<link rel="stylesheet" href="/static/css/boards.css">
<script src="/static/django_htmx/htmx-2.min.js" defer></script>
<script src="/static/js/live.js" defer></script>
<script src="/static/js/maillot.js" defer></script>
</head><body>"""
DRAWER = """<a href="/probe/why" hx-get="/probe/why" hx-target="#drawer-body">Why?</a>
<dialog id="drawer"><form method="dialog"><button>Close</button></form>
<div id="drawer-body"></div></dialog>"""


def html(body: str, **headers: str) -> Callable[[Route], None]:
    return lambda route: route.fulfill(body=body, content_type="text/html", headers=headers)


def board(*names: str) -> str:
    rows = "".join(
        f'<li class="board-row" data-key="{name}" data-value="{place}">{name}</li>'
        for place, name in enumerate(names)
    )
    return (
        '<section id="board" data-live="board" hx-get="/probe/board" hx-trigger="live"'
        f' hx-swap="outerHTML"><div class="board"><ol role="list">{rows}</ol></div></section>'
    )


def change(topic: str) -> str:
    data = json.dumps({"topic": topic, "version": 2})
    return f"retry: 60000\n: open\n\nevent: change\ndata: {data}\n\n"


def stream(text: str) -> Callable[[Route], None]:
    return lambda route: route.fulfill(body=text, content_type="text/event-stream")


def open_probe(page: Page, address: str, message: str) -> None:
    answer_probe(page, message)
    page.goto(address + "/probe/")


def answer_probe(page: Page, message: str) -> None:
    page.route(
        "**/probe/",
        html(HEAD + board("ines", "lea") + DRAWER, **{"Content-Security-Policy": POLICY}),
    )
    page.route("**/probe/board", html(board("lea", "ines")))
    page.route("**/probe/why", html("<h2>Deal 8841 was cancelled</h2>"))
    page.route("**/live/**", stream(message))


def test_a_message_brings_the_new_order_of_the_rows(
    page: Page, live_server: Any, complaints: list[str]
) -> None:
    open_probe(page, live_server.url, change("board"))
    expect(page.locator("[data-key]").first).to_have_text("lea")
    expect(page.locator("[data-key].changed")).to_have_count(2)
    assert complaints == []


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_a_message_that_comes_while_an_answer_is_awaited_is_not_lost(
    page: Page, live_server: Any, complaints: list[str], motion: Literal["reduce", "no-preference"]
) -> None:
    page.emulate_media(reduced_motion=motion)
    awaited: list[Route] = []
    answer_probe(page, change("board") + change("board"))
    page.unroute("**/probe/board")
    page.route("**/probe/board", lambda route: awaited.append(route))
    page.goto(live_server.url + "/probe/")
    page.wait_for_timeout(400)  # longer than a burst: the second message has been heard
    (first,) = awaited
    first.fulfill(body=board("ines", "lea", "omar"), content_type="text/html")
    expect(page.locator("[data-key]")).to_have_count(3)
    for _ in range(100):
        page.wait_for_timeout(100)
        if len(awaited) > 1:
            break
    (_, second) = awaited
    second.fulfill(body=board("omar", "lea", "ines"), content_type="text/html")
    expect(page.locator("[data-key]").first).to_have_text("omar")
    assert complaints == []


def test_a_message_about_another_topic_changes_nothing(page: Page, live_server: Any) -> None:
    open_probe(page, live_server.url, change("challenge:7"))
    page.wait_for_function("document.documentElement.dataset.stream !== undefined")
    expect(page.locator("[data-key]").first).to_have_text("ines")


def test_a_why_link_opens_the_drawer_and_escape_closes_it(
    page: Page, live_server: Any, complaints: list[str]
) -> None:
    open_probe(page, live_server.url, ": open\n\n")
    page.get_by_text("Why?").click()
    expect(page.get_by_role("dialog")).to_contain_text("Deal 8841 was cancelled")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert complaints == []


@pytest.fixture
def signed_in(page: Page, live_server: Any) -> Page:
    lea = User.objects.create_user(email="lea@maillot.example", password="a-long-pass-phrase")
    client = Client()
    client.force_login(lea)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
    )
    return page


@pytest.mark.parametrize("width", [375, 768, 1440])
def test_the_parts_fit_the_width(
    signed_in: Page, live_server: Any, complaints: list[str], shots: Path, width: int
) -> None:
    signed_in.set_viewport_size({"width": width, "height": 900})
    signed_in.goto(live_server.url + "/styleguide/")
    signed_in.screenshot(path=shots / f"styleguide-{width}.png", full_page=True)
    too_wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert signed_in.evaluate(too_wide) <= 0
    assert complaints == []


@pytest.mark.parametrize("with_script", [True, False])
def test_the_choice_of_colours_stays(
    browser: Any, live_server: Any, with_script: bool, db: None
) -> None:
    context = browser.new_context(java_script_enabled=with_script, color_scheme="light")
    page = context.new_page()
    page.goto(live_server.url + "/accounts/login/")
    page.locator("[name=theme][value=dark]").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.locator("[name=theme][value=dark]")).to_have_attribute("aria-pressed", "true")
    context.close()


def test_a_sign_in_page_never_lands_in_a_board(page: Page, live_server: Any) -> None:
    open_probe(page, live_server.url, ": open\n\n")
    page.unroute("**/probe/board")
    page.route(
        "**/probe/board", lambda route: route.continue_(url=live_server.url + "/styleguide/")
    )
    with page.expect_navigation():
        page.evaluate("htmx.trigger('#board', 'live')")
    expect(page.locator("[data-key]").first).to_have_text("ines")


def test_a_fragment_is_found_in_a_whole_page(page: Page, live_server: Any) -> None:
    open_probe(page, live_server.url, change("board"))
    page.unroute("**/probe/board")
    whole = f"<!doctype html><html><body><h1>All</h1>{board('lea', 'ines')}</body></html>"
    page.route("**/probe/board", html(whole))
    page.evaluate("htmx.trigger('#board', 'live')")
    expect(page.locator("[data-key]").first).to_have_text("lea")
    expect(page.get_by_text("All")).to_have_count(0)


def handled(*names: str) -> str:
    """The board with something to press and to write in."""
    tools = (
        '<button type="button" name="tell">Tell</button>'
        '<button type="button" name="ask">Ask</button><input name="q">'
        "<details><summary>More</summary><textarea name=words></textarea></details>"
    )
    return board(*names).replace("</section>", f"{tools}</section>")


def open_handled(page: Page, address: str) -> None:
    """The probe with `handled`; the page counts in `heard` how often Tell was clicked."""
    open_probe(page, address, ": open\n\n")
    page.unroute("**/probe/")
    page.unroute("**/probe/board")
    page.route("**/probe/", html(HEAD + handled("ines", "lea")))
    page.route("**/probe/board", html(handled("lea", "ines")))
    page.goto(address + "/probe/")
    page.evaluate(
        """window.heard = 0; document.addEventListener("click", (event) => {
            if (event.target.name === "tell") window.heard += 1; });"""
    )


def redraw(page: Page) -> None:
    """What a live message does; back when the answer was there for long enough to be shown."""
    with page.expect_response("**/probe/board"):
        page.evaluate("htmx.trigger('#board', 'live')")
    page.wait_for_timeout(300)


def hold(page: Page, name: str) -> None:
    box = page.locator(f"[name={name}]").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()


def test_a_button_that_is_pressed_is_not_replaced_before_its_click(
    page: Page, live_server: Any, complaints: list[str]
) -> None:
    open_handled(page, live_server.url)
    hold(page, "tell")
    redraw(page)
    expect(page.locator("[data-key]").first).to_have_text("ines")
    page.mouse.up()
    assert page.evaluate("window.heard") == 1
    expect(page.locator("[data-key]").first).to_have_text("lea")
    assert complaints == []


def test_rows_that_slide_leave_the_page_to_be_pressed(page: Page, live_server: Any) -> None:
    page.emulate_media(reduced_motion="no-preference")
    open_handled(page, live_server.url)
    page.add_style_tag(content=":root { --slide: 5s; }")
    page.evaluate("htmx.trigger('#board', 'live')")
    expect(page.locator("[data-key]").first).to_have_text("lea")
    page.wait_for_function("document.getAnimations().length > 0")
    hold(page, "tell")
    page.mouse.up()
    assert page.evaluate("window.heard") == 1


def test_nothing_slides_while_somebody_presses_elsewhere(
    page: Page, live_server: Any, complaints: list[str]
) -> None:
    page.emulate_media(reduced_motion="no-preference")
    open_handled(page, live_server.url)
    page.add_style_tag(content=":root { --slide: 60s; }")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<button name=beside>Beside')")
    page.evaluate(
        "document.querySelector('[name=beside]').addEventListener('click', () => { heard += 1; })"
    )
    assert page.evaluate("window.heard") == 0
    hold(page, "beside")
    page.evaluate("htmx.trigger('#board', 'live')")
    expect(page.locator("[data-key]").first).to_have_text("lea")
    assert page.evaluate("document.getAnimations().length") == 0
    page.mouse.up()
    assert page.evaluate("window.heard") == 1
    assert complaints == []


def test_a_press_ends_the_sliding(page: Page, live_server: Any) -> None:
    page.emulate_media(reduced_motion="no-preference")
    open_handled(page, live_server.url)
    page.add_style_tag(content=":root { --slide: 60s; }")
    page.evaluate("htmx.trigger('#board', 'live')")
    page.wait_for_function("document.getAnimations().length > 0")
    hold(page, "tell")
    page.wait_for_function("document.getAnimations().length === 0")
    page.mouse.up()
    assert page.evaluate("window.heard") == 1


def test_a_word_half_written_is_not_replaced(page: Page, live_server: Any) -> None:
    open_handled(page, live_server.url)
    page.locator("[name=q]").fill("Mor")
    redraw(page)
    expect(page.locator("[name=q]")).to_have_value("Mor")
    expect(page.locator("[data-key]").first).to_have_text("ines")
    page.locator("[name=q]").fill("")
    page.keyboard.press("Tab")
    expect(page.locator("[data-key]").first).to_have_text("lea")


def test_the_focus_stays_where_it_was(page: Page, live_server: Any) -> None:
    open_handled(page, live_server.url)
    page.locator("[name=ask]").focus()
    redraw(page)
    expect(page.locator("[data-key]").first).to_have_text("lea")
    expect(page.locator("[name=ask]")).to_be_focused()


def test_words_that_were_written_stay_when_the_writer_presses_elsewhere(
    page: Page, live_server: Any
) -> None:
    open_handled(page, live_server.url)
    page.get_by_text("More").click()
    page.locator("[name=words]").fill("Not this week")
    page.locator("[name=ask]").click()
    redraw(page)
    expect(page.locator("[name=words]")).to_have_value("Not this week")
    expect(page.locator("[data-key]").first).to_have_text("ines")
    page.locator("[name=words]").fill("")
    page.keyboard.press("Tab")
    expect(page.locator("[data-key]").first).to_have_text("lea")


def test_what_was_opened_stays_open(page: Page, live_server: Any) -> None:
    open_handled(page, live_server.url)
    page.get_by_text("More").click()
    page.locator("[name=ask]").focus()
    redraw(page)
    expect(page.locator("[data-key]").first).to_have_text("lea")
    expect(page.locator("[name=words]")).to_be_visible()
    page.get_by_text("More").click()
    redraw(page)
    expect(page.locator("[name=words]")).to_be_hidden()

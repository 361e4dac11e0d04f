"""The frame of every page, its parts, and what the content security policy asks of them."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.template import engines
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import translation
from django_cotton.compiler_regex import CottonCompiler

from cockpit import context
from people.access import Viewer
from people.models import User

TEMPLATES = sorted((Path(settings.BASE_DIR) / "templates").rglob("*.html"))
FORBIDDEN = re.compile(r"\sstyle=|<style|\son[a-z]+=|hx-on|<script(?![^>]*\ssrc=)|javascript:")


def part(source: str, **values: object) -> str:
    """One component as a page would render it (cotton compiles only what it loads from files)."""
    compiled = CottonCompiler().process(source)
    return str(engines["django"].from_string(compiled).render(values))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_no_template_needs_what_the_policy_refuses(path: Path) -> None:
    assert FORBIDDEN.findall(path.read_text()) == []


def test_every_part_is_documented_with_its_name() -> None:
    documented = set(
        re.findall(r"`c-([a-z-]+)`", (settings.BASE_DIR / "docs/components.md").read_text())
    )
    existing = {
        path.stem.replace("_", "-")
        for path in (Path(settings.BASE_DIR) / "templates/cotton").glob("*.html")
    }
    assert documented == existing


@pytest.fixture
def lea(db: None) -> User:
    return User.objects.create_user(email="lea@maillot.example", password="a-long-pass-phrase")


def test_the_style_guide_shows_every_part_without_inline_code(client: Client, lea: User) -> None:
    client.force_login(lea)
    answer = client.get(reverse("cockpit:styleguide"))
    assert answer.status_code == 200
    page = answer.content.decode()
    assert FORBIDDEN.findall(page) == []
    names = {path.stem for path in (Path(settings.BASE_DIR) / "templates/cotton").glob("*.html")}
    guide = "".join(
        (Path(settings.BASE_DIR) / "templates/cockpit" / name).read_text()
        for name in ("styleguide.html", "styleguide_parts.html")
    )
    direct = {name.replace("-", "_") for name in re.findall(r"<c-([a-z-]+)[\s/>]", guide)}
    assert names - direct == set()


def test_the_style_guide_asks_a_stranger_to_sign_in(client: Client, db: None) -> None:
    answer = client.get(reverse("cockpit:styleguide"))
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, reverse("account_login"))


def test_the_theme_is_remembered_and_shown(client: Client, db: None) -> None:
    answer = client.post(reverse("cockpit:theme"), {"theme": "dark", "next": "/accounts/login/"})
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/")
    assert answer.cookies["theme"].value == "dark"
    assert 'data-theme="dark"' in client.get("/accounts/login/").content.decode()


@pytest.mark.parametrize("theme", ["", "blue", '"><script>'])
def test_an_unknown_theme_changes_nothing(client: Client, db: None, theme: str) -> None:
    answer = client.post(reverse("cockpit:theme"), {"theme": theme, "next": "/"})
    assert "theme" not in answer.cookies
    client.cookies["theme"] = "blue"
    assert 'data-theme="auto"' in client.get("/accounts/login/").content.decode()


def test_the_theme_form_never_leads_to_another_site(client: Client, db: None) -> None:
    for after in ("https://evil.example/", "//evil.example", "javascript:alert(1)"):
        answer = client.post(reverse("cockpit:theme"), {"theme": "dark", "next": after})
        assert answer["Location"] == "/"


@pytest.mark.parametrize(
    ("viewer", "roles"),
    [
        (Viewer(user_id=1, person_id=1), {"all", "rep", "seller"}),
        (
            Viewer(user_id=1, person_id=1, led_team_ids=frozenset({3})),
            {"all", "rep", "lead", "lead-team"},
        ),
        (Viewer(user_id=1, person_id=1, report_ids=frozenset({3})), {"all", "rep", "lead"}),
        (Viewer(user_id=1, is_hr=True), {"all", "hr"}),
        (Viewer(user_id=1, is_admin=True, is_executive=True), {"all", "admin", "executive"}),
    ],
)
def test_the_navigation_follows_the_role(viewer: Viewer, roles: set[str]) -> None:
    assert context.roles_of(viewer) == roles
    open_to = {entry.name for entry in context.ENTRIES if entry.who & roles}
    shut = {entry.name for entry in context.ENTRIES} - open_to
    urls = {item.url for item in context.navigation(viewer, "/")}
    assert urls <= {context.address_of(name) for name in open_to}
    assert not urls & {context.address_of(name) for name in shut}


def test_a_stranger_has_no_navigation(rf: RequestFactory) -> None:
    request = rf.get("/")
    request.user = AnonymousUser()
    assert context.shell(request)["nav"] == []


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ('<c-rank-change :change="2" />', "up 2"),
        ('<c-rank-change :change="-1" />', "down 1"),
        ('<c-rank-change :change="0" />', "= unchanged"),
        ('<c-rank-change :change="None" />', "new"),
        ('<c-state-chip state="live" />', "Live"),
        ('<c-state-chip state="never_heard_of" />', "Never heard of"),
        ('<c-gap amount="2,340 EUR" rank="2" />', "2,340 EUR to rank 2"),
    ],
)
def test_a_part_says_in_words_what_it_draws(source: str, text: str) -> None:
    with translation.override("en"):
        html = part(source)
    words = " ".join(re.sub(r"<[^>]+>", " ", html).split())
    assert words == text


def test_text_of_users_is_escaped_once_in_parts() -> None:
    html = part('<c-board-row key="1" :rank="1" :name="name" value="{{ name }}" />', name="A & <b>")
    assert html.count("A &amp; &lt;b&gt;") == 3
    assert "<b>" not in html
    assert "&amp;amp;" not in html


def test_a_part_does_not_see_its_callers_variables() -> None:
    assert "leak" not in part('<c-figure label="L" value="V" />', delta="leak", note="leak")


@pytest.mark.parametrize("name", ["404.html", "403.html", "403_csrf.html", "500.html"])
def test_an_error_page_renders_without_a_request(name: str) -> None:
    page = str(engines["django"].get_template(name).render({}))
    assert "<h1>" in page
    assert FORBIDDEN.findall(page) == []


def test_the_entry_with_the_longest_address_is_the_active_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    addresses = {"cockpit:me": "/", "challenges:list": "/challenges/", "people:list": "/people/"}
    monkeypatch.setattr(context, "address_of", addresses.get)
    admin = Viewer(user_id=1, person_id=1, is_admin=True)
    active = {
        path: [item.url for item in context.navigation(admin, path) if item.active]
        for path in ("/", "/challenges/7/", "/people/", "/elsewhere/")
    }
    assert active == {
        "/": ["/"],
        "/challenges/7/": ["/challenges/"],
        "/people/": ["/people/"],
        "/elsewhere/": [],
    }

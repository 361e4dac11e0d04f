"""What a browser would send: the controls of a form as they stand on the page."""

from html.parser import HTMLParser
from typing import Any

Controls = dict[str, list[str]]


class _Reader(HTMLParser):
    def __init__(self, form_class: str) -> None:
        super().__init__()
        self.form_class, self.inside = form_class, False
        self.found: Controls = {}
        self.select: str | None = None
        self.chosen: str | None = None
        self.area: str | None = None
        self.text = ""

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        given = {key: value or "" for key, value in attrs}
        if tag == "form":
            self.inside = self.form_class in given.get("class", "").split()
        if not self.inside:
            return
        if tag == "input" and given.get("name"):
            boxed = given.get("type") in ("checkbox", "radio")
            if not boxed or "checked" in given:
                self.add(given["name"], given.get("value", "on" if boxed else ""))
        elif tag == "select":
            self.select, self.chosen = given["name"], None
        elif tag == "option" and self.select and (self.chosen is None or "selected" in given):
            self.chosen = given.get("value", "")
        elif tag == "textarea":
            self.area, self.text = given["name"], ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False
        elif tag == "select" and self.select:
            self.add(self.select, self.chosen or "")
            self.select = None
        elif tag == "textarea" and self.area:
            self.add(self.area, self.text.removeprefix("\n"))
            self.area = None

    def handle_data(self, data: str) -> None:
        if self.area:
            self.text += data

    def add(self, name: str, value: str) -> None:
        self.found.setdefault(name, []).append(value)


def controls_of(html: str, form_class: str) -> Controls:
    """The names and values that the form with this class would send untouched."""
    reader = _Reader(form_class)
    reader.feed(html)
    reader.found.pop("csrfmiddlewaretoken", None)
    return reader.found

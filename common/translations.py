"""The catalogues of translations, without the gettext tools: extract, compare, add, compile.

Each room has its own, `<room>/locale/<language>/LC_MESSAGES/django.po`, with the texts that only it
and its templates say. What several rooms say, or a template of none, is in that of `common`.
"""

import ast
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polib
from babel.messages.extract import extract_python
from django.utils.translation.template import templatize

# What follows a name: positions of singular, plural and context among the arguments.
_KEYWORDS: dict[str, tuple[int, int | None, int | None]] = {
    "gettext": (0, None, None),
    "gettext_lazy": (0, None, None),
    "gettext_noop": (0, None, None),
    "N_": (0, None, None),
    "_": (0, None, None),
    "_lazy": (0, None, None),
    "ngettext": (0, 1, None),
    "ngettext_lazy": (0, 1, None),
    "pgettext": (1, None, 0),
    "pgettext_lazy": (1, None, 0),
    "npgettext": (1, 2, 0),
    "npgettext_lazy": (1, 2, 0),
    # what a key of a plan document means, shown in the designer
    "Field": (2, None, None),
    "Bands": (1, None, None),
}
_OUTSIDE = frozenset(
    {"tests", "bench", "docs", "migrations", "locale", "var", "staticfiles", "node_modules"}
)
# The room with the texts that belong to no other, or to several.
_SHARED = "common"
# %(name)s, %s, {name}: what a translation must hand on unchanged.
_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")
# A component's dynamic attribute: <c-card :title="_('Open deals')">.
_ATTRIBUTE = re.compile(r""":[\w.-]+=(?:"\s*_\('([^']+)'\)|'\s*_\("([^"]+)"\))""")


@dataclass(frozen=True, slots=True, order=True)
class Message:
    """One text to translate; an empty context or plural means that there is none."""

    text: str
    plural: str = ""
    context: str = ""


# Texts with the places that say them, `file:line`.
Messages = dict[Message, list[str]]


@dataclass(slots=True)
class Comparison:
    """What a catalogue lacks, each entry with the places of its text or with its problem."""

    missing: list[str] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)
    fuzzy: list[str] = field(default_factory=list)
    placeholders: list[str] = field(default_factory=list)
    obsolete: list[str] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Nothing to do for a translator; obsolete entries do no harm."""
        return not (self.missing or self.empty or self.fuzzy or self.placeholders)


def extract(root: Path) -> Messages:
    """Every text of Python files and templates below `root`, with its places `file:line`."""
    found: Messages = {}
    for path in _sources(root):
        name = path.relative_to(root).as_posix()
        for line, message in _messages_of(path, name):
            found.setdefault(message, []).append(f"{name}:{line}")
    return dict(sorted(found.items()))


def by_room(messages: Messages, root: Path) -> dict[str, Messages]:
    """Every text in exactly one room: that of all its places, else the one that all share."""
    shared: dict[str, Messages] = {}
    for message, places in messages.items():
        rooms = {_room_of(place.rpartition(":")[0], root) for place in places}
        room = rooms.pop() if len(rooms) == 1 else _SHARED
        shared.setdefault(room, {})[message] = places
    return dict(sorted(shared.items()))


def catalogue_of(root: Path, room: str, language: str) -> Path:
    """Where a room's texts in a language are, whether or not it has some already."""
    return root / room / "locale" / language / "LC_MESSAGES" / "django.po"


def languages(root: Path) -> list[str]:
    """Those that some room has a catalogue of."""
    return sorted({path.parents[1].name for path in _catalogues(root)})


def compare(messages: Messages, catalogue: Path) -> Comparison:
    """Hold the extracted texts of a room against its .po file; an absent one lacks them all."""
    result = Comparison()
    entries = _entries([catalogue])
    for message, places in messages.items():
        entry = entries.get(message)
        shown = f"{message.text!r} ({places[0]})"
        if entry is None:
            result.missing.append(shown)
        elif "fuzzy" in entry.flags:
            result.fuzzy.append(shown)
        elif not _translations_of(entry) or not all(_translations_of(entry)):
            result.empty.append(shown)
        elif (problem := _placeholder_problem(entry)) is not None:
            result.placeholders.append(f"{shown}: {problem}")
    result.obsolete += [repr(message.text) for message in sorted(set(entries) - set(messages))]
    return result


def update(messages: Messages, root: Path, language: str) -> tuple[int, int]:
    """Add missing texts (empty), drop those that no source has, sort; how many of each.

    A text that another room says now takes its translation along.
    """
    present = _catalogues(root, language)
    entries = _entries(present)
    metadata = _read(present[0]).metadata if present else _metadata(language)
    rooms = by_room(messages, root)
    for room in sorted({*rooms, *(path.relative_to(root).parts[0] for path in present)}):
        new = polib.POFile(wrapwidth=98)
        new.metadata = metadata
        # No places in the file: every edit of a source would change it.
        new.extend(entries.get(one) or _empty_entry(one) for one in rooms.get(room, {}))
        catalogue = catalogue_of(root, room, language)
        catalogue.parent.mkdir(parents=True, exist_ok=True)
        new.save(str(catalogue))
    return len(set(messages) - set(entries)), len(set(entries) - set(messages))


def compile_catalogues(root: Path) -> list[Path]:
    """Write each .mo that is absent or older than its .po; returns those written."""
    written = []
    for source in _catalogues(root):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        # In one step: another process may read it at this moment.
        new = target.with_suffix(f".{source.stat().st_mtime_ns}.new")
        _read(source).save_as_mofile(str(new))
        new.replace(target)
        written.append(target)
    return written


def _catalogues(root: Path, language: str = "*") -> list[Path]:
    return sorted(root.glob(f"*/locale/{language}/LC_MESSAGES/django.po"))


def _room_of(source: str, root: Path) -> str:
    """The folder of a source; for a template the room whose pages are in its folder."""
    first, *inner = Path(source).parts
    if first != "templates":
        return first if inner else _SHARED
    is_a_rooms = len(inner) > 1 and (root / inner[0]).is_dir()
    return inner[0] if is_a_rooms else _SHARED


def _entries(catalogues: Iterable[Path]) -> dict[Message, polib.POEntry]:
    return {
        _message_of(entry): entry
        for catalogue in catalogues
        if catalogue.exists()
        for entry in _read(catalogue)
        if not entry.obsolete
    }


def _metadata(language: str) -> dict[str, str]:
    """Of the first catalogue in a language with zero and one in the singular, like French."""
    return {
        "Language": language,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": "nplurals=2; plural=(n > 1);",
    }


def _sources(root: Path) -> Iterator[Path]:
    for path in sorted(root.rglob("*")):
        inner = path.relative_to(root).parts
        if path.suffix not in {".py", ".html", ".txt"} or not path.is_file():
            continue
        if any(part in _OUTSIDE or part.startswith(".") for part in inner):
            continue
        if path.suffix == ".txt" and "templates" not in inner:
            continue
        yield path


def _messages_of(path: Path, name: str) -> Iterator[tuple[int, Message]]:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        yield from _from_python(text)
        return
    # templatize blanks the markup out; what is left is calls between words that are no Python
    code = templatize(text, origin=name)
    yield from _from_template("\n".join(line.strip() for line in code.splitlines()))
    for found in _ATTRIBUTE.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        yield line, Message(found.group(1) or found.group(2))


def _from_python(code: str) -> Iterator[tuple[int, Message]]:
    """By the syntax tree: a call inside another one's arguments or in an f-string counts too."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else node.func
            name = called.id if isinstance(called, ast.Name) else str(called)
            given = [one.value if isinstance(one, ast.Constant) else "" for one in node.args]
            yield from _message(name, node.lineno, given)


def _from_template(code: str) -> Iterator[tuple[int, Message]]:
    source = io.BytesIO(code.encode("utf-8"))
    for line, function, arguments, _comments in extract_python(
        source, dict.fromkeys(_KEYWORDS), [], {"encoding": "utf-8"}
    ):
        # Babel gives one text or a tuple
        several = arguments if isinstance(arguments, tuple | list) else (arguments,)
        yield from _message(str(function), line, several)


def _message(name: str, line: int, given: Sequence[object]) -> Iterator[tuple[int, Message]]:
    """The message of a call, when it is one that translates and its text is a literal."""
    if name not in _KEYWORDS:
        return
    texts = [one if isinstance(one, str) else "" for one in given]
    text, plural, context = (
        texts[at] if at is not None and at < len(texts) else "" for at in _KEYWORDS[name]
    )
    if text:
        yield line, Message(text, plural, context)


def _read(catalogue: Path) -> polib.POFile:
    return polib.pofile(str(catalogue), wrapwidth=98)


def _message_of(entry: polib.POEntry) -> Message:
    return Message(entry.msgid, entry.msgid_plural or "", entry.msgctxt or "")


def _empty_entry(message: Message) -> polib.POEntry:
    plural = {"msgid_plural": message.plural, "msgstr_plural": {0: "", 1: ""}}
    return polib.POEntry(
        msgid=message.text, msgctxt=message.context or None, **(plural if message.plural else {})
    )


def _translations_of(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def _placeholder_problem(entry: polib.POEntry) -> str | None:
    """A form may leave a placeholder of the plural out ("one deal"), never bring a new one."""
    required = _placeholders(entry.msgid)
    if entry.msgid_plural:
        required &= _placeholders(entry.msgid_plural)
    allowed = _placeholders(entry.msgid) | _placeholders(entry.msgid_plural or "")
    for text in _translations_of(entry):
        given = _placeholders(text)
        if given - allowed:
            return f"unknown placeholder {_listed(given - allowed)}"
        if required - given:
            return f"placeholder {_listed(required - given)} is lost"
    return None


def _placeholders(text: str) -> set[str]:
    return set(_PLACEHOLDER.findall(text.replace("%%", "")))


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))

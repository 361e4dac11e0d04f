"""The catalogues of translations against sources written for the purpose."""

from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils.translation import gettext, override

from common import translations
from common.translations import Message

HEADER = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A tree of sources with one text of each kind, and texts that must not be found."""
    files = {
        "room/views.py": (
            "from django.utils.translation import gettext as _, ngettext, pgettext_lazy\n"
            'TITLE = _("Open deals")\n'
            "def said(n):\n"
            '    return ngettext("%(count)s deal", "%(count)s deals", n) % {"count": n}\n'
            'MONTH = pgettext_lazy("calendar", "March")\n'
            'name = "not" + "a text"\n'
            "_(name)\n"
        ),
        "kernel/issues.py": 'RULE = N_("{name} is unknown")\n',
        "templates/board.html": (
            "{% load i18n %}<h1>{% trans 'Board' %}</h1>\n"
            "  {% if x %}\n"
            "    {% blocktranslate trimmed count n=rows %}\n"
            "      {{ n }} person\n"
            "    {% plural %}\n"
            "      {{ n }} people\n"
            "    {% endblocktranslate %}\n"
            "  {% endif %}\n"
            '<c-card :title="_(\'Gap to next\')" label="{% translate "It\'s live" %}" />\n'
        ),
        "tests/test_views.py": 'gettext("Only in a test")\n',
        "templates/broken.css": "_('Not a template')",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    written(tmp_path, "")
    return tmp_path


def catalogue(root: Path, room: str = "room") -> Path:
    return translations.catalogue_of(root, room, "fr")


def written(root: Path, entries: str, room: str = "room") -> Path:
    path = catalogue(root, room)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEADER + entries)
    return path


def fill(root: Path, **texts: str) -> None:
    """Translate everything; `texts` replace the translations of single words by their key."""
    for path in root.glob("*/locale/fr/LC_MESSAGES/django.po"):
        entries = polib.pofile(str(path))
        for entry in entries:
            if entry.msgid_plural:
                entry.msgstr_plural = {0: "fr " + entry.msgid, 1: "fr " + entry.msgid_plural}
            else:
                entry.msgstr = texts.get(entry.msgid.split()[0], "fr " + entry.msgid)
        entries.save()


def texts_of(root: Path, room: str) -> dict[str, str]:
    return {entry.msgid: entry.msgstr for entry in polib.pofile(str(catalogue(root, room)))}


def test_every_kind_of_text_is_found_with_its_place(root: Path) -> None:
    assert translations.extract(root) == {
        Message("%(count)s deal", "%(count)s deals"): ["room/views.py:4"],
        Message("%(n)s person", "%(n)s people"): ["templates/board.html:3"],
        Message("Board"): ["templates/board.html:1"],
        Message("Gap to next"): ["templates/board.html:9"],
        Message("It's live"): ["templates/board.html:9"],
        Message("March", context="calendar"): ["room/views.py:5"],
        Message("Open deals"): ["room/views.py:2"],
        Message("{name} is unknown"): ["kernel/issues.py:1"],
    }


def test_update_adds_what_is_missing_and_drops_what_no_source_has(root: Path) -> None:
    written(
        root, '\nmsgid "Gone"\nmsgstr "Parti"\n\nmsgid "Open deals"\nmsgstr "Affaires ouvertes"\n'
    )
    assert translations.update(translations.extract(root), root, "fr") == (7, 1)
    assert list(texts_of(root, "room")) == ["%(count)s deal", "March", "Open deals"]
    assert texts_of(root, "room")["Open deals"] == "Affaires ouvertes"
    assert texts_of(root, "room")["March"] == ""


def test_each_text_is_in_the_catalogue_of_its_room_or_of_all(root: Path) -> None:
    (root / "other").mkdir()
    (root / "other/views.py").write_text('_("Open deals")\n_("Mine")\n')
    (root / "templates/other").mkdir()
    (root / "templates/other/list.html").write_text("{% load i18n %}{% trans 'Mine' %}")
    (root / "templates/frame").mkdir()
    (root / "templates/frame/menu.html").write_text("{% load i18n %}{% trans 'Menu' %}")
    translations.update(translations.extract(root), root, "fr")
    assert {
        path.relative_to(root).parts[0]: list(texts_of(root, path.relative_to(root).parts[0]))
        for path in root.glob("*/locale/fr/LC_MESSAGES/django.po")
    } == {
        "common": ["%(n)s person", "Board", "Gap to next", "It's live", "Menu", "Open deals"],
        "kernel": ["{name} is unknown"],
        "other": ["Mine"],
        "room": ["%(count)s deal", "March"],
    }


def test_a_text_that_another_room_says_now_takes_its_translation_along(root: Path) -> None:
    written(root, '\nmsgid "Board"\nmsgstr "Tableau"\n')
    translations.update(translations.extract(root), root, "fr")
    assert "Board" not in texts_of(root, "room")
    assert texts_of(root, "common")["Board"] == "Tableau"


def test_the_product_reads_every_catalogue_there_is() -> None:
    read = {Path(one) for one in settings.LOCALE_PATHS}
    assert read == {path.parents[2] for path in settings.BASE_DIR.glob("*/locale/*/*/django.po")}
    with override("fr"):
        assert gettext("French") == "Français"


def test_a_second_update_changes_nothing(root: Path) -> None:
    call_command("translations", "--update", root=root)
    once = {path: path.read_bytes() for path in root.rglob("*.po")}
    assert len(once) == 3
    call_command("translations", "--update", root=root)
    assert {path: path.read_bytes() for path in root.rglob("*.po")} == once


def test_update_makes_the_first_catalogue_and_check_asks_for_it(root: Path) -> None:
    catalogue(root).unlink()
    with pytest.raises(CommandError, match=r"Run .* --update"):
        call_command("translations", "--check", root=root)
    call_command("translations", "--update", root=root)
    made = polib.pofile(str(catalogue(root)))
    assert made.metadata["Plural-Forms"] == "nplurals=2; plural=(n > 1);"
    assert len(made) == 3


def test_check_passes_when_all_is_translated(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("translations", "--update", root=root)
    fill(root)
    call_command("translations", "--check", root=root)
    assert capsys.readouterr().out.endswith("8 texts, all translated.\n")


def test_check_lists_each_kind_of_lack_and_fails(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("translations", "--update", root=root)
    fill(root, March="", **{"{name}": "{nom} est inconnu"})
    shared = polib.pofile(str(catalogue(root, "common")))
    shared.remove(shared.find("Board"))
    shared.save()
    entries = polib.pofile(str(catalogue(root)))
    entries.find("Open deals").flags.append("fuzzy")
    entries.append(polib.POEntry(msgid="Gone", msgstr="Parti"))
    entries.save()
    with pytest.raises(CommandError, match="translations --update"):
        call_command("translations", "--check", root=root)
    name = "{}/locale/fr/LC_MESSAGES/django.po".format
    assert capsys.readouterr().out.splitlines()[-5:] == [
        f"{name('common')}: missing: 'Board' (templates/board.html:1)",
        f"{name('kernel')}: placeholders: '{{name}} is unknown' (kernel/issues.py:1): "
        "unknown placeholder {nom}",
        f"{name('room')}: empty: 'March' (room/views.py:5)",
        f"{name('room')}: fuzzy: 'Open deals' (room/views.py:2)",
        f"{name('room')}: obsolete: 'Gone'",
    ]


def test_a_room_without_a_catalogue_lacks_all_its_texts(root: Path) -> None:
    (root / "templates/board.html").unlink()
    catalogue(root).unlink()
    lacking = translations.compare(translations.extract(root), catalogue(root))
    assert len(lacking.missing) == 4


def test_a_plural_may_leave_the_number_out_of_one(root: Path) -> None:
    written(
        root,
        '\nmsgid "one deal"\nmsgid_plural "%(n)s deals"\n'
        'msgstr[0] "une affaire"\nmsgstr[1] "%(n)s affaires"\n',
    )
    found = translations.compare({Message("one deal", "%(n)s deals"): ["a.py:1"]}, catalogue(root))
    assert found.complete


def test_a_lost_placeholder_is_reported(root: Path) -> None:
    written(root, '\nmsgid "%(a)s of %(b)s"\nmsgstr "%(a)s"\n')
    found = translations.compare({Message("%(a)s of %(b)s"): ["a.py:1"]}, catalogue(root))
    assert found.placeholders == ["'%(a)s of %(b)s' (a.py:1): placeholder %(b)s is lost"]


def test_compiled_only_when_the_source_is_newer(root: Path) -> None:
    call_command("translations", "--update", root=root)
    fill(root)
    compiled = [catalogue(root, one).with_suffix(".mo") for one in ("common", "kernel", "room")]
    assert translations.compile_catalogues(root) == compiled
    assert polib.mofile(str(compiled[0])).find("Board").msgstr == "fr Board"
    assert translations.compile_catalogues(root) == []


def test_a_call_inside_the_arguments_of_another_or_in_an_f_string_is_found(tmp_path: Path) -> None:
    (tmp_path / "plans.py").write_text(
        'FIELD = Field("tiers", Bands("rate", "the rate of the slice"), "rising from 0")\n'
        "def told(n: int) -> str:\n    return f\"{gettext('one')}: {n}\"\n"
    )
    assert set(translations.extract(tmp_path)) == {
        Message("the rate of the slice"),
        Message("rising from 0"),
        Message("one"),
    }

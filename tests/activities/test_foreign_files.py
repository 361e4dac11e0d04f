"""Files as other programs write them: accents, clocks, decimals and words of other places."""

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any, Literal
from unicodedata import normalize

import pytest
from django.core.management import call_command

from activities.models import Account, Activity, ActivityType, DealStage
from people.services import set_up_company

pytestmark = pytest.mark.django_db

Bring = Callable[..., dict[str, Any]]

PEOPLE = """Matricule;Prénom;Nom;Équipe;Fonction;Depuis
7;Loïc;Müller;Genève;ae;13/01/2026
8;Zoë;Lefèvre;Genève;ae;13/01/2026
"""


@pytest.fixture
def bring(tmp_path: Path) -> Bring:
    def bring_in(kind: str, text: str, mapping: str = "") -> dict[str, Any]:
        file = tmp_path / f"{kind}.csv"
        file.write_text(text, encoding="utf-8")
        more = {}
        if mapping:
            (tmp_path / "mapping.yaml").write_text(mapping, encoding="utf-8")
            more["mapping"] = str(tmp_path / "mapping.yaml")
        out = StringIO()
        with suppress(SystemExit):  # code 1 when a row is bad; the report says which
            call_command(
                "import_data", kind, str(file), json=True, language="en", stdout=out, **more
            )
        found: dict[str, Any] = json.loads(out.getvalue())
        return found

    assert bring_in("people", PEOPLE)["ok"]
    return bring_in


DEALS = """N°;Commercial;Compte;Étape;Créé le;Signé le
1;Loïc Müller;Crémerie;gagnée;14/01/2026;20/01/2026
"""


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_an_accent_beside_its_letter_is_the_same_letter(
    bring: Bring, form: Literal["NFC", "NFD"]
) -> None:
    once = bring("deals", DEALS)
    again = bring("deals", normalize(form, DEALS))

    assert (once["counts"], again["counts"]) == ({"created": 1}, {"unchanged": 1})
    assert [one.name for one in Account.objects.all()] == ["Crémerie"]


def test_a_mapping_may_be_written_either_way(bring: Bring) -> None:
    mapping = (
        "kind: deals\ncolumns: {external_id: N°, owner: Commercial, stage: Étape,"
        " engaged_on: Créé le, closed_on: Signé le}\nvalues: {stage: {Gewonnene Sache é: won}}\n"
    )
    text = DEALS.replace("gagnée", "Gewonnene Sache é")

    assert bring("deals", text, normalize("NFD", mapping))["counts"] == {"created": 1}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("1/15/2026 2:30 PM", (14, 30)),
        ("1/15/2026, 12:10 am", (0, 10)),
        ("1/15/2026 12:00\u202fPM", (12, 0)),
        ("1/15/2026 9:05:59 a.m.", (9, 5)),
        ("1/15/2026 14:30", (14, 30)),
    ],
)
def test_a_clock_of_twelve_hours(bring: Bring, written: str, meant: tuple[int, int]) -> None:
    set_up_company(actor=None, name="Cheese Inc", timezone="America/New_York")

    report = bring("deals", f'id,owner,stage,created\n1,7,engaging,"{written}"\n')

    assert report["counts"] == {"created": 1}
    (stage,) = DealStage.objects.all()
    assert stage.entered_at is not None
    hour, minute = meant
    local = datetime(2026, 1, 15, hour + 5, minute, tzinfo=UTC)
    assert stage.entered_at.replace(second=0) == local


@pytest.mark.parametrize(
    "written",
    ["1/15/2026 14:30 PM", "1/15/2026 0:30 AM", "1/15/2026 PM", "1/15/2026pm", '"1/15/2026,"'],
)
def test_an_hour_that_no_such_clock_shows_is_refused(bring: Bring, written: str) -> None:
    report = bring("deals", f"id,owner,stage,created\n1,7,engaging,{written}\n")

    assert [(one["code"], one["place"]["line"]) for one in report["issues"]] == [
        ("unreadable_date", 2)
    ]


def test_attributes_have_the_numbers_dates_and_words_of_the_file(bring: Bring) -> None:
    ActivityType.objects.create(
        key="own_audit", name_fr="Audit", name_en="Audit",
        attributes=[{"key": "fine", "type": "boolean"}, {"key": "due", "type": "date"}],
    )  # fmt: skip
    report = bring(
        "activities",
        "ID;Type d'activité;Date;Commercial;attributes.hours;attributes.fine;attributes.due\n"
        "a;Demande résolue;14/01/2026;7;2,5;;\n"
        "b;request_resolved;15/01/2026;7;12;;\n"
        "c;audit;16/01/2026;8;;Oui;28/02/2026\n"
        "d;Audit;16/01/2026;8;;non;\n",
    )

    assert report["issues"] == []
    assert [(one.type_id, one.attributes) for one in Activity.objects.order_by("external_id")] == [
        ("request_resolved", {"hours": "2.5"}),
        ("request_resolved", {"hours": 12}),
        ("own_audit", {"fine": True, "due": "2026-02-28"}),
        ("own_audit", {"fine": False}),
    ]


def test_what_is_wrong_with_attributes_is_told_of_the_cell(bring: Bring) -> None:
    report = bring(
        "activities",
        "id;type;date;rep;attributes.hours\n"
        "a;request_resolved;14/01/2026;7;2,5\n"
        "b;request_resolved;15/01/2026;7;lots\n"
        "c;request_resolved;15/01/2026;7;-1,5\n",
    )

    assert [(one["code"], one["place"]["path"], one["place"]["line"]) for one in report["issues"]
            ] == [("number.not_a_number", "attributes.hours", 3),
                  ("attribute_out_of_range", "attributes.hours", 4)]  # fmt: skip
    assert not Activity.objects.exists()

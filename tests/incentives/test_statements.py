"""The statement on the screen and on paper: in words, with its elements, for whom it is for."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.html import escape

from activities.models import Account
from incentives import services
from incentives.models import Run, Statement
from incentives.proving.verifying import verify
from incentives.statements import proofs
from incentives.statements.page import statement_page
from incentives.statements.pdf import pdf_of, state_words
from people.models import Company, Person
from tests.incentives.conftest import PLAN, Pay, won
from tests.incentives.test_pages import signed_in, text_of

WITH_OBJECTIVE = """\
key: seller
name: {fr: Commission des vendeurs, en: Commission of sellers}
currency: EUR
period: month
measures:
  revenue: {sum: amount, unit: money, name: {fr: Chiffre d'affaires, en: Revenue}}
  objective: {given: objective, default: 10000, unit: money, name: {fr: Cible, en: Target}}
  attainment: {formula: revenue / objective, unit: ratio, name: {fr: Atteinte, en: Attainment}}
parameters:
  base_rate:
    unit: ratio
    name: {fr: Taux de base, en: Base rate}
    reference: Avenant du 12/01/2026, article 3
    set_by: contract
    value: 5 %
components:
  - key: commission
    name: {fr: Commission, en: Commission}
    steps:
      - {step: flat_rate, base: revenue, rate: base_rate}
      - {step: gate, value: attainment, at_least: 100 %}
      - {step: cap, at: 650}
  - key: deals
    name: {fr: Par affaire, en: By deal}
    steps:
      - {step: deal_tiers, base: revenue, tiers: [{from: 0, rate: 1 %}]}
"""


@pytest.fixture
def told(pay: Pay) -> Pay:
    """Léa's plan with an objective, a gate, a cap and a line by deal."""
    draft = services.save_plan(actor=pay.hana, document=WITH_OBJECTIVE, valid_from=date(2026, 2, 1))
    services.publish_plan(actor=pay.hana, version_id=draft.pk, reason="agreed")
    return pay


def page_of(pay: Pay, run: Run, name: str = "léa") -> dict[str, Any]:
    with translation.override("en"):
        return statement_page(pay.statement(run, name))


def test_each_line_says_what_was_read_and_what_was_done(told: Pay) -> None:
    page = page_of(told, told.run())
    commission = page["lines"][0]
    assert (commission["key"], commission["name"], commission["value"]) == (
        "commission",
        "Commission",
        "€600.00",
    )
    assert commission["reads"] == (
        "Revenue: €12,000.00 from 2 records",
        "Target: no value in the inputs, so €10,000.00 by default",
        "Attainment = Revenue / Target = 120%",
    )
    assert commission["does"] == (
        "5% × €12,000.00 = €600.00",
        "gate open: 120% against 100% (at least), €600.00 stays",
        "cap of €650.00 not reached by €600.00",
    )
    assert commission["parts"] == ()


def test_many_deals_are_counted_in_the_sentence_and_listed_apart(told: Pay) -> None:
    for number in range(8):
        won("léa", "100", date(2026, 3, 12), f"S{number}")
    line = page_of(told, told.run())["lines"][1]
    assert line["does"] == ("sum of the deals = €128.00 (10 parts)",)
    assert len(line["parts"]) == 10
    assert "Altaïr · D1: 1% × €9,000.00 = €90.00" in line["parts"]


def test_the_elements_of_the_calculation_name_their_source(told: Pay) -> None:
    assert page_of(told, told.run())["elements"] == [
        {
            "name": "Revenue",
            "value": "€12,000.00",
            "source": "sum of the records: amount",
            "note": "",
        },
        {
            "name": "Base rate",
            "value": "5%",
            "source": "set by contract",
            "note": "Avenant du 12/01/2026, article 3",
        },
        {
            "name": "Target",
            "value": "€10,000.00",
            "source": "figure of the inputs: objective",
            "note": "",
        },
        {"name": "Attainment", "value": "120%", "source": "Revenue / Target", "note": ""},
    ]


def test_an_objective_stands_beside_what_was_reached(pay: Pay) -> None:
    document = PLAN.replace(
        "components:", "  quota: {objective: revenue, unit: money}\ncomponents:"
    ).replace(
        "      - step: marginal_tiers\n        base: revenue",
        "      - step: marginal_tiers\n        base: revenue\n        unit: quota",
    )
    document = document.replace("{from: 10000, rate", "{from: 100 %, rate").replace(
        "given: {measures", "given: {objectives: {revenue: 10000}, measures"
    )
    draft = services.save_plan(actor=pay.hana, document=document, valid_from=date(2026, 2, 1))
    services.publish_plan(actor=pay.hana, version_id=draft.pk, reason="agreed")
    row = pay.statement(pay.run(), "léa")
    row.inputs["payees"][0]["objectives"] = {"revenue": "9900"}
    from incentives.calc import parse_plan
    from incentives.statements.results import result_of

    row.result = result_of(parse_plan(document), row.inputs, row.person_id)
    with translation.override("en"):
        reads = statement_page(row)["lines"][0]["reads"]
    assert reads == ("Revenue: €12,000.00 from 2 records", "quota: €9,900.00 (121.21%)")


def test_what_is_held_back_is_told_with_what_is_paid(pay: Pay) -> None:
    assert page_of(pay, pay.run())["moves"] is None
    document = PLAN.partition("      - step: marginal_tiers")[0] + (
        "      - {step: flat_rate, base: revenue, rate: 10 %, by: deal}\n"
        "      - {step: holdback, share: 30 %}\n"
    )
    draft = services.save_plan(actor=pay.hana, document=document, valid_from=date(2026, 2, 1))
    services.publish_plan(actor=pay.hana, version_id=draft.pk, reason="agreed")
    run = pay.run()
    assert page_of(pay, run)["moves"] == {
        "rows": [
            {"line": "Commission", "entry": "earned", "amount": "+€1,200.00"},
            {"line": "Commission", "entry": "held back", "amount": "−€360.00"},
        ],
        "paid": "€840.00",
        "held": "2 deals are not finished: €360.00 is held.",
    }
    row = pay.statement(run, "léa")
    assert verify(proofs.proof_of(row), printed=proofs.digest(row)).verified
    assert pdf_of(row).startswith(b"%PDF-")
    page = text_of(signed_in(pay.hana), "incentives:statement", row.pk)
    assert "What became of it" in page


# --- the page ------------------------------------------------------------------------------------


def test_the_page_prints_the_digest_and_offers_pdf_and_proof(pay: Pay) -> None:
    run = pay.run()
    pay.approve()
    row = pay.statement(run, "léa")
    lea = signed_in(pay.world.users["léa"])
    page = text_of(lea, "incentives:statement", row.pk)
    digest = proofs.digest(row)
    assert digest in page.replace(" ", "")
    proof = lea.get(reverse("incentives:statement_proof", args=[row.pk]))
    assert reverse("incentives:statement_proof", args=[row.pk]) in page
    assert verify(proof.content, printed=digest).verified
    assert proof["Content-Disposition"] == (
        f'attachment; filename="statement-2026-03-01-{row.pk}-proof.zip"'
    )
    assert proof["Cache-Control"] == "no-store"
    for language in ("en", "fr"):
        address = reverse("incentives:statement_pdf", args=[row.pk, language])
        assert address in page
        assert lea.get(address).content.startswith(b"%PDF-")
    assert lea.get(f"/pay/statements/{row.pk}/statement-de.pdf").status_code == 404


def test_a_changed_database_is_said_not_handed_over(pay: Pay) -> None:
    row = pay.statement(pay.run(), "léa")
    row.inputs["payees"][0]["role"] = "chief"
    row.save()
    answer = signed_in(pay.hana).get(
        reverse("incentives:statement_proof", args=[row.pk]), follow=True
    )
    assert "The stored inputs.json of this statement is not the one" in answer.content.decode()


ADDRESSES = ("statement", "statement_pdf", "statement_proof")


def statuses(client: Client, row: Statement) -> list[int]:
    found = []
    for name in ADDRESSES:
        args = [row.pk, "fr"] if name == "statement_pdf" else [row.pk]
        found.append(client.get(reverse(f"incentives:{name}", args=args)).status_code)
    return found


@pytest.mark.parametrize(
    ("who", "draft", "approved", "if_managers_see_no_pay"),
    [
        ("léa", 404, 200, 200),
        ("omar", 404, 404, 404),
        ("marc", 200, 200, 404),
        ("wanda", 200, 200, 404),
        ("sonia", 404, 404, 404),
        ("ada", 404, 404, 404),
        ("eve", 404, 404, 404),
        ("hana", 200, 200, 200),
    ],
)
def test_page_pdf_and_proof_are_open_to_the_same_people(
    pay: Pay, who: str, draft: int, approved: int, if_managers_see_no_pay: int
) -> None:
    client = signed_in(pay.world.users[who])
    Company.objects.update(managers_see_pay=True)
    row = pay.statement(pay.run(), "léa")
    assert statuses(client, row) == [draft] * 3
    pay.approve()
    assert statuses(client, row) == [approved] * 3
    Company.objects.update(managers_see_pay=False)
    assert statuses(client, row) == [if_managers_see_no_pay] * 3


# --- paper ---------------------------------------------------------------------------------------


def test_the_pdf_is_the_same_bytes_each_time_and_differs_by_language(pay: Pay) -> None:
    row = pay.statement(pay.run(), "léa")
    with translation.override("fr"):
        french, again = pdf_of(row), pdf_of(row)
    with translation.override("en"):
        english = pdf_of(row)
    assert french == again
    assert french != english
    assert (b"/Lang(fr)" in french, b"/Lang(en)" in english) == (True, True)


def test_a_draft_on_paper_says_that_it_is_one() -> None:
    with translation.override("en"):
        assert state_words("calculated") == "Calculated · draft, not approved yet"
        assert state_words("approved") == "Approved"


HOSTILE = "#panic() *bold* $x$ @ref <tag> \\ \" ' `code` = Heading [x](y) // \u202e \u0000"


def test_names_are_text_and_never_markup(pay: Pay) -> None:
    hostile = HOSTILE.replace("\u0000", "")
    Person.objects.filter(pk=pay.world.people["léa"].pk).update(last_name=hostile[:90])
    Account.objects.update(name=hostile)
    Company.objects.update(name=hostile[:100])
    row = Statement.objects.get(pk=pay.statement(pay.run(), "léa").pk)
    with translation.override("fr"):
        assert pdf_of(row).startswith(b"%PDF-")
    pay.approve()
    page = text_of(signed_in(pay.world.users["léa"]), "incentives:statement", row.pk)
    assert escape("<tag>") in page
    assert "<tag>" not in page


def test_a_correction_is_told_on_paper_too(pay: Pay) -> None:
    march = pay.statement(pay.run(), "léa")
    pay.lock()
    won("léa", "3000", date(2026, 3, 20), "D2", stage="cancelled")
    april = services.open_period(actor=pay.hana, kind="month", day=date(2026, 4, 1))
    row = pay.run(april).statements.get(corrects=march)
    with translation.override("en"):
        page = statement_page(row)
        assert pdf_of(row).startswith(b"%PDF-")
    assert page["correction"]["lines"] == [
        {
            "label": "Commission",
            "paid": "€700.00",
            "due": "€450.00",
            "change": "−€250.00",
            "by_engine": "",
        }
    ]
    assert page["correction"]["engine"] == ""
    assert page["lines_total"] == "€450.00"

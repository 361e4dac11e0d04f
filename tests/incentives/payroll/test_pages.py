"""Pages of payroll files: templates written and tried, missing codes, what cannot be exported."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from incentives import services
from incentives.models import Export, PayrollTemplate
from incentives.payroll import shipped_documents
from tests.incentives.conftest import Pay
from tests.incentives.payroll.test_exporting import OWN, posted
from tests.incentives.test_pages import signed_in

LIST = "/pay/periods/templates/"


@pytest.fixture
def hana(pay: Pay) -> Client:
    pay.run()
    pay.lock()
    return signed_in(pay.hana)


def period_page(pay: Pay) -> str:
    return reverse("incentives:period", args=[pay.march.pk])


def test_a_template_is_copied_filled_in_tried_and_saved(pay: Pay, hana: Client) -> None:
    page = hana.get(LIST).content.decode()
    assert "No template of your own yet" in page
    assert f"{LIST}new/?from=silae" in page
    form = hana.get(f"{LIST}new/?from=silae")
    text = form.context["form"].initial["document"]
    assert "key: silae-1\n" in text
    tried = hana.post(f"{LIST}new/", {"document": text, "try": "1"}).content.decode()
    assert "The line seller.commission has no payroll code." in tried
    assert not PayrollTemplate.objects.exists()
    filled = text.replace("codes: {}", "codes: {seller.commission: COM}")
    tried = hana.post(f"{LIST}new/", {"document": filled, "try": "1"}).content.decode()
    assert "omar;COM;50,01;01/03/2026;31/03/2026" in tried
    saved = hana.post(f"{LIST}new/", {"document": filled, "save": "1"})
    assert saved["Location"] == "/pay/periods/templates/silae-1/"
    shown = hana.get("/pay/periods/templates/silae-1/").content.decode()
    assert "omar;COM;50,01;01/03/2026;31/03/2026" in shown
    assert "€750.01" in shown
    assert "silae-1" in hana.get(LIST).content.decode()


def test_mistakes_of_a_template_stand_beside_their_lines(pay: Pay, hana: Client) -> None:
    services.save_template(actor=pay.hana, document=OWN)
    wrong = OWN.replace("header: false", "hedder: false").replace("delimited", "csv")
    page = hana.post(f"{LIST}velo/edit/", {"document": wrong, "save": "1"}).content.decode()
    assert "2 points to correct; nothing is saved yet" in page
    assert "The key hedder means nothing here." in page
    assert "line 5" in page
    assert PayrollTemplate.objects.get().document == OWN


def test_missing_codes_are_shown_before_exporting(pay: Pay, hana: Client) -> None:
    services.save_template(actor=pay.hana, document=OWN)
    assert "code missing" not in hana.get(period_page(pay)).content.decode()
    posted(pay, "omar", -1250)
    page = hana.get(period_page(pay)).content.decode()
    assert "1 code missing" in page
    refused = hana.post(f"{period_page(pay)}export/", {"template": "velo"}, follow=True)
    assert refused.redirect_chain[-1][0] == f"/pay/periods/templates/velo/?period={pay.march.pk}"
    said = refused.content.decode()
    assert "1 point prevents the export; nothing was handed over." in said
    assert "The line adjustment has no payroll code." in said
    assert not Export.objects.exists()


def test_what_came_later_is_offered_and_handed_over_alone(pay: Pay, hana: Client) -> None:
    address = f"{period_page(pay)}export/"
    first = hana.post(address, {"template": "neutral-csv"})
    posted(pay, "omar", -1250)
    assert "1 new line" in hana.get(period_page(pay)).content.decode()
    second = hana.post(address, {"template": "neutral-csv"})
    assert second["Content-Disposition"] == 'attachment; filename="payroll-month-2026-03-01-2.csv"'
    assert second.content.count(b"\r\n") == 2
    page = hana.get(period_page(pay)).content.decode()
    assert "only what came later" in page
    one, other = Export.objects.order_by("id")
    assert hana.get(f"/pay/exports/{one.pk}/").content == first.content
    assert hana.get(f"/pay/exports/{other.pk}/").content == second.content


def test_a_text_that_a_later_version_refuses_hides_no_page(pay: Pay, hana: Client) -> None:
    services.save_template(actor=pay.hana, document=OWN)
    PayrollTemplate.objects.update(document=OWN.replace("format:", "kind:"))
    assert "Vélo" not in hana.get(period_page(pay)).content.decode()
    assert "cannot be read any more" in hana.get(LIST).content.decode()
    edit = hana.get(f"{LIST}velo/", follow=True)
    assert edit.redirect_chain == [(f"{LIST}velo/edit/", 302)]
    assert "kind: delimited" in edit.content.decode()
    refused = hana.post(f"{period_page(pay)}export/", {"template": "velo"}, follow=True)
    assert "The key kind means nothing here." in refused.content.decode()


@pytest.mark.parametrize("key", sorted(shipped_documents()))
def test_a_shipped_template_is_shown_and_never_edited(pay: Pay, hana: Client, key: str) -> None:
    page = hana.get(f"/pay/periods/templates/{key}/")
    assert page.status_code == 200
    assert f"/pay/periods/templates/{key}/edit/" not in page.content.decode()
    assert hana.get(f"/pay/periods/templates/{key}/edit/").status_code == 404


@pytest.mark.parametrize("address", [f"{LIST}nothing/", f"{LIST}new/?from=nothing"])
def test_a_template_that_nobody_knows_is_not_found(hana: Client, address: str) -> None:
    assert hana.get(address).status_code == 404


def test_without_a_locked_period_the_page_says_what_to_do(pay: Pay) -> None:
    hana = signed_in(pay.hana)
    assert "No locked period yet" in hana.get("/pay/periods/templates/silae/").content.decode()
    services.open_period(actor=pay.hana, kind="month", day=date(2026, 5, 1))
    tried = {"document": shipped_documents()["silae"], "try": "1"}
    assert "No locked period yet" in hana.post(f"{LIST}new/", tried).content.decode()

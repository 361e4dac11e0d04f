"""Rules and objectives told before a period: published, read, late, replaced, and who sees it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction
from hashlib import sha256

import pytest
import time_machine
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import translation

from common.models import AuditEntry
from incentives import services
from incentives.calc import parse_plan
from incentives.calc.steps import MECHANICS
from incentives.models import Notice, Receipt, Statement
from incentives.notices import letters
from incentives.notices.exposure import exposure_at
from incentives.notices.queries import is_late, notice_counts, notice_rows, notices_waiting
from incentives.statements.notice import notice_beside
from incentives.statements.page import statement_page
from kernel.issues import Invalid
from kernel.money import Money
from kernel.periods import Period
from kpis.services import ObjectiveInput, set_objective
from people import access
from people.models import Company
from people.services import end_employment
from tests.incentives.conftest import MARCH, PLAN, Pay
from tests.incentives.test_pages import said, signed_in, text_of

IN_FEBRUARY = "2026-02-20 10:00"
IN_MARCH = "2026-03-05 10:00"
TARGETED = """\
key: seller
name: {fr: Commission des vendeurs, en: Commission of sellers}
currency: EUR
period: month
measures:
  revenue: {sum: amount, unit: money, name: {fr: Chiffre d'affaires, en: Revenue}}
  target: {objective: revenue_booked, unit: money, name: {fr: Objectif, en: Objective}}
components:
  - key: commission
    name: {fr: Commission, en: Commission}
    steps:
      - {step: quota_rate, pay: 1000, base: revenue, quota: target}
"""


@pytest.fixture(autouse=True)
def in_february() -> Iterator[None]:
    with time_machine.travel(IN_FEBRUARY, tick=False):
        yield


def codes(refused: pytest.ExceptionInfo[Invalid]) -> list[str]:
    return [issue.code for issue in refused.value.issues]


def aim(pay: Pay, name: str, target: int) -> None:
    wanted = ObjectiveInput(
        "revenue_booked", Fraction(target), MARCH, date(2026, 4, 1), person=name, reason="agreed"
    )
    set_objective(actor=None, objective=wanted)


def publish(pay: Pay) -> dict[str, Notice]:
    made = services.publish_notices(actor=pay.hana, period_id=pay.march.pk)
    return {one.person.number: one for one in made}


def states(pay: Pay) -> dict[str, str]:
    return {row.payee.name.split()[0]: row.state for row in notice_rows(pay.march)}


def confirm(pay: Pay, notice: Notice, name: str = "léa", language: str = "fr") -> Receipt:
    actor = pay.world.users[name]
    return services.confirm_reading(actor=actor, notice_id=notice.pk, language=language)


def test_the_letter_tells_plan_and_objectives_in_french_that_counts(pay: Pay) -> None:
    aim(pay, "léa", 20_000)
    notices = publish(pay)
    assert set(notices) == {"léa", "omar"}
    lea = notices["léa"]
    assert lea.sha256 == sha256(lea.text_fr.encode()).hexdigest()
    assert lea.published_by == pay.hana
    assert lea.published_at == datetime(2026, 2, 20, 9, tzinfo=UTC)
    for text in (
        "Règles et objectifs",
        "Léa Test",
        "Vélo SA",
        "Commission des vendeurs, version 1",
        "1 mars 2026",
        "31 mars 2026",
        "20\u202f000\u00a0€",
        "Le texte français fait foi",
    ):
        assert text in lea.text_fr
    for text in ("Rules and objectives", "Commission of sellers, version 1", "€20,000", "courtesy"):
        assert text in lea.text_en
    assert "20\u202f000" not in notices["omar"].text_fr
    (entry,) = AuditEntry.objects.filter(action="notices.publish")
    assert len((entry.after or {})["notices"]) == 2


def test_without_the_french_of_a_rule_nothing_is_published(pay: Pay) -> None:
    # a catalogue that was never compiled: every sentence comes back as it stands in the code
    with pytest.MonkeyPatch.context() as without:
        unsaid = replace(MECHANICS["marginal_tiers"], sentence="Each part of {base}:")
        without.setattr(letters, "MECHANICS", {**MECHANICS, "marginal_tiers": unsaid})
        with pytest.raises(Invalid) as refused:
            publish(pay)
    assert codes(refused) == ["notices.no_french"]
    assert not Notice.objects.exists()
    publish(pay)
    assert "Chaque part de" in Notice.objects.order_by("id")[0].text_fr


def test_who_has_the_current_notice_gets_no_second_one(pay: Pay) -> None:
    publish(pay)
    with pytest.raises(Invalid) as refused:
        publish(pay)
    assert codes(refused) == ["notices.none_due"]
    aim(pay, "léa", 20_000)
    assert states(pay) == {"Léa": "changed", "Omar": "unread"}
    (again,) = publish(pay).values()
    assert (again.person.number, Notice.objects.count()) == ("léa", 3)
    assert "remplace celle publiée le 20 févr. 2026" in again.text_fr


def test_a_new_version_of_the_plan_asks_for_a_new_notice(pay: Pay) -> None:
    publish(pay)
    text = PLAN.replace("rate: 10 %", "rate: 12 %").replace("total: 700", "total: 740")
    draft = services.save_plan(actor=pay.hana, document=text, valid_from=MARCH)
    services.publish_plan(actor=pay.hana, version_id=draft.pk)
    assert states(pay) == {"Léa": "changed", "Omar": "changed"}
    assert {one.plan_version_id for one in publish(pay).values()} == {draft.pk}


def test_back_to_the_old_objective_is_a_third_letter(pay: Pay) -> None:
    for target in (20_000, 25_000, 20_000):
        aim(pay, "léa", target)
        assert "léa" in publish(pay)
    assert Notice.objects.filter(person__number="léa").count() == 3


def test_nothing_is_announced_for_a_paid_period(pay: Pay) -> None:
    with time_machine.travel("2026-04-02 10:00", tick=False):
        pay.run()
        pay.lock()
        with pytest.raises(Invalid) as refused:
            publish(pay)
    assert codes(refused) == ["notices.closed"]
    assert not Notice.objects.exists()


def test_the_payee_confirms_once_with_the_hash_of_the_french_text(pay: Pay) -> None:
    lea = publish(pay)["léa"]
    person = pay.world.people["léa"].pk
    assert notices_waiting(person) == 1
    receipt = confirm(pay, lea, language="en")
    assert (receipt.sha256, receipt.language) == (lea.sha256, "en")
    assert receipt.at == datetime(2026, 2, 20, 9, tzinfo=UTC)
    assert notices_waiting(person) == 0
    assert states(pay) == {"Léa": "read", "Omar": "unread"}
    assert AuditEntry.objects.filter(action="notice.read").count() == 1
    with pytest.raises(Invalid) as refused:
        confirm(pay, lea)
    assert codes(refused) == ["notice.read_already"]


@pytest.mark.parametrize("who", ["omar", "marc", "hana"])
def test_nobody_confirms_for_somebody_else(pay: Pay, who: str) -> None:
    lea = publish(pay)["léa"]
    with pytest.raises(Invalid) as refused:
        confirm(pay, lea, who)
    assert codes(refused) == ["notice.not_yours"]
    assert not Receipt.objects.exists()


def test_only_the_newest_notice_is_confirmed_in_a_known_language(pay: Pay) -> None:
    old = publish(pay)["léa"]
    with pytest.raises(Invalid) as refused:
        confirm(pay, old, language="de")
    assert codes(refused) == ["notice.language"]
    aim(pay, "léa", 20_000)
    new = publish(pay)["léa"]
    with pytest.raises(Invalid) as refused:
        confirm(pay, old)
    assert codes(refused) == ["notice.replaced"]
    assert notices_waiting(pay.world.people["léa"].pk) == 1
    confirm(pay, new)
    assert notices_waiting(pay.world.people["léa"].pk) == 0


def test_notices_and_receipts_stay_as_they_are(pay: Pay) -> None:
    lea = publish(pay)["léa"]
    receipt = confirm(pay, lea)
    for row in (lea, receipt):
        with pytest.raises(DatabaseError), transaction.atomic():
            row.delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        Notice.objects.update(text_fr="autre chose")
    with pytest.raises(DatabaseError), transaction.atomic():
        Receipt.objects.update(language="en")


@pytest.mark.parametrize(
    ("told_on", "first_day", "late"),
    [
        (date(2026, 2, 28), MARCH, False),
        (MARCH, MARCH, True),
        (date(2026, 3, 16), date(2026, 3, 16), False),
        (date(2026, 3, 17), date(2026, 3, 16), True),
    ],
)
def test_in_time_is_before_the_period_or_on_the_first_day_of_who_joins(
    told_on: date, first_day: date, late: bool
) -> None:
    assert is_late(told_on, first_day, MARCH) is late


def test_exposure_counts_who_was_not_told_in_time(pay: Pay) -> None:
    draft = services.save_plan(actor=pay.hana, document=TARGETED, valid_from=MARCH)
    services.publish_plan(actor=pay.hana, version_id=draft.pk)
    aim(pay, "léa", 20_000)
    aim(pay, "omar", 10_000)
    assert not notice_counts(notice_rows(pay.march)).exposures
    publish(pay)
    with time_machine.travel(IN_MARCH, tick=False):
        assert not notice_counts(notice_rows(pay.march)).exposures
        aim(pay, "léa", 30_000)
        counts = notice_counts(notice_rows(pay.march))
        assert (counts.changed, counts.unread) == (("Léa Test",), ("Omar Test",))
        # the plan has no most: what an objective exactly reached pays
        assert (counts.exposures, counts.unlimited) == ({"EUR": 100_000}, 1)
        publish(pay)
        counts = notice_counts(notice_rows(pay.march))
        assert (counts.changed, counts.late) == ((), ("Léa Test",))
        assert counts.exposures == {"EUR": 100_000}


def test_exposure_is_the_most_of_a_plan_that_has_one() -> None:
    days = Period.month(MARCH)
    capped = TARGETED + "      - {step: cap, at: 1800}\n"
    found = exposure_at(parse_plan(capped), "ae", {"revenue_booked": Fraction(20_000)}, days)
    assert found is not None
    assert (found.amount, found.is_most) == (Money(180_000, "EUR"), True)
    open_end = exposure_at(parse_plan(TARGETED), "ae", {"revenue_booked": Fraction(20_000)}, days)
    assert open_end is not None
    assert (open_end.amount, open_end.is_most) == (Money(100_000, "EUR"), False)
    assert exposure_at(parse_plan(PLAN), "ae", {}, days) is None


# --- pages --------------------------------------------------------------------------------------


@pytest.fixture
def told(pay: Pay) -> Pay:
    aim(pay, "léa", 20_000)
    publish(pay)
    pay.hugo.language = "en"
    pay.hugo.save()
    return pay


def own(pay: Pay, name: str) -> Notice:
    return Notice.objects.get(person=pay.world.people[name])


def test_a_rep_reads_in_french_or_english_and_confirms(told: Pay) -> None:
    lea = signed_in(told.world.users["léa"])
    address = reverse("incentives:notice", args=[own(told, "léa").pk])
    assert address in text_of(lea, "incentives:my_notices")
    home = lea.get(reverse("cockpit:me")).content.decode()
    assert "Your rules and objectives are waiting" in home
    french = lea.get(f"{address}?language=fr").content.decode()
    assert 'lang="fr"' in french
    assert "Règles et objectifs" in french
    assert "Rules and objectives of variable pay" in lea.get(address).content.decode()
    page = said(lea, address, {"language": "fr"})
    assert "Thank you" in page
    assert "I have read it" not in page
    assert own(told, "léa").receipt.language == "fr"
    assert "are waiting" not in lea.get(reverse("cockpit:me")).content.decode()


@pytest.mark.parametrize(
    ("who", "status"),
    [("marc", 200), ("hana", 200), ("omar", 404), ("sonia", 404), ("ada", 404), ("eve", 404)],
)
def test_who_reads_the_notice_of_somebody(told: Pay, who: str, status: int) -> None:
    client = signed_in(told.world.users[who])
    address = reverse("incentives:notice", args=[own(told, "léa").pk])
    assert client.get(address).status_code == status
    assert client.post(address, {"language": "fr"}).status_code == 404
    assert not Receipt.objects.exists()


def test_a_manager_reads_it_only_where_managers_see_pay(told: Pay) -> None:
    Company.objects.update(managers_see_pay=False)
    marc = signed_in(told.world.users["marc"])
    address = reverse("incentives:notice", args=[own(told, "léa").pk])
    assert marc.get(address).status_code == 404
    team = text_of(marc, "incentives:team_notices")
    assert "Léa Test" in team
    assert "not read yet" in team
    assert "Omar" not in team
    assert "€" not in team


def test_hr_publishes_and_sees_who_is_late(pay: Pay) -> None:
    hana = signed_in(pay.hana)
    address = reverse("incentives:period_notices", args=[pay.march.pk])
    assert "Publish 2 notices" in hana.get(address).content.decode()
    assert "2 notices are published." in said(hana, address, {})
    assert "Every payee has the current rules" in said(hana, address, {})
    page = hana.get(f"{address}?show=unread").content.decode()
    assert "Omar Test" in page
    assert "Omar Test" not in hana.get(f"{address}?show=late").content.decode()
    assert hana.get(f"{address}?show=nonsense").status_code == 404


def test_the_checklist_tells_what_is_missing_and_what_it_may_cost(pay: Pay) -> None:
    draft = services.save_plan(actor=pay.hana, document=TARGETED, valid_from=MARCH)
    services.publish_plan(actor=pay.hana, version_id=draft.pk)
    aim(pay, "léa", 20_000)
    hana = signed_in(pay.hana)
    with time_machine.travel(IN_MARCH, tick=False):
        page = text_of(hana, "incentives:period", pay.march.pk)
        assert "2 payees were not told the rules and objectives" in page
        assert "€1,000 may be due" in page
        Company.objects.update(country="BE")
        assert "not told the rules" not in text_of(hana, "incentives:period", pay.march.pk)


def test_a_statement_says_that_its_rules_came_late(pay: Pay) -> None:
    with time_machine.travel(IN_MARCH, tick=False):
        publish(pay)
    with time_machine.travel("2026-04-02 10:00", tick=False):
        run = pay.run()
        pay.approve()
        statement = pay.statement(run, "léa")
        lea = signed_in(pay.world.users["léa"])
        page = text_of(lea, "incentives:statement", statement.pk)
        assert "published on 5 Mar 2026" in page
        assert "Seen by HR only" not in page


def test_a_statement_told_in_time_says_nothing(told: Pay) -> None:
    with time_machine.travel("2026-04-02 10:00", tick=False):
        statement = told.statement(told.run(), "léa")
        viewer = access.viewer_of(told.hana)
        assert notice_beside(statement, viewer) is None


def test_hr_reads_on_the_statement_what_may_be_due(pay: Pay) -> None:
    draft = services.save_plan(actor=pay.hana, document=TARGETED, valid_from=MARCH)
    services.publish_plan(actor=pay.hana, version_id=draft.pk)
    aim(pay, "léa", 20_000)
    with time_machine.travel("2026-04-02 10:00", tick=False):
        statement = pay.statement(pay.run(), "léa")
        seen = notice_beside(statement, access.viewer_of(pay.hana))
        own_view = notice_beside(statement, access.viewer_of(pay.world.users["léa"]))
    assert seen is not None
    assert own_view is not None
    assert "were not published" in seen["text"]
    assert (seen["exposure"], seen["is_most"]) == ("€1,000.00", False)
    assert "exposure" not in own_view


def test_a_leaver_reads_which_days_are_paid(pay: Pay) -> None:
    with time_machine.travel("2026-04-02 10:00", tick=False):
        end_employment(actor=None, person=pay.world.people["léa"], last_day_on=date(2026, 3, 15))
        run = pay.run()
    with translation.override("en"):
        notes = {name: days_paid(pay.statement(run, name)) for name in ("léa", "omar")}
    assert notes == {"léa": "15 of the 31 days of the period", "omar": ""}


def days_paid(statement: Statement) -> str:
    facts = statement_page(statement)["facts"]
    return next(str(one["note"]) for one in facts if one["label"] == "Days under this plan")

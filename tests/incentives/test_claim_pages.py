"""The pages of disputes, adjustments, reviews, checks and history: what they show, and to whom."""

from collections.abc import Iterator
from datetime import date
from fractions import Fraction

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from incentives import services
from incentives.models import Adjustment, Dispute
from people.models import Company
from tests.incentives.conftest import Pay, newest, won
from tests.incentives.test_pages import said, signed_in, text_of

IN_APRIL = "2026-04-02 10:00"


@pytest.fixture(autouse=True)
def in_april() -> Iterator[None]:
    with time_machine.travel(IN_APRIL, tick=False):
        yield


def in_english(pay: Pay) -> tuple[Client, Client]:
    """Hana and Hugo of HR."""
    pay.hugo.language = "en"
    pay.hugo.save()
    return signed_in(pay.hana), signed_in(pay.hugo)


def test_a_payee_disputes_a_line_and_hr_answers_on_the_pages(shown: Pay) -> None:
    lea, hana = signed_in(shown.world.users["léa"]), signed_in(shown.hana)
    statement = newest(shown, "léa")
    new = reverse("incentives:dispute_new", args=[statement.pk])
    assert f'href="{new}?line=commission"' in text_of(lea, "incentives:statement", statement.pk)
    page = said(lea, new, {"component": "commission", "text": "D9 is missing."})
    assert "D9 is missing." in page
    assert "Answer or decide" not in page
    dispute = Dispute.objects.get()
    mine = text_of(lea, "incentives:statement", statement.pk)
    assert reverse("incentives:dispute", args=[dispute.pk]) in mine
    assert f"{new}?line=commission" not in mine

    desk = text_of(hana, "incentives:disputes")
    assert "Léa Test" in desk
    assert "answer by 17 Apr 2026" in desk
    assert '<span class="count">1<' in desk, "the navigation says how many wait"
    address = reverse("incentives:dispute", args=[dispute.pk])
    page = said(hana, address, {"to": "answered", "text": "D9 was won in April."})
    assert "The answer is given." in page
    assert "No answer waits" not in text_of(hana, "incentives:disputes", show="answered")
    assert "Every dispute is answered." in text_of(hana, "incentives:disputes")
    assert "My disputes" in text_of(lea, "incentives:statements")
    page = said(lea, address, {"to": "open", "text": "It was signed on 31 March."})
    assert page.index("D9 was won in April.") < page.index("It was signed on 31 March.")
    page = said(hana, address, {"to": "accepted", "text": "Right."})
    assert f"{reverse('incentives:adjustment_new')}?dispute={dispute.pk}" in page


def test_late_disputes_stand_first_and_are_marked(shown: Pay) -> None:
    for name, day in (("omar", "2026-03-10"), ("léa", "2026-04-01")):
        with time_machine.travel(day, tick=False):
            services.open_dispute(
                actor=shown.world.users[name],
                statement_id=newest(shown, name).pk,
                component="commission",
                text="D9 is missing.",
            )
    hana = signed_in(shown.hana)
    page = text_of(hana, "incentives:disputes")
    assert page.index("Omar Test") < page.index("Léa Test")
    # due on 24 March, nine days ago
    assert "9 days late" in page
    late = text_of(hana, "incentives:disputes", show="overdue")
    assert ("Omar Test" in late, "Léa Test" in late) == (True, False)
    page = text_of(hana, "incentives:period", shown.march.pk)
    assert "1 dispute is answered too late" in page
    assert hana.get(reverse("incentives:disputes"), {"show": "mine"}).status_code == 404


@pytest.mark.parametrize("text", ["", "  "])
def test_a_dispute_without_words_is_not_opened(shown: Pay, text: str) -> None:
    lea = signed_in(shown.world.users["léa"])
    address = reverse("incentives:dispute_new", args=[newest(shown, "léa").pk])
    assert "This field is required." in said(
        lea, address, {"component": "commission", "text": text}
    )
    assert not Dispute.objects.exists()


def test_a_step_that_is_not_yours_is_told_and_one_that_is_none_is_not_found(shown: Pay) -> None:
    lea = signed_in(shown.world.users["léa"])
    dispute = services.open_dispute(
        actor=shown.world.users["léa"],
        statement_id=newest(shown, "léa").pk,
        component="commission",
        text="D9 is missing.",
    )
    address = reverse("incentives:dispute", args=[dispute.pk])
    assert "This step is not yours" in said(lea, address, {"to": "accepted", "text": "Mine."})
    assert lea.post(address, {"to": "paid", "text": "Mine."}).status_code == 404
    dispute.refresh_from_db()
    assert dispute.state == "open"


@pytest.mark.parametrize("who", ["omar", "sonia", "ada", "eve"])
def test_the_dispute_of_somebody_else_is_not_found(shown: Pay, who: str) -> None:
    dispute = services.open_dispute(
        actor=shown.hana, statement_id=newest(shown, "léa").pk, component="commission", text="D9"
    )
    client = signed_in(shown.world.users[who])
    page = reverse("incentives:dispute", args=[dispute.pk])
    new = reverse("incentives:dispute_new", args=[newest(shown, "léa").pk])
    live = f"/live/?topic=dispute:{dispute.pk}"
    got = [client.get(one).status_code for one in (page, new, live)]
    assert got == [404, 404, 404]
    assert client.post(page, {"to": "open", "text": "Me too."}).status_code == 404


def test_the_dispute_answers_a_fragment_to_htmx(shown: Pay) -> None:
    dispute = services.open_dispute(
        actor=shown.hana, statement_id=newest(shown, "léa").pk, component="commission", text="D9"
    )
    hana = signed_in(shown.hana)
    address = reverse("incentives:dispute", args=[dispute.pk])
    fragment = hana.get(address, headers={"HX-Request": "true"}).content.decode()
    assert fragment.startswith('<section class="stack" id="dispute"')
    assert "<form" not in fragment, "what somebody types must not be drawn anew"


def test_an_adjustment_is_proposed_by_one_and_approved_by_another(shown: Pay) -> None:
    hana, hugo = in_english(shown)
    new = reverse("incentives:adjustment_new") + f"?statement={newest(shown, 'léa').pk}"
    first = hana.get(new).content.decode()
    assert f'<option value="{shown.world.people["léa"].pk}" selected>' in first
    data = {
        "person_id": str(shown.world.people["léa"].pk),
        "period_id": str(shown.march.pk),
        "amount": "1 200,50",
        "label_fr": "Geste",
        "label_en": "Gesture",
        "reason": "For D9.",
    }
    page = said(hana, new, data)
    assert "a second person decides" in page
    made = Adjustment.objects.get()
    assert (made.amount_minor, made.statement_id) == (120050, newest(shown, "léa").pk)
    address = reverse("incentives:adjustment", args=[made.pk])
    assert "another person with the rights of HR" in hana.get(address).content.decode()
    said(hana, address, {"to": "approve"})
    made.refresh_from_db()
    assert made.state == "proposed"
    lea = signed_in(shown.world.users["léa"])
    assert "Gesture" not in text_of(lea, "incentives:statement", newest(shown, "léa").pk)
    assert "A refusal needs a reason." in said(hugo, address, {"to": "refuse"})
    assert hugo.post(address, {"to": "keep"}).status_code == 404
    assert "The adjustment is decided." in said(hugo, address, {"to": "approve"})
    page = text_of(lea, "incentives:statement", newest(shown, "léa").pk)
    for words in ("Gesture", "+€1,200.50", "For D9.", "approved by hugo@velo.example"):
        assert words in page, words
    assert "Gesture" in text_of(lea, "incentives:statements")
    page = text_of(hana, "incentives:period", shown.march.pk)
    # 750.01 and 1,200.50
    assert "€1,950.51" in page
    assert "€1,950.51" in text_of(hana, "incentives:periods")
    assert "€1,950.51" in text_of(hana, "cockpit:office")


def test_a_wrong_adjustment_is_told_beside_its_fields(shown: Pay) -> None:
    hana = signed_in(shown.hana)
    data = {
        "person_id": str(shown.world.people["léa"].pk),
        "period_id": str(shown.march.pk),
        "amount": "1,234",
        "label_fr": "Geste",
        "label_en": "Gesture",
        "reason": "For D9.",
    }
    new = reverse("incentives:adjustment_new")
    assert 'id="id_amount_error"' in said(hana, new, data)
    assert "An adjustment of zero" in said(hana, new, {**data, "amount": "0"})
    services.lock_period(actor=shown.hugo, period_id=shown.march.pk)
    assert "Select a valid choice" in said(hana, new, {**data, "amount": "5"})
    assert not Adjustment.objects.exists()
    for query in ("statement=x", "dispute=99999", "statement=99999999999999999999"):
        assert hana.get(f"{new}?{query}").status_code == 404


def test_a_manager_looks_at_the_teams_draft_and_signs(pay: Pay) -> None:
    run = pay.run()
    marc, sonia = (signed_in(pay.world.users[one]) for one in ("marc", "sonia"))
    assert "to sign" in text_of(marc, "incentives:team_pay")
    page = text_of(marc, "incentives:team_review", pay.march.pk)
    assert ("Léa Test" in page, "Omar Test" in page) == (True, False)
    draft = reverse("incentives:statement", args=[pay.statement(run, "léa").pk])
    assert [one.get(draft).status_code for one in (marc, sonia)] == [200, 404]
    assert signed_in(pay.world.users["léa"]).get(draft).status_code == 404
    address = reverse("incentives:team_review", args=[pay.march.pk])
    page = said(marc, address, {"comment": "D2 was Rémi's work."})
    assert "You have signed" in page
    assert "Signed by Marc Test" in page
    assert "signed these figures already" in said(marc, address, {"comment": "again"})
    assert "signed" in text_of(marc, "incentives:team_pay")

    hana = signed_in(pay.hana)
    page = text_of(hana, "incentives:period", pay.march.pk)
    assert "D2 was Rémi&#x27;s work." in page
    assert "1 manager has not signed" in page
    assert reverse("incentives:review", args=[pay.march.pk]) in page
    refused = said(hana, f"{reverse('incentives:period', args=[pay.march.pk])}move/",
                   {"step": "review"})  # fmt: skip
    assert "Not signed by the manager yet: Sonia Test." in refused
    review = reverse("incentives:review", args=[pay.march.pk])
    assert "Sonia Test" in hana.get(review).content.decode()
    assert "This field is required." in said(hana, review, {"reason": " "})
    assert "The period is reviewed." in said(hana, review, {"reason": "Sonia is ill."})


def test_a_new_calculation_tells_the_manager_to_sign_again(pay: Pay) -> None:
    pay.run()
    services.sign_off_team(actor=pay.world.users["sonia"], period_id=pay.march.pk)
    won("omar", "500", date(2026, 3, 12), "D7")
    pay.run()
    sonia = signed_in(pay.world.users["sonia"])
    page = text_of(sonia, "incentives:team_review", pay.march.pk)
    assert "The figures have changed since you signed" in page
    assert "figures changed since" in text_of(
        signed_in(pay.hana), "incentives:period", pay.march.pk
    )


def test_where_managers_do_not_see_pay_there_is_no_review(pay: Pay) -> None:
    run = pay.run()
    Company.objects.update(managers_see_pay=False)
    marc = signed_in(pay.world.users["marc"])
    addresses = [
        reverse("incentives:team_pay"),
        reverse("incentives:team_review", args=[pay.march.pk]),
        reverse("incentives:statement", args=[pay.statement(run, "léa").pk]),
    ]
    assert [marc.get(one).status_code for one in addresses] == [404, 404, 404]
    assert "Pay of my team" not in marc.get("/", follow=True).content.decode()
    hana = signed_in(pay.hana)
    assert 'id="managers"' not in text_of(hana, "incentives:period", pay.march.pk)


def test_an_open_period_is_not_reviewed(pay: Pay) -> None:
    marc = signed_in(pay.world.users["marc"])
    assert marc.get(reverse("incentives:team_review", args=[pay.march.pk])).status_code == 404


def test_the_checklist_says_what_is_open_and_what_is_in_order(pay: Pay) -> None:
    pay.run()
    services.propose_adjustment(
        actor=pay.hana,
        proposal=services.Proposal(
            person_id=pay.world.people["léa"].pk,
            period_id=pay.march.pk,
            amount=Fraction(1),
            currency="EUR",
            label_fr="Geste",
            label_en="Gesture",
            reason="For D9.",
        ),
    )
    page = text_of(signed_in(pay.hana), "incentives:period", pay.march.pk)
    for words in (
        "4 people have no plan in this period",
        "2 managers have not signed the figures of their teams",
        "1 adjustment waits for a second person",
        "No dispute is open",
        "No import failed, runs or waits",
        "crm: 3 records",
    ):
        assert words in page, words


def test_an_unlocked_period_before_is_told(pay: Pay) -> None:
    pay.run()
    april = services.open_period(actor=pay.hana, kind="month", day=date(2026, 4, 1))
    page = text_of(signed_in(pay.hana), "incentives:period", april.pk)
    assert "March 2026 is calculated and not locked" in page
    pay.lock()
    page = text_of(signed_in(pay.hana), "incentives:period", april.pk)
    assert "Nothing before this period waits for its lock" in page


def test_the_history_tells_who_when_before_and_after(shown: Pay) -> None:
    dispute = services.open_dispute(
        actor=shown.hana, statement_id=newest(shown, "léa").pk, component="commission", text="D9"
    )
    services.move_dispute(actor=shown.hana, dispute_id=dispute.pk, to="accepted", text="Right.")
    made = services.propose_adjustment(
        actor=shown.hana,
        proposal=services.Proposal(
            person_id=shown.world.people["léa"].pk,
            period_id=shown.march.pk,
            amount=Fraction(10),
            currency="EUR",
            label_fr="Geste",
            label_en="Gesture",
            reason="For D9 of Altaïr.",
            dispute_id=dispute.pk,
        ),
    )
    hana, ada = signed_in(shown.hana), signed_in(shown.world.users["ada"])
    for kind, pk in (
        ("period", shown.march.pk),
        ("statement", newest(shown, "léa").pk),
        ("adjustment", made.pk),
        ("dispute", dispute.pk),
    ):
        page = text_of(hana, "incentives:history", kind, pk)
        assert "Adjustment proposed" in page, kind
        assert "€10.00" in page
        assert "For D9 of Altaïr." in page
        plain = text_of(ada, "incentives:history", kind, pk)
        assert "Adjustment proposed" in plain
        assert "€10.00" not in plain, "pay is not for administrators"
        assert "For D9 of Altaïr." not in plain
    page = text_of(hana, "incentives:history", "period", shown.march.pk)
    assert "Calculated → " in page
    assert "Period moved" in text_of(ada, "incentives:histories")
    missing = [("plan", 1), ("period", 99999)]
    for kind, pk in missing:
        assert hana.get(reverse("incentives:history", args=[kind, pk])).status_code == 404

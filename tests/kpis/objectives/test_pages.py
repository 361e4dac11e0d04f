"""Pages of objectives: proposed by a manager, answered by a rep, told in a letter."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import translation

from kernel.periods import Period
from kpis.kpi_uses import of_objectives
from kpis.models import Evaluation, Objective
from kpis.services import ObjectiveInput, propose_objective, recompute_touched, set_objective
from kpis.uses import Names
from people.access import viewer_of
from tests.kpis.crew import Crew, event, plain, record
from tests.kpis.test_pages import signed_in

MARCH = (date(2026, 3, 1), date(2026, 4, 1))


@pytest.fixture(autouse=True)
def _in_march() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 3, 20, 9, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def sold(crew: Crew) -> Crew:
    for month, amount in ((1, 300), (2, 500), (3, 400)):
        record(
            event(f"w{month}", f"2026-0{month}-10 10:00", "P1", kind="deal_won", amount=amount,
                  account="Acme")
        )  # fmt: skip
    recompute_touched()
    return crew


def proposed(crew: Crew, target: int = 600) -> Objective:
    wanted = ObjectiveInput("revenue_booked", Fraction(target), *MARCH, person="P1")
    return propose_objective(actor=crew.user_of(crew.paul), objective=wanted)


def page_of(client: Client, row: Objective) -> str:
    return client.get(reverse("kpis:objective", args=[row.pk])).content.decode()


def terms(client: Client, row: Objective) -> dict[str, str]:
    """What the page of the objective shows to be signed."""
    page = client.get(reverse("kpis:objective", args=[row.pk])).context["page"]
    return {"terms": page["terms"]}


def test_a_rep_accepts_from_the_list_and_both_have_signed(sold: Crew) -> None:
    row = proposed(sold)
    client = signed_in(sold.user_of(sold.lea))
    accept = reverse("kpis:objective_accept", args=[row.pk])
    read = terms(client, row)
    listed = client.get(reverse("kpis:objectives")).content.decode()
    assert accept in listed
    assert read["terms"] in listed

    answer = client.post(accept, read, follow=True)

    text = answer.content.decode()
    assert "Accepted and signed: €600" in text
    assert "67%" in text  # 400 of 600
    assert accept not in text
    row.refresh_from_db()
    assert row.status == "accepted"
    # a second press says why not, and changes nothing
    again = client.post(accept, read, follow=True)
    assert "does not wait for your answer" in again.content.decode()
    assert row.steps.count() == 2


def test_a_rep_counters_and_the_manager_answers(sold: Crew) -> None:
    row = proposed(sold)
    lea, paul = signed_in(sold.user_of(sold.lea)), signed_in(sold.user_of(sold.paul))
    counter = reverse("kpis:objective_counter", args=[row.pk])
    assert paul.get(counter).status_code == 404  # not the manager's turn

    assert lea.post(counter, {"target": "450", "reason": ""}).status_code == 200
    assert lea.post(counter, {"target": "450", "reason": "new area"}).status_code == 302

    assert lea.get(counter).status_code == 404
    assert "new area" in page_of(paul, row)
    paul.post(reverse("kpis:objective_accept", args=[row.pk]), terms(paul, row))
    row.refresh_from_db()
    assert plain(row.status, row.target) == ("accepted", 450)


def test_only_what_the_page_showed_is_signed(sold: Crew) -> None:
    row = proposed(sold)
    lea, paul = signed_in(sold.user_of(sold.lea)), signed_in(sold.user_of(sold.paul))
    accept, counter = (reverse(f"kpis:{name}", args=[row.pk])
                       for name in ("objective_accept", "objective_counter"))  # fmt: skip
    read = terms(lea, row)
    lea.post(counter, {"target": "450", "reason": "new area"})
    paul.post(counter, {"target": "700", "reason": "not so new"})

    for old in (read, {}):
        answer = lea.post(accept, old, follow=True)
        assert "Another value has been proposed" in answer.content.decode()
    row.refresh_from_db()
    assert plain(row.status, row.steps.count()) == ("proposed", 3)

    lea.post(accept, terms(lea, row))
    row.refresh_from_db()
    assert plain(row.status, row.target) == ("accepted", 700)


def test_others_do_not_find_an_objective(sold: Crew) -> None:
    row = proposed(sold)
    for other in (sold.hugo, sold.noor):
        client = signed_in(sold.user_of(other))
        for name in ("objective", "objective_letter", "objective_counter"):
            assert client.get(reverse(f"kpis:{name}", args=[row.pk])).status_code == 404
        assert client.post(reverse("kpis:objective_accept", args=[row.pk])).status_code == 404
    # who leads another team does not either
    ines = signed_in(sold.user_of(sold.ines))
    assert ines.get(reverse("kpis:objective", args=[row.pk])).status_code == 404
    row.refresh_from_db()
    assert row.status == "proposed"


def test_tabs_tell_states_apart(sold: Crew) -> None:
    proposed(sold, 9000)
    set_objective(
        actor=sold.admin,
        objective=ObjectiveInput("calls_count", Fraction(50), *MARCH, person="P3"),
    )
    client = signed_in(sold.user_of(sold.paul))

    def shown(show: str) -> list[str]:
        rows = client.get(reverse("kpis:objectives"), {"show": show}).context["rows"]
        return [row["who"] for row in rows]

    assert shown("") == ["Léa Martin", "Noor Haddad"]
    assert shown("proposed") == ["Léa Martin"]
    assert shown("countered") == []
    assert shown("accepted") == shown("risk") == ["Noor Haddad"]


def test_the_form_shows_the_chance_of_a_target(sold: Crew) -> None:
    client = signed_in(sold.user_of(sold.paul))
    asked = {
        "who": "person:P1", "kpi": "revenue_booked", "valid_from": "2026-03-01",
        "last_day": "2026-03-31", "target": "550",
    }  # fmt: skip

    lines = client.get(reverse("kpis:objective_suggestion"), asked).context["helper"]["lines"]

    # 22 working days in March; 21 in January brought 300, 20 in February 500:
    # 314.29 and 550 for as many days
    assert [(line["value"], line["chance"]) for line in lines] == [
        ("€550", "50%"), ("€432", "50%"), ("€497", "50%"), ("€550", "50%"),
    ]  # fmt: skip
    # nobody is told the past of somebody they do not lead
    other = client.get(reverse("kpis:objective_suggestion"), {**asked, "who": "person:P2"})
    assert "helper" not in other.context


def test_an_objective_is_amended_from_its_page(sold: Crew) -> None:
    set_objective(
        actor=sold.admin,
        objective=ObjectiveInput("revenue_booked", Fraction(600), *MARCH, person="P1"),
    )
    row = Objective.objects.get()
    client = signed_in(sold.user_of(sold.paul))
    form = client.get(reverse("kpis:objective_new"), {"amends": row.pk}).context["form"]
    data = {name: form.initial[name] for name in ("who", "kpi", "valid_from", "last_day")}

    refused = client.post(reverse("kpis:objective_new"), {**data, "target": "700"})
    assert "needs a reason" in refused.content.decode()
    client.post(reverse("kpis:objective_new"), {**data, "target": "700", "reason": "more"})

    made = Objective.objects.exclude(pk=row.pk).get()
    assert plain(made.status, made.target, made.replaces_id) == ("proposed", 700, row.pk)
    ines = signed_in(sold.user_of(sold.ines))
    assert ines.get(reverse("kpis:objective_new"), {"amends": row.pk}).status_code == 404


def test_the_letter_says_in_both_languages_who_signed(sold: Crew) -> None:
    row = proposed(sold)
    client = signed_in(sold.user_of(sold.lea))
    letter = reverse("kpis:objective_letter", args=[row.pk])
    assert "Projet" in client.get(letter).content.decode()
    client.post(reverse("kpis:objective_accept", args=[row.pk]), terms(client, row))

    french = client.get(letter).context["letter"]
    english = client.get(letter, {"language": "en"}).context["letter"]

    assert [one["value"].partition(",")[0] for one in french["signatures"]] == [
        "Paul Blanc", "Léa Martin",
    ]  # fmt: skip
    facts = {one["label"]: one["value"] for one in french["facts"]}
    assert facts["Période"] == "du 1 mars 2026 au 31 mars 2026"
    assert facts["Cible"].replace("\u202f", " ").replace("\xa0", " ") == "600 €"
    assert {one["label"]: one["value"] for one in english["facts"]}["Target"] == "€600"
    assert french["reference"] == english["reference"] != ""
    for language in ("fr", "en"):
        pdf = client.get(reverse("kpis:objective_letter_pdf", args=[row.pk, language]))
        assert pdf.content.startswith(b"%PDF")
    assert client.get(f"/objectives/{row.pk}/letter/de.pdf").status_code == 404


def test_criteria_are_proposed_accepted_and_scored(sold: Crew) -> None:
    paul, lea = signed_in(sold.user_of(sold.paul)), signed_in(sold.user_of(sold.lea))
    made = paul.post(
        reverse("kpis:objective_qualitative"),
        {
            "who": "person:P1", "title": "Discovery", "criteria": "Asks | 2\nSums up",
            "evaluator": str(sold.paul.pk), "valid_from": "2026-03-01", "last_day": "2026-03-31",
            "target": "80",
        },
    )  # fmt: skip
    assert made.status_code == 302
    row = Objective.objects.get()
    assert row.criteria == [{"text": "Asks", "weight": "2"}, {"text": "Sums up", "weight": "1"}]
    lea.post(reverse("kpis:objective_accept", args=[row.pk]), terms(lea, row))
    visit = reverse("kpis:objective_evaluate", args=[row.pk])
    data = {"visited_on": "2026-03-10", "score_0": "4", "score_1": "", "evidence": "at Acme"}

    assert lea.get(visit).status_code == 404
    assert paul.post(visit, {**data, "evidence": ""}).status_code == 200
    assert paul.post(visit, data).status_code == 302

    assert Evaluation.objects.get().scores == [4, None]
    assert "at Acme" in page_of(lea, row)
    assert "100%" in page_of(lea, row)  # 80 of 80


def many(crew: Crew) -> None:
    """62 objectives of one day each for Léa, and one for Hugo."""
    for key in ("revenue_booked", "calls_count"):
        for day in Period(*MARCH).dates():
            wanted = ObjectiveInput(
                key, Fraction(day.day), day, day + timedelta(days=1), person="P1"
            )
            set_objective(actor=crew.admin, objective=wanted)
    hugo = ObjectiveInput("revenue_booked", Fraction(5), *MARCH, person="P2")
    set_objective(actor=crew.admin, objective=hugo)


def test_a_long_list_has_pages_and_is_searched_by_name(crew: Crew) -> None:
    many(crew)
    client, where = signed_in(crew.admin), reverse("kpis:objectives")

    first = client.get(where, {"on": "2026-03-01"}).context
    pages = first["pages"]
    assert (len(first["rows"]), pages["text"], pages["before"]) == (50, "page 1 of 2", "")
    second = client.get(where + pages["after"]).context
    pages = second["pages"]
    assert (len(second["rows"]), pages["text"], pages["after"]) == (13, "page 2 of 2", "")
    beyond = client.get(where, {"on": "2026-03-01", "page": "99999999"}).context
    assert beyond["pages"] == second["pages"]
    told = [row["id"] for row in (*first["rows"], *second["rows"])]
    assert sorted(told) == sorted(Objective.objects.values_list("pk", flat=True))

    named = client.get(where, {"on": "2026-03-01", "find": "lea"}).context
    assert (len(named["rows"]), named["tabs"][0]["count"]) == (50, 62)
    assert "find=lea" in named["pages"]["after"]
    (hugo,) = client.get(where, {"on": "2026-03-01", "find": "HUGO"}).context["rows"]
    assert hugo["who"].startswith("Hugo")
    nobody = client.get(where, {"on": "2026-03-01", "find": "<zoé>"}).content.decode()
    assert "Nobody of this name has one" in nobody
    assert "<zoé>" not in nobody


def test_what_depends_on_a_kpi_names_the_newest_objectives_and_counts_the_rest(crew: Crew) -> None:
    many(crew)
    names = Names(frozenset({"revenue_booked"}), frozenset())
    with translation.override("en"):
        told = [one.name for one in of_objectives(viewer_of(crew.admin), names)]
    # 31 of Léa's days and one of Hugo's month
    assert (len(told), told[-1]) == (9, "24 older ones of this year")
    assert told[0].startswith("Léa Martin, ")

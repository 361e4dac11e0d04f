"""The manager's review: who signs whose figures, what makes it void, and what HR is told."""

from collections.abc import Iterator
from datetime import date

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction

from common.models import AuditEntry
from incentives import services
from incentives.claims.team_reviews import TeamUnderReview, teams_under_review
from incentives.models import PeriodTransition, TeamReview
from incentives.services.moving import unsigned_managers
from kernel.issues import Invalid
from people.models import Assignment, Company, Person
from people.services import change_assignment, end_assignment
from tests.incentives.conftest import Pay, won

IN_APRIL = "2026-04-02 10:00"


@pytest.fixture(autouse=True)
def in_april() -> Iterator[None]:
    with time_machine.travel(IN_APRIL, tick=False):
        yield


def codes(refused: pytest.ExceptionInfo[Invalid]) -> list[str]:
    return [issue.code for issue in refused.value.issues]


def teams(pay: Pay) -> dict[str, TeamUnderReview]:
    run = services.last_run(pay.march)
    assert run is not None
    rows = teams_under_review(pay.march, run, date(2026, 4, 2))
    return {row.manager: row for row in rows}


def sign(pay: Pay, who: str, comment: str = "") -> TeamReview:
    return services.sign_off_team(
        actor=pay.world.users[who], period_id=pay.march.pk, comment=comment
    )


def people_of(row: TeamUnderReview) -> set[str]:
    return set(Person.objects.filter(pk__in=row.person_ids).values_list("number", flat=True))


def test_each_manager_signs_the_figures_of_their_people(pay: Pay) -> None:
    run = pay.run()
    assert {name: (people_of(row), row.teams) for name, row in teams(pay).items()} == {
        "Marc Test": ({"léa"}, ("North",)),
        "Sonia Test": ({"omar"}, ("South",)),
    }
    review = sign(pay, "marc", "D2 was Rémi's work.")
    assert (review.run_id, review.manager.number, review.comment) == (
        run.pk,
        "marc",
        "D2 was Rémi's work.",
    )
    found = teams(pay)
    signed = found["Marc Test"].signed
    assert signed is not None
    assert (signed.by, signed.comment, signed.run_number) == ("Marc Test", "D2 was Rémi's work.", 1)
    assert [name for name, row in found.items() if row.is_missing] == ["Sonia Test"]
    entry = AuditEntry.objects.get(action="review.sign")
    assert (entry.after, entry.reason) == (
        {"run": run.pk, "manager": pay.world.people["marc"].pk, "people": 1},
        "D2 was Rémi's work.",
    )


def test_without_all_signatures_hr_goes_on_with_a_reason_only(pay: Pay) -> None:
    pay.run()
    sign(pay, "marc")
    with pytest.raises(Invalid) as refused:
        services.review_period(actor=pay.hana, period_id=pay.march.pk, reason=" ")
    assert codes(refused) == ["period.teams_unsigned"]
    assert refused.value.issues[0].text() == "Not signed by the manager yet: Sonia Test."
    services.review_period(actor=pay.hana, period_id=pay.march.pk, reason="Sonia is ill.")
    last = PeriodTransition.objects.order_by("-id")[0]
    assert (last.to_state, last.reason) == ("reviewed", "Sonia is ill.")


def test_with_all_signatures_no_reason_is_needed(pay: Pay) -> None:
    pay.run()
    sign(pay, "marc")
    sign(pay, "sonia")
    services.review_period(actor=pay.hana, period_id=pay.march.pk)
    pay.march.refresh_from_db()
    assert pay.march.state == "reviewed"


def test_another_calculation_voids_only_the_teams_whose_figures_changed(pay: Pay) -> None:
    pay.run()
    sign(pay, "marc")
    sign(pay, "sonia")
    won("omar", "500", date(2026, 3, 12), "D7")
    pay.run()
    found = teams(pay)
    marc, sonia = found["Marc Test"], found["Sonia Test"]
    assert (marc.is_missing, marc.void) == (False, None)
    assert (sonia.is_missing, sonia.signed) == (True, None)
    assert sonia.void is not None
    assert sonia.void.run_number == 1
    assert unsigned_managers(pay.march) == ["Sonia Test"]
    sign(pay, "sonia")
    assert unsigned_managers(pay.march) == []
    # the first figures again: the signature of the first run counts again
    won("omar", "500", date(2026, 3, 12), "D7", stage="lost")
    pay.run()
    assert unsigned_managers(pay.march) == []


def test_a_person_who_joined_the_team_voids_its_sign_off(pay: Pay) -> None:
    pay.run()
    sign(pay, "marc")
    place = Assignment.objects.get(person=pay.world.people["omar"])
    change_assignment(
        actor=None,
        assignment=place,
        valid_from=date(2026, 3, 31),
        team=pay.world.teams["North"],
    )
    pay.run()
    assert people_of(teams(pay)["Marc Test"]) == {"léa", "omar"}
    assert unsigned_managers(pay.march) == ["Marc Test"]


def test_the_same_figures_are_signed_once(pay: Pay) -> None:
    pay.run()
    sign(pay, "marc")
    with pytest.raises(Invalid) as refused:
        sign(pay, "marc")
    assert codes(refused) == ["review.signed_already"]
    pay.run()
    with pytest.raises(Invalid) as refused:
        sign(pay, "marc")
    assert codes(refused) == ["review.signed_already"]


@pytest.mark.parametrize("who", ["wanda", "hana", "léa"])
def test_who_looks_after_no_payee_does_not_sign(pay: Pay, who: str) -> None:
    pay.run()
    with pytest.raises(Invalid) as refused:
        sign(pay, who)
    assert codes(refused) == ["review.no_team"]


def test_where_the_manager_has_left_the_one_above_signs(pay: Pay) -> None:
    pay.run()
    place = Assignment.objects.get(person=pay.world.people["marc"])
    end_assignment(actor=None, assignment=place, valid_to=date(2026, 4, 1))
    assert people_of(teams(pay)["Wanda Test"]) == {"léa"}
    sign(pay, "wanda")
    assert unsigned_managers(pay.march) == ["Sonia Test"]


def test_whom_nobody_leads_is_shown_and_holds_nothing_up(pay: Pay) -> None:
    pay.run()
    for name in ("marc", "wanda"):
        place = Assignment.objects.get(person=pay.world.people[name])
        end_assignment(actor=None, assignment=place, valid_to=date(2026, 4, 1))
    assert people_of(teams(pay)[""]) == {"léa"}
    assert unsigned_managers(pay.march) == ["Sonia Test"]


def test_the_manager_whom_the_place_names_comes_first(pay: Pay) -> None:
    Assignment.objects.filter(person=pay.world.people["léa"]).update(
        manager=pay.world.people["sonia"]
    )
    pay.run()
    assert {name: people_of(row) for name, row in teams(pay).items()} == {
        "Sonia Test": {"léa", "omar"}
    }


@pytest.mark.parametrize("moves", ["open", "reviewed"])
def test_figures_are_signed_while_they_are_calculated(pay: Pay, moves: str) -> None:
    pay.run()
    if moves == "open":
        services.reopen_period(actor=pay.hana, period_id=pay.march.pk, reason="D9")
    else:
        services.review_period(actor=pay.hana, period_id=pay.march.pk, reason="at once")
    with pytest.raises(Invalid) as refused:
        sign(pay, "marc")
    assert codes(refused) == ["review.not_calculated"]


def test_where_managers_do_not_see_pay_nobody_signs_and_nobody_is_missed(pay: Pay) -> None:
    pay.run()
    Company.objects.update(managers_see_pay=False)
    with pytest.raises(Invalid) as refused:
        sign(pay, "marc")
    assert codes(refused) == ["review.closed"]
    services.review_period(actor=pay.hana, period_id=pay.march.pk)
    pay.march.refresh_from_db()
    assert pay.march.state == "reviewed"


@pytest.mark.parametrize(
    "sql", ["UPDATE incentives_teamreview SET comment = ''", "DELETE FROM incentives_teamreview"]
)
def test_a_signature_stays(pay: Pay, sql: str) -> None:
    pay.run()
    sign(pay, "marc")
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)

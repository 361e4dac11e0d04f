"""What the strongest open-source peer gets wrong about badges, and the right behaviour."""

from datetime import date

from django.db import connection
from django.test.utils import CaptureQueriesContext

from challenges.badges import services
from challenges.models import Badge, BadgeAward, BadgeMove
from people.models import Assignment, Person
from tests.challenges.badges.cabinet import call, cancelled, held, look, made, moves
from tests.kpis.crew import Crew, at

WEEK: dict[str, object] = {"form": "threshold", "metric": "calls", "at_least": 1, "per": "week"}


def test_a_badge_follows_its_record_until_it_is_official(bare: Crew) -> None:
    """There, a goal that falls back stays reached, and its badge stays."""
    made("week", WEEK)
    call("c1", "2026-03-03 09:00")
    look("2026-03-03 10:00")
    cancelled("c1", "2026-03-04 09:00")
    look("2026-03-04 10:00")
    assert (held(), moves()) == ([], [("Léa", "taken_back", "cancelled")])


def test_a_badge_comes_once_in_each_period_however_often_one_looks(bare: Crew) -> None:
    """There, a real-time badge comes once per challenge, and a recurring one only by hand."""
    made("week", WEEK)
    for day in ("03", "04", "10", "17"):
        call(f"c{day}", f"2026-03-{day} 09:00")
        look(f"2026-03-{day} 10:00")
        look(f"2026-03-{day} 10:00")
    assert [row[2] for row in held()] == ["2026-03-02", "2026-03-09", "2026-03-16"]
    assert BadgeAward.objects.count() == 3


def test_reasons_are_kept_for_ever(bare: Crew) -> None:
    """There, reasons are overwritten after two months."""
    made("week", WEEK)
    call("c1", "2026-03-03 09:00")
    look("2026-03-03 10:00")
    cancelled("c1", "2026-03-04 09:00")
    look("2026-03-04 10:00")
    look("2026-09-04 10:00")
    assert BadgeMove.objects.get().reason["params"] == {"record": "c1"}


def test_badges_and_jerseys_outlive_the_employment(bare: Crew) -> None:
    """There, archiving somebody deletes what they had reached."""
    made("week", WEEK)
    call("c1", "2026-03-03 09:00")
    call("c2", "2026-03-03 09:00", "P2")
    Assignment.objects.filter(person=bare.lea, team=bare.south).delete()
    services.sign_due_months(at=at("2026-04-20 09:00"))
    Assignment.objects.filter(person=bare.hugo).update(valid_to=date(2026, 3, 20))
    Person.objects.filter(pk=bare.hugo.pk).update(left_on=date(2026, 3, 20))
    look("2026-04-20 09:00")
    assert held() == [("week", "Hugo", "2026-03-02"), ("week", "Léa", "2026-03-02")]
    assert bare.hugo.jerseys.count() > 0


def test_closed_periods_cost_nothing(bare: Crew) -> None:
    """There, the daily job grows with every month that stays open."""
    made("week", WEEK)

    def cost(moment: str) -> int:
        look(moment)
        with CaptureQueriesContext(connection) as asked:
            look(moment)
        return len(asked)

    call("c1", "2026-03-03 09:00")
    before = cost("2026-03-04 09:00")
    for month in ("04", "05", "06", "07"):
        call(f"c{month}", f"2026-{month}-01 09:00")
        look(f"2026-{month}-28 09:00")
    assert cost("2026-07-29 09:00") <= before
    # the next look begins with the week that is not official yet: its end was two days ago
    assert Badge.objects.get(key="week").closed_to == date(2026, 7, 20)

"""The four jerseys of a team's month: what each one means, ties, newcomers, official months."""

from datetime import date
from fractions import Fraction

from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from challenges.badges import services
from challenges.calc.badges.jerseys import Classification, Jersey, Rider, jerseys
from challenges.models import JerseyHolder, JerseyMonth
from common.models import AuditEntry
from kernel.periods import Period
from kpis.services import ObjectiveInput, load_objectives
from people.models import Absence, Assignment, Person
from tests.challenges.badges.cabinet import call, cancelled
from tests.kpis.crew import Crew, at

MARCH = Period(date(2026, 3, 1), date(2026, 4, 1))
OLD = date(2020, 1, 1)


def rider(name: str, value: int, before: tuple[int, int, int] = (10, 10, 10), *,
          joined_on: date = OLD, attained: Fraction | None = None, calls: int = 0,
          days: int = 20, role: str = "ae") -> Rider:  # fmt: skip
    return Rider(
        name, joined_on, attained, {"calls": Fraction(calls)}, Fraction(value),
        tuple(map(Fraction, before)), days, (20, 20, 20), role=role,
    )  # fmt: skip


def holders(found: tuple[Classification, ...]) -> dict[str, tuple[str, ...]]:
    return {one.kind.value: one.holders for one in found}


def test_each_jersey_rewards_another_way_of_being_good() -> None:
    found = jerseys(
        [
            rider("leader", 11, attained=Fraction(6, 5), calls=1),
            rider("busy", 5, attained=Fraction(1, 2), calls=90),
            rider("climber", 15, (5, 5, 5), attained=Fraction(3, 4)),
            rider("young", 8, joined_on=date(2025, 9, 1), attained=Fraction(4, 5)),
        ],
        MARCH,
    )
    assert holders(found) == {
        "yellow": ("leader",),
        "green": ("busy",),
        "polka-dot": ("climber",),
        "white": ("young",),
    }
    assert [line.value for line in found[2].lines] == [2, Fraction(1, 10)]


def test_equal_figures_share_a_jersey_and_the_next_rank_is_left_out() -> None:
    found = jerseys(
        [rider(name, 10, attained=part) for name, part in
         (("b", Fraction(1)), ("a", Fraction(1)), ("c", Fraction(1, 2)))],
        MARCH,
    )  # fmt: skip
    assert [(line.rank, line.rider) for line in found[0].lines] == [(1, "a"), (1, "b"), (3, "c")]
    assert found[0].holders == ("a", "b")


def test_nobody_wears_a_jersey_for_nothing_and_one_alone_leads_nobody() -> None:
    nothing = [rider("a", 0, attained=Fraction(0)), rider("b", 5, attained=None)]
    assert holders(jerseys(nothing, MARCH)) == {kind.value: () for kind in Jersey}
    alone = [rider("a", 50, attained=Fraction(2), calls=9)]
    assert holders(jerseys(alone, MARCH)) == {kind.value: () for kind in Jersey}


def test_a_newcomer_is_compared_with_the_median_of_the_role() -> None:
    """The others sell 10, 20 and 30 a month; 24 is a fifth above the median of 20."""
    riders = [
        rider("a", 1, (10, 10, 10)), rider("b", 1, (20, 20, 20)), rider("c", 1, (30, 30, 30)),
        rider("caller", 900, (90, 90, 90), role="sdr"),
        rider("new", 24, (0, 0, 24), joined_on=date(2026, 2, 1)),
    ]  # fmt: skip
    (line, other) = jerseys(riders, MARCH)[2].lines
    assert (line.rider, line.newcomer) == ("caller", False)
    assert (other.rider, other.value, other.newcomer) == ("new", Fraction(1, 5), True)


def test_leave_is_no_lack_of_progress() -> None:
    """Half the days, half the sales: as good as before, not worse; and a month on leave before is
    left out of the mean."""
    half = rider("half", 6, days=10)
    away = Rider("away", OLD, None, {}, Fraction(11), (Fraction(10), Fraction(0), Fraction(10)),
                 20, (20, 0, 20))  # fmt: skip
    found = jerseys([half, away], MARCH)[2]
    assert [(line.rider, line.value) for line in found.lines] == [
        ("half", Fraction(1, 5)),
        ("away", Fraction(1, 10)),
    ]


def test_newcomers_are_those_of_the_twelve_months_that_end_with_this_one() -> None:
    riders = [
        rider("in", 1, joined_on=date(2025, 4, 1), attained=Fraction(1, 2)),
        rider("out", 1, joined_on=date(2025, 3, 31), attained=Fraction(1)),
        rider("tomorrow", 1, joined_on=date(2026, 4, 1), attained=Fraction(1)),
    ]
    assert jerseys(riders, MARCH)[3].holders == ("in",)


parts = st.fractions(min_value=0, max_value=2, max_denominator=4)


@given(st.lists(parts, min_size=2, max_size=8), st.randoms(use_true_random=False))
def test_the_order_of_the_riders_makes_no_difference(values, random) -> None:  # type: ignore[no-untyped-def]  # given
    """Against a naive oracle: a rank is one more than the number of those who are better."""
    riders = [rider(f"p{n}", 10, attained=value) for n, value in enumerate(values)]
    mixed = list(riders)
    random.shuffle(mixed)
    found = jerseys(mixed, MARCH)
    assert found == jerseys(riders, MARCH)
    naive = {
        f"p{n}": 1 + sum(other > value for other in values)
        for n, value in enumerate(values)
        if value > 0
    }
    assert {line.rider: line.rank for line in found[0].lines} == naive


# --- on the log ------------------------------------------------------------------------------


def objective(who: str, target: int, month: str = "2026-03-01") -> None:
    start = date.fromisoformat(month)
    load_objectives(
        actor=None,
        rows=[ObjectiveInput("revenue_booked", Fraction(target), start,
                             Period.month(start).end, person=who)],
    )  # fmt: skip


def worn() -> list[tuple[str, str, str, str]]:
    rows = JerseyHolder.objects.select_related("month__team", "person")
    return sorted(
        (row.month.valid_from.isoformat(), row.month.team.key, row.kind, row.person.first_name)
        for row in rows
    )


def a_month(crew: Crew) -> None:
    """Hugo has 80 % of his objective, Léa 50 %; Léa called more, and moves to South."""
    Person.objects.update(hired_on=date(2020, 1, 1))
    objective("P1", 1000)
    objective("P2", 1000)
    call("d1", "2026-03-10 09:00", "P1", kind="deal_won", amount=500)
    call("d2", "2026-03-10 09:00", "P2", kind="deal_won", amount=800)
    for number in range(3):
        call(f"c{number}", f"2026-03-1{number} 10:00", "P1")


def test_a_month_is_signed_once_as_it_was_known_three_working_days_after(crew: Crew) -> None:
    a_month(crew)
    assert services.sign_due_months(at=at("2026-03-05 00:00")) == ["2026-02"]
    assert services.sign_due_months(at=at("2026-04-02 09:00")) == []
    # known after the official moment (Tuesday 7 April: Easter Monday is a holiday)
    cancelled("d2", "2026-04-07 00:01")

    assert services.sign_due_months(at=at("2026-04-20 09:00")) == ["2026-03"]
    assert services.sign_due_months(at=at("2026-04-21 09:00")) == []

    assert worn() == [
        ("2026-03-01", "south", "green", "Léa"),
        ("2026-03-01", "south", "yellow", "Léa"),
        ("2026-03-01", "west", "green", "Léa"),
        ("2026-03-01", "west", "yellow", "Hugo"),
    ]
    row = JerseyMonth.objects.get(team=crew.west, valid_from=MARCH.start)
    assert row.document["jerseys"][0] == {
        "kind": "yellow",
        "lines": [
            {"rank": 1, "person": "P2", "value": "0.8", "newcomer": False},
            {"rank": 2, "person": "P1", "value": "0.5", "newcomer": False},
        ],
    }
    assert AuditEntry.objects.filter(action="jerseys.sign").count() == 2


def test_months_that_nobody_signed_are_signed_each_as_known_then(crew: Crew) -> None:
    a_month(crew)
    services.sign_due_months(at=at("2026-03-10 09:00"))
    objective("P2", 100, "2026-04-01")
    call("d3", "2026-04-10 09:00", "P2", kind="deal_won", amount=80)
    call("d4", "2026-04-10 09:00", "P1", kind="deal_won", amount=900, known="2026-05-20 09:00")
    assert services.sign_due_months(at=at("2026-06-20 09:00")) == ["2026-03", "2026-04", "2026-05"]
    april = [row for row in worn() if row[0] == "2026-04-01"]
    assert april == [("2026-04-01", "west", "yellow", "Hugo")]


def test_a_month_without_a_team_of_two_is_not_signed_and_costs_little(crew: Crew) -> None:
    """Asked on every sweep: nothing is said to be signed, nothing is written, little is read."""
    Assignment.objects.exclude(person=crew.hugo).delete()
    before = AuditEntry.objects.count()
    for _ in range(3):
        with CaptureQueriesContext(connection) as asked:
            assert services.sign_due_months(at=at("2026-04-20 09:00")) == []
        assert len(asked) < 15
    assert (AuditEntry.objects.count(), JerseyMonth.objects.count()) == (before, 0)


def test_leave_counts_in_the_days_of_the_polka_dot(crew: Crew) -> None:
    """Both sold 100 in each of the three months before and 90 in March; Hugo was away for half of
    it, so he alone improved."""
    Person.objects.update(hired_on=date(2020, 1, 1))
    for month in ("2025-12", "2026-01", "2026-02", "2026-03"):
        for who in ("P1", "P2"):
            call(f"{month}{who}", f"{month}-02 09:00", who, kind="deal_won",
                 amount=90 if month == "2026-03" else 100)  # fmt: skip
    Absence.objects.create(
        person=crew.hugo, kind="leave", valid_from=date(2026, 3, 16), valid_to=date(2026, 4, 1)
    )
    services.sign_due_months(at=at("2026-04-20 09:00"))
    west = JerseyMonth.objects.get(team=crew.west)
    (lines,) = [one["lines"] for one in west.document["jerseys"] if one["kind"] == "polka-dot"]
    days = 22 + 21 + 20  # December, January, February in France
    assert lines == [
        {
            "rank": 1,
            "person": "P2",
            "value": str(Fraction(90, 10) / Fraction(300, days) - 1).replace("89/100", "0.89"),
            "newcomer": False,
        }
    ]

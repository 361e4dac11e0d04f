"""Who needs a manager today: each rule beside the case just on its other side."""

from datetime import date
from fractions import Fraction

import pytest

from cockpit.alerts import Kind, alerts, needs_a_person
from kernel.periods import Period
from kpis.calc.bands import Band, Bands
from kpis.calc.figures import Figure
from kpis.queries import HeatCell, HeatMap, HeatRow, KpiInfo, Target

MARCH = Period.month(date(2026, 3, 1))
HALF = Fraction(1, 2)


def kpi(key: str = "calls_count", unit: str = "count", better: str = "up") -> KpiInfo:
    return KpiInfo(key, "activity", "leading", unit, better, "daily", "Appels", "Calls", "", "",
                   "calls", date(2000, 1, 1), Bands())  # fmt: skip


def figure(value: int | None) -> Figure:
    known = None if value is None else Fraction(value)
    return Figure(known, known, Fraction(1))


def cell(
    value: int | None, target: int | None = 100, before: int | None = None, pace: Fraction = HALF
) -> HeatCell:
    goal = None if target is None else Target(Fraction(target), (1,))
    attained = None if target is None or value is None else Fraction(value, target)
    return HeatCell("calls_count", figure(value), goal, attained, pace, Band.NONE, figure(before))


def row(person_id: int, *cells: HeatCell, name: str = "Léa Martin") -> HeatRow:
    return HeatRow(person_id, name, "LM", "North", "sdr", cells)


def heat(*rows: HeatRow, info: KpiInfo | None = None) -> HeatMap:
    columns = max((len(one.cells) for one in rows), default=1)
    return HeatMap(MARCH, (info or kpi(),) * columns, rows)


def kinds(found: HeatMap, *silent: int) -> list[tuple[int, Kind]]:
    return [(one.person_id, one.kind) for one in alerts(found, silent)]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        # half of the month is over: 33 asks for 67 in the rest, twice the speed and more
        (33, [(1, Kind.OUT_OF_REACH)]),
        (34, [(1, Kind.BEHIND)]),
        (39, [(1, Kind.BEHIND)]),
        (40, []),
        (120, []),
        (0, [(1, Kind.OUT_OF_REACH)]),
        (None, []),
    ],
)
def test_somebody_is_held_against_the_pace(
    value: int | None, expected: list[tuple[int, Kind]]
) -> None:
    assert kinds(heat(row(1, cell(value)))) == expected


def test_a_fall_is_seen_although_the_pace_is_kept() -> None:
    # 50 at half time is heading for 100
    assert kinds(heat(row(1, cell(50, before=167)))) == [(1, Kind.FALL)]
    assert kinds(heat(row(1, cell(50, before=166)))) == []


def test_nothing_is_said_in_the_first_days() -> None:
    early = Fraction(19, 100)
    assert kinds(heat(row(1, cell(0, pace=early)))) == []
    assert kinds(heat(row(1, cell(0, pace=Fraction(1, 5))))) == [(1, Kind.OUT_OF_REACH)]


def test_a_rate_is_never_out_of_reach_and_less_is_better_says_nothing() -> None:
    full = cell(20, pace=Fraction(1))
    assert kinds(heat(row(1, full), info=kpi("closing_rate", "percent"))) == [(1, Kind.BEHIND)]
    assert kinds(heat(row(1, full), info=kpi("sales_cycle", "days", "down"))) == []


def test_without_an_objective_nobody_is_behind() -> None:
    assert kinds(heat(row(1, cell(0, target=None)))) == []


def test_the_most_urgent_reason_of_each_person_and_the_most_urgent_person_first() -> None:
    found = heat(
        row(1, cell(38), cell(33), name="Léa"),
        row(2, cell(90), cell(90), name="Hugo"),
        row(3, cell(90), cell(90), name="Noor"),
        row(4, cell(39), cell(90), name="Omar"),
        row(5, cell(10), cell(90), name="Zoé"),
    )
    made = alerts(found, {3})
    assert [(one.name, one.kind, one.also) for one in made] == [
        ("Noor", Kind.SILENT, 0),
        ("Zoé", Kind.OUT_OF_REACH, 0),
        ("Léa", Kind.OUT_OF_REACH, 1),
        ("Omar", Kind.BEHIND, 0),
    ]
    assert [one.name for one in needs_a_person(made)] == ["Noor", "Zoé", "Léa"]


def test_an_alert_says_how_much_is_missing() -> None:
    (one,) = alerts(heat(row(1, cell(20))), ())
    assert one.missing == 80
    assert one.part == Fraction(2, 5)
